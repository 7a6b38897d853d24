"""What was performed, and would have been charged for: one line of JSON per request, appended at once.

    {"n", "time", "path", "model", "key", "digest", "scenario", "outcome"}

outcome  performed  accepted: written before the first byte of the answer, so that it holds if the client hangs up
         refused    answered 4xx, 5xx, a redirect or nothing, without performing
         replayed   the key was performed before: the same answer again, not charged again
         cut        `of` names the performed or replayed line whose answer did not reach its end
A key is known per path. Keys and counts are read back from the file when the simulator starts.
"""
import hashlib
import json
import os
import tempfile
import time
from array import array
from collections import Counter, OrderedDict

from common.answer import Refusal
from common.wire import without_quotes

MAX_KEYS = 200_000
MAX_MODELS = 2_000
MAX_KEY_CHARS = 255
OUTCOMES = ("performed", "refused", "replayed", "cut")


def short(*texts):
    """16 bytes that stand for the texts: a long run must not fill the memory with keys."""
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=16).digest()


class Ledger:
    def __init__(self, path=None):
        self.path = path
        if path:
            self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        else:
            self.fd, name = tempfile.mkstemp(prefix="simulator-ledger-")
            os.unlink(name)
        self.load()

    def forget(self):
        self.starts = array("Q")        # where each line begins
        self.end = 0
        self.keys = OrderedDict()       # short(path, key) -> (short(digest), scenario); the oldest are forgotten
        self.bodies = OrderedDict()     # short(path, digest) -> how often performed
        self.twice = 0
        self.counts = Counter()
        self.by_path = {}
        self.by_model = {}

    def load(self):
        self.forget()
        with os.fdopen(os.dup(self.fd), "rb") as file:
            file.seek(0)
            for line in file:
                self.starts.append(self.end)
                self.end += len(line)
                self.take_in(read_line(line))
        if self.starts and not line.endswith(b"\n"):
            self.end_torn_line()

    def end_torn_line(self):
        """A simulator killed while it wrote leaves half a line; the next line must not join it."""
        self.end += 1
        os.write(self.fd, b"\n")

    def take_in(self, line):
        outcome, path = line.get("outcome"), line.get("path") or ""
        if outcome not in OUTCOMES:
            return
        self.counts[outcome] += 1
        self.by_path.setdefault(path, Counter())[outcome] += 1
        model = line.get("model") or ""
        if model in self.by_model or len(self.by_model) < MAX_MODELS:
            self.by_model.setdefault(model, Counter())[outcome] += 1
        if outcome == "performed":
            self.take_in_effect(path, line.get("key"), line.get("digest") or "", line.get("scenario"))

    def take_in_effect(self, path, key, digest, scenario):
        body = short(path, digest)
        self.bodies[body] = self.bodies.pop(body, 0) + 1
        self.twice += self.bodies[body] > 1
        if key is not None:
            self.keys[short(path, without_quotes(key))] = short(digest), scenario
        for known in (self.keys, self.bodies):
            if len(known) > MAX_KEYS:
                known.popitem(last=False)

    def write(self, request, outcome, of=None):
        n = len(self.starts) + 1
        line = {"n": n, "time": round(time.time(), 3), "path": request.full_path, "model": request.model,
                "key": request.key, "digest": request.digest,
                "scenario": request.scenario_text, "outcome": outcome}
        if of:
            line["of"] = of
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        os.write(self.fd, data)
        self.starts.append(self.end)
        self.end += len(data)
        self.take_in(line)
        return n

    def recall(self, request):
        """(was the request's key performed before, the scenario it then met)."""
        if request.key is None:
            return False, None
        if not 1 <= len(request.key) <= MAX_KEY_CHARS:
            raise Refusal(400, "Idempotency-Key must have 1 to 255 characters.", "idempotency_key_invalid")
        known = self.keys.get(short(request.full_path, request.plain_key))
        if known and known[0] != short(request.digest):
            raise Refusal(422, "This Idempotency-Key was used with another body.", "idempotency_key_reused")
        return known is not None, known[1] if known else None

    def perform(self, request):
        """Accepts the request, or finds that it was accepted before. Gives the number of its line."""
        return self.write(request, "replayed" if self.recall(request)[0] else "performed")

    def lines(self, since, limit, wanted):
        """Lines after number `since` whose members equal `wanted`."""
        found = []
        for n in range(max(0, since), len(self.starts)):
            end = self.starts[n + 1] if n + 1 < len(self.starts) else self.end
            line = read_line(os.pread(self.fd, end - self.starts[n], self.starts[n]))
            if all(str(line.get(name)) == value for name, value in wanted.items()):
                found.append(line)
                if len(found) == limit:
                    break
        return found

    def summary(self):
        counts = {outcome: self.counts[outcome] for outcome in OUTCOMES}
        return {**counts, "performed_twice": self.twice, "lines": len(self.starts), "keys": len(self.keys),
                "by_path": self.by_path, "by_model": self.by_model}

    def clear(self):
        os.ftruncate(self.fd, 0)
        self.forget()

    def reread(self):
        """What a restart does: all that is known is read from the file again."""
        os.fsync(self.fd)
        self.load()


def read_line(data):
    try:
        line = json.loads(data)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}
