"""W1 health, W2 a page of rows, W3 a durable job accepted: closed loops by wrk, the systems in turn."""
import json
import time

from ground import RUNS, say
from measure import measure, record, wrk
from systems import USERS, token, user_id

JOB = {"kind": "noop", "text": "Bonjour, votre demande a bien été enregistrée et sera traitée dans les meilleurs délais.",
       "voice": "fr-FR-1", "format": "mp3"}
PAGE = "/api/v1/asks?limit=20"
JOBS = "/api/v1/jobs"

SEED = f"""
INSERT INTO asks (id, owner, job_id, text, text_begin, language, created_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ('00000000-0000-7000-8000-' || lpad(to_hex(i % {USERS} + 1), 12, '0'))::uuid,
       ('01900000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'))::uuid, 'Question ' || i || ' : compte rendu de la séance ' || i % 97,
       'Question ' || i || ' : compte rendu de la séance ' || i % 97, 'fr', timestamptz '2025-01-01 00:00:00+00' + i * interval '1 minute'
  FROM generate_series(1, {USERS * 200}) i;
INSERT INTO jobs (id, root, kind, owner, state, percent, input, steps, created_at, finished_at)
SELECT job_id, job_id, 'flow.ask', owner, 'succeeded', 100, jsonb_build_object('ask', id), '[{{"step":"llm","kind":"llm.answer","input":{{}}}}]',
       created_at, created_at + interval '42.5 seconds'
  FROM asks;
"""


def must(ok, what) -> None:
    if not ok:
        raise RuntimeError(f"not measured: {what}")


def in_turn(ground, todo, work, runs=RUNS):
    """todo: (system, variant, route). work gives a result; run by run, the systems in turn."""
    got: dict = {}
    for _ in range(runs):
        for system, variant, route in todo:
            got.setdefault((system, variant), []).append(measure(ground, system.groups(), lambda: work(system, route)))
    return got


def closed_loop(ground, workload, todo, work):
    for system, _, route in todo:
        work(system, route, 1)
    for (system, variant), runs in in_turn(ground, todo, work).items():
        record(workload, system.name, variant, runs)


def routes(ours, peer, workload, mine):
    """mine: (variant, route) of ours; the peer lists its own."""
    todo = [(ours, v, r) for v, r in mine]
    return todo + ([(peer, v, r) for v, r in peer.routes.get(workload, [])] if peer else [])


def start(ours, peer) -> None:
    ours.start("gateway")
    if peer:
        peer.start("app")


def w1(ground, ours, peer):
    start(ours, peer)
    closed_loop(ground, "W1", routes(ours, peer, "W1", [("health", "/health")]),
                lambda s, r, seconds=None: wrk(s.url(r), 64, 2, seconds=seconds))


def check_page(ours) -> None:
    """Does what is measured do the work? The newest twenty, from behind a token and a limit."""
    good = token(user_id(7))
    must(ours.ask("GET", PAGE)[0] == 401, "a page without a token")
    must(ours.ask("GET", PAGE, token(user_id(7), secret="x" * 40))[0] == 401, "a page with a forged token")
    must(ours.ask("GET", PAGE, token(user_id(7), seconds=-60))[0] == 401, "a page with an expired token")
    status, body, _ = ours.ask("GET", PAGE, good)
    ids = [x["id"] for x in json.loads(body)["data"]]
    must(status == 200 and len(ids) == 20 and ids == sorted(ids, reverse=True), f"the page: {status} {body[:200]}")
    free = token(user_id(40), plan="free")
    while time.time() % 60 > 55:
        time.sleep(0.5)
    answers = [ours.ask("GET", PAGE, free) for _ in range(21)]
    must(answers[-1][0] == 429 and "retry-after" in answers[-1][2], "the limit of plan free")
    say(f"W2: a page of ours has {len(body.encode())} bytes")


def w2(ground, ours, peer):
    start(ours, peer)
    ours.clear()
    for statement in filter(str.strip, SEED.split(";\n")):
        ours.sql(statement)
    for system in filter(None, (ours, peer)):
        system.sql("VACUUM ANALYZE")        # as autovacuum leaves tables of that size
    check_page(ours)
    closed_loop(ground, "W2", routes(ours, peer, "W2", [("page", PAGE)]),
                lambda s, r, seconds=None: wrk(s.url(r), 32, tokens=s.tokens, seconds=seconds))
    ours.clear()


def job_body(ground):
    path = ground.work / "job.json"
    path.write_text(json.dumps(JOB, ensure_ascii=False))
    tts = ground.work / "job_tts.json"
    tts.write_text(json.dumps({**JOB, "kind": "tts"}, ensure_ascii=False))
    return path, tts


def accept(ground, system, route, body, seconds=None):
    """The window ends when every ticket is confirmed: what is left behind an answer counts as well."""
    began = time.monotonic()
    result = wrk(system.url(route), 32, tokens=system.tokens, body=body, seconds=seconds)
    while system.name == "palabre" and system.sql.one("SELECT count(*) FROM outbox") > 0:
        must(time.monotonic() - began < 120, "tickets that are never confirmed")
        time.sleep(0.02)
    result["confirmed_rps"] = result["requests"] / max(result["seconds"], time.monotonic() - began - 0.05)
    return result


def w3(ground, ours, peer):
    ours.stop()
    start(ours, peer)
    noop, tts = job_body(ground)
    ours.clear()
    status, body, _ = ours.ask("POST", JOBS, token(user_id(7)), noop.read_text())
    must(status == 202, f"a job: {status} {body}")
    job = json.loads(body)["job_id"]
    must(ours.sql(f"SELECT kind, state FROM jobs WHERE id = '{job}'") == [["tts.noop", "queued"]], "the job's row")
    todo = routes(ours, peer, "W3", [("noop", JOBS), ("tts, with its event", JOBS + "/")])
    closed_loop(ground, "W3", todo, lambda s, r, seconds=None: accept(ground, s, r, noop if r == JOBS else tts, seconds))
    ours.clear("tts.live", "tts.quick")
    if peer:
        peer.clear()
