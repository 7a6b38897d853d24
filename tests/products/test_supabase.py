"""People whom Supabase knows, at two gateways; its keys are told by a server of these tests."""
import base64
import concurrent.futures
import hashlib
import hmac
import http.server
import json
import secrets
import signal
import threading
import time
import urllib.parse
import uuid

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from palabre import Client, base64url, token as token_of_ours

ME = "/api/v1/auth/me"
CHALLENGE, VERIFIER = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"     # RFC 7636 B
SECRET = "the-secret-of-a-project-of-the-tests-" + "s" * 20


# --- Supabase, as far as we see it ---

def number(value, size=None):
    return base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A pair; `jwk` is what is told of it."""

    def __init__(self, kind):
        self.kid, self.kind = str(uuid.uuid4()), kind
        self.private = ec.generate_private_key(ec.SECP256R1()) if kind == "ES256" else rsa.generate_private_key(65537, 2048)
        numbers = self.private.public_key().public_numbers()
        self.jwk = {"kid": self.kid, "alg": kind, "use": "sig", "key_ops": ["verify"], "ext": True}
        if kind == "ES256":
            self.jwk |= {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        else:
            self.jwk |= {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}

    def sign(self, data):
        if self.kind == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Project:
    """Where the keys are told; `asked` counts how often."""

    def __init__(self):
        self.keys, self.asked, self.slow_s, self.status, self.body = [Key("ES256"), Key("RS256")], 0, 0, 200, None
        self.start(0)

    def start(self, port):
        project = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                project.asked += 1
                time.sleep(project.slow_s)
                body = project.body or json.dumps({"keys": [key.jwk for key in project.keys]}).encode()
                good = self.path == "/auth/v1/.well-known/jwks.json"
                self.send_response(project.status if good else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def signed(header, claims, sign):
    body = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{body}.{base64url(sign(body.encode()))}"


def by_secret(secret):
    return lambda data: hmac.new(secret if isinstance(secret, bytes) else secret.encode(), data, hashlib.sha256).digest()


class Person:
    """Somebody with sessions at a project."""

    def __init__(self, project):
        self.project, self.sub, self.session = project, str(uuid.uuid4()), str(uuid.uuid4())
        self.email = f"{secrets.token_hex(6)}@example.org"

    def claims(self, **more):
        now = int(time.time())
        claims = {"iss": f"{self.project.url}/auth/v1", "aud": "authenticated", "role": "authenticated", "sub": self.sub, "email": self.email,
                  "phone": "", "session_id": self.session, "aal": "aal1", "is_anonymous": False, "iat": now, "exp": now + 3600,
                  "app_metadata": {"provider": "email", "role": "super_admin"}, "user_metadata": {"role": "admin"}, "amr": [{"method": "password"}], **more}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key=None, kid=None, header=None, **claims):
        """Of a pair, or of the project's secret."""
        head = {"alg": key.kind if key else "HS256", "typ": "JWT", "kid": kid or (key.kid if key else "s+1")} | (header or {})
        return signed(head, self.claims(**claims), key.sign if key else by_secret(SECRET))


@pytest.fixture(scope="module")
def project():
    project = Project()
    yield project
    project.stop()


@pytest.fixture(scope="module")
def gates(house, project):
    """Two gateways that take its tokens; the first looks for unknown keys each second, the second as often as it does unless told otherwise."""
    first = house.daemons["gateway"]
    settings = {"SUPABASE_URL": project.url, "SUPABASE_JWT_SECRET": SECRET}
    both = [first.beside("palabre-gateway-supabase-1", SUPABASE_AGAIN_S="1", **settings), first.beside("palabre-gateway-supabase-2", **settings)]
    for daemon in both:
        house.daemons[daemon.name.removeprefix("palabre-")] = daemon
    yield [daemon.url for daemon in both]
    for daemon in both:
        daemon.end(signal.SIGTERM)
        house.retired.append(house.daemons.pop(daemon.name.removeprefix("palabre-")))


@pytest.fixture
def person(project):
    return Person(project)


@pytest.fixture
def at(house, gates):
    """at(token): a client at the first gateway; at(token, 1): at the second."""
    return lambda token, which=0: Client(house, gates[which], token)


def check_refused(answer, error="TOKEN_INVALID"):
    assert answer.status == 401 and answer.json()["error"] == error, answer


# --- who is taken ---

