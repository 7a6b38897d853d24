"""The clients: everything that speaks HTTP to the system under test. They know its addresses and nothing else of it.

    clients load FILE       bring work until SIGTERM, then finish what was begun
    clients reread FILE     read whole what streams were read before, fetch the reports

FILE: {"urls", "tokens", "log", "streams", "seed", "dialect", "noops": a second, "askers", "spoken", "grace_s"}
"""
import json
import random
import signal
import sys
import threading
import time
from pathlib import Path

from asks import Asker
from noops import noops
from notes import Notes
from streams import Reading
from wire import Line, Lost

NOOP_THREADS = 16
REREADERS = 8


class Run:
    def __init__(self, told):
        self.urls, self.tokens, self.seed, self.dialect = told["urls"], told["tokens"], told["seed"], told["dialect"]
        self.notes, self.streams = Notes(told["log"]), Path(told["streams"])
        self.spoken, self.deaf, self.patience_s = told["spoken"], 0.03, 20
        self.told, self.readers = told, []
        self.over, self.end, self.is_asked_to_end = threading.Event(), None, False

    def ask_to_end(self, *_):
        """From a signal: no lock may be taken here, the interrupted line may hold it."""
        self.is_asked_to_end = True

    def finish(self):
        self.end = time.monotonic() + self.told["grace_s"]
        self.over.set()

    def too_late(self):
        return self.end is not None and time.monotonic() > self.end


def load(run):
    signal.signal(signal.SIGTERM, run.ask_to_end)
    signal.signal(signal.SIGINT, run.ask_to_end)
    dice = random.Random(run.seed)
    threads = [threading.Thread(target=noops, args=(run, n, run.told["noops"] / NOOP_THREADS, dice.random())) for n in range(NOOP_THREADS)]
    threads += [threading.Thread(target=Asker(run, n, dice.random()).work) for n in range(run.told["askers"])]
    for thread in threads:
        thread.start()
    while not run.is_asked_to_end:
        time.sleep(0.2)
    run.finish()
    for thread in threads:
        thread.join()
    for reader in run.readers:
        reader.thread.join()


# --- afterwards ---

def lines_of(run):
    with open(run.told["log"]) as log:
        return [json.loads(line) for line in log]


def each(items, work):
    """`work` on all of them, by a few threads."""
    items, lock = list(items), threading.Lock()

    def take():
        while True:
            with lock:
                if not items:
                    return
                item = items.pop()
            work(item)
    threads = [threading.Thread(target=take) for _ in range(REREADERS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


def fetch_report(run, line):
    door = Line(run.urls, run.tokens[line["user"]])
    try:
        answer = door.call("GET", f"/api/v1/ask/{line['ask']}/report.pdf")
        run.notes.put("fetched", job=line["job"], status=answer.status, good=answer.body.startswith(b"%PDF-") and b"%%EOF" in answer.body[-1024:])
    except Lost as lost:
        run.notes.put("fetched", job=line["job"], status=0, good=False, why=str(lost))
    door.hang_up()


def reread(run):
    run.end = time.monotonic() + run.told["grace_s"]
    lines = lines_of(run)
    owners = {line["job"]: line["token"] for line in lines if line["e"] == "accepted" and "token" in line}
    each({line["job"] for line in lines if line["e"] == "read"},
         lambda job: Reading(run, owners.get(job, run.told["reader"]), job, "whole", random.Random(0)).read(cut=False))
    each([line for line in lines if line["e"] == "report"], lambda line: fetch_report(run, line))


def main():
    with open(sys.argv[2]) as file:
        run = Run(json.load(file))
    {"load": load, "reread": reread}[sys.argv[1]](run)
    print(json.dumps(run.notes.counts), flush=True)


if __name__ == "__main__":
    main()
