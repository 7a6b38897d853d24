"""The transcription product as a service: its limits, its health, its log, its documents, and how long it keeps them."""
import json
import secrets
import signal

import pytest

from house import deep, wait_until
from palabre import Client

VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
BASE, ABSENT = "/api/transcription", "/api/transcription/0192f3a0-0000-7000-8000-000000000000"
PAGE = "http://localhost:3000"


@pytest.fixture
def person(mocked):
    """Somebody who uses the product, at an address of their own."""
    client = Client(mocked).register()
    client.dialect, client.host = "saas-ia", "localhost"
    return client


def logged(house, daemon, event, **members):
    """The first line of a log that tells of an event."""
    def look():
        lines = (json.loads(line) for line in house.daemons[daemon].text().splitlines() if f'"event":"{event}"' in line)
        return next((line for line in lines if all(line.get(name) == value for name, value in members.items())), None)
    return wait_until(look, 20, f"{daemon} tells {event} {members}")


# --- limits ---

def once(client, verb, path):
    """Nobody's login is guessed twice, nothing is registered."""
    value = {"/api/auth/login": {"email": f"{secrets.token_hex(6)}@example.org", "password": "wrong"}, "/api/auth/register": {"email": "nobody"}, BASE: {"video_url": VIDEO}}
    body = json.dumps(value.get(path, {})) if verb == "POST" else None
    return client.open(verb, path, body, Content_Type="application/json")[1]


LIMITS = [("POST", "/api/auth/register", 5, False), ("POST", "/api/auth/login", 5, False), ("GET", "/api/auth/me", 20, True), ("POST", BASE, 10, True), ("GET", ABSENT, 30, True), ("GET", BASE, 20, True), ("DELETE", ABSENT, 10, True), ("POST", f"{BASE}/upload", 5, True), ("POST", "/api/youtube/smart", 10, True), ("POST", "/api/ai-assistant/process-text", 100, True), ("POST", "/api/transcription/auto-chapter", 100, True),
          ("POST", "/api/transcription/playlist", 5, True), ("POST", "/api/youtube/stream/capture", 5, True),
          ("GET", "/health", 100, False), ("GET", "/docs", 50, False), ("GET", "/api/auth/sessions", 100, True)]


@pytest.mark.parametrize("verb, path, limit, of_user", LIMITS)
def test_each_limit_is_the_one_that_is_documented(mocked, person, verb, path, limit, of_user):
    """The limit's last request is served, the next is refused and told to the log, and nobody else is."""
    person.token = token = person.token if of_user else None
    answers = [once(person, verb, path) for _ in range(limit + 1)]
    assert [answer.status == 429 for answer in answers] == [False] * limit + [True], [answer.status for answer in answers]
    refused = answers[-1]
    assert json.load(refused) == {"error": "rate_limit_exceeded", "message": f"Rate limit exceeded: {limit} per 1 minute",
                                  "detail": "Too many requests. Please wait before trying again.", "retry_after": "60 seconds"}
    assert refused.headers["Retry-After"] == "60" and refused.headers["X-RateLimit-Limit"] == f"{limit}/minute"
    told = logged(mocked, "gateway", "rate_limit_exceeded", path=path, client=f"user:{person.id}" if of_user else person.address)
    assert told["limit"] == f"{limit} per 1 minute" and told["level"] == "warn"
    elsewhere = Client(mocked, token=token)
    elsewhere.host = "localhost"
    assert (once(elsewhere, verb, path).status == 429) == of_user, "who is known is counted wherever they are, who is not by address"


def test_a_limit_outlives_the_gateway(mocked, person):
    spend = lambda n: [person.open("GET", "/api/auth/me")[1].status for _ in range(n)]
    assert spend(20) == [200] * 20
    mocked.daemons["gateway"].end(signal.SIGTERM)
    mocked.daemons["gateway"].start_again()
    assert spend(1) == [429]


# --- what its front end needs of every answer ---

