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

# workload, our variant, the peer's, what of the row, how it is meant, the first mark, the goal. Costs are judged by ratios: microseconds
# are another machine's.
MARKS = (
    ("W1", "health", "-", "rps", "times", 2, 3),
    ("W2", "page", "tuned", "app", "times less", 5, 8),
    ("W2", "page", "tuned", "rps", "times", None, 4),
    ("W3", "noop", "aio-pika", "rps", "times", 4, 6),
    ("W3", "noop", "aio-pika", "app", "times less", 9.7, 15.6),
    ("W4", "noop: drain 5000", "celery: drain 5000", "rps", "times", 8, 12),
    ("W4", "noop: drain 5000", "celery: drain 5000", "rps", "at least", None, 8000),
    ("W4", "noop: flood 5000", "celery: flood 5000", "rps", "times", 6, 10),
    ("W4", "noop: paced 200/s", "celery: paced 200/s", "p99", "at most", None, 8),
    ("W5", "job events: flood 200 x 500", "hub: flood 200 x 500", "rps", "times", 1, 1.5),
    ("W5", "job events: flood 200 x 50", "hub: flood 200 x 50", "rps", "times", 1, 1.5),
    ("W5", "job events: paced 2000/s", "hub: paced 2000/s", "p99", "no more", 1, 1),
    ("W5", "job events: paced 2000/s", "hub: paced 2000/s", "p99_best", "at most", None, 0.3),
    ("W8", "pango", "reportlab", "rps", "times", 1, 1.3),
    ("W9", "durable: paced 50/s", "pipe: paced 50/s", "added_first_p50", "at most", 3, 2.5),
    ("W9", "durable: paced 50/s", "pipe: paced 50/s", "added_first_p99", "at most", None, 8),
    ("W9", "durable: closed loop, 16", "pipe: closed loop, 16", "rps", "times", None, 4),
    ("MEM", "all daemons", "application and worker", "mib", "at most", 80, 60),
    ("START", "slowest", "slowest", "ms", "at most", 200, 100),
    ("LIST", "10,000 transcriptions: paced 200/s", "-", "p99", "at most", 5, None),
    ("SPEECH", "ten minutes", "-", "beyond", "at most", 2, None),
)
WORDS = {"rps": "rate /s", "app": "application CPU, us", "p99": "p99, ms", "p99_best": "p99 of the best run, ms", "added_first_p50": "added first token p50, ms",
         "added_first_p99": "added first token p99, ms", "mib": "MiB at rest", "ms": "ms to ready", "beyond": "% beyond what the recogniser takes by itself"}


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


# how it is meant: (the mark in words, is it met by these of ours and the peer's?); what needs a peer gets none without one
MEANT = {
    "times": ("at least {} times", lambda mine, other, mark: other and mine >= mark * other),
    "times less": ("{} times less", lambda mine, other, mark: other and other >= mark * mine),
    "no more": ("no more", lambda mine, other, mark: other and mine <= mark * other),
    "at most": ("at most {}", lambda mine, other, mark: mine <= mark),
    "at least": ("at least {}", lambda mine, other, mark: mine >= mark),
}


def judge(mine, other, meant, mark) -> str:
    if mark is None:
        return ""
    words, is_met = MEANT[meant]
    met = is_met(mine, other, mark)
    return words.format(mark) + ("" if met is None else ": met" if met else ": **not met**")


def line(*cells) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |"


def marks() -> list[str]:
    out = [line("", "what", "Palabre", "peer", "ratio", "first mark", "goal"), line(*["---"] * 7)]
    for workload, ours, theirs, what, meant, first, goal in MARKS:
        mine, other = (value(find(workload, *row), what) for row in (("palabre", ours), ("peer", theirs)))
        if mine is None:
            continue
        ratio = None if not other or not mine else other / mine if meant in ("times less", "at most") else mine / other
        out.append(line(workload, f"{ours}: {WORDS[what]}", text(mine), text(other), text(ratio), judge(mine, other, meant, first), judge(mine, other, meant, goal)))
    return out


def all_rows() -> list[str]:
    out = [line("", "system, variant", "rate /s (range)", "p50 ms", "p99 ms (best to worst)", "p99.9 ms", "CPU a unit, us: application; services", "further", "what ran out")]
    out.append(line(*["---"] * 9))
    for r in (r for r in rows if "rps" in r):
        further = ", ".join(f"{k.replace('_', ' ').replace('note ', '')} {text(v)}" for k, v in r.items()
                            if k.startswith(("added_", "note_", "confirmed_", "published_")) or (k in ("bad", "lost") and v))
        span = f" ({text(r['least'])} to {text(r['most'])})" if "least" in r else ""
        cpu = f"{text(r['cpu_us']['app'])}; {text(r['cpu_us']['services'])}" if "cpu_us" in r else ""
        p99 = text(r.get("p99")) + (f" ({text(r['p99_best'])} to {text(r['p99_worst'])})" if "p99_best" in r else "")
        out.append(line(r["workload"], f"{r['system']} {r['variant']}", text(r["rps"]) + span, text(r.get("p50")), p99, text(r.get("p999")), cpu, further,
                        r.get("ran_out", "")))
    for r in (r for r in rows if r["workload"] == "SPEECH"):
        out.append(f"\nTen minutes of speech: from file to transcript in {text(r['s'])} s, the recogniser by itself {text(r['engine_s'])} s.")
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
