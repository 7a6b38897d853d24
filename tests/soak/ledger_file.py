"""The simulator's ledger, read from its file: what was performed."""
import json
from pathlib import Path


def performed(path: Path):
    with open(path) as lines:
        for line in lines:
            said = json.loads(line)
            if said["outcome"] == "performed" and said["path"].endswith("/chat/completions"):
                yield said["model"]
