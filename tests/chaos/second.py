"""A second system under the same plan: FastAPI and Celery on RabbitMQ, as the directory PEER brings it (docs/PERFORMANCE.md says what
such a directory holds). Its processes are killed as a container is: all of a part at once; and started again at once."""
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import ground as g
from check import Check, read_lines
from house import kill_server, start_server
from systems import USERS, Peer, peers_token

OBSERVE = Path(__file__).resolve().parent / "observe"
QUIET_S = 15                # without an end of a job, and no message in the queue: no more will come


class Part:
    """The application or the worker, with its children."""

    def __init__(self, house, name, env):
        self.house, self.name, self.env = house, name, env
        self.log, self.lock, self.starts, self.is_ours = house.work / "log" / f"second-{name}.log", threading.Lock(), 0, True

    def start(self):
        self.process = g.spawn([self.house.peer.driver, self.name], self.log, self.env)
        self.starts += 1

    def end(self, number):
        os.killpg(self.process.pid, number)
        self.process.wait(10)


class Second:
    name = "celery"

    def __init__(self, ground, where):
        self.ground, self.work, self.flaws = ground, ground.work, []
        self.peer = Peer(ground, where)
        self.sql = self.peer.sql
        self.runs = self.work / "second.runs"
        self.runs.touch()
        worker = {**self.peer.env, "RUNS_LOG": str(self.runs), "PYTHONPATH": str(OBSERVE)}
        self.daemons = self.targets = {"app": Part(self, "app", self.peer.env), "worker": Part(self, "worker", worker)}
        self.urls = [f"http://127.0.0.1:{self.peer.port}"]
        self.tokens = [peers_token(n) for n in range(1, USERS + 1)]
        self.reader = self.tokens[0]

    def start(self):
        for part in self.daemons.values():
            part.start()
        self.peer.wait_ready(self.daemons["app"].process, self.peer.port, "/health")

    def kill_server(self, name):
        kill_server(self.ground, name)

    def heal(self):
        start_server(self.ground)
        self.sql.psql.kill()                # its session died with the server
        self.sql.psql.wait()
        self.sql = self.peer.sql = g.Sql(self.peer.env["DATABASE_URL"])

    def settle(self, seconds):
        """Until all is done, or nothing moves any more."""
        began = moved = time.monotonic()
        before = -1
        while time.monotonic() < began + seconds and time.monotonic() < moved + QUIET_S:
            left = int(self.sql.one("SELECT count(*) FROM jobs WHERE status <> 'done'"))
            if left == 0:
                break
            if left != before or self.waiting():
                before, moved = left, time.monotonic()
            time.sleep(1)
        return time.monotonic() - began, []

    def waiting(self):
        """Messages that wait or are being worked on: what they stand for may still be done."""
        out = self.ground.script("servers.sh", "ctl", self.ground.servers, "-q", "list_queues", "name", "messages", "--no-table-headers")
        return sum(int(line.split()[1]) for line in out.splitlines() if line.split()[:1] == [self.peer.queue])

    def stop(self):
        for part in self.daemons.values():
            process = getattr(part, "process", None)
            if process and process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                g.stop(process, 15)
                self.end_children(process.pid)

    @staticmethod
    def end_children(group):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass


def check(house, log):
    """What can be asked of it: it has neither keys nor an effect ledger."""
    notes = list(read_lines(log))
    accepted = {line["job"] for line in notes if line["e"] == "accepted"}
    rows = dict(house.sql("SELECT id, status FROM jobs"))
    begun, done = Counter(), Counter()
    for line in house.runs.read_text().splitlines():
        _, word, job = line.split()
        (begun if word == "begun" else done)[job] += 1
    untold = [job for job in rows if job not in accepted]
    return [
        Check("accepted jobs that are gone", len(accepted), [job for job in accepted if job not in rows]),
        Check("accepted jobs that did not end", len(accepted), [job for job in accepted if rows.get(job, "done") != "done"]),
        Check("work begun more than once", len(begun), [job for job, n in begun.items() if n > 1]),
        Check("work brought to its end more than once", len(done), [job for job, n in done.items() if n > 1]),
        Check("jobs left behind that no client was told of", len(untold), [job for job in untold if rows[job] != "done"]),
    ]


def check_ours(house, log):
    """The same questions to Palabre."""
    accepted = {line["job"] for line in read_lines(log) if line["e"] == "accepted"}
    rows = {row[0]: row[1:] for row in house.sql("SELECT id, state, attempt FROM jobs WHERE id = root")}
    untold = [job for job in rows if job not in accepted]
    return [
        Check("accepted jobs that are gone", len(accepted), [job for job in accepted if job not in rows]),
        Check("accepted jobs that did not end", len(accepted), [job for job in accepted if job in rows and rows[job][0] != "succeeded"]),
        Check("work begun more than once", len(rows), [job for job, (_, attempt) in rows.items() if int(attempt) > 1]),
        Check("work brought to its end more than once", len(rows), []),       # the end names the attempt: another's matches no row
        Check("jobs left behind that no client was told of", len(untold), [job for job in untold if rows[job][0] != "succeeded"]),
    ]
