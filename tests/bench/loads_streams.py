"""W5 event streams; W9 an answer of a language model relayed."""
import json
import statistics
import time

from ground import RUNS, TOOLS, say, spawn, stop, tool
from loads_edge import must, start
from measure import load, measure, record, rows
from systems import USERS, token, user_id

STREAMS = 200
WARM = 10                       # events of each stream
LEAVE_S = 1.5                   # after which a gateway has noticed that the readers left
PARTS = (("flood 200 x 50", 50, 0), ("flood 200 x 500", 500, 0), ("paced 2000/s", 50, 2000))


def list_ours(ours, path):
    """200 jobs that wait, each with a stream of its own."""
    ours.sql("TRUNCATE jobs")
    ids = [x for x, in ours.sql("INSERT INTO jobs (id, root, kind, state, owner, steps) SELECT id, id, 'flow.ask', 'waiting', "
                                f"('00000000-0000-7000-8000-' || lpad(to_hex(i % {USERS} + 1), 12, '0'))::uuid, '[]' "
                                f"FROM (SELECT gen_random_uuid() AS id, i FROM generate_series(0, {STREAMS - 1}) i) n RETURNING id")]
    owners = dict(ours.sql("SELECT id, owner FROM jobs"))
    path.write_text("".join(f"/api/v1/jobs/{i}/events {i} {token(owners[i])}\n" for i in ids))


def list_peer(peer, route, path):
    names = [f"{time.monotonic_ns()}-{i}" for i in range(STREAMS)]
    tokens = peer.tokens.read_text().split()
    path.write_text("".join(f"{route}{n} {peer.prefix}{n} {tokens[i % USERS]}\n" for i, n in enumerate(names)))


def streams(ground, system, route, each, rate):
    path = ground.work / "streams"
    by = ("-R", ground.env["REDIS_URL"]) if system.name == "palabre" else ("-P", ground.env["REDIS_PORT"])

    def before():                       # topics of its own each time: a stream begins with what was published before
        list_ours(system, path) if system.name == "palabre" else list_peer(system, route, path)
        time.sleep(1.5)                 # places of clients that have gone are free again within a second

    def publish():
        return json.loads(tool("streams", "-p", system.port, "-l", path, "-n", each, "-r", rate, *by))
    return measure(ground, system.groups(), publish, before)


def w5(ground, ours, peer):
    start(ours, peer)
    todo = [(ours, "job events", "")] + ([(peer, v, r) for v, r in peer.routes.get("W5", [])] if peer else [])
    for system, _, route in todo:       # connections are opened and statements planned before anything is measured
        streams(ground, system, route, WARM, 0)
    for name, each, rate in PARTS:
        got: dict = {}
        for _ in range(RUNS):
            for system, variant, route in todo:
                got.setdefault((system, variant), []).append(streams(ground, system, route, each, rate))
        for (system, variant), runs in got.items():
            record("W5", system.name, f"{variant}: {name}", runs)
    ours.clear()


# --- W9 ---

CHAT = {"model": "fake", "stream": True, "messages": [{"role": "system", "content": "Tu es un assistant concis."},
                                                      {"role": "user", "content": "Résume la séance d'hier en une phrase."}]}
ASK = {"text": "Résume la séance d'hier en une phrase.", "mute": True, "engine": "openai"}
PACES = (("closed loop, 16", ("-c", 16, "-d", 3)), ("paced 50/s", ("-c", 16, "-d", 5, "-r", 50)))


HANDOVERS_RATE = 50


def handovers(ground, runs) -> None:
    """What the servers alone take for two commits with a ticket between them: no answer through a durable job can come sooner."""
    p50, p99, commit = (statistics.median(r[of][q] for r in runs) for of, q in (("latency", "p50"), ("latency", "p99"), ("commit", "p50")))
    rows.append({"workload": "W9", "system": "servers", "variant": "alone: commit, message, commit: paced 50/s", "rps": HANDOVERS_RATE,
                 "p50": p50, "p99": p99, "note_commit_p50": commit})
    say(f"W9 servers alone: p50 {p50:.2f} p99 {p99:.2f} ms")


def check_answer(ours, body) -> None:
    status, text, _ = ours.ask("POST", "/api/v1/ask", token(user_id(7)), body, headers={"Accept": "text/event-stream"})
    must(status == 200 and all(f"token{i:02d} " in text for i in range(20)) and "event: done" in text, f"an answer: {status} {text[-600:]}")


def w9(ground, ours, peer):
    port = ground.next_port()
    upstream = spawn([TOOLS / "upstream", port], ground.work / "upstream.log", {})
    ours.stop()
    start(ours, None)
    ours.start("llm", LLM_OPENAI_URL=f"http://127.0.0.1:{port}/v1")
    if peer:
        peer.stop()
        peer.start("app", LLM_URL=f"http://127.0.0.1:{port}/v1/chat/completions")
    chat, ask = ground.work / "chat.json", ground.work / "ask.json"
    chat.write_text(json.dumps(CHAT, ensure_ascii=False, separators=(",", ":")))
    ask.write_text(json.dumps(ASK, ensure_ascii=False))
    check_answer(ours, ask.read_text())
    todo = [(ours, "durable", ("-u", "/api/v1/ask", "-b", ask, "-t", ours.tokens, "-a", "text/event-stream"))]
    todo += [(peer, v, ("-u", r, "-b", chat, "-t", peer.tokens)) for v, r in peer.routes.get("W9", [])] if peer else []
    for name, pace in PACES:
        got: dict = {}
        direct = []
        alone = []
        for system, _, args in todo:
            load("-p", system.port, "-m", "POST", "-f", "token00", *args, "-c", 16, "-d", 1)
        for _ in range(RUNS):
            direct.append(load("-p", port, "-m", "POST", "-f", "token00", "-u", "/v1/chat/completions", "-b", chat, *pace))
            if "-r" in pace:
                alone.append(json.loads(tool("handover", HANDOVERS_RATE, 4, env={k: ground.env[k] for k in ("PG_URL", "AMQP_URL")})))
            for system, variant, args in todo:
                run = measure(ground, {**system.groups(), "upstream": [upstream.pid]},
                              lambda: load("-p", system.port, "-m", "POST", "-f", "token00", *args, *pace))
                got.setdefault((system, variant), []).append(run)
        for (system, variant), runs in got.items():
            for q in ("p50", "p99"):
                base = statistics.median(r["first_mark"][q] for r in direct)
                for r, _ in runs:
                    r[f"added_first_{q}"] = r["first_mark"][q] - base
            record("W9", system.name, f"{variant}: {name}", runs)
        if alone:
            handovers(ground, alone)
    ours.stop("llm")
    stop(upstream)
    ours.clear("llm.live")
