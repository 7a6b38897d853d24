"""Whatever is sent, the answer says what is wrong, and nothing else happens."""
import base64
import json
import os
import time
import urllib.parse
import uuid

import pytest

from media import silence, silent_film, spoken, wav_claiming
from palabre import Client, Wire, base64url, form, head, token

MIB = 1 << 20
UPLOAD_MIB = 100                    # UPLOAD_MAX_BYTES
GROWTH_KIB = 48 * 1024              # of a gateway, whatever is sent to it
ORIGIN = "http://localhost:3000"


@pytest.fixture(scope="module")
def user(house):
    """One user for all that is refused before it costs anything."""
    return Client(house).register()


def fails(client, made, error):
    """A question that is accepted and cannot be answered: it ends soon, and says why."""
    result = client.answer(made)
    assert (result["state"], result["error"]) == ("failed", error), result
    assert result["error_text"] and "answer" not in result
    assert client.get(f"/api/v1/ask/{result['id']}/audio").status == 404
    return result


def jobs_of(house, client):
    return int(house.sql(f"SELECT count(*) FROM jobs WHERE owner = '{client.id}'")[0][0])


# --- recordings that are none ---

def test_text_is_no_recording(client):
    fails(client, client.ask_raw(b"Bonjour, ceci n'est pas un son.\n" * 40, "audio/wav").json(), "MEDIA_UNREADABLE")


def test_noise_of_bytes_is_no_recording(client):
    fails(client, client.ask_raw(os.urandom(100_000), "audio/mpeg").json(), "MEDIA_UNREADABLE")


def test_a_playlist_of_files_of_the_server_is_no_recording(client):
    list_ = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    fails(client, client.ask_raw(list_, "audio/mpegurl").json(), "MEDIA_UNREADABLE")


def test_a_film_without_sound_is_told_so(client):
    fails(client, client.ask_raw(silent_film(), "video/x-matroska").json(), "MEDIA_SILENT")


def test_silence_holds_no_speech(client):
    result = fails(client, client.ask_raw(silence(3), "audio/wav", language="en").json(), "SPEECH_ABSENT")
    assert [step["step"] for step in result["steps"]] == ["audio", "stt"]


def test_a_head_that_claims_ten_hours_is_not_believed(client):
    made = client.ask_raw(wav_claiming(36000, 1024), "audio/wav", language="en").json()
    result = client.answer(made)
    assert result["state"] == "failed"
    assert result["error"] in ("MEDIA_UNREADABLE", "MEDIA_TOO_LONG", "SPEECH_ABSENT"), result


def test_nothing_at_all_is_no_recording(client, house):
    empty = client.post("/api/v1/ask", b"", Content_Type="audio/wav")
    assert empty.status == 422 and "/audio" in empty.json()["detail"]
    assert client.post_form("/api/v1/ask", [("audio", ("a.wav", "audio/wav", b""))]).status == 422
    assert client.post("/api/v1/ask", {}).status == 422
    assert client.post("/api/v1/ask", {"text": " \n\t"}).status == 422
    assert client.post_form("/api/v1/ask", [("audio", ("a.wav", "audio/wav", b"x")), ("text", "both")]).status == 422
    assert jobs_of(house, client) == 0


# --- uploads that end too early, or never ---

def ask_head(client, type, *more):
    return head("POST /api/v1/ask HTTP/1.1", f"Authorization: Bearer {client.token}", f"Content-Type: {type}", *more)


def test_a_truncated_upload_is_no_question(client, house):
    with Wire(house.url) as wire:
        wire.send(ask_head(client, "audio/wav", "Content-Length: 193644") + spoken()[:5000]).half_close()
        answer = wire.answer()
    assert answer is None or answer.status == 400, answer
    type, body = form([("audio", ("a.wav", "audio/wav", spoken()))])
    cut = client.post("/api/v1/ask", body[:90_000], Content_Type=type)
    assert cut.status == 400 and cut.json()["error"] == "REQUEST_BROKEN"
    assert jobs_of(house, client) == 0
    assert client.get("/health").status == 200