@pytest.mark.parametrize("which", ["secret", "ES256", "RS256"])
def test_a_token_of_supabase_opens_what_an_account_may(at, person, project, which, house):
    key = next((key for key in project.keys if key.kind == which), None)
    token = person.token(key)
    for gate in (0, 1):
        me = at(token, gate).get(ME)
        assert me.status == 200, me
        assert (me.json()["id"], me.json()["email"], me.json()["role"]) == (person.sub, person.email, "user")
    assert house.sql(f"SELECT count(*) FROM users WHERE id = '{person.sub}'") == [["1"]]
    assert house.sql(f"SELECT action, details->>'method' FROM (SELECT action, details::json, id FROM audit_entries WHERE actor = '{person.sub}') e ORDER BY id") == \
        [["auth.register", "supabase"], ["auth.login", "supabase"]]
    assert Client(house, token=token).get(ME).status == 401, "a gateway that is not told of the project took its token"


def test_many_first_requests_at_once_make_one_account(at, person, house):
    token = person.token()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: at(token, n % 2).get(ME).status, range(24)))
    assert answers == [200] * 24
    assert house.sql(f"SELECT count(*) FROM sessions WHERE user_id = '{person.sub}'") == [["1"]]
    assert house.sql(f"SELECT count(*) FROM audit_entries WHERE actor = '{person.sub}'") == [["2"]]


def test_the_role_is_ours_and_counts_at_once(at, person, house):
    token = person.token(role="super_admin")
    assert at(token).get(ME).json()["role"] == "user"
    assert at(token).get("/api/v1/admin/users").status == 403
    house.sql(f"UPDATE users SET role = 'admin' WHERE id = '{person.sub}'")
    for gate in (0, 1):
        assert at(token, gate).get("/api/v1/admin/users").status == 200
    house.sql(f"UPDATE users SET role = 'user' WHERE id = '{person.sub}'")
    for gate in (0, 1):
        assert at(token, gate).get("/api/v1/admin/users").status == 403


def wrong_tokens(person, project):
    es, rs = project.keys
    now = int(time.time())
    stranger = Key("ES256")
    yield "audience", person.token(es, aud="anon")
    yield "no audience", person.token(es, aud=None)
    yield "two audiences", person.token(es, aud=["authenticated", "palabre"])
    yield "issuer", person.token(es, iss="https://other.supabase.co/auth/v1")
    yield "issuer with a slash", person.token(iss=f"{project.url}/auth/v1/")
    yield "no issuer", person.token(iss=None)
    yield "expired", person.token(rs, exp=now - 1)
    yield "no end", person.token(es, exp=None)
    yield "longer than a week", person.token(es, exp=now + 700000)
    yield "not yet", person.token(es, nbf=now + 300)
    yield "no person", person.token(es, sub=None)
    yield "a person without a UUID", person.token(es, sub="1 OR 1=1")
    yield "no session", person.token(es, session_id=None)
    yield "a session without a UUID", person.token(es, session_id="x")
    yield "anonymous", person.token(es, email="", is_anonymous=True)
    yield "no address", person.token(es, email=None)
    yield "service_role", signed({"alg": "HS256", "typ": "JWT"}, {"iss": "supabase", "role": "service_role", "exp": now + 600}, by_secret(SECRET))
    yield "another secret", signed({"alg": "HS256"}, person.claims(), by_secret(SECRET + "x"))
    yield "our secret", signed({"alg": "HS256"}, person.claims(), by_secret(person.secret_of_ours))
    yield "a key that is not told", person.token(stranger)
    yield "a key that is not told under a name that is", person.token(stranger, kid=es.kid)
    yield "the other pair's name", person.token(rs, kid=es.kid)
    yield "no name", signed({"alg": "ES256"}, person.claims(), es.sign)
    yield "the published key as a secret", signed({"alg": "HS256", "kid": es.kid}, person.claims(), by_secret(es.pem()))
    yield "its JWK as a secret", signed({"alg": "HS256", "kid": es.kid}, person.claims(), by_secret(json.dumps(es.jwk)))
    yield "a secret's signature for a pair", signed({"alg": "ES256", "kid": es.kid}, person.claims(), by_secret(SECRET))
    yield "a pair's signature for a secret", signed({"alg": "HS256", "kid": es.kid}, person.claims(), es.sign)
    yield "RS256 by a key for ES256", signed({"alg": "RS256", "kid": es.kid}, person.claims(), rs.sign)
    yield "none", signed({"alg": "none"}, person.claims(), lambda _: b"")
    yield "none with a signature", signed({"alg": "none", "kid": es.kid}, person.claims(), es.sign)
    yield "ES384", signed({"alg": "ES384", "kid": es.kid}, person.claims(), es.sign)
    yield "its own key in the header", person.token(stranger, header={"jwk": stranger.jwk, "jku": f"{project.url}/evil"})
    yield "critical extensions", person.token(es, header={"crit": ["x"]})


