"""Jobs: accepted once, followed from anywhere, cancelled, tried again, explained, limited."""
import json
import secrets
import threading
import time

import pytest

from house import wait_until
from media import probe, spoken
from palabre import Client, token

SERVICES = ("audio", "stt", "llm", "tts", "document", "notify")
UNKNOWN_ID = "018f0000-0000-7000-8000-00000000dead"
PIECES = 12         # of the answer of a model that speaks slowly


def model_of_tokens(ms, n=PIECES):
    return f"sim-delay;ms={ms},tokens;n={n};tag={secrets.token_hex(4)}"


def done_of(events):
    assert events[-1].type == "done"
    return events[-1].data


def put_job(client, **job):
    made = client.post("/api/v1/jobs", job)
    assert made.status == 202, made
    assert made.headers["location"] == f"/api/v1/jobs/{made.json()['job_id']}"
    return made.json()["job_id"]


# --- single jobs ---

@pytest.mark.parametrize("service", SERVICES)
def test_a_probe_goes_through_the_queue_of_each_service(client, service):
    job = put_job(client, kind="noop", service=service)
    got = wait_until(lambda: (job_ := client.job(job))["state"] == "succeeded" and job_, 30, "the probe came back")
    assert got["kind"] == f"{service}.noop" and got["attempt"] == 1 and got["lane"] == "quick"


def test_a_probe_tells_nothing_but_its_end(client):
    job = put_job(client, kind="noop")
    wait_until(lambda: client.job(job)["state"] == "succeeded", 30, "the probe came back")
    assert [(event.type, event.data) for event in client.follow(job)] == [("done", {"state": "succeeded"})]


def test_a_text_is_spoken_by_a_job(client, tmp_path):
    job = put_job(client, kind="tts", text="Bonjour à tous.", language="fr", format="wav")
    assert done_of(client.follow(job)) == {"state": "succeeded"}
    result = client.job(job)["result"]
    assert result["type"] == "audio/wav" and result["engine"] == "espeak" and result["duration_s"] > 0.3


@pytest.mark.parametrize("job,error,pointer", [
    ({"kind": "dance"}, "KIND_UNKNOWN", None),
    ({"kind": "tts"}, "INPUT_INVALID", None),
    ({}, "INPUT_INVALID", "/kind"),
    ({"kind": "noop", "lane": "fast", "service": "brain"}, "INPUT_INVALID", "/lane"),
])
def test_what_is_no_job_is_refused(client, job, error, pointer):
    refused = client.post("/api/v1/jobs", job)
    assert refused.status == 422 and refused.json()["error"] == error
    assert not pointer or pointer in [flaw["pointer"] for flaw in refused.json()["errors"]]


def test_lanes_lead_to_queues_of_their_own(client):
    for lane in ("live", "quick", "batch"):
        job = put_job(client, kind="tts", text="Un.", lane=lane)
        client.follow(job)
        explained = client.explain(job)
        assert explained["lane"] == lane
        assert [step["queue"] for step in explained["steps"]] == [f"tts.{lane}"]


def test_explain_names_the_engines_tried_and_left_out(client):
    job = put_job(client, kind="tts", text="Habari ya asubuhi.", language="sw", voice="alloy")
    client.follow(job)
    why = client.explain(job)["steps"][0]["why"]
    assert {"engine", "verdict", "language"} <= set(why[0])
    assert [row["engine"] for row in why if row["verdict"] == "chosen"] == ["openai"]


# --- streams resume byte for byte ---

@pytest.fixture(scope="module")
def told(house):
    """A finished question with many events: (client, its job, all bytes of each event)."""
    client = Client(house).register()
    made = client.ask({"text": "Que dire ?", "model": model_of_tokens(20), "report": True})
    return client, made["job_id"], client.follow(made["job_id"])


def rest_of(client, job, after, **headers):
    with client.stream(f"/api/v1/jobs/{job}/events", after, **headers) as stream:
        events = list(stream)
        assert stream.end == "complete"
        return b"".join(event.raw for event in events)


def test_a_stream_resumes_byte_for_byte_anywhere_on_any_gateway(told, house):
    client, job, events = told
    assert len(events) > PIECES
    for url in house.urls:
        for cut in range(len(events)):
            expected = b"".join(event.raw for event in events[cut:])
            assert rest_of(client.at(url), job, events[cut].id - 1) == expected, f"cut before event {cut} at {url}"


def test_resuming_can_be_asked_by_the_query_and_the_header_wins(told, house):
    client, job, events = told
    expected = b"".join(event.raw for event in events[3:])
    for query, header in (("?last_event_id=3", None), ("?last_event_id=1", 3)):
        with client.stream(f"/api/v1/jobs/{job}/events{query}", header) as stream:
            assert b"".join(event.raw for event in stream) == expected


