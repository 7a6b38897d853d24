"""What stands below fails, daemons die in the middle of their work: nothing accepted is lost, nothing is done twice.

FAULTS_S: seconds that a server is away (8). FAULTS_HOW: stop, or kill for a death without goodbye."""
import itertools
import os
import secrets
import signal
import threading
import time

import pytest

from house import deep, run, wait_until
from media import spoken, spoken_often, spoken_then_silence
from palabre import Client, Simulator, token

AWAY_S = float(os.environ.get("FAULTS_S", "8"))
HOW = os.environ.get("FAULTS_HOW", "stop")
RECOVERY_S = 60             # generous: the machine may be busy with other things
QUICKLY_S = 5               # a refusal while the database is away
PACE_S = 0.1
TRIES = 4                   # to kill a daemon in time


def new_client(house):
    client = Client(house).register()
    client.token = token(house.secret, sub=client.id, plan="pro")
    return client


@pytest.fixture
def asker(fragile):
    return new_client(fragile)


@pytest.fixture
def provider(fragile):
    return Simulator(fragile)


class Load:
    """Somebody who asks without pause: each question until it is accepted, under a key of its own."""

    def __init__(self, house):
        client = new_client(house)
        self.house, self.owner, self.clients = house, client.id, [client.at(url) for url in house.urls]
        self.accepted, self.refused, self.flaws = [], [], []
        self.over = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(120)

    def run(self):
        try:
            for n in itertools.count():
                if self.over.is_set():
                    return
                self.ask(n, secrets.token_hex(8))
                self.over.wait(PACE_S)
        except Exception as flaw:       # told by check(), in the thread of the test
            self.flaws.append(flaw)

    def ask(self, n, key):
        question = {"text": f"Question {n} ?", "engine": "extract", "mute": True}
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                answer = self.clients[n % 2].post("/api/v1/ask", question, Idempotency_Key=key)
            except OSError:             # the gateway that was asked has died
                answer = None
            if answer and answer.status == 202:
                self.accepted.append(answer.json()["job_id"])
                return
            self.refused.append(answer and answer.status)
            time.sleep(PACE_S)
        raise AssertionError(f"question {n} was never accepted: {self.refused[-3:]}")

    def check(self):
        """Everything that was accepted is done, once."""
        assert not self.flaws, self.flaws
        assert self.accepted
        left = f"SELECT count(*) FROM jobs WHERE owner = '{self.owner}' AND id = root AND state <> 'succeeded'"
        wait_until(lambda: self.house.sql(left)[0][0] == "0", RECOVERY_S, "all questions are answered")
        jobs = {row[0] for row in self.house.sql(f"SELECT id FROM jobs WHERE owner = '{self.owner}' AND id = root")}
        assert jobs == set(self.accepted)
        assert len(self.accepted) == len(set(self.accepted))


class Away:
    """A server is stopped, and started again at the end."""

    def __init__(self, house, server):
        self.house, self.server = house, server

    def __enter__(self):
        self.house.servers(HOW, self.server)
        self.until = time.monotonic() + AWAY_S
        return self

    def lasts(self):
        return time.monotonic() < self.until

    def __exit__(self, *_):
        self.house.servers("start", self.server)


def ready(client, **checks):
    """What the gateway says of its neighbours; 200 as long as it can do anything."""
    answer = client.get("/health/ready")
    assert answer.status == 200
    said = answer.json()
    return {name: said["checks"][name] for name in checks} == checks and said["status"]


def wait_degraded(client, **checks):
    assert wait_until(lambda: ready(client, **checks), 10, f"health says {checks}") == "degraded"


def wait_recovered(client):
    wait_until(lambda: ready(client) == "ready", RECOVERY_S, "all neighbours are back")


def timed(call):
    began = time.monotonic()
    answer = call()
    assert time.monotonic() - began < QUICKLY_S, answer
    return answer


def all_alive(house):
    dead = [f"{daemon.name}:\n{daemon.tail()}" for daemon in house.daemons.values() if not daemon.is_alive()]
    assert not dead, "\n".join(dead)


def all_ready(house):
    for daemon in house.daemons.values():
        daemon.wait_ready(RECOVERY_S)


# --- what stands below ---

