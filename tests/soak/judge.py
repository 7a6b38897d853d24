"""What a long run must not show: memory, descriptors, threads, connections or leases that grow, answers that slow down."""
import math
import statistics
import time

DRIFT_MIB, DRIFT_FDS, DRIFT_THREADS, DRIFT_CONNECTIONS = 1.0, 3.0, 0.9, 6.0
SLOWER, SLOWER_MS = 1.5, {"p50": 10.0, "p99": 150.0}   # times what it was, and milliseconds beyond that
SETTLE_S = 60


def warm_up_s(end_s: float) -> float:
    """A fifth of the run, ten minutes at most."""
    return min(600.0, end_s / 5)


def drift(samples, column: int) -> tuple[float, float]:
    """(value at the beginning of the line fitted through the samples, how much it rises to its end)"""
    end = samples[-1][0]
    kept = [(s[0], s[column]) for s in samples if s[0] >= warm_up_s(end)]
    xs, ys = [x for x, _ in kept], [y for _, y in kept]
    if len(set(xs)) < 2:
        return ys[-1], 0.0
    slope, start = statistics.linear_regression(xs, ys)
    return start + slope * xs[0], slope * (xs[-1] - xs[0])


class Judge:
    def __init__(self):
        self.rows, self.reasons = [], []

    def check(self, what: str, value: str, limit: str, good: bool) -> None:
        self.rows.append((what, value, limit, "good" if good else "**bad**"))
        if not good:
            self.reasons.append(f"{what}: {value}, allowed {limit}")

    # --- during the run ---

    def drift(self, sampler) -> None:
        for name, samples in sampler.daemons.items():
            (mib, more), (fds, more_fds), (threads, more_threads) = (drift(samples, column) for column in (1, 2, 3))
            good = more <= DRIFT_MIB and more_fds <= DRIFT_FDS and more_threads <= DRIFT_THREADS
            self.check(name, f"{mib:.1f} {more:+.2f} MiB, {fds:.0f} {more_fds:+.1f} descriptors, {threads:.0f} {more_threads:+.1f} threads",
                       f"+{DRIFT_MIB:g} MiB, +{DRIFT_FDS:g}, +{DRIFT_THREADS:g}", good)
        for column, what in ((1, "PostgreSQL sessions"), (2, "Redis clients"), (3, "leases")):
            start, more = drift(sampler.house, column)
            self.check(what, f"{start:.1f} {more:+.1f}", f"+{DRIFT_CONNECTIONS:g}", more <= DRIFT_CONNECTIONS)

    def latency(self, sampler) -> None:
        """The last third of what follows the warm-up against the first third, by the median minute."""
        minutes = sampler.minutes[math.ceil(warm_up_s(len(sampler.minutes) * 60.0) / 60):]
        third = max(1, len(minutes) // 3)
        for what in minutes[0] if minutes else ():
            for place, name in ((0, "p50"), (1, "p99")):
                first, last = (statistics.median(m[what][place] for m in part) for part in (minutes[:third], minutes[-third:]))
                self.check(f"{what} {name}", f"{first:.0f} to {last:.0f} ms", f"{SLOWER:g} times + {SLOWER_MS[name]:g} ms",
                           last <= first * SLOWER + SLOWER_MS[name])

    # --- what is left behind ---

    def left_behind(self, pairs, crowd, sampler) -> None:
        def count(statement):
            return int(pairs.sql.one(f"SELECT count(*) FROM {statement}"))
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until and count("jobs WHERE state IN ('queued', 'running', 'waiting')") + count("outbox"):
            time.sleep(0.5)
        self.jobs = count("jobs")
        for what, statement in (("jobs not ended", "jobs WHERE state IN ('queued', 'running', 'waiting')"), ("jobs failed", "jobs WHERE state IN ('failed', 'expired', 'unknown')"),
                                ("jobs run twice", "jobs WHERE attempt > 1"), ("tickets not confirmed", "outbox"), ("leases held", "jobs WHERE due_at IS NOT NULL"),
                                ("effects begun, never ended", "effects e JOIN jobs j ON j.id = e.job_id WHERE e.state = 'begun' AND j.state = 'succeeded'")):
            n = count(statement)
            self.check(what, f"{n:,}", "0", n == 0)
        self.twice = pairs.sql("SELECT kind, lane, state, attempt, attempts_most, coalesce(error, '-'), coalesce(worker, '-'), started_at, finished_at - started_at, coalesce(explain::text, '-') "
                               "FROM jobs WHERE attempt > 1 LIMIT 20")
        self.check("requests or streams that went wrong", f"{len(crowd.flaws)}", "0", not crowd.flaws)
        self.check("provider calls", *self.provider(pairs, crowd))
        dead = [daemon.name for daemon in pairs.daemons.values() if not daemon.is_alive()]
        self.check("daemons that died", ", ".join(dead) or "0", "0", not dead)

    def provider(self, pairs, crowd):
        """Every question was put to the provider once, by its ledger."""
        from collections import Counter
        from ledger_file import performed
        asked = Counter(model for model in performed(pairs.ground.work / "ledger"))
        twice = sum(1 for model in crowd.models if asked[model] > 1)
        never = sum(1 for model in crowd.models if not asked[model])
        return f"{len(crowd.models):,} asked, {twice} twice, {never} never", "0 twice, 0 never", not twice and (not never or bool(crowd.flaws))
