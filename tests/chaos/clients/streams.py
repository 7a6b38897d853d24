"""Event streams: read through cuts, resumed at the other gateway, kept byte for byte."""
import hashlib
import http.client
import threading
import time

from wire import Line, Lost

UNCUT = 1 << 30


class Reading:
    """One reader of one topic. What it keeps are whole numbered events, as they came."""

    def __init__(self, run, token, job, reader, dice):
        self.run, self.job, self.reader, self.dice = run, job, reader, dice
        self.line = Line(run.urls, token, dice.randrange(8))
        self.kept, self.last, self.cuts, self.events = b"", 0, 0, 0
        self.done, self.is_done_numbered, self.flaw = None, False, None

    def start(self):
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        return self

    def read(self, cut=True):
        while not self.done and not self.flaw and not self.run.too_late():
            try:
                connection, response = self.line.open_stream(f"/api/v1/jobs/{self.job}/events", self.last)
            except Lost:
                self.pause()
                continue
            try:
                if response.status == 200:
                    self.take(response, self.dice.randrange(1, 9) if cut and self.dice.random() < 0.7 else UNCUT)
                elif response.status not in (429, 500, 503):
                    self.flaw = f"status {response.status}"
            except (OSError, http.client.HTTPException, ValueError):
                pass                                # cut by somebody else
            finally:
                response.close()
                connection.close()
            if not self.done:
                self.pause()
        self.keep()

    def pause(self):
        self.cuts += 1
        self.line.next_gateway()
        time.sleep(0.05 + 0.2 * self.dice.random())

    def take(self, response, most):
        """At most so many events, then we hang up."""
        block = b""
        while line := response.readline():
            block += line
            if line != b"\n":
                continue
            if b"event: " in block:
                self.take_event(block)
                most -= 1
                if self.done or most <= 0:
                    return
            block = b""

    def take_event(self, block):
        fields = dict(line.split(b": ", 1) for line in block.splitlines() if b": " in line)
        number = int(fields.get(b"id", 0))
        if number:
            if number != self.last + 1:
                self.flaw = f"event {number} came after {self.last}"
                return
            self.last, self.kept, self.events = number, self.kept + block, self.events + 1
        if fields[b"event"] == b"done":
            self.done, self.is_done_numbered = fields[b"data"].decode(), bool(number)

    def keep(self):
        (self.run.streams / f"{self.job}.{self.reader}").write_bytes(self.kept)
        self.run.notes.put("read", job=self.job, reader=self.reader, events=self.events, cuts=self.cuts, done=self.done,
                           numbered=self.is_done_numbered, flaw=self.flaw, sha=hashlib.sha256(self.kept).hexdigest()[:16])
        self.kept = b""