def test_postgres_goes_away_and_comes_back(fragile, asker):
    with Load(fragile) as load:
        wait_until(lambda: len(load.accepted) > 5, 30, "questions are accepted")
        with Away(fragile, "pg") as away:
            while away.lasts():
                for answer in (timed(lambda: asker.get("/api/v1/asks")), timed(lambda: asker.post("/api/v1/ask", {"text": "Un ?"})),
                               timed(lambda: asker.post("/api/v1/ask", spoken(), Content_Type="audio/wav"))):
                    assert answer.status == 503 and answer.headers["retry-after"], answer
                    assert answer.json()["message"] == "Le service est momentanément indisponible"
                assert timed(lambda: asker.get("/health")).status == 200
                wait_degraded(asker, postgres="down", redis="up", rabbitmq="up")
                time.sleep(PACE_S)
        wait_recovered(asker)
        n = len(load.accepted)
        wait_until(lambda: len(load.accepted) > n + 5, RECOVERY_S, "questions are accepted again")
    assert 503 in load.refused
    load.check()
    all_alive(fragile)


def test_redis_goes_away_and_comes_back(fragile, asker):
    old = asker.answer(asker.ask({"text": "Avant ?", "engine": "extract", "mute": True}))
    with Load(fragile) as load:
        with Away(fragile, "redis") as away:
            while away.lasts():
                made = asker.ask({"text": "Pendant ?", "engine": "extract", "mute": True})
                wait_until(lambda: asker.result(made["id"])["state"] == "succeeded", 20, "an answer without Redis")
                assert asker.get("/api/v1/asks").status == 200
                for job in (made["job_id"], old["job_id"]):     # liveness is lost, the end is not
                    assert asker.follow(job)[-1].data == {"state": "succeeded"}
                wait_degraded(asker, redis="down", postgres="up", rabbitmq="up")
        wait_recovered(asker)
        events = asker.follow(asker.ask({"text": "Après ?", "engine": "extract", "mute": True})["job_id"])
    assert {event.type for event in events} >= {"started", "token", "answer", "step", "done"}
    assert not load.refused
    load.check()
    all_alive(fragile)


def test_rabbitmq_goes_away_and_comes_back(fragile, asker):
    with Load(fragile) as load:
        with Away(fragile, "rabbit") as away:
            wait_degraded(asker, rabbitmq="down", postgres="up", redis="up")
            accepted = len(load.accepted)
            while away.lasts():
                assert timed(lambda: asker.post("/api/v1/ask", {"text": "Un ?", "engine": "extract", "mute": True})).status == 202
                assert asker.get("/api/v1/asks").status == 200
                time.sleep(PACE_S)
            assert len(load.accepted) > accepted + 5
        wait_recovered(asker)
    assert not load.refused
    load.check()
    all_alive(fragile)


def test_a_stream_whose_events_are_lost_still_ends(fragile, asker):
    made = asker.ask({"text": "Un ?", "model": f"sim-slow;ms=1500;tag={secrets.token_hex(4)}", "mute": True})
    with asker.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        stream.until("started")
        run("redis-cli", "-u", fragile.redis_url, "FLUSHALL")
        wait_until(lambda: asker.result(made["id"])["state"] == "succeeded", 30, "the answer")
        for event in stream:
            last = event
    assert last.type == "done" and last.data == {"state": "succeeded"}


# --- daemons that die in the middle of a step ---

def slow_model(ms, n=20):
    return f"sim-delay;ms={ms},tokens;n={n};tag={secrets.token_hex(4)}"


def steps_of(client, made):
    return {step["step"]: step for step in client.result(made["id"])["steps"]}


def kill_in(fragile, client, step, ask):
    """Ask, and SIGKILL the step's daemon once it has begun; started again at once. A kill that came too late on a busy
    machine is done again."""
    for _ in range(TRIES):
        made = ask()
        with client.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
            stream.until("started", step=step)
            fragile.daemons[step].end(signal.SIGKILL)
            fragile.daemons[step].start_again()
            stream.until("done")
        if steps_of(client, made)[step]["attempt"] > 1:
            break
    return made


def check_taken_twice(client, made, step, provider=None, **performed):
    """The step had two attempts, all others one; what was asked of the provider was performed once."""
    result = client.result(made["id"])
    assert result["state"] == "succeeded", result
    assert {name: one["attempt"] for name, one in steps_of(client, made).items() if one["attempt"] != 1} == {step: 2}
    if provider:
        outcomes = [line["outcome"] for line in provider.ledger(**performed)]
        assert outcomes.count("performed") == 1, outcomes