@pytest.mark.parametrize("number", ["", "-4", "three", "99999999999999999999999"])
def test_a_number_that_is_none_begins_at_the_start(told, house, number):
    client, job, events = told
    assert rest_of(client, job, number) == b"".join(event.raw for event in events)


def test_behind_the_last_event_a_stream_only_tells_the_end(told, house):
    client, job, events = told
    for after in (events[-1].id, events[-1].id + 1000):
        with client.stream(f"/api/v1/jobs/{job}/events", after) as stream:
            rest = list(stream)
        assert [(event.type, event.data) for event in rest] == [("done", {"state": "succeeded"})]


def test_a_stream_ends_though_the_clock_of_the_database_is_ahead(client, house):
    job = put_job(client, kind="tts", text="Un.")
    client.follow(job)
    house.sql(f"UPDATE jobs SET finished_at = now() + interval '1 hour' WHERE id = '{job}'")
    with client.stream(f"/api/v1/jobs/{job}/events", after=1000) as stream:     # as if its last event were lost
        assert done_of(list(stream)) == {"state": "succeeded"}


def test_a_stream_cut_while_it_runs_goes_on_at_the_other_gateway(client, house):
    made = client.ask({"text": "Que dire ?", "model": model_of_tokens(150), "mute": True})
    path, seen = f"/api/v1/jobs/{made['job_id']}/events", []
    with client.stream(path) as stream:
        for event in stream:
            seen.append(event)
            if len([one for one in seen if one.type == "token"]) == 4:
                break
    with client.at(house.urls[1]).stream(path, seen[-1].id) as stream:
        seen += stream.until("done")
    whole = client.follow(made["job_id"])
    assert b"".join(event.raw for event in seen) == b"".join(event.raw for event in whole)
    assert [event.id for event in whole] == list(range(1, len(whole) + 1))


def test_many_read_one_stream_and_all_read_the_same(client, house):
    made = client.ask({"text": "Que dire ?", "model": model_of_tokens(100), "mute": True})
    read = [None] * 10

    def follow(index):
        other = client.at(house.urls[index % 2])
        read[index] = b"".join(event.raw for event in other.follow(made["job_id"]))

    threads = [threading.Thread(target=follow, args=(index,)) for index in range(len(read))]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert read[0] and len(set(read)) == 1


def test_a_silent_stream_says_ping_at_once(client):
    made = client.ask({"text": "Que dire ?", "model": "sim-slow;ms=1500", "mute": True})
    with client.stream(f"/api/v1/jobs/{made['job_id']}/events", after=1000) as stream:
        began = time.monotonic()
        assert stream.response.readline() == b": ping\n"
        assert time.monotonic() - began < 1
        assert stream.response.readline() == b"retry: 1000\n"
    client.answer(made)


# --- cancel ---

def test_a_cancelled_question_has_no_further_effect(client, simulator):
    model, saying = model_of_tokens(100, 300), f"phrase {secrets.token_hex(4)}"
    made = client.ask({"text": saying, "model": model, "voice": "alloy"})
    with client.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        stream.until("token")
        cancelled = client.post(f"/api/v1/jobs/{made['job_id']}/cancel", {})
        assert cancelled.status == 200 and cancelled.json()["state"] == "cancelled"
        speech_before = len(simulator.performed(path="/v1/audio/speech"))
        assert stream.until("done")[-1].data == {"state": "cancelled", "error": "CANCELLED"}
    wait_until(lambda: simulator.ledger(model=model, outcome="cut"), 10, "the model was hung up on")
    # Another question with the same voice goes all the way after it: what was cancelled would have come before.
    other = client.answer(client.ask({"text": "Et toi ?", "voice": "alloy", "model": model_of_tokens(1)}))
    assert other["state"] == "succeeded"
    assert len(simulator.performed(path="/v1/audio/speech")) == speech_before + 1
    assert len(simulator.performed(model=model)) == 1
    result = client.result(made["id"])
    assert result["state"] == "cancelled" and "answer" not in result
    assert [(step["step"], step["state"]) for step in result["steps"]] == [("llm", "cancelled")]


def test_what_waits_for_its_next_attempt_can_be_cancelled(client, simulator):
    model = f"sim-429;retry_after=60;tag={secrets.token_hex(4)}"
    made = client.ask({"text": "Que dire ?", "model": model, "mute": True})
    with client.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        stream.until("step", state="queued")
        step = client.explain(made["job_id"])["steps"][0]
        assert step["error"] == "ENGINE_BUSY" and step["run_after"] > "2"
        assert client.post(f"/api/v1/jobs/{made['job_id']}/cancel", {}).status == 200
        assert stream.until("done")[-1].data["state"] == "cancelled"
    assert len(simulator.ledger(model=model)) == 1