def test_what_is_not_right_is_refused_and_makes_no_account(at, person, project, house):
    person.secret_of_ours = house.secret
    for why, token in wrong_tokens(person, project):
        got = at(token).get(ME)
        assert got.status == 401 and got.json()["error"] == ("TOKEN_EXPIRED" if why == "expired" else "TOKEN_INVALID"), (why, got)
    assert house.sql(f"SELECT count(*) FROM users WHERE id = '{person.sub}'") == [["0"]]
    assert at(person.token()).get(ME).status == 200


def test_supabases_secret_makes_no_token_of_ours(at, person):
    check_refused(at(token_of_ours(SECRET, sub=person.sub)).get(ME))


# --- who is not ---

def test_an_account_that_is_disabled_stays_out_for_as_long(at, person, house):
    token = person.token()
    assert at(token).get(ME).status == 200
    house.sql(f"UPDATE users SET enabled = false WHERE id = '{person.sub}'")
    for gate in (0, 1):
        check_refused(at(token, gate).get(ME))
        check_refused(at(person.token(session_id=str(uuid.uuid4())), gate).get(ME))
    house.sql(f"UPDATE users SET enabled = true WHERE id = '{person.sub}'")
    check_refused(at(token).get(ME))            # its session has ended with that, as any other's
    assert at(person.token(session_id=str(uuid.uuid4())), 1).get(ME).status == 200


def test_a_logout_is_for_the_session_whatever_tokens_it_gets(at, person, project):
    token, other = person.token(), person.token(session_id=str(uuid.uuid4()))
    assert at(token).get(ME).status == at(other).get(ME).status == 200
    listed = at(token, 1).get("/api/v1/auth/sessions").json()["sessions"]
    assert len(listed) == 2 and [row["id"] for row in listed if row["current"]] == [person.session]
    assert at(token).post("/api/v1/auth/logout", {}).status == 200
    for gate in (0, 1):
        check_refused(at(token, gate).get(ME))
        check_refused(at(person.token(project.keys[0], exp=int(time.time()) + 7200), gate).get(ME))
        assert at(other, gate).get(ME).status == 200
    assert at(other, 1).post("/api/v1/auth/logout-all", {}).status == 200
    check_refused(at(other).get(ME))


def test_an_address_that_another_account_has_stays_that_ones(at, person, client, house):
    person.email = client.email.upper()
    check_refused(at(person.token()).get(ME))
    assert client.get(ME).status == 200
    house.sql(f"UPDATE users SET email = 'moved-{client.email}' WHERE id = '{client.id}'")
    assert at(person.token()).get(ME).status == 200


def test_an_id_that_another_account_has_opens_nothing(at, person, client):
    person.sub = client.id
    check_refused(at(person.token()).get(ME))


def test_a_session_of_somebody_else_opens_nothing(at, person, project):
    other = Person(project)
    assert at(person.token()).get(ME).status == 200
    check_refused(at(other.token(session_id=person.session)).get(ME))


def test_who_has_left_does_not_come_back_by_a_token_that_is_still_good(at, person, house):
    token = person.token()
    assert at(token).get(ME).status == 200
    assert at(token).delete(ME).status == 204
    for gate in (0, 1):
        check_refused(at(token, gate).get(ME))
    check_refused(at(person.token(session_id=str(uuid.uuid4()))).get(ME))
    assert house.sql(f"SELECT count(*) FROM users WHERE id = '{person.sub}'") == [["0"]]


# --- programs ---

