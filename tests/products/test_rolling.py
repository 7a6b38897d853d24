"""A rolling update: each daemon gives way to a new one while the house is at work. Nobody who uses the platform notices."""
import contextlib
import itertools
import os
import secrets
import threading
import time

import pytest

from balancer import Balancer, follow
from house import deep, wait_until
from media import spoken
from palabre import Client, Simulator, token

SERVICES = ("audio", "stt", "llm", "tts", "document", "notify", "scheduler", "gateway")
# A pause of everybody between two requests, and how often all daemons are renewed: less and more of it for a hunt.
PACE_S = float(os.environ.get("ROLL_PACE_S", "0.15"))
ROUNDS = int(os.environ.get("ROLL_ROUNDS", "1"))
ENDS_S = 120


def new_client(house):
    client = Client(house).register()
    client.token = token(house.secret, sub=client.id, plan="pro")
    return client


class Crowd:
    """Threads that ask, speak, queue, follow and cancel through a balancer. What they see is judged at the end."""

    def __init__(self, house, balancer):
        self.house, self.balancer, self.client = house, balancer, new_client(house)
        self.made, self.models, self.cancelled, self.streams, self.flaws = [], [], [], [], []
        self.over, self.lock = threading.Event(), threading.Lock()

    def __enter__(self):
        work = (self.ask, self.ask, self.listen, self.speak, self.queue, self.cancel, self.read)
        self.threads = [threading.Thread(target=self.run, args=(one,)) for one in work]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(ENDS_S)

    def run(self, work):
        for n in itertools.count():
            if self.over.wait(PACE_S):
                return
            self.attempt(work, n)

    def attempt(self, work, *of, **how):
        try:
            work(*of, **how)
        except Exception as flaw:           # told by check(), in the thread of the test
            self.flaws.append(f"{work.__name__}: {flaw!r}")

    def send(self, method, path, value=None, status=202, **headers):
        client = self.client.at(self.balancer.url())
        answer = client.post(path, value, **headers) if method == "POST" else client.get(path)
        assert answer.status == status, f"{method} {path} at {client.url}: {answer}"
        return answer.json()

    def model(self, n=8, ms=60):
        name = f"sim-delay;ms={ms},tokens;n={n};tag={secrets.token_hex(6)}"
        self.models.append(name)
        return name

    def follow(self, made, **how):
        path = f"/api/v1/jobs/{made['job_id']}/events"
        raw, resumed = follow(self.client, self.balancer, path, **how)
        with self.lock:
            self.streams.append((path, raw, resumed))

    def accept(self, path, value, **headers):
        made = self.send("POST", path, value, **headers)
        self.made.append(made["job_id"])
        return made

    # --- what they do ---

    def ask(self, n):
        """Typed, answered by a provider word by word; spoken or printed at times."""
        question = {"text": f"Question {n} ?", "model": self.model(), "mute": n % 3 > 0, "report": n % 4 == 0, "language": "fr"}
        self.follow(self.accept("/api/v1/ask", question))

    def listen(self, n):
        """A long answer, followed over whatever happens to its gateway."""
        self.follow(self.accept("/api/v1/ask", {"text": "Raconte.", "model": self.model(60, 100), "mute": True}))

    def speak(self, n):
        self.follow(self.accept("/api/v1/ask?language=fr&engine=extract&mute=true", spoken(), Content_Type="audio/wav"))

    def queue(self, n):
        service = SERVICES[n % 6]
        for lane in ("live", "quick", "batch"):
            self.accept("/api/v1/jobs", {"kind": "noop", "service": service, "lane": lane})

    def cancel(self, n):
        model = f"sim-delay;ms=100,tokens;n=40;tag={secrets.token_hex(6)}"
        made = self.send("POST", "/api/v1/ask", {"text": "Laisse.", "model": model, "mute": True})
        time.sleep(0.3)
        self.send("POST", f"/api/v1/jobs/{made['job_id']}/cancel", {}, 200)
        self.cancelled.append(made["job_id"])
        self.follow(made)

    @contextlib.contextmanager
    def stream_at(self, gateway):
        """A stream is open on this gateway, and does not end before another one has carried it on."""
        model, carriers = f"sim-delay;ms=100,tokens;n=2000;tag={secrets.token_hex(6)}", []
        made = self.send("POST", "/api/v1/ask", {"text": "Raconte tout.", "model": model, "mute": True})
        self.cancelled.append(made["job_id"])
        how = {"seconds": 2 * ENDS_S, "first": gateway, "carriers": carriers}
        follower = threading.Thread(target=self.attempt, args=(self.follow, made), kwargs=how)
        follower.start()
        wait_until(lambda: carriers, 30, "a stream is open")
        yield
        wait_until(lambda: len(carriers) > 1 or not follower.is_alive(), 30, "another gateway has taken the stream up")
        self.send("POST", f"/api/v1/jobs/{made['job_id']}/cancel", {}, 200)
        follower.join(ENDS_S)
        assert carriers[0] == gateway and gateway not in carriers[1:] and len(carriers) > 1, (gateway, carriers)

    def read(self, n):
        self.send("GET", "/api/v1/asks", status=200)

    # --- what is judged ---

    def check(self, provider):
        assert not self.flaws, "\n".join(self.flaws[:20])
        self.check_jobs()
        self.check_streams()
        for model in self.models:
            outcomes = [line["outcome"] for line in provider.ledger(model=model)]
            assert outcomes == ["performed"], (model, outcomes)

    def check_jobs(self):
        mine = f"root IN (SELECT id FROM jobs WHERE owner = '{self.client.id}')"
        wait_until(lambda: self.house.sql(f"SELECT count(*) FROM jobs WHERE {mine} AND state IN ('queued', 'running', 'waiting')")[0][0] == "0",
                   60, "everything has ended")
        roots = dict(self.house.sql(f"SELECT id, state FROM jobs WHERE {mine} AND step IS NULL"))
        assert set(roots) == {*self.made, *self.cancelled}
        assert {job: state for job, state in roots.items() if state != ("cancelled" if job in self.cancelled else "succeeded")} == {}
        again = self.house.sql(f"SELECT kind, lane, state, attempt, error, started_at, finished_at FROM jobs WHERE {mine} AND attempt > 1")
        assert not again, again

    def check_streams(self):
        assert self.streams
        for path, raw, resumed in self.streams:
            with self.client.at(self.balancer.url()).stream(path) as stream:
                whole = b"".join(event.raw for event in stream.until("done"))
            assert raw == whole, (path, resumed, raw[-400:], whole[-400:])


@pytest.fixture
def provider(pairs):
    return Simulator(pairs)


@deep
def test_every_daemon_gives_way_to_a_new_one_unnoticed(pairs, provider):
    with Balancer(pairs) as balancer, Crowd(pairs, balancer) as crowd:
        wait_until(lambda: len(crowd.streams) > 5 or crowd.flaws, 60, "the house is at work")
        for service in SERVICES * ROUNDS:
            for name in (service, service + "-2"):
                if crowd.flaws:
                    break
                streams = len(crowd.streams)
                with crowd.stream_at(pairs.daemons[name].url) if service == "gateway" else contextlib.nullcontext():
                    pairs.roll(name)
                wait_until(lambda: len(crowd.streams) > streams + 2 or crowd.flaws, 60, f"work goes on without the old {name}")
    crowd.check(provider)
