"""Jobs that go through queue and worker and do nothing: many, at a rate."""
import json
import random
import time

from submit import Submitter
from wire import Line

SERVICES = ("audio", "stt", "llm", "tts", "document", "notify")


class Palabre:
    """How the API of Palabre takes a job; another system's is below."""
    path, takes_keys = "/api/v1/jobs", True

    @staticmethod
    def body(dice):
        return {"kind": "noop", "service": dice.choice(SERVICES)}


class Celery:
    path, takes_keys = "/v1/jobs", False

    @staticmethod
    def body(dice):
        return {"kind": "noop", "text": "", "voice": "fr-FR-1", "format": "mp3"}


DIALECTS = {"palabre": Palabre, "celery": Celery}


def noops(run, number, rate, seed):
    """A thread's share: behind its schedule it hurries, ahead of it it waits."""
    dice, dialect = random.Random(seed), DIALECTS[run.dialect]
    line = Line(run.urls, run.tokens[number % len(run.tokens)], number)
    submitter = Submitter(run, line, dice)
    due, n = time.monotonic(), 0
    while not run.over.is_set():
        n += 1
        due += 1 / rate
        body = json.dumps(dialect.body(dice)).encode()
        key = f"noop-{run.seed}-{number}-{n}" if dialect.takes_keys and dice.random() < 0.7 else None
        made = submitter.submit("noop", dialect.path, body, key)
        if made and key and dice.random() < 0.03:
            submitter.repeat(dialect.path, body, key, made["job_id"])
        if dice.random() < 0.02:
            line.next_gateway()
        run.over.wait(max(0, due - time.monotonic()))