def test_an_upload_that_stands_still_is_given_up(client, house):
    began = time.monotonic()
    with Wire(house.url) as wire:
        wire.send(ask_head(client, "audio/wav", "Content-Length: 193644") + spoken()[:5000])
        answer = wire.answer()
    assert answer.status == 408 and answer.json()["error"] == "BODY_TIMEOUT"
    assert time.monotonic() - began < 20
    assert jobs_of(house, client) == 0


def gateway_kib(house):
    return house.daemons["gateway"].resident_kib()


@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",)])
@pytest.mark.parametrize("type", ["audio/wav", "multipart/form-data; boundary=x"])
def test_an_upload_that_is_too_large_is_refused_at_once(client, house, type, more):
    with Wire(house.url) as wire:
        wire.send(ask_head(client, type, f"Content-Length: {200 * MIB}", *more))
        answer = wire.answer()
        assert answer.status == 413 and answer.json()["error"] == "BODY_TOO_LARGE"
        assert answer.json()["detail"]
        wire.ended()


def test_an_upload_of_unknown_length_is_cut_at_the_limit_in_little_memory(client, house):
    before, piece = gateway_kib(house), b"%x\r\n" % MIB + bytes(MIB) + b"\r\n"
    with Wire(house.url) as wire:
        wire.send(ask_head(client, "audio/wav", "Transfer-Encoding: chunked"))
        sent = 0
        try:
            while sent < 2 * UPLOAD_MIB:
                wire.send(piece)
                sent += 1
        except ConnectionError:
            pass
        answer = wire.answer()
    assert sent < 2 * UPLOAD_MIB
    assert answer is None or answer.status == 413, answer    # a reset may have overtaken the answer
    assert gateway_kib(house) - before < GROWTH_KIB
    assert jobs_of(house, client) == 0
    assert client.get("/health").status == 200


def test_a_json_body_has_a_limit_of_its_own(user):
    refused = user.post("/api/v1/jobs", {"kind": "tts", "text": "x" * 2 * MIB})
    assert refused.status == 413
    assert user.post("/api/v1/ask", {"text": "x" * 100_001}).status == 422


# --- JSON ---

def pointers(answer):
    assert answer.status == 422 and answer.json()["error"] == "INPUT_INVALID", answer
    return {flaw["pointer"]: flaw["detail"] for flaw in answer.json()["errors"]}


def test_every_flaw_is_told_at_once(user):
    told = pointers(user.post("/api/v1/ask", {"text": 5, "report": "yes", "mute": 1, "language": "not a language", "voice": ["x"],
                                              "question": {"a": 1}, "engine": "e" * 41, "unknown": True, "a/b~c": 1}))
    assert set(told) == {"/text", "/report", "/mute", "/language", "/voice", "/question", "/engine", "/unknown", "/a~1b~0c"}
    told = pointers(user.post("/api/v1/auth/register", {"email": "no address", "password": "short", "name": 1, "role": "admin"}))
    assert set(told) == {"/email", "/password", "/name", "/role"}


@pytest.mark.parametrize("body", [
    b"{", b"{\"text\":}", b"nonsense", b"{\"text\":\"x\"} and more", b"\xff\xfe", b"{\"text\":\"\xc3\x28\"}", b"{'text':'x'}",
    b"{\"text\":\"a\\ud800b\"}", b"{\"text\":\"a\\u0000b\"}", b"{\"text\":\"x\",}",
    b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b"{\"text\":\"a\nb\"}", b"{\"mute\":tru}", b"NaN",
], ids=lambda body: repr(body[:24]))
def test_what_is_not_strict_json_is_refused(user, body):
    for path in ("/api/v1/ask", "/api/v1/jobs"):
        refused = user.post(path, body)
        assert refused.status == 400 and refused.json()["error"] == "JSON_BROKEN", refused