def test_the_audio_worker_dies(fragile, asker):
    sound = spoken_then_silence(3000)
    made = kill_in(fragile, asker, "audio", lambda: asker.ask_raw(sound, "audio/ogg", language="en", engine="extract", mute="true").json())
    check_taken_twice(asker, made, "audio")
    assert "amiable woman" in asker.result(made["id"])["transcript"]["text"]


@deep
def test_the_speech_recogniser_dies_in_its_own_engine(fragile, asker):
    made = kill_in(fragile, asker, "stt", lambda: asker.say(spoken_often(4), language="en", engine="extract", mute="true"))
    check_taken_twice(asker, made, "stt")
    assert asker.result(made["id"])["transcript"]["text"].count("amiable") >= 3


def test_the_speech_recogniser_dies_while_a_provider_hears(fragile, asker, provider):
    provider.script("slow;ms=2500", path="/v1/audio/transcriptions")
    before = len(provider.ledger())
    made = asker.say(spoken(), language="fr", engine="extract", mute="true")
    kill_when_performed(fragile, asker, made, "stt", provider, before)
    check_taken_twice(asker, made, "stt", provider, since=before, path="/v1/audio/transcriptions")


def kill_when_performed(fragile, client, made, step, provider, before):
    """SIGKILL the daemon when the provider has accepted, and not answered yet."""
    wait_until(lambda: provider.performed(since=before), 30, "the provider was asked")
    victim = fragile.daemons[step]
    victim.end(signal.SIGKILL)
    victim.start_again()
    client.follow(made["job_id"])


def test_the_language_model_worker_dies_while_words_come(fragile, asker, provider):
    model = slow_model(150)
    made = asker.ask({"text": "Que dire ?", "model": model, "mute": True})
    with asker.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        seen = stream.until("token") + stream.until("token")
        fragile.daemons["llm"].end(signal.SIGKILL)
        fragile.daemons["llm"].start_again()
        seen += stream.until("done")
    check_taken_twice(asker, made, "llm", provider, model=model)
    begun = [at for at, event in enumerate(seen) if event.type == "answer.begin"]
    assert len(begun) == 2 and seen[begun[1]].data["attempt"] == 2
    told = "".join(event.data["text"] for event in seen[begun[1]:] if event.type == "token")
    assert told == asker.result(made["id"])["answer"]


def test_the_voice_dies_while_a_provider_speaks(fragile, asker, provider):
    provider.script("slow;ms=2500", path="/v1/audio/speech")
    before = len(provider.ledger())
    made = asker.ask({"text": f"Phrase {before} ?", "engine": "extract", "voice": "alloy"})
    kill_when_performed(fragile, asker, made, "tts", provider, before)
    check_taken_twice(asker, made, "tts")
    keys = [line["key"] for line in provider.performed(since=before, path="/v1/audio/speech")]
    assert len(keys) == len(set(keys)) and all(keys)
    assert asker.get(f"/api/v1/ask/{made['id']}/audio").status == 200


@deep
def test_the_voice_dies_in_its_own_engine(fragile, asker):
    model = f"sim-tokens;n=1500;tag={secrets.token_hex(4)}"
    made = kill_in(fragile, asker, "tts", lambda: asker.ask({"text": "Lis.", "model": model, "language": "fr"}))
    check_taken_twice(asker, made, "tts")


def test_the_report_writer_dies(fragile, asker):
    text = " ".join(f"mot{n}" for n in range(12000))
    made = kill_in(fragile, asker, "document", lambda: asker.ask({"text": text, "engine": "extract", "mute": True, "report": True}))
    check_taken_twice(asker, made, "document")
    assert asker.get(f"/api/v1/ask/{made['id']}/report.pdf").body.startswith(b"%PDF-")


def test_a_worker_dies_after_its_ticket_was_acknowledged(fragile, asker, provider):
    """Long work is protected by its lease alone: another takes over when that has ended."""
    model = slow_model(500, 18)
    made = asker.ask({"text": "Que dire ?", "model": model, "mute": True})
    tokens = 0
    with asker.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        for event in stream:
            tokens += event.type == "token"
            if tokens == 14:            # seven seconds; tickets of long work are acknowledged after five
                break
        fragile.daemons["llm"].end(signal.SIGKILL)
        fragile.daemons["llm"].start_again()
        stream.until("done")
    check_taken_twice(asker, made, "llm", provider, model=model)


