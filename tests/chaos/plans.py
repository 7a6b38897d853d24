"""What will strike, and when: drawn from a seed alone, so that any run can be played again. Nothing is done here."""
import random
from dataclasses import dataclass

WORKERS = ("audio", "stt", "llm", "tts", "document", "notify")
DAEMONS = tuple(f"{name}-{n}" for name in ("gateway", *WORKERS, "scheduler") for n in (1, 2))
SERVERS = ("pg", "redis", "rabbit")
ENGINES = ("stt", "llm", "tts")         # who speaks to a provider
LEASE_S = 15


@dataclass(frozen=True)
class Fault:
    """`lasts_s` later it is undone; 0: it is over at once. `ms`: how long a delay is, how far a clock jumps."""
    at_s: float
    kind: str
    target: str
    lasts_s: float = 0
    ms: int = 0

    def __str__(self):
        return f"{self.at_s:8.2f} s  {self.kind:12} {self.target:20}" + (f" for {self.lasts_s:.1f} s" if self.lasts_s else "") + (f", {self.ms} ms" if self.ms else "")


def links_of(daemon):
    service = daemon.partition("-")[0]
    return [f"{daemon}/{server}" for server in (*SERVERS, *(("sim",) if service in ENGINES else ()))]


def any_link(dice):
    return dice.choice(links_of(dice.choice(DAEMONS)))


def any_group(dice):
    """All wires of a daemon, or all wires to a server."""
    return dice.choice([f"{daemon}/*" for daemon in DAEMONS] + [f"*/{server}" for server in SERVERS] * 3)


def any_daemon(dice):
    return dice.choice(DAEMONS)


def any_clock(dice):
    """Half of the house has clocks that can be set."""
    return dice.choice(DAEMONS[1::2])


AMOUNTS_MS = {
    "delay": lambda dice: dice.randrange(20, 400),
    "clock": lambda dice: dice.choice((-1, 1)) * dice.randrange(5, 1800) * 1000,
}
# kind: (weight, what it strikes, shortest and longest seconds)
FAULTS = {
    "kill":          (24, any_daemon, 0, 0),
    "terminate":     (8, any_daemon, 0, 0),
    "pause":         (8, any_daemon, 0.5, 5),
    "pause_long":    (3, any_daemon, LEASE_S + 2, LEASE_S + 8),
    "reset":         (14, any_link, 0, 0),
    "delay":         (8, any_link, 2, 10),
    "drop":          (8, any_link, 1, 12),
    "deaf":          (7, any_link, 1, 8),
    "half_open":     (6, any_link, 2, 12),
    "ghost":         (6, any_link, 2, 20),
    "reset_group":   (4, any_group, 0, 0),
    "drop_group":    (3, any_group, 1, 8),
    "kill_redis":    (4, lambda dice: "redis", 0, 0),
    "kill_pg":       (3, lambda dice: "pg", 0, 0),
    "kill_rabbit":   (1.2, lambda dice: "rabbit", 0, 0),
    "disk_full":     (2, lambda dice: "blobs", 2, 8),
    "clock":         (4, any_clock, 2, 20),
}
# The same for any system that has an application, a worker and these servers.
KILLS = {
    "kill":        (10, lambda dice: dice.choice(("app", "worker")), 0, 0),
    "kill_redis":  (2, lambda dice: "redis", 0, 0),
    "kill_pg":     (2, lambda dice: "pg", 0, 0),
    "kill_rabbit": (1.5, lambda dice: "rabbit", 0, 0),
}


@dataclass(frozen=True)
class Plan:
    """A load and the faults that strike under it."""
    name: str
    load_s: float           # how long clients bring new work
    faults: int
    noops: float            # a second
    askers: int             # each asks one question after the other
    spoken: float           # share of recordings among the questions
    settle_s: float         # afterwards all must have ended within
    kinds: dict
    lead_s: float = 4       # load without faults


PLANS = {
    "smoke": Plan("smoke", 50, 45, 60, 4, 0.1, 150, FAULTS),
    "full":  Plan("full", 2100, 1150, 130, 8, 0.08, 420, FAULTS),
    "kills": Plan("kills", 240, 60, 60, 0, 0, 180, KILLS),
}


def draw(plan, seed):
    """Every kind once, then by weight; evenly over the time, in random order. A kind that lasts begins early enough to end."""
    dice = random.Random(seed)
    kinds = list(plan.kinds)
    weights = [plan.kinds[kind][0] for kind in kinds]
    drawn = kinds + dice.choices(kinds, weights, k=max(0, plan.faults - len(kinds)))
    dice.shuffle(drawn)
    room = plan.load_s - plan.lead_s - 2
    faults = []
    for n, kind in enumerate(drawn):
        _, target, shortest, longest = plan.kinds[kind]
        at = plan.lead_s + room * (n + dice.random()) / len(drawn)
        amount = AMOUNTS_MS.get(kind, lambda dice: 0)
        faults.append(Fault(round(at, 2), kind, target(dice), round(dice.uniform(shortest, longest), 1), amount(dice)))
    return sorted(faults, key=lambda fault: fault.at_s)
