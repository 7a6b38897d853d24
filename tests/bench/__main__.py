"""make bench: the workloads of docs/PERFORMANCE.md on private, durable servers. What may be set stands there as well."""
import sys
import traceback

import figures
import ground as g
import loads_edge
import loads_jobs
import loads_process
import loads_products
import loads_streams
from systems import Palabre, Peer

WORKLOADS = (
    ("W1", loads_edge.w1), ("W2", loads_edge.w2), ("W3", loads_edge.w3), ("W4", loads_jobs.w4), ("W5", loads_streams.w5),
    ("W8", loads_jobs.w8), ("W9", loads_streams.w9), ("MEM", loads_process.start_and_memory), ("ACCEPT", loads_process.accept),
    ("AUDIT", loads_process.audit), ("LIST", loads_products.transcriptions), ("SPEECH", loads_products.speech),
)


def run(ground) -> bool:
    ground.start()
    tuning = ground.tuning()
    ours = Palabre(ground)
    peer = Peer(ground, g.PEER) if g.PEER else None
    good = True
    try:
        for name, work in WORKLOADS:
            if not g.wanted(name):
                continue
            try:
                work(ground, ours, peer)
            except (RuntimeError, OSError, ValueError, KeyError):
                good = False
                g.say(f"{name} failed:")
                traceback.print_exc()
        figures.show(tuning)
    finally:
        for system in filter(None, (ours, peer)):
            system.stop()
            system.sql.close()
    return good


if __name__ == "__main__":
    sys.exit(g.main(run))
