"""Unit costs for the model: CPU of each part for a page read, a job accepted, a question answered as a stream, a second of
sound heard; bytes of the rows they leave."""
import json
import time

import ground as g
from loads_edge import JOBS, PAGE, SEED, accept, job_body
from loads_jobs import as_input, report_content
from loads_streams import ASK
from measure import Window, load, wrk
from systems import token, user_id

PARTS = ("pg", "rabbit", "redis")
SPOKEN = "/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0920.wav"
SPOKEN_TIMES = 4
TABLES = ("jobs", "asks", "effects", "idempotency_keys")


class Upstream:
    def __init__(self, ground):
        port = ground.next_port()
        self.url = f"http://127.0.0.1:{port}/v1"
        self.process = g.spawn([g.TOOLS / "upstream", port], ground.work / "upstream.log", {})
        self.pid = self.process.pid


def report() -> dict:
    return json.loads(as_input(report_content(None)))


def costs(window, n: int) -> dict:
    us = {part: window.cpu.get(part, 0) * 1e6 / n for part in PARTS}
    return {"edge": window.cpu.get("app", 0) * 1e6 / n, "worker": window.cpu.get("worker", 0) * 1e6 / n, **us}


def page(ground, ours) -> dict:
    for statement in filter(str.strip, SEED.split(";\n")):
        ours.sql(statement)
    ours.sql("VACUUM ANALYZE")
    wrk(ours.url(PAGE), 32, tokens=ours.tokens, seconds=1)
    with Window(ground, ours.groups()) as window:
        done = wrk(ours.url(PAGE), 32, tokens=ours.tokens)
    ours.clear()
    return costs(window, done["requests"])


def accepted(ground, ours) -> dict:
    body = job_body(ground)[0]
    with Window(ground, ours.groups()) as window:
        done = accept(ground, ours, JOBS, body)
    ours.clear("tts.quick", "tts.live")
    return costs(window, done["requests"])


def asked(ground, ours, upstream) -> tuple[dict, dict]:
    """A question, 20 words, followed to its end; and the bytes of what is kept of it."""
    ask = ground.work / "ask.json"
    ask.write_text(json.dumps(ASK, ensure_ascii=False))
    ours.start("llm", LLM_OPENAI_URL=upstream.url)
    args = ("-p", ours.port, "-m", "POST", "-f", "token00", "-u", "/api/v1/ask", "-b", ask, "-t", ours.tokens, "-a", "text/event-stream", "-c", 16)
    load(*args, "-d", 1)
    ours.sql("TRUNCATE jobs, outbox, asks, effects, idempotency_keys")
    with Window(ground, {**ours.groups(), "upstream": [upstream.pid]}) as window:
        done = load(*args, "-d", g.SECONDS)
    time.sleep(1)
    size = {t: ours.sql.one(f"SELECT pg_total_relation_size('{t}')") / max(1, ours.sql.one(f"SELECT count(*) FROM {t}")) for t in TABLES[:3]}
    ours.stop("llm")
    ours.clear("llm.live")
    return costs(window, done["requests"]), size


def heard(ground, ours) -> dict:
    """By the embedded recogniser: CPU for each second of sound, decoding included."""
    import http.client
    ours.start("audio")
    ours.start("stt", STT_ENGINES="pocketsphinx")
    ours.start("llm", LLM_ENGINES="extract")
    sound, mine = open(SPOKEN, "rb").read(), token(user_id(7))
    with Window(ground, ours.groups()) as window:
        for _ in range(SPOKEN_TIMES):
            c = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=60)
            c.request("POST", "/api/v1/ask?language=en&engine=extract&mute=true", sound, {"Authorization": f"Bearer {mine}", "Content-Type": "audio/wav"})
            answer = c.getresponse()
            if answer.status != 202:
                raise RuntimeError(answer.read())
            c.close()
        end = time.monotonic() + 90
        while ours.sql.one("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running', 'waiting')") and time.monotonic() < end:
            time.sleep(0.1)
    ours.stop("audio", "stt", "llm")
    ours.clear()
    return costs(window, SPOKEN_TIMES * (len(sound) - 44) / 32000)


def units(ground, ours, upstream) -> dict:
    ours.start("gateway")
    found = {"page of 20 rows read": page(ground, ours), "job accepted, its ticket confirmed": accepted(ground, ours)}
    found["question answered as a stream of 20 words"], size = asked(ground, ours, upstream)
    found["second of sound heard by pocketsphinx"] = heard(ground, ours)
    ours.stop("gateway")
    for name, c in found.items():
        g.say(f"{name}: " + ", ".join(f"{part} {us:.0f} us" for part, us in c.items()))
    return {"units": found, "bytes": size}
