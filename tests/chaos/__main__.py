"""make chaos: work is brought while everything fails in random order; then what was promised is held against what came of it.

PLAN=smoke|full|kills, SEED=n, LOAD_S=n, FAULTS=n, PEER=directory, WRITE=1, KEEP=1; docs/RELIABILITY.md says what they mean."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "bench"))

import census                                   # noqa: E402
import check                                    # noqa: E402
import ground as g                              # noqa: E402
import plans                                    # noqa: E402
import second                                   # noqa: E402
import table                                    # noqa: E402
from house import House, PYTHON, sweep          # noqa: E402
from strikes import Striker, watch              # noqa: E402

CLIENTS = Path(__file__).resolve().parent / "clients"
GRACE_S = 240               # for requests and streams that are under way when the load ends: on a busy machine work waits for minutes


class Clients:
    """The other process (clients/), which knows addresses only."""

    def __init__(self, house, plan, seed):
        self.log, self.streams, self.house = house.work / f"clients-{house.name}.log", house.work / f"streams-{house.name}", house
        self.streams.mkdir()
        told = {"urls": house.urls, "tokens": house.tokens, "reader": house.reader, "log": str(self.log), "streams": str(self.streams), "seed": seed,
                "dialect": house.name, "noops": plan.noops, "askers": plan.askers, "spoken": plan.spoken, "grace_s": GRACE_S}
        self.told = house.work / f"clients-{house.name}.json"
        self.told.write_text(json.dumps(told))
        self.log.touch()

    def start(self, mode):
        out = open(self.house.work / f"log/clients-{self.house.name}.log", "ab")
        self.process = subprocess.Popen([PYTHON, str(CLIENTS), mode, str(self.told)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=out, text=True)

    def finish(self, seconds, end=False):
        """What they counted."""
        if end:
            self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=seconds)
        if self.process.returncode:
            raise RuntimeError(f"the clients failed: {(self.house.work / 'log/clients.log').read_text()[-3000:]}")
        return json.loads(said)

    def stop(self):
        if getattr(self, "process", None) and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def strike(house, plan, seed, clients):
    """Load and faults, until all is healed and the clients have their answers."""
    faults = plans.draw(plan, seed)
    (house.work / "plan").write_text("".join(f"{fault}\n" for fault in faults))
    striker, over = Striker(house, faults, g.say), threading.Event()
    watcher = threading.Thread(target=watch, args=(house, over), daemon=True)
    g.say(f"{house.name}: {len(faults)} faults under load for {plan.load_s:.0f} s, seed {seed}")
    began = time.monotonic()
    clients.start("load")
    watcher.start()
    try:
        striker.run(began)
        time.sleep(max(0, began + plan.load_s - time.monotonic()))
    finally:
        striker.finish()
        over.set()
        watcher.join()
        (house.work / f"strikes-{house.name}").write_text("\n".join([*striker.told, *house.flaws]) + "\n")
    house.heal()
    g.say(f"healed; {sum(striker.struck.values())} faults struck, {striker.skipped or 'none'} skipped")
    counts = clients.finish(GRACE_S * 3, end=True)
    g.say(f"clients: {counts}")
    return striker


def prove(house, plan, seed):
    """Ours under a plan, and everything that is asked of it afterwards. Gives (checks, striker, the clients' log)."""
    house.start()
    before = census.count(house)
    clients = Clients(house, plan, seed)
    try:
        striker = strike(house, plan, seed, clients)
        settled = census.settle(house, plan.settle_s, g.say)
        clients.start("reread")
        clients.finish(GRACE_S * 10)
    finally:
        clients.stop()
    return check.run(house, clients.log, clients.streams, settled, before, census.count(house), census.leaks), striker, clients.log


def prove_second(house, plan, seed):
    """Another system under the same plan: what can be asked of it."""
    house.start()
    clients = Clients(house, plan, seed)
    try:
        striker = strike(house, plan, seed, clients)
        took, _ = house.settle(plan.settle_s)
        g.say(f"{house.name}: nothing moves any more after {took:.0f} s")
    finally:
        clients.stop()
    return second.check(house, clients.log), striker


def alone(ground, plan, seed):
    """False: something was found."""
    began = time.monotonic()
    house = House(ground)
    try:
        checks, striker, _ = prove(house, plan, seed)
        table.show(checks, striker, plan, seed, time.monotonic() - began, house)
        return not any(one.found for one in checks)
    finally:
        house.stop()
        house.unmount()


def beside(ground, plan, seed, where):
    """Ours, then the other one, on the same servers under the same plan."""
    house = House(ground)
    try:
        checks, ours, log = prove(house, plan, seed)
        mine = second.check_ours(house, log)
        table.show(checks, ours, plan, seed, plan.load_s, house)
    finally:
        house.stop()
        house.unmount()
    other = second.Second(ground, where)
    try:
        theirs, struck = prove_second(other, plan, seed)
    finally:
        other.stop()
    table.beside(mine, ours, theirs, struck, plan, seed)
    return not any(one.found for one in checks)


def keep(ground):
    """The evidence outlives the run: logs, plan, what the clients wrote, the database as it was."""
    kept = Path(str(ground.work).replace("palabre-bench", "palabre-chaos-kept"))
    (ground.work / "database.sql").write_text(subprocess.run(["pg_dump", "-a", "-t", "jobs", "-t", "effects", "-t", "outbox", ground.env["PG_URL"]],
                                                             capture_output=True, text=True).stdout)
    shutil.copytree(ground.work, kept, ignore=lambda at, names: [n for n in names if n in ("pg", "redis", "rabbit", "bin", "blobs")], dirs_exist_ok=True)
    return kept


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    where = os.environ.get("PEER", "")
    plan, seed = plans.PLANS[os.environ.get("PLAN") or ("kills" if where else "smoke")], int(os.environ.get("SEED") or random.SystemRandom().randrange(1, 1 << 31))
    plan = replace(plan, load_s=float(os.environ.get("LOAD_S") or plan.load_s), faults=int(os.environ.get("FAULTS") or plan.faults))
    sweep(os.environ.get("BENCH_DIR", "/tmp"))
    ground, good = g.Ground(), False
    try:
        ground.start()
        good = beside(ground, plan, seed, where) if where else alone(ground, plan, seed)
        return 0 if good else 1
    finally:
        if not good and ground.env:
            g.say(f"the evidence is kept: {keep(ground)}; again: make chaos PLAN={plan.name} SEED={seed}")
        ground.end()


if __name__ == "__main__":
    sys.exit(main())
