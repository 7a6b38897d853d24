"""W4 jobs through queue and worker; W8 reports typeset."""
import json
import time

from ground import RUNS, say
from loads_edge import JOBS, job_body, must, routes, start
from measure import Window, load, measure, record, rows

DRAIN, FLOOD, PACED_RATE, PACED_S = 5000, 5000, 200, 10
REPORTS, REPORTS_WARM = 600, 100

DONE = {"palabre": "state = 'succeeded'", "peer": "status = 'done'"}
ENDED = {"palabre": "state <> 'queued' AND state <> 'running'", "peer": "status = 'done'"}


def done(system) -> int:
    return int(system.sql.one(f"SELECT count(*) FROM jobs WHERE {DONE[system.name]}"))


def wait_done(system, n: int, seconds: float, every=0.02) -> None:
    end = time.monotonic() + seconds
    while done(system) < n:
        if time.monotonic() > end:
            say(f"{system.name}: {done(system)} of {n} jobs done after {seconds} s")
            return
        time.sleep(every)


def clear(system) -> None:
    system.clear("tts.live", "tts.quick") if system.name == "palabre" else system.clear()


def worker(system) -> None:
    if system.name == "palabre":
        system.start("tts", WORKER_EXECUTORS="2")
    else:
        system.start("worker")


def stop_worker(system) -> None:
    system.stop("tts" if system.name == "palabre" else "worker")


def submit(ground, system, route, n, *more) -> tuple[dict, dict[str, int]]:
    csv = ground.work / f"{system.name}.csv"
    result = load("-p", system.port, "-u", route, "-m", "POST", "-b", ground.work / "job_noop.json", "-t", system.tokens, "-c", 32, "-n", n, "-o", csv, *more)
    sent = {a: int(b) for a, b, _ in (line.split(",") for line in csv.read_text().splitlines())}
    return result, sent


def drain(ground, system, route):
    """Jobs wait in the queue; the rate between the first and the last end, the worker alone."""
    submit(ground, system, route, DRAIN)
    while system.name == "palabre" and system.sql.one("SELECT count(*) FROM outbox") > 0:
        time.sleep(0.05)
    time.sleep(1)
    groups = {**system.groups(), "worker": []}
    with Window(ground, groups) as window:
        worker(system)
        window.groups = system.groups()         # its CPU from its start on
        wait_done(system, DRAIN, 90)
    first, last, n = system.sql(f"SELECT extract(epoch FROM min(finished_at)), extract(epoch FROM max(finished_at)), count(*) FROM jobs WHERE {DONE[system.name]}")[0]
    return {"rps": (int(n) - 1) / (float(last) - float(first)), "requests": int(n), "lost": DRAIN - int(n)}, window


