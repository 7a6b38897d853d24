"""What was promised against what came of it. Each check gives how many things it looked at and what it found wrong."""
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field

FINAL = ("succeeded", "failed", "cancelled", "expired", "unknown")
NAMED = 12                  # ids told of one violation; the evidence has all


@dataclass
class Check:
    what: str
    looked_at: int
    found: list = field(default_factory=list)
    note: str = ""


def read_lines(path):
    with open(path) as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                continue            # the last line of a process that was killed


class Evidence:
    """All that the checks look at, read once."""

    def __init__(self, house, log, streams):
        self.house, self.streams = house, streams
        self.notes = defaultdict(list)
        for line in read_lines(log):
            self.notes[line["e"]].append(line)
        self.accepted = {line["job"]: line for line in self.notes["accepted"]}

    def read_database(self):
        sql = self.house.sql
        self.roots = {row[0]: row[1:] for row in sql("SELECT id, state, kind, error, attempt FROM jobs WHERE id = root")}
        self.effects = sql("SELECT e.job_id, j.root, e.name, extract(epoch FROM e.begun_at), e.state FROM effects e JOIN jobs j ON j.id = e.job_id")
        self.root_of = {job: root for job, root, *_ in self.effects}
        self.ledger = list(read_lines(self.house.ledger))

    def state(self, job):
        return self.roots[job][0] if job in self.roots else None


# --- jobs ---

def nothing_is_lost(e):
    lost = [f"{job} ({line['kind']}): no such row" for job, line in e.accepted.items() if job not in e.roots]
    return Check("accepted jobs that are gone", len(e.accepted), lost)


def everything_ends(e):
    live = [f"{job} ({e.roots[job][1]}): {e.state(job)}" for job in e.accepted if job in e.roots and e.state(job) not in FINAL]
    states = Counter(e.state(job) if e.state(job) != "failed" else f"failed {e.roots[job][2]}" for job in e.accepted)
    return Check("accepted jobs that did not end", len(e.accepted), live, ", ".join(f"{n:,} {state}" for state, n in states.most_common()))


def no_probe_fails(e):
    """A probe does nothing that can go wrong: it may only spend its attempts."""
    noops = [job for job, line in e.accepted.items() if line["kind"] == "noop"]
    bad = [f"{job}: {e.roots[job][0]} {e.roots[job][2]}" for job in noops if job in e.roots and e.state(job) in FINAL and e.state(job) != "succeeded"]
    return Check("probes that ended otherwise than succeeded", len(noops), bad)


def one_key_is_one_job(e):
    jobs = defaultdict(set)
    for line in e.notes["accepted"] + e.notes["repeat"]:
        if line.get("key"):
            jobs[line["key"]].add(line["job"])
    return Check("keys that gave two jobs", len(jobs), [f"{key}: {sorted(found)}" for key, found in jobs.items() if len(found) > 1],
                 f"{len(e.notes['repeat'])} repeats, {len(e.notes['unanswered'])} requests unanswered")


def nothing_is_accepted_twice(e):
    """Rows that no client was told of can only come from requests without a key that got no answer, or from keys given up."""
    may = sum(1 for line in e.notes["unanswered"] if not line.get("key")) + len(e.notes["given_up"])
    untold = [job for job in e.roots if job not in e.accepted]
    return Check("jobs that nobody asked for", len(e.roots), untold[:NAMED] if len(untold) > may else [], f"{len(untold)} of requests that got no answer, {may} possible")


def steps_are_single(e):
    twice = e.house.sql("SELECT root, step, count(*) FROM jobs WHERE step IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1")
    n = int(e.house.sql.one("SELECT count(*) FROM jobs WHERE step IS NOT NULL"))
    return Check("steps of a flow that exist twice", n, [" ".join(row) for row in twice])


def flows_agree(e):
    """A flow has succeeded when, and only when, all of its steps have; an optional one (the spoken reply, the report) may have failed."""
    rows = e.house.sql("SELECT r.id, r.state, count(*) FILTER (WHERE s.state = 'succeeded' OR s.state = 'failed' AND (r.steps -> s.place ->> 'optional')::boolean), jsonb_array_length(r.steps), string_agg(s.state, ',' ORDER BY s.place) "
                       "FROM jobs r JOIN jobs s ON s.root = r.id AND s.step IS NOT NULL WHERE r.steps IS NOT NULL GROUP BY r.id")
    bad = [f"{root}: {state} with {steps}" for root, state, good, n, steps in rows if (state == "succeeded") != (good == n)]
    return Check("flows at odds with their steps", len(rows), bad)


def cancels_hold(e):
    bad = [f"{line['job']}: {e.state(line['job'])}" for line in e.notes["cancelled"] if e.state(line["job"]) != "cancelled"]
    return Check("confirmed cancels that did not hold", len(e.notes["cancelled"]), bad)


# --- effects ---

def no_effect_is_doubled(e):
    """By the ledger of the provider: a key performed twice, or the same body performed twice without one."""
    performed = [line for line in e.ledger if line["outcome"] == "performed"]
    counts = Counter((line["path"], line["key"] or f"body {line['digest']}") for line in performed)
    replayed = sum(line["outcome"] == "replayed" for line in e.ledger)
    return Check("effects that were doubled", len(performed), [f"{path} {key}: {n} times" for (path, key), n in counts.items() if n > 1],
                 f"{replayed} repeats that the provider answered again, {sum(not line['key'] for line in performed)} without a key")