def test_a_program_gets_a_code_for_a_person_of_supabase(at, house, person):
    chief = Client(house).register().become("super_admin")
    app = chief.post("/api/v1/admin/clients", {"name": "Carnet", "redirect_uris": ["https://app.example/cb"]}).json()
    asked = {"client_id": app["client_id"], "redirect_uri": "https://app.example/cb", "response_type": "code", "state": "s",
             "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    for call in (lambda c: c.get("/api/v1/auth/authorize?" + urllib.parse.urlencode(asked)), lambda c: c.post("/api/v1/auth/authorize", asked)):
        got = call(at(person.token()))
        assert got.status == 200 and got.json()["code"], got
        told = at(None).post_fields("/api/v1/auth/token", [("grant_type", "authorization_code"), ("code", got.json()["code"]), ("code_verifier", VERIFIER),
                                                         ("client_id", app["client_id"]), ("redirect_uri", asked["redirect_uri"])])
        assert told.status == 200, told
        me = at(told.json()["access_token"], 1).get(ME)
        assert me.status == 200 and me.json()["id"] == person.sub
        assert call(at(person.token(aud="anon"))).status == 401
    house.sql(f"UPDATE users SET enabled = false WHERE id = '{person.sub}'")
    assert call(at(person.token())).status == 401


# --- its keys ---

def awaited(call, seconds=8):
    """The first 200 of several tries."""
    until = time.monotonic() + seconds
    while True:
        got = call()
        if got.status == 200 or time.monotonic() > until:
            return got
        time.sleep(0.2)


def test_keys_are_changed_without_anybody_being_told(at, person, project):
    old, new = project.keys[0], Key("ES256")
    assert at(person.token(old)).get(ME).status == 200
    project.keys.insert(0, new)
    assert awaited(lambda: at(person.token(new)).get(ME)).status == 200
    assert at(person.token(old)).get(ME).status == 200
    project.keys.remove(old)
    time.sleep(1.1)
    check_refused(at(person.token(Key("ES256"))).get(ME))       # has them looked for again
    check_refused(at(person.token(old)).get(ME))
    assert at(person.token(new)).get(ME).status == 200


def test_unknown_keys_are_looked_for_once_in_a_while_and_hold_nobody_up(at, person, project, client, gates):
    own = client.at(gates[1])
    assert own.get(ME).status == 200
    project.slow_s, before = 1, project.asked
    stranger = Key("ES256")
    tokens = [person.token(stranger, kid=f"none-{n}") for n in range(120)]
    longest, began = 0, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        refused = [pool.submit(lambda token=token: at(token, 1).get(ME)) for token in tokens]
        while not all(one.done() for one in refused):
            begin = time.monotonic()
            assert own.get(ME).status == 200
            longest = max(longest, time.monotonic() - begin)
    project.slow_s = 0
    assert {one.result().status for one in refused} <= {401, 503}
    assert project.asked - before <= 1, "each unknown key had the issuer asked"
    assert time.monotonic() - began < 20 and longest < 2.5, (time.monotonic() - began, longest)


def test_while_the_issuer_is_away_its_keys_stay_good(at, person, project):
    key = next(key for key in project.keys if key.kind == "RS256")         # which both have known from the start
    assert awaited(lambda: at(person.token(key)).get(ME)).status == 200
    port, new = project.port, Key("RS256")
    project.stop()
    try:
        time.sleep(1.1)
        told = at(person.token(new)).get(ME)
        assert told.status == 503 and told.json()["error"] == "ISSUER_DOWN", told
        assert "127.0.0.1" not in str(told.json())
        for gate in (0, 1):
            assert at(person.token(key), gate).get(ME).status == 200
            assert at(person.token(), gate).get(ME).status == 200
    finally:
        project.start(port)
    project.keys.append(new)
    assert awaited(lambda: at(person.token(new)).get(ME)).status == 200


@pytest.mark.parametrize("status, body", [(500, None), (200, b"<html>"), (200, b'{"keys":[]}'), (200, b'{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}'),
                                          (200, b'{"keys":' + b"[" * 5000), (200, b" " * 400000), (302, None)])
def test_nonsense_in_the_place_of_keys_changes_nothing(at, person, project, status, body):
    key = project.keys[0]
    assert awaited(lambda: at(person.token(key)).get(ME)).status == 200
    project.status, project.body = status, body
    try:
        time.sleep(1.1)
        assert at(person.token(Key("ES256"))).get(ME).status in (401, 503)
        assert at(person.token(key)).get(ME).status == 200
    finally:
        project.status, project.body = 200, None
    time.sleep(1.1)
    assert awaited(lambda: at(person.token(project.keys[0])).get(ME)).status == 200