def test_a_browser_may_send_and_read_what_the_front_end_uses(mocked, person):
    asked = person.open("OPTIONS", BASE, Origin=PAGE, Access_Control_Request_Method="POST", Access_Control_Request_Headers="authorization,x-request-time")[1]
    allowed = {name.strip().lower() for name in asked.headers["Access-Control-Allow-Headers"].split(",")}
    assert asked.status == 204 and {"authorization", "content-type", "x-request-time", "idempotency-key"} <= allowed
    listed = person.get(BASE, Origin=PAGE, X_Request_Time="2026-11-27T10:00:00.000Z")
    exposed = {name.strip().lower() for name in listed.headers["access-control-expose-headers"].split(",")}
    assert {"x-total-count", "x-skip", "x-limit", "x-has-more", "x-request-id", "x-response-time", "retry-after", "x-ratelimit-limit"} <= exposed
    assert listed.headers["access-control-allow-origin"] == PAGE and listed.headers["x-request-id"]
    assert 0 <= float(listed.headers["x-response-time"].removesuffix("s")) < 30 and listed.headers["x-response-time"].endswith("s")


def test_a_profile_and_a_password_are_changed(mocked, person):
    changed = person.change("PUT", "/api/auth/profile", {"full_name": "Éa Bâ"})
    assert changed.status == 200 and changed.json()["full_name"] == "Éa Bâ" and person.get("/api/auth/me").json()["full_name"] == "Éa Bâ"
    wrong = person.change("PUT", "/api/auth/password", {"current_password": "no", "new_password": "Maison-2026"})
    assert wrong.status == 400
    done = person.change("PUT", "/api/auth/password", {"current_password": person.password, "new_password": "Maison-2026"})
    assert done.status == 200 and done.json()["message"]
    statuses = [person.open("PUT", "/api/auth/password", "{}", Content_Type="application/json")[1].status for _ in range(2)]
    assert statuses == [422, 429], "three a minute"


# --- the log ---

def finished(person, made):
    person.follow(made["job_id"])
    return person.get(f"{BASE}/{made['id']}").json()


def test_the_log_tells_the_life_of_a_transcription(mocked, person):
    made = person.post(BASE, {"video_url": VIDEO}).json()
    text = finished(person, made)["text"]
    of_it = {"transcription": made["id"], "user_id": person.id}
    created = logged(mocked, "gateway", "transcription_job_created", **of_it)
    begun = logged(mocked, "stt", "transcription_processing_started", **of_it, job=made["job_id"], attempt=1)
    ended = logged(mocked, "scheduler", "transcription_completed", **of_it)
    assert created["time"] <= begun["time"] <= ended["time"] and created["trace_id"] == begun["trace_id"]
    assert abs(ended["text_length"] - len(text.encode())) < 20 and ended["confidence"] == "0.950" and ended["mock"] == "true"
    assert person.delete(f"{BASE}/{made['id']}").status == 204
    logged(mocked, "gateway", "transcription_job_deleted", **of_it)
    assert not any(text in daemon.text() for daemon in mocked.daemons.values())


def test_the_log_tells_of_what_failed_and_of_each_request(mocked, person):
    made = person.post(BASE, {"video_url": VIDEO, "engine": "pocketsphinx"}).json()      # whose key is not MOCK
    failed = finished(person, made)
    assert failed["status"] == "failed" and failed["retry_count"] == 1 and failed["error"]
    logged(mocked, "scheduler", "transcription_failed", transcription=made["id"], error=failed["error_code"], retry_count=1)
    answer = person.get(f"{BASE}/{made['id']}")
    line = logged(mocked, "gateway", "http_request", request_id=answer.headers["x-request-id"])
    assert (line["method"], line["path"], line["status_code"], line["client_ip"]) == ("GET", f"{BASE}/{made['id']}", 200, person.address) and line["duration_ms"] >= 0


