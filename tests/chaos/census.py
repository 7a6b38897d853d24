"""What a house at rest holds: descriptors, threads, sessions, slots. Counted before the faults and after them."""
import os
import re
import subprocess
import time

FDS_MORE = 24               # pools and the like that fill with use
THREADS_MORE = 4
SESSIONS_MORE = 2           # ours, that look


def of_process(pid):
    try:
        return {"fds": len(os.listdir(f"/proc/{pid}/fd")), "threads": len(os.listdir(f"/proc/{pid}/task"))}
    except OSError:
        return {"fds": 0, "threads": 0}


def count(house):
    found = {name: of_process(daemon.process.pid) for name, daemon in house.daemons.items()}
    found["sessions"] = int(house.sql.one("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"))
    found["connections"] = connections(house, "pg")
    return found


def connections(house, server):
    """How many the daemons hold to a server, by their own ends."""
    ports = {str(port) for link, port in house.wires.ports.items() if link.endswith("/" + server)}
    peers = subprocess.run(["ss", "-tnH", "state", "established"], capture_output=True, text=True).stdout.splitlines()
    return sum(line.split()[3].rpartition(":")[2] in ports for line in peers)


def gauge(daemon, name):
    """The sum of a metric over its labels."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", daemon.get("/metrics"), re.M))


def leaks(before, after):
    for name, now in after.items():
        if name == "sessions" and now > after["connections"] + SESSIONS_MORE:
            yield f"{now} sessions of PostgreSQL for {after['connections']} connections"
        if name in ("sessions", "connections"):
            continue
        for what, more in (("fds", FDS_MORE), ("threads", THREADS_MORE)):
            if now[what] > before[name][what] + more:
                yield f"{name} has {now[what]} {what}, {before[name][what]} before"


# --- at rest ---

LIVE = "SELECT count(*) FROM jobs WHERE due_at IS NOT NULL OR state IN ('queued', 'running', 'waiting')"
IDLE_IN = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND state_change < now() - interval '5 s'"


def unrest(house):
    """What is still under way, in words; empty: the house is at rest."""
    found = []
    live, outbox = int(house.sql.one(LIVE)), int(house.sql.one("SELECT count(*) FROM outbox"))
    if live or outbox:
        return [f"{live} jobs not ended, {outbox} tickets not sent"]
    for name, daemon in house.daemons.items():
        if daemon.service not in ("gateway", "scheduler") and gauge(daemon, "palabre_jobs_running"):
            found.append(f"{name} says palabre_jobs_running {gauge(daemon, 'palabre_jobs_running'):g}")
    for name, (ready, held) in ({} if found else house.queues()).items():
        if name != "palabre.dead" and ready + held:
            found.append(f"queue {name} holds {ready} tickets, {held} of them unacknowledged" if held else f"queue {name} holds {ready} tickets")
    idle = int(house.sql.one(IDLE_IN))
    if idle:
        found.append(f"{idle} sessions idle in a transaction")
    return found


def settle(house, seconds, say):
    """Wait for rest. Gives (how long it took, what is left)."""
    began, told = time.monotonic(), 0
    while True:
        left = unrest(house)
        passed = time.monotonic() - began
        if not left or passed > seconds:
            return passed, left
        if passed > told + 10:
            told = passed
            say(f"settling: {'; '.join(left)}")
        time.sleep(0.5)