def through(ground, system, route, n, *more):
    """Submitted while the worker consumes; a job's time runs from when it was due to its end."""
    system.sql("TRUNCATE jobs, outbox" if system.name == "palabre" else "TRUNCATE jobs")
    result, sent = submit(ground, system, route, n, *more)
    wait_done(system, n - result["bad"], 60)
    ended = {a: float(b) * 1e6 for a, b in system.sql(f"SELECT id, extract(epoch FROM finished_at) FROM jobs WHERE {DONE[system.name]}")}
    took = sorted((ended[i] - at) / 1e3 for i, at in sent.items() if i in ended)
    must(took, "jobs that never end")
    span = (max(ended.values()) - min(sent.values())) / 1e6
    return {"rps": len(took) / span, "requests": n, "bad": result["bad"], "lost": n - len(took), "submit_p99": result["latency"]["p99"],
            "latency": {"p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)], "p999": took[int(len(took) * 0.999)]}}


def w4(ground, ours, peer):
    start(ours, peer)
    job_body(ground)
    (ground.work / "job_noop.json").write_text(json.dumps({"kind": "noop", "text": "", "voice": "fr-FR-1", "format": "mp3"}))
    todo = routes(ours, peer, "W4", [("noop", JOBS)])
    got: dict = {}
    for _ in range(RUNS):
        for system, variant, route in todo:
            clear(system)
            got.setdefault((system, variant, f"drain {DRAIN}"), []).append(drain(ground, system, route))
            for name, n, more in ((f"flood {FLOOD}", FLOOD, ()), (f"paced {PACED_RATE}/s", PACED_RATE * PACED_S, ("-r", PACED_RATE))):
                run = measure(ground, system.groups(), lambda: through(ground, system, route, n, *more))
                got.setdefault((system, variant, name), []).append(run)
            stop_worker(system)
    for (system, variant, name), runs in got.items():
        record("W4", system.name, f"{variant}: {name}", runs)
    for system in {s for s, _, _ in todo}:
        clear(system)


# --- W8 ---

def report_content(peer) -> dict:
    """Two pages: a title, a line of data, five sections of text, a table of 40 rows."""
    if peer:
        return json.loads((peer.fixtures / "report.json").read_text())
    text = ("La commission a entendu les services concernés et pris acte des mesures annoncées. Les échanges ont porté sur le calendrier, "
            "les moyens humains et le suivi des signalements transmis depuis le dernier rapport. ") * 3
    return {"title": "Rapport de synthèse des auditions", "author": "Direction des études", "date": "2025-03-14", "reference": "RPT-2025-0314",
            "sections": [{"title": f"{i}. Partie", "text": text} for i in range(1, 6)],
            "rows": [{"date": f"2025-03-{i % 28 + 1:02d}", "speaker": f"Intervenant {i}", "subject": f"Dossier {1000 + i} : suivi des engagements",
                      "duration_s": 60 + 37 * i, "status": ("ouvert", "clos", "en cours")[i % 3]} for i in range(1, 41)]}


def as_input(r: dict) -> str:
    """The same as a job of ours takes it."""
    table = ["| Date | Intervenant | Objet | Durée (s) | État |", "|---|---|---|---:|---|"]
    table += [f"| {x['date']} | {x['speaker']} | {x['subject']} | {x['duration_s']} | {x['status']} |" for x in r["rows"]]
    body = "\n\n".join(f"## {s['title']}\n\n{s['text']}" for s in r["sections"]) + "\n\n" + "\n".join(table) + "\n"
    line = f"{r['author']}, {r['date']}. Référence {r['reference']}"
    return json.dumps({"title": r["title"], "language": "fr", "subtitle": line, "body": body}, ensure_ascii=False)


def typeset(ground, ours, content):
    """Jobs wait in the queue; the rate behind the first hundred, the worker alone with four executors."""
    ours.stop("document")
    ours.clear("document.quick")
    quoted = content.replace("'", "''")
    ours.sql(f"WITH j AS (INSERT INTO jobs (id, root, kind, lane, input, due_at) SELECT id, id, 'document.report', 'quick', '{quoted}', clock_timestamp() + interval '60 s' "
             f"FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, {REPORTS})) n RETURNING id) "
             "INSERT INTO outbox (job_id, kind, lane, put_at) SELECT id, 'document.report', 'quick', clock_timestamp() - interval '1 minute' FROM j")
    while ours.sql.one("SELECT count(*) FROM outbox") > 0:
        time.sleep(0.1)
    with Window(ground, {**ours.groups(), "worker": []}) as window:
        ours.start("document", WORKER_EXECUTORS="4")
        window.groups = ours.groups()
        wait_done(ours, REPORTS, 120, 0.1)
    times = [float(x) for x, in ours.sql(f"SELECT extract(epoch FROM finished_at) FROM jobs WHERE {DONE['palabre']} ORDER BY finished_at")]
    must(len(times) == REPORTS, f"{REPORTS - len(times)} reports were lost")
    pages = int(ours.sql.one("SELECT (result ->> 'pages')::int FROM jobs LIMIT 1"))
    size = int(ours.sql.one("SELECT (result ->> 'size')::int FROM jobs LIMIT 1"))
    return {"rps": (REPORTS - REPORTS_WARM) / (times[-1] - times[REPORTS_WARM - 1]), "requests": REPORTS, "note_pages": pages, "note_bytes": size}, window


def w8(ground, ours, peer):
    start(ours, peer)
    content = report_content(peer)
    path = ground.work / "report.json"
    path.write_text(json.dumps(content, ensure_ascii=False))
    theirs = [(v, r) for v, r in peer.routes.get("W8", []) if v != "weasyprint"] if peer else []
    got: dict = {}
    for _ in range(RUNS):
        got.setdefault(("palabre", "pango"), []).append(typeset(ground, ours, as_input(content)))
        for variant, route in theirs:
            args = ("-p", peer.port, "-u", route, "-m", "POST", "-b", path, "-t", peer.tokens, "-c", 8)
            load(*args, "-d", 1)
            got.setdefault(("peer", variant), []).append(measure(ground, peer.groups(), lambda: load(*args, "-d", 5)))
    for (system, variant), runs in got.items():
        record("W8", system, variant, runs, 1)
    rows[-1 - len(theirs)]["pages"] = got["palabre", "pango"][0][0]["note_pages"]
    ours.stop("document")
    ours.clear("document.quick")
