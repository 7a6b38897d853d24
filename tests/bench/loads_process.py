"""MEM and START: what the daemons take at rest, and how soon they are ready. ACCEPT: ways to accept a job. AUDIT: entries of the audit log."""
import json
import statistics
import time

from ground import RUNS, say, tool
from measure import rows, rss_mib
from systems import DAEMONS

THREADS, ACCEPT_S = 32, 4


def start_and_memory(ground, ours, peer):
    took: dict[str, list[float]] = {}
    memory = []
    for _ in range(RUNS):
        ours.stop()
        for service in DAEMONS:
            took.setdefault(service, []).append(ours.start(service))
        time.sleep(3)
        memory.append({s: rss_mib([ours.processes[s].pid]) for s in DAEMONS})
    for service in DAEMONS:
        rows.append({"workload": "START", "system": "palabre", "variant": service, "ms": statistics.median(took[service])})
        rows.append({"workload": "MEM", "system": "palabre", "variant": service, "mib": statistics.median(m[service] for m in memory)})
    rows.append({"workload": "START", "system": "palabre", "variant": "slowest", "ms": max(statistics.median(t) for t in took.values())})
    rows.append({"workload": "MEM", "system": "palabre", "variant": "all daemons", "mib": statistics.median(sum(m.values()) for m in memory)})
    ours.stop()
    if peer:
        start_and_memory_of_peer(peer)
    for row in rows[-20:]:
        if row["workload"] in ("START", "MEM"):
            say(f"{row['workload']} {row['system']} {row['variant']}: " + (f"{row['ms']:.0f} ms" if "ms" in row else f"{row['mib']:.1f} MiB"))


def start_and_memory_of_peer(peer):
    from measure import tree
    took = []
    for _ in range(RUNS):
        peer.stop()
        took.append(peer.start("app"))
    peer.start("worker")
    time.sleep(4)
    mib = sum(rss_mib(tree(p)) for p in peer.pids())
    peer.stop("worker")
    rows.append({"workload": "START", "system": "peer", "variant": "slowest", "ms": statistics.median(took)})
    rows.append({"workload": "MEM", "system": "peer", "variant": "application and worker", "mib": mib})


def accept(ground, ours, peer):
    env = {k: ground.env[k] for k in ("PG_URL", "REDIS_URL", "AMQP_URL")}
    ours.stop()
    got: dict = {}
    for _ in range(RUNS):
        for way in ("separate", "outbox", "grouped"):
            ours.clear("tts.batch")
            got.setdefault(way, []).append(json.loads(tool("accept", way, THREADS, ACCEPT_S, env=env)))
    ours.clear("tts.batch")
    for way, runs in got.items():
        row = {"workload": "ACCEPT", "system": "palabre", "variant": way, "rps": statistics.median(r["rps"] for r in runs),
               "published_rps": statistics.median(r["published_rps"] for r in runs)}
        row |= {q: statistics.median(r["latency"][q] for r in runs) for q in ("p50", "p99")}
        rows.append(row)
        say(f"ACCEPT {way}: {row['rps']:.0f}/s, all published at {row['published_rps']:.0f}/s, p50 {row['p50']:.2f} p99 {row['p99']:.2f} ms")


def audit(ground, ours, peer):
    ours.stop()
    runs = [json.loads(tool("audit", THREADS, ACCEPT_S, env={"PG_URL": ground.env["PG_URL"]})) for _ in range(RUNS)]
    row = {"workload": "AUDIT", "system": "palabre", "variant": "durable entries"}
    row |= {name: statistics.median(run[name] for run in runs) for name in ("rps", "linked_rps", "waited_ms", "verify_rps")}
    row |= {q: statistics.median(run["latency"][q] for run in runs) for q in ("p50", "p99")}
    rows.append(row)
    say(f"AUDIT: {row['rps']:.0f}/s, linked beside them at {row['linked_rps']:.0f}/s after {row['waited_ms']:.0f} ms at most, "
        f"p50 {row['p50']:.2f} p99 {row['p99']:.2f} ms; verified at {row['verify_rps']:.0f}/s")
