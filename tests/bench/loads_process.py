"""MEM and START: what the daemons take at rest, and how soon they are ready. ACCEPT: ways to accept a job."""
import json
import statistics
import time

from ground import RUNS, say, tool
from measure import rows, rss_mib
from systems import SEVEN

THREADS, ACCEPT_S = 32, 4


def start_and_memory(ground, ours, peer):
    took: dict[str, list[float]] = {}
    memory = []
    for _ in range(RUNS):
        ours.stop()
        for service in SEVEN:
            took.setdefault(service, []).append(ours.start(service))
        time.sleep(3)
        memory.append({s: rss_mib([ours.processes[s].pid]) for s in SEVEN})
    for service in SEVEN:
        rows.append({"workload": "START", "system": "palabre", "variant": service, "ms": statistics.median(took[service])})
        rows.append({"workload": "MEM", "system": "palabre", "variant": service, "mib": statistics.median(m[service] for m in memory)})
    rows.append({"workload": "START", "system": "palabre", "variant": "slowest", "ms": max(statistics.median(t) for t in took.values())})
    rows.append({"workload": "MEM", "system": "palabre", "variant": "all seven", "mib": statistics.median(sum(m.values()) for m in memory)})
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
