"""Before the work: all daemons at rest, their memory; how soon each is ready; how large each program is."""
import os
import subprocess
import time
from pathlib import Path

import ground as g
from measure import NICE, prefer, rss_mib
from systems import DAEMONS, Palabre

REST_MIB, READY_MS, BINARY_MB, STARTS = 60, 100, 2, 5


def at_rest(ground, judge) -> None:
    ours = Palabre(ground)
    prefer([os.getpid()])           # NICE: what others do is not to be measured
    ready = {service: min(again(ours, service) for _ in range(STARTS)) for service in DAEMONS}
    relax(os.getpid())
    time.sleep(3)
    mib = {service: rss_mib([ours.processes[service].pid]) for service in DAEMONS}
    ours.stop()
    ours.sql.close()
    slowest, total = max(ready, key=ready.get), sum(mib.values())
    judge.check("all daemons at rest", f"{total:.1f} MiB (" + ", ".join(f"{s} {m:.1f}" for s, m in mib.items()) + ")", f"{REST_MIB} MiB", total <= REST_MIB)
    judge.check(f"start to ready, best of {STARTS}, slowest daemon", f"{ready[slowest]:.0f} ms ({slowest})", f"{READY_MS} ms", ready[slowest] <= READY_MS)
    largest = max(((stripped_mb(ground, service), service) for service in DAEMONS))
    judge.check("largest stripped program", f"{largest[0]:.2f} MB ({largest[1]})", f"{BINARY_MB} MB", largest[0] <= BINARY_MB)
    g.say(f"at rest {total:.1f} MiB, ready within {ready[slowest]:.0f} ms")


def relax(pid: int) -> None:
    if NICE:
        os.setpriority(os.PRIO_PROCESS, pid, 0)
        Path(f"/proc/{pid}/autogroup").write_text("0")


def again(ours, service: str) -> float:
    ours.stop(service)
    return ours.start(service)


def stripped_mb(ground, service: str) -> float:
    out = ground.work / "stripped"
    subprocess.run(["strip", "-o", str(out), str(ground.bin / f"palabre-{service}")], check=True)
    return out.stat().st_size / 1e6