def test_what_has_ended_cannot_be_cancelled(client):
    job = put_job(client, kind="tts", text="Un.")
    client.follow(job)
    for _ in range(2):
        refused = client.post(f"/api/v1/jobs/{job}/cancel", {})
        assert refused.status == 409 and refused.json()["error"] == "JOB_ENDED"


# --- retry ---

def test_a_retried_flow_goes_on_at_the_step_that_failed(client, simulator):
    model = f"sim-400;times=1;tag={secrets.token_hex(4)}"
    made = client.ask_raw(spoken(), "audio/wav", language="en", model=model, mute="true").json()
    failed = client.answer(made)
    assert failed["state"] == "failed" and failed["error"] == "ENGINE_REFUSED"
    retried = client.post(f"/api/v1/jobs/{made['job_id']}/retry", {})
    assert retried.status == 202 and retried.headers["location"] == f"/api/v1/jobs/{made['job_id']}"
    wait_until(lambda: client.result(made["id"])["state"] == "succeeded", 30, "the retry succeeded")
    result = client.result(made["id"])
    assert result["answer"] and result["transcript"]
    assert [(step["step"], step["attempt"]) for step in result["steps"]] == [("audio", 1), ("stt", 1), ("llm", 2)]
    assert [line["outcome"] for line in simulator.ledger(model=model)] == ["refused", "performed"]
    started = [event.data["step"] for event in client.follow_all(made["job_id"]) if event.type == "started"]
    assert started == ["audio", "stt", "llm", "llm"]


def test_what_runs_or_succeeded_is_not_tried_again(client):
    made = client.ask({"text": "Que dire ?", "model": "sim-slow;ms=1000", "mute": True})
    running = client.post(f"/api/v1/jobs/{made['job_id']}/retry", {})
    assert running.status == 409 and running.json()["error"] == "JOB_RUNNING"
    client.answer(made)
    assert client.post(f"/api/v1/jobs/{made['job_id']}/retry", {}).status == 409


def test_a_cancelled_job_can_be_tried_again(client):
    made = client.ask({"text": "Que dire ?", "model": model_of_tokens(100, 20), "mute": True})
    with client.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        stream.until("token")
    assert client.post(f"/api/v1/jobs/{made['job_id']}/cancel", {}).status == 200
    assert client.post(f"/api/v1/jobs/{made['job_id']}/retry", {}).status == 202
    wait_until(lambda: client.result(made["id"])["state"] == "succeeded", 30, "the retry succeeded")


def test_passing_failures_are_tried_again_by_themselves(client):
    made = client.ask({"text": "Que dire ?", "model": f"sim-503;times=2;tag={secrets.token_hex(4)}", "mute": True})
    result = client.answer(made)
    assert result["state"] == "succeeded" and result["steps"][0]["attempt"] == 3
    states = [event.data["state"] for event in client.follow(made["job_id"]) if event.type == "step"]
    assert states == ["queued", "queued", "succeeded"]


# --- Idempotency-Key ---

def jobs_of(house, client):
    return int(house.sql(f"SELECT count(*) FROM jobs WHERE owner = '{client.id}' AND id = root")[0][0])


def test_twenty_posts_at_once_with_one_key_are_one_job(client, house):
    key, answers = secrets.token_hex(8), [None] * 20

    def post(index):
        other = client.at(house.urls[index % 2])
        answers[index] = other.post("/api/v1/jobs", {"kind": "noop"}, Idempotency_Key=key)

    threads = [threading.Thread(target=post, args=(index,)) for index in range(len(answers))]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert jobs_of(house, client) == 1


def test_a_key_with_another_body_is_refused(client, house):
    key = secrets.token_hex(8)
    assert client.post("/api/v1/jobs", {"kind": "noop"}, Idempotency_Key=key).status == 202
    refused = client.post("/api/v1/jobs", {"kind": "noop", "lane": "batch"}, Idempotency_Key=key)
    assert refused.status == 422 and refused.json()["error"] == "KEY_REUSED"
    assert jobs_of(house, client) == 1


@pytest.mark.parametrize("key", ["", '""', "x" * 201, "two words", 'quo"te', "back\\slash", "caf\xe9"])
def test_a_key_that_is_not_usable_is_refused(client, house, key):
    refused = client.post("/api/v1/jobs", {"kind": "noop"}, Idempotency_Key=key)
    assert refused.status == 400 and refused.json()["error"] in ("KEY_INVALID", "REQUEST_BROKEN"), refused
    assert jobs_of(house, client) == 0


