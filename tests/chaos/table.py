"""What a run says at its end."""
import json
import os


def line(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def show(checks, striker, plan, seed, seconds):
    struck = sum(striker.struck.values())
    print(f"\nplan {plan.name}, seed {seed}: {struck} faults in {seconds:.0f} s: " + ", ".join(f"{n} {kind}" for kind, n in sorted(striker.struck.items())))
    print(line("what must not be", "found", "looked at", ""))
    print(line("---", "---:", "---:", "---"))
    for one in checks:
        print(line(one.what, len(one.found), f"{one.looked_at:,}", one.note))
    for one in checks:
        for text in one.found[:12]:
            print(f"VIOLATION {one.what}: {text}")
    if os.environ.get("RESULT"):
        with open(os.environ["RESULT"], "w") as file:
            json.dump([{"what": one.what, "found": one.found, "looked_at": one.looked_at} for one in checks], file)
