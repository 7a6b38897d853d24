"""make soak: mixed load for MINUTES (30) with a restart of some daemon every minute, and what it leaves behind.

Two of each daemon on private, durable servers; one of each pair runs through to the end and judges the drift. Exits 1 with the
reasons. WRITE=1 writes the table into docs/RELIABILITY.md. What may be set for the ground stands in tests/bench/ground.py."""
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "bench"), str(HERE.parent / "api")]

import ground as g                  # noqa: E402
from crowd import Crowd             # noqa: E402
from judge import Judge             # noqa: E402
from pairs import Pairs             # noqa: E402
from rest import at_rest            # noqa: E402
from sampler import Sampler         # noqa: E402
from table import show              # noqa: E402

MINUTES = float(os.environ.get("MINUTES", "30"))
EVERY_S = float(os.environ.get("RESTART_S", "60"))


def soak(pairs, crowd, sampler) -> int:
    """Gives how many daemons were restarted."""
    end, restarts = time.monotonic() + MINUTES * 60, 0
    next_restart, next_minute = time.monotonic() + EVERY_S, time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(sampler.every_s)
        sampler.take()
        if time.monotonic() >= next_minute:
            g.say(sampler.minute(crowd.take_times()))
            next_minute += 60
        if time.monotonic() >= next_restart and time.monotonic() < end - EVERY_S / 2:
            pairs.roll(restarts)
            restarts += 1
            next_restart += EVERY_S
    return restarts


def run(ground) -> bool:
    ground.start()
    judge = Judge()
    at_rest(ground, judge)
    pairs = Pairs(ground)
    try:
        pairs.start()
        sampler = Sampler(pairs)
        with Crowd(pairs) as crowd:
            g.say(f"{MINUTES:g} minutes of work, a daemon restarted every {EVERY_S:g} s")
            restarts = soak(pairs, crowd, sampler)
        judge.drift(sampler)
        judge.latency(sampler)
        judge.left_behind(pairs, crowd, sampler)
        return show(judge, sampler, crowd, restarts, MINUTES)
    finally:
        pairs.stop()


if __name__ == "__main__":
    sys.exit(g.main(run))