def test_a_key_belongs_to_its_user_and_its_route(client, stranger):
    key = secrets.token_hex(8)
    mine = client.post("/api/v1/jobs", {"kind": "noop"}, Idempotency_Key=key).json()
    assert client.post("/api/v1/jobs", {"kind": "noop"}, Idempotency_Key=f'"{key}"').json() == mine
    assert stranger.post("/api/v1/jobs", {"kind": "noop"}, Idempotency_Key=key).json() != mine
    assert client.post("/api/v1/ask", {"text": "Un ?", "mute": True}, Idempotency_Key=key).status == 202


def test_a_refused_request_does_not_use_its_key_up(client):
    key = secrets.token_hex(8)
    assert client.post("/api/v1/jobs", {"kind": "tts"}, Idempotency_Key=key).status == 422
    assert client.post("/api/v1/jobs", {"kind": "tts", "text": "Un."}, Idempotency_Key=key).status == 202


def test_an_upload_sent_twice_is_one_question(client, house):
    key = secrets.token_hex(8)
    parts = [("audio", ("a.wav", "audio/wav", spoken())), ("language", "en"), ("engine", "extract"), ("mute", "true")]
    first, second = (client.post_form("/api/v1/ask", parts, Idempotency_Key=key) for _ in range(2))
    assert first.json() == second.json() and jobs_of(house, client) == 1
    parts[0] = ("audio", ("a.wav", "audio/wav", spoken() + b"\0\0"))
    assert client.post_form("/api/v1/ask", parts, Idempotency_Key=key).json()["error"] == "KEY_REUSED"


# --- somebody else ---

def test_somebody_elses_job_does_not_exist(client, stranger, house):
    job = put_job(client, kind="tts", text="Un.")
    client.follow(job)
    for who, id in ((stranger, job), (client, UNKNOWN_ID), (client, "no-uuid")):
        answers = [who.get(f"/api/v1/jobs/{id}"), who.get(f"/api/v1/jobs/{id}/events"), who.get(f"/api/v1/jobs/{id}/explain"),
                   who.post(f"/api/v1/jobs/{id}/cancel", {}), who.post(f"/api/v1/jobs/{id}/retry", {})]
        assert [(answer.status, answer.json()["error"]) for answer in answers] == [(404, "JOB_UNKNOWN")] * 5
    admin = Client(house, token=token(house.secret, role="admin"))
    assert admin.get(f"/api/v1/jobs/{job}").status == 200


# --- limits ---

def spend(client, path, value, most):
    """Post until the limit refuses; gives (how many passed, the refusal)."""
    left = None
    for n in range(most):
        answer = client.post(path, value)
        if answer.status == 429:
            return n, answer
        assert left is None or int(answer.headers["x-ratelimit-remaining"]) == left - 1
        left = int(answer.headers["x-ratelimit-remaining"])
    raise AssertionError(f"{most} requests and no limit")


def test_writes_are_limited_per_user_over_all_gateways(client, stranger, house):
    limit = int(client.post("/api/v1/jobs", {"kind": "?"}).headers["x-ratelimit-limit"])
    elsewhere = client.at(house.urls[1])
    for _ in range(limit // 2):
        assert elsewhere.post("/api/v1/jobs", {"kind": "?"}).status == 422
    passed, refused = spend(client, "/api/v1/jobs", {"kind": "?"}, limit)
    assert passed == limit - limit // 2 - 1 and refused.json()["error"] == "RATE_EXCEEDED"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.headers["x-ratelimit-reset"] == refused.headers["retry-after"]
    assert refused.json()["message"] == "Trop de requêtes, veuillez patienter"
    assert client.get("/api/v1/asks").status == 200         # reads have a limit of their own
    assert stranger.post("/api/v1/jobs", {"kind": "noop"}).status == 202
    pro = Client(house, token=token(house.secret, sub=client.id, plan="pro"))
    assert pro.post("/api/v1/jobs", {"kind": "noop"}).status == 202


def test_logins_are_limited_per_address(nobody, stranger):
    limit = int(nobody.post("/api/v1/auth/login", {"email": "nobody@example.org", "password": "x"}).headers["x-ratelimit-limit"])
    for n in range(1, limit):       # of accounts that differ: one that is guessed is guarded sooner
        assert nobody.post("/api/v1/auth/login", {"email": f"{n}-{stranger.email}", "password": "x"}).status == 401
    assert nobody.post("/api/v1/auth/login", {"email": stranger.email, "password": stranger.password}).json()["error"] == "RATE_EXCEEDED"
    again = stranger.post("/api/v1/auth/login", {"email": stranger.email, "password": stranger.password})
    assert again.status == 200                              # from another address
