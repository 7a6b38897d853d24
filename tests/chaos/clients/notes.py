"""The client log: what was promised to whom, and when. Lines of JSON, appended at once, never changed.

accepted   a 202 was read: the job is ours, whatever happens
repeat     the same key once more: `job` must be the one of before
unanswered a request ended without an answer; `key` empty: nobody can ask what became of it
given_up   a keyed request was repeated to the end of time without an answer
cancelled  a cancel was confirmed; `t` is when its answer was read
read       a stream was read to its end, through `cuts`
"""
import json
import os
import threading
import time


class Notes:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.lock = threading.Lock()
        self.counts = {}

    def put(self, what, **members):
        line = json.dumps({"t": round(time.time(), 4), "e": what, **members}, ensure_ascii=False).encode() + b"\n"
        with self.lock:
            os.write(self.fd, line)
            self.counts[what] = self.counts.get(what, 0) + 1
