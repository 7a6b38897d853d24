"""From unit costs to many users: how many pods of each worker, how large the database, the broker and Redis must be, and what is
spent first. Everything assumed stands in the tables below and is printed with the result.

A part that computes (PostgreSQL, a gateway) is sized by the utilisation law: cores = rate x CPU a unit / LOAD. A part that waits
for others (a worker whose provider answers) is sized by Erlang's C formula: so many executors that at the peak fewer than LATE of
the jobs find all of them taken. The larger of both counts."""
import math
from dataclasses import dataclass

from figures import line

USERS = (100, 10_000, 1_000_000)
LOAD = 0.6                  # of a core that is used at the peak: the rest is for what comes at once, and for a lost node
LATE = 0.05                 # of the jobs that may wait for an executor at the peak
LEAST_PODS = 2
KEEP_DAYS = 90              # rows of jobs, effects and questions
PG_CORES, BROKER_CORES = 32, 16         # the largest single machine that is reasonable for each
REDIS_CORES = 1             # one thread executes
COMMITS_S = 15_000          # of one primary, durable, shared by those that come together (PERFORMANCE.md measures the rates)
STREAM_KB, STREAM_S = 6, 3600           # of an event stream in Redis, and how long it is kept
EDGE_STREAMS = 256          # open on one gateway


@dataclass
class Product:
    """A day of one user. seconds are of sound; words are of an answer."""
    name: str
    what: str
    questions: float
    seconds_heard: float
    utterances: float
    reports: float
    pages: float
    words: int
    peak: float             # the busiest minute's rate over the day's mean


PRODUCTS = (
    Product("iAsted", "voice assistant", 8, 8 * 6, 8, 0.05, 20, 80, 6),
    Product("RobianAPI", "parliamentary audio", 0.5, 20, 0.1, 0.02, 12, 150, 8),
    Product("FoyerGPT", "agents and documents chat", 15, 0, 0, 0.2, 40, 250, 5),
    Product("SaaS-IA", "transcription", 1.5, 1200, 0, 0.3, 15, 200, 5),
    Product("HelloJADE", "patient calls", 0.8, 25, 0.8, 0.1, 4, 30, 8),
)

# worker: executors of a pod, seconds that a job holds one (a provider's answer included), its measured kind
EXECUTORS = {"audio": 2, "stt": 4, "llm": 32, "tts": 4, "document": 4}
WORDS_S = 40                # words a second from a language model
FIRST_WORD_S = 0.6
HEARD_SPEED = 20            # a recogniser at a provider: seconds of sound in a second
PIECE_S = 300               # a recording is heard in jobs of at most so long
SPOKEN_S = 1.0


def erlang_c(servers: int, offered: float) -> float:
    """The share of jobs that find all servers taken. offered: rate x time in service."""
    if offered >= servers:
        return 1.0
    blocked = 1.0           # Erlang B, by its recursion
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def servers_for(offered: float) -> int:
    if offered > 2000:      # beyond that the formula's square-root rule is as good
        return math.ceil(offered + 2 * math.sqrt(offered))
    n = max(1, math.floor(offered) + 1)
    while erlang_c(n, offered) > LATE:
        n += 1
    return n


class Costs:
    """Microseconds of CPU, from what was measured."""

    def __init__(self, kept: dict):
        units = kept["units"]
        self.page, self.accepted = units["page of 20 rows read"], units["job accepted, its ticket confirmed"]
        self.asked, self.heard = units["question answered as a stream of 20 words"], units["second of sound heard by pocketsphinx"]
        one = {r["kind"]: r["us"] for r in kept["scaled"] if r["processes"] == 1}
        self.spoken, self.noop, self.printed, self.answered = (one[k] for k in ("tts.speak", "tts.noop", "document.report", "llm.answer"))
        self.bytes = kept["bytes"]

    def part(self, part: str, p: Product) -> float:
        """Microseconds of a part a day of one user. What a word more costs is taken from the noop's distance: a question of 20 words."""
        word = max(0.0, self.asked.get(part, 0) - self.accepted.get(part, 0) - self.noop.get(part, 0)) / 20
        steps = jobs_of(p) - p.questions        # steps beside the question itself
        return (p.questions * (self.asked.get(part, 0) + word * (p.words - 20)) + steps * self.noop.get(part, 0)
                + p.pages * self.page.get(part, 0))


def pieces_of(p: Product) -> float:
    return 0 if not p.seconds_heard else max(p.seconds_heard / PIECE_S, min(p.questions, p.seconds_heard / 6))


def jobs_of(p: Product) -> float:
    """Steps of flows a day: the answer, two for each recording, utterances, reports."""
    return p.questions + 2 * pieces_of(p) + p.utterances + p.reports