def test_the_scheduler_dies_while_a_job_waits(fragile, asker, provider):
    model = f"sim-429;retry_after=2;times=1;tag={secrets.token_hex(4)}"
    made = asker.ask({"text": "Que dire ?", "model": model, "mute": True})
    with asker.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        stream.until("step", state="queued")
        fragile.daemons["scheduler"].end(signal.SIGKILL)
        fragile.daemons["scheduler"].start_again()
        stream.until("done", state="succeeded")
    assert [line["outcome"] for line in provider.ledger(model=model)] == ["refused", "performed"]


def test_all_workers_die_at_once(fragile, asker):
    workers = [fragile.daemons[name] for name in ("audio", "stt", "llm", "tts", "document", "notify", "scheduler")]
    made = [asker.say(spoken(), language="en", engine="extract", report="true") for _ in range(4)]
    with Load(fragile) as load:
        for _ in range(2):
            wait_until(lambda: any(asker.result(one["id"])["percent"] > 0 for one in made), 60, "work is under way")
            for worker in workers:
                worker.end(signal.SIGKILL)
            for worker in workers:
                worker.start_again(wait=False)
            for worker in workers:
                worker.wait_ready()
    load.check()
    for one in made:
        assert asker.answer(one)["state"] == "succeeded"
        assert asker.get(f"/api/v1/ask/{one['id']}/report.pdf").status == 200


# --- daemons that are asked to end ---

def test_a_drain_lets_short_work_finish(fragile, asker, provider):
    model = f"sim-slow;ms=1500;tag={secrets.token_hex(4)}"
    made = asker.ask({"text": "Que dire ?", "model": model, "mute": True})
    wait_until(lambda: provider.performed(model=model), 30, "the provider was asked")
    fragile.daemons["llm"].end(signal.SIGTERM)
    assert asker.result(made["id"])["state"] == "succeeded"
    fragile.daemons["llm"].start_again()
    assert steps_of(asker, made)["llm"]["attempt"] == 1


def test_a_drain_hands_long_work_back(fragile, asker, provider):
    model = slow_model(400, 14)
    made = asker.ask({"text": "Que dire ?", "model": model, "mute": True})
    with asker.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        stream.until("token")
        fragile.daemons["llm"].end(signal.SIGTERM)
        step = asker.explain(made["job_id"])["steps"][0]
        assert (step["state"], step["attempts_most"]) == ("queued", 6)     # this attempt does not count
        fragile.daemons["llm"].start_again()
        stream.until("done", state="succeeded")
    assert len(provider.performed(model=model)) == 1


# --- gateways ---

@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "drained"])
def test_a_stream_goes_on_at_the_other_gateway(fragile, asker, number):
    made = asker.ask({"text": "Que dire ?", "model": slow_model(150), "mute": True})
    path, victim = f"/api/v1/jobs/{made['job_id']}/events", fragile.daemons["gateway"]
    with asker.stream(path) as stream:
        seen = stream.until("token") + stream.until("token")
        victim.end(number)
        seen += list(stream)
    other = asker.at(fragile.urls[1])
    with other.stream(path, seen[-1].id) as stream:
        seen += stream.until("done")
    whole = b"".join(event.raw for event in other.follow(made["job_id"]))
    assert b"".join(event.raw for event in seen) == whole
    victim.start_again()
    assert b"".join(event.raw for event in asker.follow(made["job_id"])) == whole


def test_what_a_dying_gateway_accepted_is_done(fragile):
    with Load(fragile) as load:
        for name in ("gateway", "gateway-2"):
            n = len(load.accepted)
            wait_until(lambda: len(load.accepted) > n + 5, 60, "questions are accepted")
            fragile.daemons[name].end(signal.SIGKILL)
            time.sleep(1)               # somebody meets the closed door
            fragile.daemons[name].start_again()
    assert None in load.refused
    load.check()


def test_everything_is_as_before(fragile, asker):
    """After all of this: every daemon is ready, nothing is left behind."""
    all_ready(fragile)
    assert asker.answer(asker.say(spoken(), language="en", engine="extract"))["state"] == "succeeded"
    wait_until(lambda: fragile.sql("SELECT count(*) FROM outbox")[0][0] == "0", 20, "every ticket is confirmed")
    assert fragile.sql("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running', 'waiting')")[0][0] == "0"
    assert fragile.sql("SELECT job_id FROM effects e JOIN jobs j ON j.id = e.job_id WHERE e.state = 'begun' AND j.state = 'succeeded'") == []