def test_a_key_given_twice_is_refused(user):
    for path in ("/api/v1/ask", "/api/v1/jobs"):
        assert pointers(user.post(path, b'{"kind":"tts","text":"x","text":"y"}'))["/text"] == "is given twice"
    assert user.post("/api/v1/jobs", b'{"kind":"noop","unknown":1,"unknown":2}').status == 422


@pytest.mark.parametrize("body", [b"[]", b"5", b"\"text\"", b"null", b"true"])
def test_json_of_another_shape_is_refused(user, body):
    assert user.post("/api/v1/jobs", body).status == 422


def test_what_the_path_says_cannot_be_said_again(client, stranger):
    mine, theirs = (one.post("/api/v1/jobs", {"kind": "tts", "text": "Un."}).json()["job_id"] for one in (client, stranger))
    refused = client.post(f"/api/v1/jobs/{mine}/cancel", {"id": theirs})
    assert refused.status == 422 and refused.json()["errors"][0]["pointer"] == "/id"
    assert client.get(f"/api/v1/jobs/{mine}?id={theirs}").json()["id"] == mine
    client.follow(mine), stranger.follow(theirs)


# --- multipart ---

WAV = ("audio", ("a.wav", "audio/wav", b"RIFF"))


@pytest.mark.parametrize("parts,status,says", [
    ([WAV, ("question", "a"), ("question", "b")], 422, "question"),
    ([WAV, ("colour", "red")], 422, "/colour"),
    ([WAV, ("language", "??")], 422, "/language"),
    ([WAV, ("report", "perhaps")], 422, "/report"),
    ([("audio", "text in the place of a file")], 422, "/audio"),
    ([("text", "a"), ("material", ("m.bin", "application/pdf", b"%PDF-\xff\x00"))], 415, "material"),
    ([("text", ("t.txt", "text/plain", b"a"))], 422, "/text"),
    ([("text", "x" * 5 * MIB)], 413, "fields"),
    ([(f"part{n}", "x") for n in range(40)], 422, "part"),
], ids=lambda value: None if isinstance(value, list) else str(value))
def test_forms_that_do_not_fit_are_refused(user, parts, status, says):
    refused = user.post_form("/api/v1/ask", parts)
    assert refused.status == status and says in refused.json()["detail"], refused


@pytest.mark.parametrize("type,body", [
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=" + "b" * 71, b"--" + b"b" * 71 + b"--\r\n"),
    ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\r\n--x"),
    ("multipart/form-data; boundary=x", b"--x\r\n" + b"X: " + b"y" * 9000 + b"\r\n\r\na\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"a\xff\"\r\n\r\na\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b""),
], ids=range(9))
def test_forms_that_are_broken_are_refused(user, type, body):
    refused = user.post("/api/v1/ask", body, Content_Type=type)
    assert refused.status in (400, 415), refused


def test_a_file_name_is_only_a_name(client, house):
    parts = [("audio", ("../../../../../etc/cron.d/x", "audio/wav", spoken())), ("mute", "true"), ("language", "en"), ("engine", "extract")]
    assert client.answer(client.post_form("/api/v1/ask", parts).json())["state"] == "succeeded"
    assert not os.path.exists("/etc/cron.d/x")


# --- things that are not there, or somebody else's ---

def test_unknown_questions_do_not_exist(user):
    for id in (uuid.uuid4(), "018f0000-0000-7000-8000-000000000000", "x", "1;DROP TABLE asks", "%27", "a" * 300):
        for tail in ("", "/audio", "/report.pdf"):
            assert user.get(f"/api/v1/ask/{urllib.parse.quote(str(id))}{tail}").status == 404


def test_somebody_elses_question_does_not_exist(client, stranger):
    result = client.answer(client.ask({"text": "Un secret ?", "engine": "extract", "report": True}))
    for path in (f"/api/v1/ask/{result['id']}", result["audio"], result["report"]):
        refused = stranger.get(path)
        assert refused.status == 404 and refused.json()["error"] == "ASK_UNKNOWN"
    assert stranger.get("/api/v1/asks").json() == []
    assert stranger.get(f"/api/v1/asks?cursor={result['id']}").json()["data"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "limit=%ff", "limit=%zz", "limit=%"])
