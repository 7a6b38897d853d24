"""A request that is repeated until it is accepted, as a client does that must not lose it."""
import time

from wire import Lost

PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
REFUSED = (429, 500, 502, 503, 504, 507)


class Submitter:
    """`run` has: notes, dice per thread, over (Event), too_late()."""

    def __init__(self, run, line, dice):
        self.run, self.line, self.dice = run, line, dice

    def submit(self, kind, path, body, key, headers=None, **told):
        """The answer's JSON once accepted, else None. Without a key a request that got no answer is not repeated."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        if key:
            headers["Idempotency-Key"] = key
        sent = time.time()
        for n in range(10_000):
            answer = self.attempt(path, body, headers, key, deaf=bool(key) and n == 0 and self.dice.random() < self.run.deaf)
            if answer and answer.status == 202:
                made = answer.json()
                self.run.notes.put("accepted", kind=kind, job=made["job_id"], key=key, sent=round(sent, 4), tries=n + 1, gateway=self.line.at, **told)
                return made
            if answer and answer.status not in REFUSED:
                self.run.notes.put("refused", kind=kind, key=key, status=answer.status, body=answer.body[:300].decode("utf-8", "replace"))
                return None
            if (answer is None and not key) or self.run.too_late():
                break
            time.sleep(PAUSES_S[min(n, len(PAUSES_S) - 1)] * (0.5 + self.dice.random()))
        if key:
            self.run.notes.put("given_up", kind=kind, key=key)
        return None

    def attempt(self, path, body, headers, key, deaf=False):
        try:
            answer = self.line.call("POST", path, body, headers, deaf=deaf)
        except Lost as lost:
            self.run.notes.put("unanswered", key=key, why=str(lost)[:80])
            return None
        if answer.status >= 500:
            # A 5xx promises nothing, and does not say that nothing was done.
            self.run.notes.put("unanswered", key=key, why=f"{answer.status}")
            self.line.next_gateway()
        return answer

    def repeat(self, path, body, key, job):
        """The same once more, at the other gateway: the same job."""
        self.line.next_gateway()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        for n in range(20):
            answer = self.attempt(path, body, headers, key)
            if answer and answer.status == 202:
                self.run.notes.put("repeat", key=key, job=answer.json()["job_id"], first=job)
                return
            if answer and answer.status not in REFUSED:
                self.run.notes.put("repeat", key=key, job=f"{answer.status} {answer.body[:200]!r}", first=job)
                return
            if self.run.over.is_set():
                return
            time.sleep(PAUSES_S[min(n, 5)])