def workers(c: Costs, p: Product, users: int) -> dict[str, int]:
    """Pods of one core each."""
    peak = users * p.peak / 86400
    pieces = pieces_of(p)
    sound = p.seconds_heard / pieces if pieces else 0
    day = {     # worker: jobs, seconds that each holds an executor, CPU seconds of each
        "audio": (pieces, 0.2 + sound / 100, 0.02 + sound / 200),
        "stt": (pieces, 0.5 + sound / HEARD_SPEED, 0.01 + sound / 5000),
        "llm": (p.questions, FIRST_WORD_S + p.words / WORDS_S, c.answered["worker"] / 1e6 * p.words / 20),
        "tts": (p.utterances, SPOKEN_S, c.spoken["worker"] / 1e6 * p.words / 8),
        "document": (p.reports, 0.02, c.printed["worker"] / 1e6)}
    pods = {}
    for worker, (jobs, held_s, cpu_s) in day.items():
        rate = jobs * peak
        executors = servers_for(rate * held_s) if rate else 0
        pods[worker] = max(LEAST_PODS, math.ceil(executors / EXECUTORS[worker]), math.ceil(rate * cpu_s / LOAD)) if jobs else 0
    streams = p.questions * peak * (FIRST_WORD_S + p.words / WORDS_S + 2)
    pods["gateway"] = max(LEAST_PODS, math.ceil(c.part("edge", p) / 1e6 * peak / LOAD), math.ceil(streams / EDGE_STREAMS / LOAD))
    return {"gateway": pods.pop("gateway"), **pods}


def shared(c: Costs, p: Product, users: int) -> dict[str, float]:
    peak = users * p.peak / 86400
    jobs = jobs_of(p)
    rows = {"jobs": jobs + p.questions, "effects": p.questions + pieces_of(p), "asks": p.questions}
    return {
        "jobs_s": jobs * peak, "pg": c.part("pg", p) / 1e6 * peak / LOAD, "rabbit": c.part("rabbit", p) / 1e6 * peak / LOAD,
        "redis": c.part("redis", p) / 1e6 * peak / LOAD, "commits": (jobs * 3 + p.questions * 2) * peak,
        "redis_gb": p.questions * peak * STREAM_S * STREAM_KB / 1e6, "rows_day": sum(rows.values()) * users,
        "gb_day": sum(n * c.bytes[table] for table, n in rows.items()) * users / 1e9}


def bottleneck(s: dict[str, float]) -> str:
    """What is used up first on the largest single machine of its kind."""
    share = {"Redis, one thread": s["redis"] / REDIS_CORES, f"PostgreSQL, {PG_CORES} cores": s["pg"] / PG_CORES,
             f"RabbitMQ, {BROKER_CORES} cores": s["rabbit"] / BROKER_CORES, "commits of one primary": s["commits"] / COMMITS_S}
    first = max(share, key=share.get)
    return f"{first}: {share[first]:.0%}" + (" **exceeded**" if share[first] > 1 else "")


def number(x: float) -> str:
    return f"{x:,.0f}" if x >= 10 else f"{x:.1f}" if x >= 0.1 else f"{x:.3f}"


def tables(kept: dict) -> list[str]:
    c = Costs(kept)
    out = ["Usage assumed, a day of one user:", "",
           line("product", "questions", "seconds heard", "utterances", "reports", "pages read", "words an answer", "peak minute over mean"), line(*["---"] * 8)]
    out += [line(f"{p.name}, {p.what}", p.questions, p.seconds_heard, p.utterances, p.reports, p.pages, p.words, f"{p.peak} times") for p in PRODUCTS]
    out += ["", f"A part may use {LOAD:.0%} of its cores in the peak minute; at most {LATE:.0%} of the jobs wait for an executor; a language model says "
            f"{WORDS_S} words a second after {FIRST_WORD_S} s; a recogniser hears {HEARD_SPEED} s of sound in a second, in pieces of {PIECE_S} s at most; "
            f"a pod has one core, and {', '.join(f'{n} executors ({w})' for w, n in EXECUTORS.items())}; at least {LEAST_PODS} pods of what is used.", "",
            line("users", "product", "jobs /s at the peak", "pods: gateway", "audio", "stt", "llm", "tts", "document", "PostgreSQL cores", "RabbitMQ cores", "Redis cores",
                 "commits /s", "first bottleneck"), line(*["---"] * 14)]
    for users in USERS:
        for p in PRODUCTS:
            s = shared(c, p, users)
            out.append(line(f"{users:,}", p.name, number(s["jobs_s"]), *workers(c, p, users).values(), number(s["pg"]), number(s["rabbit"]),
                            number(s["redis"]), number(s["commits"]), bottleneck(s)))
    out += ["", line("users", "product", "rows a day", "GB a day", f"GB in {KEEP_DAYS} days", "rows of a day's partition of jobs", "Redis GB of streams at the peak"), line(*["---"] * 7)]
    for users in USERS:
        for p in PRODUCTS:
            s = shared(c, p, users)
            out.append(line(f"{users:,}", p.name, f"{s['rows_day']:,.0f}", number(s["gb_day"]), number(s["gb_day"] * KEEP_DAYS),
                            f"{(jobs_of(p) + p.questions) * users:,.0f}", number(s["redis_gb"])))
    return out