def test_without_a_key_a_whole_video_is_invented_in_one_request_too(mocked, person):
    got = person.post(f"{BASE}/smart-transcribe", {"video_url": VIDEO, "language": "auto", "prefer_provider": "auto"})
    said = got.json()
    assert got.status == 200 and said["video_id"] == "dQw4w9WgXcQ" and said["provider"] == "assemblyai" and said["is_manual"] is False, got
    assert said["text"].startswith("Ceci est une transcription SIMULÉE pour le test.") and (said["confidence"], said["duration_seconds"]) == (0.95, 180)
    assert person.get(f"{BASE}/{said['transcription_id']}").json()["metadata"]["mock"] is True


# --- documents ---

@deep
def test_a_document_that_takes_long_is_told_of_and_given_later(mocked, person):
    made = finished(person, person.post(BASE, {"video_url": VIDEO}).json())
    mocked.daemons["document"].end(signal.SIGTERM)
    later = person.get(f"{BASE}/{made['id']}/export/pdf")
    assert later.status == 202 and later.json()["state"] == "queued" and later.headers["retry-after"] == "5", later
    assert later.headers["location"] == f"/api/v1/jobs/{later.json()['job_id']}"
    again = person.get(f"{BASE}/{made['id']}/export/pdf")
    assert again.status == 202 and again.headers["location"] == later.headers["location"], "it is made once"
    mocked.daemons["document"].start_again()
    person.follow(later.json()["job_id"])
    assert person.get(later.headers["location"]).json()["state"] == "succeeded"
    ready = person.get(f"{BASE}/{made['id']}/export/pdf")
    assert ready.status == 200 and ready.body.startswith(b"%PDF-")


# --- how long it is kept ---

@deep
def test_old_transcriptions_go_and_younger_ones_stay(mocked, person):
    """TRANSCRIPTIONS_KEEP_DAYS=30; the scheduler looks once a minute."""
    old, young = (finished(person, person.post(BASE, {"video_url": VIDEO, "language": language}).json()) for language in ("fr", "en"))
    for one, days in ((old, 31), (young, 29)):
        mocked.sql(f"UPDATE transcriptions SET created_at = created_at - interval '{days} days' WHERE id = '{one['id']}'")
    gone = lambda: mocked.sql(f"SELECT count(*) FROM transcriptions WHERE id = '{old['id']}'") == [["0"]]
    wait_until(gone, 90, "the old one is gone")
    assert person.get(f"{BASE}/{old['id']}").status == 404 and person.get(f"{BASE}/{young['id']}").json()["text"]
    assert [row["id"] for row in person.get(BASE).json()] == [young["id"]]
    assert mocked.sql(f"SELECT count(*) FROM jobs WHERE root = '{old['job_id']}' AND (input <> '{{}}' OR result IS NOT NULL)") == [["0"]]
    logged(mocked, "scheduler", "old transcriptions are gone")


# --- its health ---

def test_health_tells_what_it_stands_on(mocked, person):
    def health():
        answer = person.open("GET", "/health")[1]           # 503 has the same body, where others have a problem
        return answer.status, json.load(answer)

    status, whole = health()
    assert status == 200 and whole["status"] == "healthy" and whole["app_name"] == "SaaS-IA MVP" and whole["environment"] == "development", whole
    assert set(whole["dependencies"]) == {"postgres", "redis"}
    assert all(one["status"] == "up" and 0 < one["latency_ms"] < 1000 for one in whole["dependencies"].values())
    assert "dependencies" not in person.get("/health", Host="elsewhere.test").json()
    mocked.expect("PG_DOWN|REDIS_DOWN|Redis|PostgreSQL")
    for name, worst in (("redis", 200), ("pg", 503)):
        mocked.servers("stop", name)
        try:
            told = wait_until(lambda: next((got for got in [health()] if got[1]["status"] == "degraded"), None), 10, f"without {name} it is degraded")
        finally:
            mocked.servers("start", name)
        assert told[0] == worst
        assert told[1]["dependencies"]["postgres" if name == "pg" else name] == {"status": "down", "latency_ms": None}
        wait_until(lambda: health()[1]["status"] == "healthy", 30, f"with {name} it is healthy again")
