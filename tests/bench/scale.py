"""make scale: what a unit of work costs each part, how workers scale by processes, and from these a model of many users.

    make scale                      measure, then print the tables of docs/SCALING.md
    make scale WRITE=1              and write them there; the unit costs go to tests/bench/scale.json
    make scale UNITS=1 WRITE=1      the unit costs anew, the drains as they were
    make scale MODEL=1              only the model, from tests/bench/scale.json"""
import json
import os
import signal
import sys
import time

import ground as g
import model
import scale_costs as costs
from figures import line, machine
from measure import Window
from systems import Palabre

DOCUMENT, KEPT = g.TOP / "docs/SCALING.md", g.TOP / "tests/bench/scale.json"
PROCESSES = (1, 2, 4)
EXECUTORS = "2"
# worker, kind of job, lane, its input, how many
DRAINS = (("tts", "tts.noop", "quick", {}, 3000),
          ("tts", "tts.speak", "live", {"text": "Bonjour, votre demande a bien été enregistrée.", "language": "fr", "engine": "espeak"}, 160),
          ("llm", "llm.answer", "live", {"text": "Résume la séance d'hier en une phrase.", "engine": "openai"}, 600),
          ("document", "document.report", "live", None, 200))


def put_jobs(ours, kind, lane, given, n) -> None:
    text = json.dumps(given, ensure_ascii=False).replace("'", "''")
    ours.sql(f"WITH j AS (INSERT INTO jobs (id, root, kind, lane, input, due_at) SELECT id, id, '{kind}', '{lane}', '{text}', clock_timestamp() + interval '600 s' "
             f"FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, {n})) n RETURNING id) "
             f"INSERT INTO outbox (job_id, kind, lane, put_at) SELECT id, '{kind}', '{lane}', clock_timestamp() - interval '1 minute' FROM j")
    while ours.sql.one("SELECT count(*) FROM outbox") > 0:
        time.sleep(0.1)


class Many:
    """Several processes of one worker, by the names that System.stop knows."""

    def __init__(self, ours, service, n, **env):
        self.ours, self.names = ours, [f"{service} {i}" for i in range(n)]
        for name in self.names:
            port = ours.ground.next_port()
            ours.processes[name] = g.spawn([ours.ground.bin / f"palabre-{service}"], ours.log,
                                           {**ours.env, "HEALTH_PORT": str(port), "WORKER_EXECUTORS": EXECUTORS, **env}, g.RUN_AS)

    def pids(self):
        return [self.ours.processes[name].pid for name in self.names]

    def stop(self):
        self.ours.stop(*self.names)


def drain(ground, ours, upstream, service, kind, lane, given, n, processes) -> dict:
    """Jobs wait; rate between the first and the last end, CPU of each part for each job."""
    ours.clear(f"{service}.{lane}")
    put_jobs(ours, kind, lane, given, n)
    groups = {"worker": [], "upstream": [upstream.pid]}
    with Window(ground, groups) as window:
        many = Many(ours, service, processes, LLM_OPENAI_URL=upstream.url)
        window.groups = {**groups, "worker": many.pids()}
        end = time.monotonic() + 120
        while ours.sql.one("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')") and time.monotonic() < end:
            time.sleep(0.05)
    good, seconds = ours.sql("SELECT count(*), extract(epoch FROM max(finished_at) - min(finished_at)) FROM jobs WHERE state = 'succeeded'")[0]
    many.stop()
    if int(good) != n:
        raise RuntimeError(f"{kind}: {good} of {n} jobs succeeded")
    return {"worker": service, "kind": kind, "processes": processes, "rate": (n - 1) / float(seconds), "foreign": window.foreign,
            "us": {part: window.cpu.get(part, 0) * 1e6 / n for part in ("worker", "pg", "rabbit", "redis")}}


def scaled(ground, ours, upstream) -> list[dict]:
    found = []
    for service, kind, lane, given, n in DRAINS:
        given = costs.report() if given is None else given
        for processes in PROCESSES:
            row = drain(ground, ours, upstream, service, kind, lane, given, n, processes)
            found.append(row)
            g.say(f"{kind}, {processes} processes: {row['rate']:.0f}/s; us a job: " + ", ".join(f"{k} {v:.0f}" for k, v in row["us"].items())
                  + f"; others took {row['foreign']:.2f} cores")
    return found


def measured_table(kept) -> list[str]:
    out = [line("worker, kind", "processes", "jobs /s", "CPU a job, us: worker", "PostgreSQL", "RabbitMQ", "Redis", "cores others took"), line(*["---"] * 8)]
    out += [line(f"{r['worker']}, `{r['kind']}`", r["processes"], f"{r['rate']:,.0f}", *(f"{r['us'][p]:,.0f}" for p in ("worker", "pg", "rabbit", "redis")),
                 f"{r['foreign']:.2f}") for r in kept["scaled"]]
    out += ["", line("a unit", "edge", "worker", "PostgreSQL", "RabbitMQ", "Redis"), line(*["---"] * 6)]
    for name, c in kept["units"].items():
        out.append(line(name, *(f"{c.get(p, 0):,.0f} us" for p in ("edge", "worker", "pg", "rabbit", "redis"))))
    out += ["", line("a row of", "bytes on disk, indexes included"), line("---", "---")]
    out += [line(f"`{name}`", f"{size:,.0f}") for name, size in kept["bytes"].items()]
    return out


def measure(ground) -> dict:
    ground.start()
    ours = Palabre(ground)
    upstream = costs.Upstream(ground)
    try:
        ours.start("gateway")           # its relay publishes the tickets
        drains = json.loads(KEPT.read_text())["scaled"] if os.environ.get("UNITS") == "1" else scaled(ground, ours, upstream)
        kept = {"machine": machine().rpartition(";")[0], "scaled": drains}
        return kept | costs.units(ground, ours, upstream)
    finally:
        ours.stop()
        ours.sql.close()
        g.stop(upstream.process)


def between(mark: str, body: list[str]) -> None:
    old = DOCUMENT.read_text()
    begin, _, rest = old.partition(f"<!-- {mark} -->\n")
    _, end, after = rest.partition(f"<!-- end of {mark} -->")
    if not end:
        raise SystemExit(f"{DOCUMENT} has no marks for {mark}")
    DOCUMENT.write_text(f"{begin}<!-- {mark} -->\n" + "\n".join(body) + f"\n{end}{after}")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    write = os.environ.get("WRITE") == "1"
    if os.environ.get("MODEL") == "1":
        kept = json.loads(KEPT.read_text())
    else:
        ground = g.Ground()
        try:
            kept = measure(ground)
        finally:
            ground.end()
        if write:
            KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    measured, modelled = [kept["machine"] + ".", "", *measured_table(kept)], model.tables(kept)
    print("\n".join([*measured, "", *modelled]))
    if write:
        between("measured", measured)
        between("modelled", modelled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
