"""CPU, memory and quiet: what a window of time cost whom."""
import json
import os
import statistics
import subprocess
import time
from pathlib import Path

from ground import SECONDS, TOP, say, tool

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
FOREIGN = 0.12                      # cores others may take before a window is measured again
NICE = int(os.environ.get("NICE", "0"))     # -10 keeps other work on a shared machine out of the way (root)
GUARDED = {"pg", "redis", "rabbit", "upstream"}

spare_s = float(os.environ.get("SPARE", "60"))      # seconds that may go into measuring again


def processes() -> dict[int, tuple[int, float]]:
    """pid -> (parent, CPU seconds with those of children that have ended)"""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            f = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(pid)] = (int(f[1]), sum(map(int, f[11:15])) / TICK)
    return found


def tree(root: int, table=None) -> list[int]:
    table = table or processes()
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        if pid in table:
            found.append(pid)
            todo += [p for p, (parent, _) in table.items() if parent == pid]
    return found


def rss_mib(pids) -> float:
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except OSError:
            continue
    return total / 2**20


def cpu_all() -> list[int]:
    return [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def prefer(pids) -> None:
    """Every session has a scheduling group of its own: nice alone says nothing across them."""
    for pid in pids if NICE else ():
        try:
            os.setpriority(os.PRIO_PROCESS, pid, NICE)
            Path(f"/proc/{pid}/autogroup").write_text(str(NICE))
        except OSError:
            continue


class Window:
    """CPU seconds of each group of processes between enter and exit; a group is (root pids, with their trees?)."""

    def __init__(self, ground, groups: dict[str, list[int]]):
        self.ground, self.groups = ground, groups

    def read(self):
        table = processes()
        used = {name: sum(table[p][1] for root in roots for p in tree(root, table)) for name, roots in self.groups.items()}
        for name, pids in self.ground.server_pids().items():
            used[name] = sum(table[p][1] for p in pids if p in table)
        me = os.times()
        used["generator"] = me.children_user + me.children_system
        used["bench"] = me.user + me.system
        return time.monotonic(), used, cpu_all()

    def __enter__(self):
        if NICE:
            table = processes()
            prefer([p for roots in self.groups.values() for r in roots for p in tree(r, table)])
            prefer([p for pids in self.ground.server_pids().values() for p in pids])
            prefer([os.getpid()])
        self.before = self.read()
        return self

    def __exit__(self, *_):
        (t0, used0, cpu0), (t1, used1, cpu1) = self.before, self.read()
        self.seconds = t1 - t0
        self.cpu = {k: used1[k] - used0.get(k, 0.0) for k in used1}
        ticks = [b - a for a, b in zip(cpu0, cpu1)]
        busy = (sum(ticks) - ticks[3] - ticks[4]) / TICK
        self.idle = (ticks[3] + ticks[4]) / TICK / self.seconds
        self.foreign = max(0.0, (busy - sum(self.cpu.values())) / self.seconds)

    def cores(self) -> dict[str, float]:
        return {k: v / self.seconds for k, v in self.cpu.items()}

    def ran_out(self) -> str:
        parts = sorted(((v, k) for k, v in self.cores().items() if v >= 0.08 and k != "bench"), reverse=True)
        text = ", ".join(f"{k} {v:.2f}" for v, k in parts)
        if self.foreign >= 0.08:
            text += f", others {self.foreign:.2f}"
        return ("CPU: " if self.idle < 0.15 else f"nothing, {self.idle:.2f} cores idle: ") + text


def measure(ground, groups, work, before=None):
    """work() in a window; again, as long as there is time to spare, when others used the machine. The quietest counts.
    before() is done outside of the window, each time anew."""
    global spare_s
    best = None
    while True:
        start = time.monotonic()
        if before:
            before()
        with Window(ground, groups) as window:
            result = work()
        if best is None or window.foreign < best[1].foreign:
            best = result, window
        if best[1].foreign < FOREIGN or spare_s <= 0:
            return best
        spare_s -= time.monotonic() - start


def unit_costs(window, units: int) -> dict[str, float]:
    """Microseconds of CPU for each unit of work."""
    def cost(*names):
        return sum(window.cpu.get(n, 0) for n in names) * 1e6 / units if units else 0.0
    return {"app": cost("app", "worker"), "edge": cost("app"), "worker": cost("worker"), "services": cost("pg", "redis", "rabbit", "upstream"),
            "generator": cost("generator")}


rows: list[dict] = []
BAD_MOST = 0.01                 # of a row's requests


def record(workload, system, variant, runs, rate_digits=0, units=None):
    """runs: [(result, window)]; the row holds medians, the CPU of the run with the median rate."""
    def median(get):
        return statistics.median(get(r) for r, _ in runs)
    middle, window = sorted(runs, key=lambda x: x[0]["rps"])[len(runs) // 2]
    row = {"workload": workload, "system": system, "variant": variant, "runs": len(runs), "rps": median(lambda r: r["rps"]),
           "least": min(r["rps"] for r, _ in runs), "most": max(r["rps"] for r, _ in runs),
           "bad": sum(r.get("bad", 0) for r, _ in runs), "lost": sum(r.get("lost", 0) for r, _ in runs)}
    for name in ("p50", "p99", "p999"):
        if middle.get("latency"):
            row[name] = median(lambda r, n=name: r["latency"][n])
            row[f"{name}_best"], row[f"{name}_worst"] = (f(r["latency"][name] for r, _ in runs) for f in (min, max))
    for name in middle:
        if name.startswith(("added_", "note_", "confirmed_", "submit_")):
            row[name] = median(lambda r, n=name: r[n])
    row["cpu_us"] = {k: statistics.median(unit_costs(w, r["requests"])[k] for r, w in runs) for k in unit_costs(window, 1)}
    row["ran_out"], row["foreign"] = window.ran_out(), max(w.foreign for _, w in runs)
    if row["bad"] > BAD_MOST * sum(r["requests"] for r, _ in runs):
        raise RuntimeError(f"{workload} {system} {variant}: {row['bad']} requests failed; how fast a system refuses is no figure")
    rows.append(row)
    us = ", ".join(f"{k} {v:.1f}" for k, v in row["cpu_us"].items() if v)
    more = ", ".join(f"{k} {v:.2f}" for k, v in row.items() if k in ("p50", "p99", "p99_best") or k.startswith(("added_", "confirmed_")))
    say(f"{workload} {system} {variant}: {row['rps']:.{rate_digits}f}/s ({row['least']:.0f} to {row['most']:.0f}), {more}; us a unit: {us}; {row['ran_out']}"
        + (f"; BAD {row['bad']} LOST {row['lost']}" if row["bad"] or row["lost"] else ""))
    return row


def wrk(url: str, connections: int, threads: int = 1, tokens=None, body=None, seconds=None) -> dict:
    env = {**os.environ, "TOKENS": str(tokens or ""), "BODY": str(body or "")}
    seconds = seconds or SECONDS
    done = subprocess.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-s",
                           str(TOP / "tests/bench/wrk.lua"), url], env=env, capture_output=True, text=True, timeout=seconds + 60)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            return json.loads(line)
    raise RuntimeError(done.stdout + done.stderr)


def load(*args) -> dict:
    return json.loads(tool("load", *args))