def test_queries_that_do_not_fit_are_refused(user, query):
    assert set(pointers(user.get(f"/api/v1/asks?{query}"))) <= {"/limit", "/cursor"}


TRAVERSALS = ["/docs/assets/../../../../etc/passwd", "/docs/assets/..%2f..%2f..%2fetc%2fpasswd", "/docs/assets/%2e%2e/%2e%2e/etc/passwd",
              "/docs/assets/..%252f..%252fetc%252fpasswd", "/docs/assets/....//....//etc/passwd", "/../../etc/passwd", "//etc/passwd",
              "/docs/assets/swagger-ui.css%00.png", "/docs/assets/..\\..\\etc\\passwd", "/docs/assets/%c0%ae%c0%ae/etc/passwd", "/.git/config",
              "/api/v1/ask/..%2f..%2f..%2fetc%2fpasswd/audio", "/etc/passwd"]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out(user, house, path):
    with Wire(house.url) as wire:
        answer = wire.send(head(f"GET {path} HTTP/1.1", f"Authorization: Bearer {user.token}")).answer()
    assert answer.status in (400, 404), answer
    assert b"root:" not in answer.body and answer.type == "application/problem+json"


# --- requests that are none ---

@pytest.mark.parametrize("request_,status", [
    (head("GET /health HTTP/1.1", "X-Long: " + "y" * 20_000), 431),
    (head("GET /health HTTP/1.1", *[f"X-{n}: y" for n in range(100)]), 431),
    (head("GET /" + "a" * 3000 + " HTTP/1.1"), 414),
    (head("POST /api/v1/jobs HTTP/1.1", "Content-Length: 5", "Content-Length: 6") + b"hello", 400),
    (head("POST /api/v1/jobs HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
    (head("POST /api/v1/jobs HTTP/1.1", "Content-Length: -5"), 400),
    (head("GET /health HTTP/1.1", "Host: another"), 400),
    (b"GET /health HTTP/1.1\r\n\r\n", 400),
    (b"GARBAGE\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
], ids=["long header", "many headers", "long target", "two lengths", "length and chunks", "negative length", "two hosts", "no host", "garbage",
        "TLS"])
def test_what_is_no_request_is_refused(house, request_, status):
    with Wire(house.url) as wire:
        answer = wire.send(request_).answer()
        assert answer is None or answer.status == status, answer
        assert not answer or not answer.body or answer.type == "application/problem+json", answer
    with Wire(house.url) as wire:
        assert wire.send(head("GET /health HTTP/1.1")).answer().status == 200


def test_requests_sent_together_are_answered_in_order(user, house):
    mine = f"Authorization: Bearer {user.token}"
    with Wire(house.url) as wire:
        wire.send(head("GET /health HTTP/1.1") + head("GET /api/v1/auth/me HTTP/1.1", mine) + head("GET /nowhere HTTP/1.1", "Connection: close"))
        answers = [wire.answer() for _ in range(3)]
        assert wire.ended() == b""
    assert [answer and answer.status for answer in answers] == [200, 200, 404]
    assert answers[1].json()["id"] == user.id


def test_slow_heads_are_given_up_and_hold_nobody_up(user, house):
    wires = [Wire(house.url) for _ in range(40)]
    try:
        for wire in wires:
            wire.send(b"GET /health HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        while any(not is_over(wire) for wire in wires):
            assert time.monotonic() - began < 20, "slow heads are kept for ever"
            for wire in wires:
                drip(wire)
            assert user.get("/health").status == 200
            time.sleep(0.1)
    finally:
        for wire in wires:
            wire.__exit__()


def drip(wire):
    try:
        wire.send(b"y")
    except ConnectionError:
        pass


def is_over(wire):
    wire.socket.setblocking(False)
    try:
        return not wire.socket.recv(4096)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        wire.socket.settimeout(30)


# --- verbs, types, paths ---

def test_types_that_are_not_read_are_refused(user):
    for path, type in (("/api/v1/ask", "text/plain"), ("/api/v1/ask", "application/xml"), ("/api/v1/ask", "image/png"),
                       ("/api/v1/jobs", "text/xml"), ("/api/v1/jobs", "multipart/form-data; boundary=x"), ("/api/v1/auth/login", "text/html")):
        refused = user.post(path, b"x", Content_Type=type)
        assert refused.status == 415 and refused.json()["error"] == "TYPE_UNSUPPORTED", (path, type)


@pytest.mark.parametrize("method,path,allow", [
    ("DELETE", "/api/v1/jobs", "POST"), ("PUT", "/api/v1/asks", "GET, HEAD"), ("GET", "/api/v1/ask", "POST"), ("PATCH", "/health", "GET, HEAD"),
    ("POST", "/api/v1/auth/me", "GET, HEAD, DELETE"),
])
def test_verbs_that_are_not_allowed_are_refused_with_those_that_are(user, method, path, allow):
    refused = user.send(method, path)
    assert refused.status == 405 and refused.headers["allow"] == allow


@pytest.mark.parametrize("method", ["BREW", "CONNECT", "TRACE", "get"])
def test_verbs_that_nobody_knows_are_refused(nobody, house, method):
    with Wire(house.url) as wire:
        assert wire.send(head(f"{method} /health HTTP/1.1")).answer().status in (400, 405)


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/auth/me", "/api/v1/auth/me/", "/api/auth/me/", "/api/v1//auth//me"])
def test_both_prefixes_and_trailing_slashes_lead_to_the_same(user, path):
    assert user.get(path).json()["id"] == user.id


@pytest.mark.parametrize("path", ["/auth/me", "/v1/auth/me", "/api/v2/auth/me", "/api/v1/API/auth/me", "/api/v1/auth/ME", "/api/v1", "/api",
                                  "/" + "a/" * 20])
def test_other_paths_do_not_exist(user, path):
    refused = user.get(path)
    assert refused.status == 404 and refused.json()["error"] == "ROUTE_UNKNOWN"


def test_head_has_no_body(nobody, user):
    for who, path in ((nobody, "/health"), (user, "/api/v1/asks"), (nobody, "/nowhere"), (nobody, "/api/v1/asks")):
        told, got = who.send("HEAD", path), who.get(path)
        assert (told.status, told.body) == (got.status, b"")
        assert abs(int(told.headers["content-length"]) - len(got.body)) <= 2


# --- browsers ---

def test_browsers_of_known_origins_may_call(nobody, user):
    asked = nobody.send("OPTIONS", "/api/v1/ask", Origin=ORIGIN, Access_Control_Request_Method="POST")
    assert asked.status == 204 and asked.body == b""
    assert asked.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in asked.headers["access-control-allow-methods"]
    for name in ("authorization", "content-type", "idempotency-key", "last-event-id"):
        assert name in asked.headers["access-control-allow-headers"].lower()
    got = user.get("/api/v1/asks", Origin=ORIGIN)
    assert got.headers["access-control-allow-origin"] == ORIGIN and "Origin" in got.headers["vary"]
    assert "X-Total-Count" in got.headers["access-control-expose-headers"]
    refused = nobody.get("/api/v1/asks", Origin=ORIGIN)
    assert refused.status == 401 and refused.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:30000", "http://localhost:300", "null", "http://localhost:3000.evil.example"])
def test_browsers_of_other_origins_may_not(nobody, origin):
    for method in ("OPTIONS", "GET"):
        assert "access-control-allow-origin" not in nobody.send(method, "/health", Origin=origin).headers


# --- who asks ---

def claims_of(user, **more):
    return {"sub": user.id, **more}


def expired(user, house):
    return token(house.secret, **claims_of(user, exp=int(time.time()) - 120))


REFUSED_TOKENS = {
    "garbage": lambda user, house: "garbage",
    "three dots": lambda user, house: "...",
    "forged": lambda user, house: token("another secret of thirty-two bytes", **claims_of(user)),
    "expired": expired,
    "refresh": lambda user, house: token(house.secret, **claims_of(user, type="refresh")),
    "no expiry": lambda user, house: token(house.secret, **claims_of(user, exp=None)),
    "a subject that is no id": lambda user, house: token(house.secret, sub="1; DROP TABLE users"),
    "no subject": lambda user, house: token(house.secret, **claims_of(user, sub=None)),
    "not yet": lambda user, house: token(house.secret, **claims_of(user, nbf=int(time.time()) + 3600)),
    "no algorithm": lambda user, house: token(house.secret, {"alg": "none", "typ": "JWT"}, **claims_of(user)).rpartition(".")[0] + ".",
    "another algorithm": lambda user, house: token(house.secret, {"alg": "HS512", "typ": "JWT"}, **claims_of(user)),
    "another type": lambda user, house: token(house.secret, {"alg": "HS256", "typ": "id+jwt"}, **claims_of(user)),
    "the secret as a public key": lambda user, house: token(house.secret, {"alg": "RS256", "typ": "JWT"}, **claims_of(user)),
    "a key that is not ours": lambda user, house: token(house.secret, {"alg": "HS256", "kid": "0011223344556677"}, **claims_of(user)),
    "another issuer": lambda user, house: token(house.secret, **claims_of(user, iss="https://example.org")),
    "no issuer": lambda user, house: token(house.secret, **claims_of(user, iss=None)),
    "for somebody else": lambda user, house: token(house.secret, **claims_of(user, aud="authenticated")),
    "for nobody": lambda user, house: token(house.secret, **claims_of(user, aud=None)),
    "longer than any of ours": lambda user, house: token(house.secret, **claims_of(user, exp=int(time.time()) + 86400)),
    "no kind": lambda user, house: token(house.secret, **claims_of(user, type=None)),
    "a session that is no id": lambda user, house: token(house.secret, **claims_of(user, sid="1")),
    "a key of a program that is none": lambda user, house: "pak_" + "x" * 38,
    "a refresh token": lambda user, house: user.refresh,
    "critical": lambda user, house: token(house.secret, {"alg": "HS256", "crit": ["x"], "x": 1}, **claims_of(user)),
    "changed": lambda user, house: changed(user.token),
    "too long": lambda user, house: token(house.secret, **claims_of(user, email="e" * 7000)),
}


def changed(token_):
    """The same signature under the claims of an administrator."""
    first, claims, signature = token_.split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return ".".join([first, base64url(json.dumps({**read, "role": "admin"}).encode()), signature])


@pytest.mark.parametrize("name", REFUSED_TOKENS)
def test_tokens_that_are_none_are_refused(user, house, name):
    bearer = Client(house, token=REFUSED_TOKENS[name](user, house))
    for path in ("/api/v1/auth/me", "/api/v1/asks", "/api/v1/jobs/x"):
        refused = bearer.get(path)
        assert refused.status == 401 and refused.json()["error"] == ("TOKEN_EXPIRED" if name == "expired" else "TOKEN_INVALID")
        assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert bearer.post("/api/v1/ask", {"text": "x"}).status == 401
    assert bearer.get("/health").status == 200              # public routes do not mind


def test_a_token_made_by_hand_like_ours_is_taken(user, house):
    assert Client(house, token=token(house.secret, sub=user.id)).get("/api/v1/auth/me").json()["email"] == user.email


def test_a_subject_whose_account_is_gone_may_do_nothing(house):
    gone = Client(house, token=token(house.secret, sub=str(uuid.uuid4())))
    assert gone.get("/api/v1/asks").json() == []
    for refused in (gone.get("/api/v1/auth/me"), gone.post("/api/v1/ask", {"text": "x"}),
                    gone.post("/api/v1/ask", spoken(), Content_Type="audio/wav")):
        assert refused.status == 404 and refused.json()["error"] == "USER_UNKNOWN"


@pytest.mark.parametrize("authorization", [None, "", "Basic dXNlcjpwYXNz", "Bearer", "Token abc"])
def test_without_a_token_one_is_asked_for(nobody, authorization):
    for method, path in (("GET", "/api/v1/auth/me"), ("POST", "/api/v1/ask"), ("GET", "/api/v1/jobs/x/events")):
        refused = nobody.send(method, path, Authorization=authorization)
        assert refused.status == 401 and refused.json()["error"] == "AUTH_NEEDED"
        assert refused.headers["www-authenticate"] == "Bearer"


def test_logging_in_says_the_same_of_wrong_names_and_wrong_passwords(house, stranger):
    def login(value):
        answer = Client(house).post("/api/v1/auth/login", value)
        return answer.status, {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}

    wrong = login({"email": stranger.email, "password": "wrong"})
    assert wrong == login({"email": "nobody@example.org", "password": "wrong"})
    assert Client(house).post("/api/v1/auth/login", {"password": "x"}).status == 422
    assert wrong[0] == 401 and wrong[1]["error"] == "AUTH_FAILED"
    assert Client(house).post("/api/v1/auth/login", {"username": stranger.email.upper(), "password": stranger.password}).status == 200


def test_an_address_is_taken_once(nobody, stranger):
    for email in (stranger.email, stranger.email.upper()):
        taken = nobody.post("/api/v1/auth/register", {"email": email, "password": "long enough"})
        assert taken.status == 409 and taken.json()["error"] == "EMAIL_TAKEN"


# --- what people read ---

def test_people_read_french_unless_they_ask_for_english(nobody):
    assert nobody.get("/nowhere").json()["message"] == "Cette adresse n'existe pas"
    assert nobody.get("/nowhere", Accept_Language="fr-FR,fr;q=0.9,en;q=0.5").json()["message"] == "Cette adresse n'existe pas"
    assert nobody.get("/nowhere", Accept_Language="en-GB,en;q=0.9").json()["message"] == "There is no such route"
    assert nobody.get("/api/v1/asks").json()["message"] == "Authentification requise"
    assert nobody.get("/", Accept_Language="en").json()["message"] == "Welcome to Palabre"


def test_a_request_keeps_the_id_it_came_with(nobody):
    assert nobody.get("/health", X_Request_ID="my-id.1").headers["x-request-id"] == "my-id.1"
    for bad in ("x" * 65, "a b", "<script>", "é"):
        assert nobody.get("/nowhere", X_Request_ID=bad.encode()).headers["x-request-id"] != bad


def test_faults_of_a_provider_do_not_leak(client, house, simulator):
    house.expect('"error":"ENGINE_QUOTA"')
    made = client.ask({"text": "Que dire ?", "model": "sim-429-quota", "mute": True})
    result = client.answer(made)
    assert result["error"] == "ENGINE_QUOTA"
    for text in (json.dumps(result), json.dumps(client.job(made["job_id"])), json.dumps(client.follow(made["job_id"])[-1].data)):
        assert "exceeded your current" not in text and "127.0.0.1" not in text and ".c:" not in text


def test_headers_of_every_answer(nobody):
    for path in ("/health", "/nowhere", "/api/v1/asks"):
        headers = nobody.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
        assert headers["x-request-id"] and "server" not in headers
