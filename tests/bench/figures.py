"""The tables: what was measured, and how far it is from the marks; on paper when asked for."""
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from ground import RUNS, SECONDS, TOP
from measure import rows

DOCUMENT = TOP / "docs/PERFORMANCE.md"

# workload, our variant, the peer's, what of the row, how it is meant, the mark
MARKS = (
    ("W1", "health", "-", "rps", "times", 2),
    ("W2", "page", "tuned", "app", "at most", 100),
    ("W2", "page", "tuned", "app", "times less", 5),
    ("W2", "page", "tuned", "rps", "times", 4),
    ("W3", "noop", "aio-pika", "rps", "times", 4),
    ("W3", "noop", "aio-pika", "app", "at most", 80),
    ("W4", "noop: drain 5000", "celery: drain 5000", "rps", "times", 8),
    ("W4", "noop: flood 5000", "celery: flood 5000", "rps", "times", 6),
    ("W4", "noop: paced 200/s", "celery: paced 200/s", "p99", "no more", 1),
    ("W5", "job events: flood 200 x 500", "hub: flood 200 x 500", "rps", "times", 1),
    ("W5", "job events: flood 200 x 50", "hub: flood 200 x 50", "rps", "times", 1),
    ("W5", "job events: paced 2000/s", "hub: paced 2000/s", "p99", "no more", 1),
    ("W8", "pango", "reportlab", "rps", "times", 1),
    ("W9", "durable: paced 50/s", "pipe: paced 50/s", "added_first_p50", "at most", 3),
    ("W9", "durable: closed loop, 16", "pipe: closed loop, 16", "rps", "times", 4),
    ("MEM", "all daemons", "application and worker", "mib", "at most", 80),
    ("START", "slowest", "slowest", "ms", "at most", 200),
)
WORDS = {"rps": "rate /s", "app": "application CPU, us", "p99": "p99, ms", "added_first_p50": "added first token p50, ms", "mib": "MiB at rest", "ms": "ms to ready"}


def find(workload, system, variant):
    for row in rows:
        if (row["workload"], row["system"], row["variant"]) == (workload, system, variant):
            return row
    return None


def value(row, what):
    if row is None:
        return None
    return row["cpu_us"]["app"] if what == "app" else row.get(what)


def text(v) -> str:
    if v is None:
        return ""
    return f"{v:,.0f}" if abs(v) >= 100 else f"{v:.1f}" if abs(v) >= 10 else f"{v:.2f}"


def judge(mine, theirs, meant, mark):
    """(ratio, the mark in words, is it met?)"""
    ratio = None if mine is None or not theirs else mine / theirs if meant in ("times", "no more") else theirs / mine
    if meant == "at most":
        return ratio, f"at most {mark}", mine <= mark
    if ratio is None:
        return None, {"times": f"at least {mark} times", "times less": f"{mark} times less", "no more": "no more"}[meant], None
    if meant == "no more":
        return ratio, "no more", ratio <= mark
    return ratio, f"{mark} times less" if meant == "times less" else f"at least {mark} times", ratio >= mark


def line(*cells) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |"


def marks() -> list[str]:
    out = [line("", "what", "Palabre", "peer", "ratio", "mark", ""), line(*["---"] * 7)]
    for workload, ours, theirs, what, meant, mark in MARKS:
        mine = value(find(workload, "palabre", ours), what)
        if mine is None:
            continue
        other = value(find(workload, "peer", theirs), what)
        ratio, words, met = judge(mine, other, meant, mark)
        out.append(line(workload, f"{ours}: {WORDS[what]}", text(mine), text(other), text(ratio), words, {True: "met", False: "not met", None: ""}[met]))
    return out


def all_rows() -> list[str]:
    out = [line("", "system, variant", "rate /s (range)", "p50 ms", "p99 ms", "CPU a unit, us: application; services", "further", "what ran out")]
    out.append(line(*["---"] * 8))
    for r in (r for r in rows if "rps" in r):
        further = ", ".join(f"{k.replace('_', ' ').replace('note ', '')} {text(v)}" for k, v in r.items()
                            if k.startswith(("added_", "note_", "confirmed_", "published_", "p99_best")) or (k in ("bad", "lost") and v))
        span = f" ({text(r['least'])} to {text(r['most'])})" if "least" in r else ""
        cpu = f"{text(r['cpu_us']['app'])}; {text(r['cpu_us']['services'])}" if "cpu_us" in r else ""
        out.append(line(r["workload"], f"{r['system']} {r['variant']}", text(r["rps"]) + span, text(r.get("p50")), text(r.get("p99")), cpu, further,
                        r.get("ran_out", "")))
    for what, unit in (("MEM", "mib"), ("START", "ms")):
        parts = [f"{r['system']} {r['variant']} {text(r[unit])}" for r in rows if r["workload"] == what]
        if parts:
            out.append(f"\n{'Memory at rest, RSS in MiB' if what == 'MEM' else 'Exec to ready, ms'}: " + ", ".join(parts) + ".")
    return out


def machine() -> str:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    commit = subprocess.run(["git", "-C", str(TOP), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return (f"{time.strftime('%Y-%m-%d')}, commit {commit or '?'}; {os.cpu_count()} cores \"{cpu[1] if cpu else '?'}\", {memory:.1f} GiB, "
            f"Linux {platform.release()}; medians of {RUNS} runs of {SECONDS} s")


def show(tuning: str) -> None:
    body = [machine() + f"; {tuning}.", "", *marks(), "", *all_rows(), ""]
    print("\n".join(body))
    if os.environ.get("WRITE") == "1":
        old = DOCUMENT.read_text()
        new = re.sub(r"(?s)(<!-- figures -->\n).*?(<!-- end of figures -->)", lambda m: m[1] + "\n".join(body) + m[2], old)
        DOCUMENT.write_text(new)
        print(f"written: {DOCUMENT}")
