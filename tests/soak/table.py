"""The table, on the terminal and, when asked for, in docs/RELIABILITY.md."""
import os
import re

import ground as g
from figures import line, machine

DOCUMENT = g.TOP / "docs/RELIABILITY.md"
BEGIN, END = "<!-- soak -->\n", "<!-- end of soak -->"


def body_of(judge, sampler, crowd, restarts, minutes) -> str:
    done = ", ".join(f"{n:,} {name}" for name, n in crowd.done.items())
    out = [machine().partition(";")[0] + f": {minutes:g} minutes, {restarts} restarts, {judge.jobs:,} jobs ({done}); "
           f"{crowd.resumed} streams taken up again at another gateway by Last-Event-ID.", "",
           line("what", "measured", "allowed", ""), line(*["---"] * 4)]
    out += [line(*row) for row in judge.rows]
    return "\n".join([*out, ""])


def write(body: str) -> None:
    old = DOCUMENT.read_text()
    DOCUMENT.write_text(re.sub(f"(?s){BEGIN}.*?{END}", lambda _: BEGIN + body + END, old))
    print(f"written: {DOCUMENT}")


def show(judge, sampler, crowd, restarts, minutes) -> bool:
    body = body_of(judge, sampler, crowd, restarts, minutes)
    print(body)
    for reason in judge.reasons:
        print(f"bad: {reason}")
    for row in judge.twice:
        print("run twice: " + ", ".join(row))
    for flaw in crowd.flaws[:20]:
        print(f"flaw: {flaw}")
    if os.environ.get("WRITE") == "1":
        write(body)
    return not judge.reasons
