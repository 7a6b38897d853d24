"""What a run says at its end, and writes into docs/RELIABILITY.md when asked."""
import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from ground import TOP

DOCUMENT = TOP / "docs/RELIABILITY.md"
NAMED = 12                  # of one violation; the evidence has all


def line(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def machine():
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "-C", str(TOP), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return f"{time.strftime('%Y-%m-%d')}, commit {commit or '?'}; {os.cpu_count()} cores \"{cpu[1] if cpu else '?'}\", Linux {platform.release()}"


def kinds(counts):
    return ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))


def show(checks, striker, plan, seed, seconds, house):
    struck = sum(striker.struck.values())
    body = [f"Plan {plan.name}, seed {seed}: {struck:,} faults within {seconds / 60:.0f} minutes, under load. {machine()}.", "",
            f"Struck: {kinds(striker.struck)}." + (f" Not struck: {kinds(striker.skipped)}." if striker.skipped else ""),
            f"Processes started: {sum(daemon.starts for daemon in house.daemons.values()):,}.", "",
            line("what must not be", "found", "looked at", ""), line("---", "---:", "---:", "---")]
    body += [line(one.what, len(one.found), f"{one.looked_at:,}", one.note) for one in checks]
    print("\n" + "\n".join(body))
    for one in checks:
        for text in one.found[:NAMED]:
            print(f"VIOLATION {one.what}: {text}")
    if os.environ.get("RESULT"):
        Path(os.environ["RESULT"]).write_text(json.dumps([{"what": one.what, "found": one.found, "looked_at": one.looked_at} for one in checks]))
    if os.environ.get("WRITE") == "1" and plan.name == "full":
        write("faults", body)


def beside(mine, ours, theirs, struck, plan, seed):
    body = [f"Plan {plan.name}, seed {seed}, the same for both: {kinds(ours.struck)} (Palabre), {kinds(struck.struck)} (Celery). {machine()}.", "",
            line("", "Palabre", "Celery on RabbitMQ"), line("---", "---:", "---:")]
    body.append(line("jobs accepted (202)", f"{mine[0].looked_at:,}", f"{theirs[0].looked_at:,}"))
    body += [line(a.what, a.note or f"{len(a.found):,}", b.note or f"{len(b.found):,}") for a, b in zip(mine, theirs)]
    print("\n" + "\n".join(body))
    if os.environ.get("WRITE") == "1":
        write("beside", body)


def write(mark, body):
    old = DOCUMENT.read_text()
    new = re.sub(rf"(?s)(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", lambda m: m[1] + "\n".join(body) + "\n" + m[2], old)
    DOCUMENT.write_text(new)
    print(f"written: {DOCUMENT}")