def no_effect_after_a_cancel(e):
    """Begun after the client had read that its job is cancelled: in our ledger, or at the provider without a beginning before."""
    cancelled = {line["job"]: line["t"] for line in e.notes["cancelled"]}
    begun = {}
    for job, root, name, at, _ in e.effects:
        begun[f"{job}/{name}"] = (root, float(at))
    late = [f"{root} {key} {at - cancelled[root]:.3f} s late" for key, (root, at) in begun.items() if at > cancelled.get(root, at)]
    travelled = 0
    for line in e.ledger:
        key = (line["key"] or "").strip('"')
        root, at = begun.get(key, (None, 0))
        if line["outcome"] == "performed" and line["time"] > cancelled.get(root, line["time"]) + 0.002:
            travelled += 1
            if at > cancelled[root]:
                late.append(f"{root} {key} at the provider")
    return Check("effects begun after a confirmed cancel", len(cancelled), late, f"{travelled} begun before were under way to the provider")


# --- streams ---

def streams_are_whole(e):
    """What came through cuts is, byte for byte, the beginning of what one uncut read gives."""
    reads, bad = [line for line in e.notes["read"] if line["reader"] != "whole"], []
    whole = {line["job"]: line for line in e.notes["read"] if line["reader"] == "whole"}
    for line in reads:
        path = e.streams / f"{line['job']}.whole"
        kept, all_of_it = (e.streams / f"{line['job']}.{line['reader']}").read_bytes(), path.read_bytes() if path.exists() else b""
        if line["flaw"] or not all_of_it.startswith(kept):
            bad.append(f"{line['job']} reader {line['reader']}: {line['flaw'] or differs(kept, all_of_it)}")
    bad += [f"{job} read whole: {line['flaw']}" for job, line in whole.items() if line["flaw"]]
    return Check("streams that differ after cuts", len(reads), bad, f"{sum(line['cuts'] for line in reads)} cuts, {sum(line['events'] for line in reads)} events")


def differs(kept, whole):
    at = next((n for n, (a, b) in enumerate(zip(kept, whole)) if a != b), min(len(kept), len(whole)))
    return f"{len(kept)} bytes, {len(whole)} in one read, different from byte {at}: {kept[at:at + 60]!r} / {whole[at:at + 60]!r}"


def streams_end_truly(e):
    """Each reader was told the end, and the end it was told is the end there was."""
    bad, reads = [], [line for line in e.notes["read"] if line["reader"] != "whole"]
    for line in reads:
        said = json.loads(line["done"])["state"] if line["done"] else None
        if said != e.state(line["job"]):
            bad.append(f"{line['job']} reader {line['reader']}: told {said}, is {e.state(line['job'])}")
    return Check("streams that ended wrongly or never", len(reads), bad, f"{sum(not line['numbered'] for line in reads)} told by the table, not by an event")


def reports_are_there(e):
    good = [line for line in e.notes["fetched"] if e.state(line["job"]) == "succeeded"]
    return Check("reports of succeeded questions that cannot be read", len(good), [f"{line['job']}: {line['status']}" for line in good if not line["good"]])


# --- the house ---

def logs_are_clean(e):
    """A fault of ours is none that chaos excuses."""
    found, lines = [], 0
    for daemon in e.house.daemons.values():
        for line in daemon.log.read_text(errors="replace").splitlines():
            lines += 1
            if '"error":"BUG"' in line or "AddressSanitizer" in line or "runtime error:" in line or "ThreadSanitizer" in line:
                found.append(f"{daemon.name}: {line[:400]}")
    return Check("faults of ours in the logs", lines, found)


def house_held(e):
    return Check("daemons that died by themselves or did not end when told", sum(daemon.starts for daemon in e.house.daemons.values()), list(e.house.flaws))


def clients_were_served(e):
    refused = [f"{line['kind']}: {line['status']} {line['body'][:200]}" for line in e.notes["refused"]]
    refused += [f"{line['kind']} {line['key']}: never accepted" for line in e.notes["given_up"]]
    return Check("requests refused though nothing was wrong with them", len(e.accepted), refused)


CHECKS = (nothing_is_lost, everything_ends, no_probe_fails, one_key_is_one_job, nothing_is_accepted_twice, steps_are_single, flows_agree, cancels_hold,
          no_effect_is_doubled, no_effect_after_a_cancel, streams_are_whole, streams_end_truly, reports_are_there, clients_were_served, logs_are_clean, house_held)


def run(house, log, streams, settled, before, after, leaks):
    """All checks, in order. settled: (seconds, what was left)."""
    e = Evidence(house, log, streams)
    e.read_database()
    found = [check(e) for check in CHECKS]
    found.append(Check("slots, leases, tickets, sessions that were left", len(house.daemons), settled[1], f"at rest after {settled[0]:.0f} s"))
    found.append(Check("daemons that hold more than before", len(after), list(leaks(before, after))))
    return found
