"""Faults done and undone, by the plan's clock. What each kind does is a row of STRIKES."""
import fnmatch
import signal
import threading
import time

from house import CLOCK, DRAIN_ROOM_S, DRAIN_S


class Striker:
    """Strikes a house as planned; `struck` counts by kind, `told` is the log of it."""

    def __init__(self, house, faults, say):
        self.house, self.faults, self.say = house, faults, say
        self.struck, self.skipped, self.told = {}, {}, []
        self.locks = {}                     # of what is no daemon
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = []

    def run(self, began):
        """Returns when the last fault has begun."""
        for fault in self.faults:
            if self.over.wait(max(0, began + fault.at_s - time.monotonic())):
                return
            thread = threading.Thread(target=self.strike, args=(fault,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def finish(self):
        """Everything that lasts is undone now."""
        self.over.set()
        for thread in self.threads:
            thread.join(300)

    def lock_of(self, target):
        victim = self.house.targets.get(target)
        with self.lock:
            return victim.lock if victim else self.locks.setdefault(target, threading.Lock())

    def strike(self, fault):
        lock, came = self.lock_of(fault.target), time.time()
        # A target that is still under another fault is struck when that is over, if it is soon.
        if not lock.acquire(timeout=10):
            return self.note(self.skipped, fault, came, "busy")
        try:
            if self.over.is_set():
                return self.note(self.skipped, fault, came, "too late")
            met = STRIKES[fault.kind](self, fault)
            self.note(self.struck if met is not None else self.skipped, fault, came, met)
        except Exception as flaw:
            self.house.flaws.append(f"{fault.kind} of {fault.target} at {fault.at_s}: {flaw!r}")
        finally:
            lock.release()

    def note(self, count, fault, came, met):
        with self.lock:
            count[fault.kind] = count.get(fault.kind, 0) + 1
            self.told.append(f"{came:.3f} {time.time():.3f} {fault.kind} {fault.target} {fault.lasts_s} {fault.ms}: {met}")

    def last(self, fault):
        self.over.wait(fault.lasts_s)


def kill(striker, fault):
    victim = striker.house.targets[fault.target]
    victim.end(signal.SIGKILL)
    victim.start()
    return "killed"


def terminate(striker, fault):
    daemon = striker.house.daemons[fault.target]
    if not daemon.end(signal.SIGTERM, DRAIN_S + DRAIN_ROOM_S):
        striker.house.flaws.append(f"{fault.target} did not end within {DRAIN_S + DRAIN_ROOM_S} s of SIGTERM, at {fault.at_s} s")
    daemon.start()
    return "ended"


def pause(striker, fault):
    process = striker.house.daemons[fault.target].process
    process.send_signal(signal.SIGSTOP)
    striker.last(fault)
    process.send_signal(signal.SIGCONT)
    return process.pid


def wire(striker, fault):
    """A mode that lasts is taken back; a reset is over at once."""
    mode = fault.kind.removesuffix("_group")
    names = [name for name in striker.house.wires.ports if fnmatch.fnmatch(name, fault.target)]
    met = striker.house.wires.set(mode, names, fault.ms)
    if fault.lasts_s:
        striker.last(fault)
        striker.house.wires.set("pass", names)
    return met


def kill_server(striker, fault):
    striker.house.kill_server(fault.target)
    return 1


def fill(striker, fault):
    """None: this machine does not let us mount a file system."""
    if not striker.house.can_be_full:
        return None
    striker.house.fill_blobs(True)
    striker.last(fault)
    striker.house.fill_blobs(False)
    return 1


def jump(striker, fault):
    """None: there is no library for it."""
    if not CLOCK:
        return None
    striker.house.set_clock(fault.target, fault.ms)
    striker.last(fault)
    striker.house.set_clock(fault.target, 0)
    return f"{fault.ms // 1000:+d} s"


STRIKES = {"kill": kill, "terminate": terminate, "pause": pause, "pause_long": pause, "disk_full": fill, "clock": jump,
           **{kind: wire for kind in ("reset", "delay", "drop", "deaf", "half_open", "ghost", "reset_group", "drop_group")},
           **{f"kill_{server}": kill_server for server in ("pg", "redis", "rabbit")}}


def watch(house, over):
    """A daemon that ends without us has died of a fault of its own. It is told, and started again."""
    while not over.wait(0.25):
        for daemon in house.daemons.values():
            if daemon.is_ours and daemon.process.poll() is not None and daemon.lock.acquire(blocking=False):
                try:
                    if daemon.is_ours and daemon.process.poll() is not None:
                        last = daemon.log.read_text(errors="replace").splitlines()[-2:]
                        house.flaws.append(f"{daemon.name} ended with {daemon.process.returncode}: {' / '.join(last)[:500]}")
                        daemon.start()
                        over.wait(1)
                finally:
                    daemon.lock.release()
