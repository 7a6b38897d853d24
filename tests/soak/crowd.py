"""The work: people who type, speak, queue, read and change their minds, through a balancer. Latencies are kept by what was done."""
import contextlib
import http.client
import json
import random
import threading
import time
import urllib.parse

from balancer import Balancer, follow
from media import spoken
from palabre import Client

# What is done, by how many threads, with how many seconds between two of it.
WORK = (("ask", 2, 1.2), ("listen", 1, 2.0), ("speak", 1, 8.0), ("report", 1, 15.0), ("queue", 1, 0.5), ("read", 2, 0.4), ("cancel", 1, 5.0))
TIMED = ("accept", "read", "answer")
ENDS_S = 120


class Crowd:
    def __init__(self, pairs):
        self.pairs, self.balancer = pairs, Balancer(pairs)
        self.over, self.lock = threading.Event(), threading.Lock()
        self.times = {name: [] for name in TIMED}
        self.done = {name: 0 for name, _, _ in WORK}
        self.resumed, self.flaws, self.models = 0, [], []
        self.number = 0

    def __enter__(self):
        self.balancer.__enter__()
        self.threads = [threading.Thread(target=self.run, args=(name, pause)) for name, n, pause in WORK for _ in range(n)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(ENDS_S)
        self.balancer.__exit__()

    def run(self, name, pause):
        while not self.over.wait(pause * random.uniform(0.5, 1.5)):
            try:
                getattr(self, name)()
                self.done[name] += 1
            except (AssertionError, OSError, ValueError, http.client.HTTPException) as flaw:
                with self.lock:
                    self.flaws.append(f"{time.strftime('%H:%M:%S')} {name}: {flaw!r}"[:600])

    def take_times(self):
        with self.lock:
            taken, self.times = self.times, {name: [] for name in TIMED}
        return taken

    def note(self, what, began):
        with self.lock:
            self.times[what].append((time.monotonic() - began) * 1e3)

    def next(self) -> int:
        with self.lock:
            self.number += 1
            return self.number

    def client(self):
        tokens = self.pairs.tokens
        return Client(self.pairs, self.balancer.url(), tokens[self.next() % len(tokens)])

    def send(self, client, method, path, body=None, status=202, timed=None, **headers):
        began = time.monotonic()
        connection, response = client.open(method, path, body, **headers)
        with contextlib.closing(connection):
            text = response.read()
        assert response.status == status, f"{method} {path} at {client.url}: {response.status} {text[:300]!r}"
        if timed:
            self.note(timed, began)
        return json.loads(text)

    def post(self, client, path, value, **more):
        return self.send(client, "POST", path, json.dumps(value), Content_Type="application/json", **more)

    def model(self, n, ms):
        name = f"sim-delay;ms={ms},tokens;n={n};tag=soak{self.next()}"
        self.models.append(name)
        return name

    def follow(self, client, made):
        raw, resumed = follow(client, self.balancer, f"/api/v1/jobs/{made['job_id']}/events")
        self.resumed += resumed
        return raw

    # --- what they do ---

    def ask(self):
        began, client = time.monotonic(), self.client()
        made = self.post(client, "/api/v1/ask", {"text": "Que dire de la séance ?", "model": self.model(8, 20), "mute": True}, timed="accept")
        self.follow(client, made)
        self.note("answer", began)

    def listen(self):
        """A long answer; what came in pieces must be what comes whole."""
        client = self.client()
        made = self.post(client, "/api/v1/ask", {"text": "Raconte la séance.", "model": self.model(60, 50), "mute": True})
        raw = self.follow(client, made)
        assert raw == self.follow(client, made), "a resumed stream differs"

    def speak(self):
        client = self.client()
        query = urllib.parse.urlencode({"language": "fr", "engine": "extract"})
        self.follow(client, self.send(client, "POST", f"/api/v1/ask?{query}", spoken(), Content_Type="audio/wav"))

    def report(self):
        client = self.client()
        self.follow(client, self.post(client, "/api/v1/ask", {"text": "Résume les débats.", "engine": "extract", "mute": True, "report": True}))

    def queue(self):
        services, n = ("audio", "stt", "llm", "tts", "document", "notify"), self.next()
        self.post(self.client(), "/api/v1/jobs", {"kind": "noop", "service": services[n % len(services)], "lane": ("live", "quick", "batch")[n % 3]})

    def read(self):
        self.send(self.client(), "GET", "/api/v1/asks?limit=20", status=200, timed="read")

    def cancel(self):
        client = self.client()
        model = f"sim-delay;ms=100,tokens;n=40;tag=soak{self.next()}"
        made = self.post(client, "/api/v1/ask", {"text": "Laisse.", "model": model, "mute": True})
        self.over.wait(0.5)
        self.post(client, f"/api/v1/jobs/{made['job_id']}/cancel", {}, status=200)
        self.follow(client, made)
