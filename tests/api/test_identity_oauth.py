"""OAuth 2.1 with PKCE: a client library from npm goes the whole way, and every refusal of the standards."""
import base64
import concurrent.futures
import hashlib
import json
import secrets
import subprocess
import urllib.parse

import pytest

from house import TOP
from palabre import Client, ISSUER, base64url

AUTHORIZE, TOKEN, REVOKE, INTROSPECT = (f"/api/v1/auth/{name}" for name in ("authorize", "token", "revoke", "introspect"))
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"     # RFC 7636 B
HTML = {"Accept": "text/html"}
PAGE = {**HTML, "Sec_Fetch_Site": "same-origin"}


@pytest.fixture(scope="module")
def chief(house):
    return Client(house).register().become("super_admin")


def register(chief, *uris, **more):
    made = chief.post("/api/v1/admin/clients", {"name": "Carnet <b>", "redirect_uris": list(uris), **more})
    assert made.status == 201, made
    return made.json()


@pytest.fixture(scope="module")
def app(chief):
    return register(chief, "https://app.example/cb?x=1", "http://127.0.0.1/back", "http://[::1]:8080/back", "org.example.app:/cb")


@pytest.fixture(scope="module")
def service(chief):
    return register(chief, "https://service.example/cb", confidential=True)


@pytest.fixture
def browser(house):
    return Client(house)


def asked(app, **more):
    fields = {"client_id": app["client_id"], "redirect_uri": app["redirect_uris"][0], "response_type": "code", "state": "a b&é",
              "code_challenge": CHALLENGE, "code_challenge_method": "S256", **more}
    return {name: value for name, value in fields.items() if value is not None}


def get(browser, fields, **headers):
    return browser.get(AUTHORIZE + "?" + urllib.parse.urlencode(fields), **headers)


def code_of(browser, app, who, **more):
    got = browser.post(AUTHORIZE, {**asked(app, **more), "username": who.email, "password": who.password})
    assert got.status == 200, got
    return got.json()["code"]


def redeem(browser, app, spent, headers=None, **more):
    fields = {"grant_type": "authorization_code", "client_id": app["client_id"], "redirect_uri": app["redirect_uris"][0], "code": spent,
              "code_verifier": VERIFIER, **more}
    return browser.post_fields(TOKEN, [(name, value) for name, value in fields.items() if value is not None], **(headers or {}))


def answered(got):
    """Where a browser was sent, and with what."""
    assert got.status == 303 and not got.body and got.headers["referrer-policy"] == "no-referrer"
    address = urllib.parse.urlsplit(got.headers["location"])
    return got.headers["location"], dict(urllib.parse.parse_qsl(address.query, keep_blank_values=True))


def basic(id, secret):
    pair = f"{urllib.parse.quote_plus(id)}:{urllib.parse.quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


# --- the whole way ---

@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_a_client_library_goes_the_whole_way(house, client, app, service, kind):
    one = app if kind == "public" else service
    done = subprocess.run(["node", "--experimental-global-webcrypto", "--no-warnings", TOP / "tests/api/oauth_client.mjs", house.urls[1], ISSUER,
                           one["client_id"], one.get("client_secret", ""), one["redirect_uris"][0], client.email, client.password],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert got["page"] == 200 and got["sent"] == 303 and got["me"] == client.email and got["after"] == 401
    assert got["tokens"]["scope"] == "account" and got["next"]["refresh_token"] != got["tokens"]["refresh_token"]
    if kind == "confidential":
        assert got["told"]["active"] is True and got["told"]["sub"] == client.id and got["told"]["client_id"] == one["client_id"]


def test_the_metadata_names_what_there_is(browser):
    told = browser.get("/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == ISSUER and told["code_challenge_methods_supported"] == ["S256"] and told["response_types_supported"] == ["code"]
    assert told["authorization_response_iss_parameter_supported"] is True
    for name in ("token", "revocation", "introspection"):
        path = told[f"{name}_endpoint"].removeprefix(ISSUER)
        assert browser.post_fields(path, []).status == 400
    assert browser.get("/.well-known/jwks.json").json() == {"keys": []}


def test_a_program_that_holds_a_password_or_a_token_needs_no_page(browser, client, app):
    got = browser.post(AUTHORIZE, {**asked(app), "username": client.email, "password": client.password})
    told = got.json()
    assert told["redirect_uri"].startswith("https://app.example/cb?x=1&code=") and told["iss"] == ISSUER and told["state"] == "a b&é"
    tokens = browser.post(TOKEN, {"code": told["code"], "code_verifier": VERIFIER})         # as clients before grant types
    assert tokens.status == 200 and tokens.headers["cache-control"] == "no-store" and tokens.headers["pragma"] == "no-cache"
    by_token = get(client, asked(app)).json()
    got = redeem(browser, app, by_token["code"]).json()
    assert Client(client.house, token=got["access_token"]).get("/api/v1/auth/me").json()["id"] == client.id
    assert browser.post("/api/v1/auth/refresh", {"refresh_token": got["refresh_token"]}).status == 200
    refused = browser.post(AUTHORIZE, asked(app))
    assert refused.status == 401 and refused.json()["detail"] == "Authentification requise"


def test_without_state_there_is_none(browser, client, app):
    _, told = answered(browser.post_fields(AUTHORIZE, {**asked(app, state=None), "username": client.email, "password": client.password}, **PAGE))
    assert set(told) == {"x", "code", "iss"}


# --- the page ---

def test_the_page_is_plain_and_leads_nowhere_else(browser, app):
    got = get(browser, asked(app), **HTML)
    text = got.body.decode()
    assert got.status == 200 and got.type == "text/html" and '<html lang="fr">' in text and "<h1>Connexion</h1>" in text
    assert "Carnet &lt;b&gt;" in text and "<script" not in text and 'value="a b&amp;é"' in text
    for id in ("username", "password"):
        assert f'<label for="{id}">' in text and f'id="{id}"' in text
    assert 'autocomplete="current-password"' in text and 'type="password"' in text
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "form-action 'self' https://app.example" in policy
    assert got.headers["cache-control"] == "no-store" and got.headers["referrer-policy"] == "no-referrer" and got.headers["x-frame-options"] == "DENY"
    assert '<html lang="en">' in get(browser, asked(app), Accept_Language="en", **HTML).body.decode()


def test_a_wrong_password_is_told_on_the_page(browser, client, app):
    got = browser.post_fields(AUTHORIZE, {**asked(app), "username": client.email + '"><i>', "password": "wrong"}, **PAGE)
    text = got.body.decode()
    assert got.status == 401 and '<p role="alert">Identifiants incorrects</p>' in text and "<i>" not in text and "wrong" not in text


def test_a_password_in_an_address_is_not_looked_at(browser, client, app):
    assert get(browser, {**asked(app), "username": client.email, "password": client.password}).status == 401


def test_a_form_of_another_site_is_refused(browser, client, app):
    fields = {**asked(app), "username": client.email, "password": client.password}
    for headers in ({}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert browser.post_fields(AUTHORIZE, fields, **HTML, **headers).status == 403


def test_a_cookie_is_no_consent(browser, client, app):
    cookie = client.login().headers["set-cookie"].partition(";")[0]
    assert get(browser, asked(app), Cookie=cookie).status == 401
    assert get(browser, asked(app), Cookie=cookie, **HTML).status == 200      # the page, no code


def test_who_must_change_their_password_gets_no_code(browser, client, app, house):
    house.sql(f"UPDATE users SET must_change_password = true WHERE id = '{client.id}'")
    got = browser.post_fields(AUTHORIZE, {**asked(app), "username": client.email, "password": client.password}, **PAGE)
    assert got.status == 401 and "changer de mot de passe" in got.body.decode()
    client.login()
    assert get(client, asked(app)).status == 401


# --- where one is sent ---

@pytest.mark.parametrize("uri", [
    "https://app.example/cb", "https://app.example/cb?x=1&y=2", "https://app.example/cb/?x=1", "https://APP.example/cb?x=1", "https://app.example/CB?x=1",
    "https://user@app.example/cb?x=1", "https://app.example:443/cb?x=1", "https://app.example./cb?x=1", "https://app.example/%63b?x=1",
    "https://app.example/cb?x=1#f", "http://app.example/cb?x=1", "//app.example/cb?x=1", "https://app.example/cb?x=1 ", "javascript:alert(1)",
    "http://127.0.0.1:8080/other", "http://127.0.0.1:8080/back/", "http://127.0.0.1:99999999/back", "http://127.0.0.1:/back", "http://127.0.0.1.evil.example/back",
    "http://127.0.0.1:80@evil.example/back", "http://localhost/back", "https://127.0.0.1/back", "http://[::2]:8080/back", "org.example.app:/cb2", "",
])
def test_nobody_is_sent_elsewhere(browser, client, app, uri):
    fields = {**asked(app, redirect_uri=uri), "username": client.email, "password": client.password}
    for got in (get(browser, fields, **HTML), browser.post_fields(AUTHORIZE, fields, **PAGE), browser.post(AUTHORIZE, fields)):
        assert got.status == 400 and "location" not in got.headers
    assert browser.post(AUTHORIZE, fields).json()["error"] == "invalid_redirect_uri"


@pytest.mark.parametrize("uri", ["http://127.0.0.1/back", "http://127.0.0.1:49152/back", "http://[::1]/back", "http://[::1]:1/back", "org.example.app:/cb"])
def test_a_program_on_ones_own_machine_may_listen_anywhere(browser, client, app, uri):
    got = browser.post_fields(AUTHORIZE, {**asked(app, redirect_uri=uri), "username": client.email, "password": client.password}, **PAGE)
    location, told = answered(got)
    assert location.startswith(uri + "?code=")
    assert redeem(browser, app, told["code"], redirect_uri=uri).status == 200


def test_an_unknown_program_sends_nobody_anywhere(browser, app):
    for fields in (asked(app, client_id="unknown"), asked(app, client_id=None)):
        got = get(browser, fields, **HTML)
        assert got.status == 400 and got.type == "text/html" and "location" not in got.headers


@pytest.mark.parametrize("more, error", [
    ({"response_type": "token"}, "unsupported_response_type"), ({"code_challenge": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"), ({"code_challenge": "é" * 43}, "invalid_request"), ({"scope": "nothing:here"}, "invalid_scope"),
])
def test_other_flaws_go_back_to_the_program(browser, app, more, error):
    location, told = answered(get(browser, asked(app, **more), **HTML))
    assert location.startswith("https://app.example/cb?x=1&error=")
    assert told["error"] == error and told["state"] == "a b&é" and told["iss"] == ISSUER
    got = get(browser, asked(app, **more))
    assert got.status == 400 and got.json()["error"] == error


def test_a_repeated_parameter_is_refused_here(browser, app):
    query = urllib.parse.urlencode(asked(app)) + "&redirect_uri=https%3A%2F%2Fevil.example"
    got = browser.get(AUTHORIZE + "?" + query, **HTML)
    assert got.status == 400 and "location" not in got.headers
    assert get(browser, asked(app, state="x" * 3000), **HTML).status == 400
    assert get(browser, {**asked(app), "unknown": "1"}, **HTML).status == 200


# --- codes ---

@pytest.mark.parametrize("more", [
    {"code_verifier": VERIFIER[:-1] + "j"}, {"code_verifier": VERIFIER[:42]}, {"code_verifier": "a" * 129}, {"code_verifier": CHALLENGE},
    {"redirect_uri": "https://app.example/cb"}, {"code": "x" * 43},
])
def test_a_code_is_bound_to_everything(browser, client, app, more):
    code = code_of(browser, app, client)
    refused = redeem(browser, app, code, **more)
    assert refused.status == 400 and refused.json()["error"] == "invalid_grant" and refused.json()["detail"] == "Code invalide ou expiré"
    if "code" not in more:
        assert redeem(browser, app, code).status == 400, "a wrong guess has spent it"


def test_a_code_is_not_for_another_program(browser, client, app, service, chief):
    other = register(chief, *app["redirect_uris"])
    assert redeem(browser, other, code_of(browser, app, client)).json()["error"] == "invalid_grant"
    code = code_of(browser, app, client)
    got = redeem(browser, service, code, basic(service["client_id"], service["client_secret"]), redirect_uri=None)
    assert got.json()["error"] == "invalid_grant"


def test_a_code_used_twice_ends_what_came_of_it(browser, client, app, house):
    code = code_of(browser, app, client)
    tokens = redeem(browser, app, code).json()
    holder = Client(house, token=tokens["access_token"])
    assert holder.get("/api/v1/auth/me").status == 200
    assert redeem(browser, app, code).json()["error"] == "invalid_grant"
    assert holder.get("/api/v1/auth/me").status == holder.at(house.urls[1]).get("/api/v1/auth/me").status == 401
    assert browser.post_fields(TOKEN, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": app["client_id"]}).status == 400


def test_twenty_who_use_a_code_at_once_get_nothing_that_lasts(browser, client, app, house):
    code = code_of(browser, app, client)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: redeem(browser.at(house.urls[n % 2]), app, code), range(20)))
    good = [answer for answer in answers if answer.status == 200]
    assert len(good) <= 1 and {answer.status for answer in answers} <= {200, 400}


def test_a_code_is_good_for_a_minute(browser, client, app, house):
    code = code_of(browser, app, client)
    hash = hashlib.sha256(code.encode()).hexdigest()
    assert house.sql(f"SELECT expires_at < clock_timestamp() + interval '61 seconds' FROM oauth_codes WHERE hash = '{hash}'") == [["t"]]
    house.sql(f"UPDATE oauth_codes SET expires_at = clock_timestamp() - interval '1 second' WHERE hash = '{hash}'")
    assert redeem(browser, app, code).json()["error"] == "invalid_grant"


# --- tokens ---

@pytest.mark.parametrize("fields, status, error", [
    ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
    ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
    ({"grant_type": "authorization_code"}, 400, "invalid_request"),
    ({"grant_type": "refresh_token"}, 400, "invalid_grant"),
    ({"grant_type": "refresh_token", "client_id": "unknown"}, 401, "invalid_client"),
    ({"grant_type": "authorization_code", "client_id": None}, 400, "invalid_request"),
    ({"grant_type": "authorization_code", "client_secret": "x"}, 401, "invalid_client"),
])
def test_flaws_at_the_token_endpoint(browser, app, fields, status, error):
    fields = {"client_id": app["client_id"], **fields}
    got = browser.post_fields(TOKEN, [(name, value) for name, value in fields.items() if value is not None])
    assert got.status == status and got.json()["error"] == error and got.type == "application/json"
    assert all(" " <= c <= "~" and c not in '"\\' for c in got.json().get("error_description") or "")


def test_a_parameter_given_twice_is_refused(browser, app, client):
    code = code_of(browser, app, client)
    fields = [("grant_type", "authorization_code"), ("client_id", app["client_id"]), ("code", code), ("code", code), ("code_verifier", VERIFIER)]
    assert browser.post_fields(TOKEN, fields).json()["error"] == "invalid_request"
    assert browser.post(TOKEN, b"x", Content_Type="text/plain").status == 400


def test_a_program_with_a_secret_proves_itself(browser, client, service):
    id, secret = service["client_id"], service["client_secret"]
    assert redeem(browser, service, code_of(browser, service, client), basic(id, secret), client_id=None).status == 200
    assert redeem(browser, service, code_of(browser, service, client), client_secret=secret).status == 200
    refused = redeem(browser, service, code_of(browser, service, client), basic(id, secret + "x"))
    assert refused.status == 401 and refused.json()["error"] == "invalid_client" and refused.headers["www-authenticate"].startswith("Basic")
    assert redeem(browser, service, code_of(browser, service, client)).status == 401
    assert redeem(browser, service, code_of(browser, service, client), basic(id, secret), client_secret=secret).json()["error"] == "invalid_request"
    assert redeem(browser, service, code_of(browser, service, client), {"Authorization": "Basic !"}).status == 401


def test_a_refresh_is_bound_to_its_program(browser, client, app, service, chief, house):
    tokens = redeem(browser, app, code_of(browser, app, client)).json()

    def refresh(one, **more):
        return browser.post_fields(TOKEN, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": one["client_id"], **more})
    assert refresh(register(chief, "https://x.example/")).json()["error"] == "invalid_grant"
    assert refresh(service, client_secret=service["client_secret"]).json()["error"] == "invalid_grant"
    got = refresh(app)
    assert got.status == 200 and got.json()["refresh_token"] != tokens["refresh_token"]
    mine = redeem(browser, service, code_of(browser, service, client), client_secret=service["client_secret"]).json()
    assert browser.post("/api/v1/auth/refresh", {"refresh_token": mine["refresh_token"]}).status == 401       # its secret is needed


def test_a_scope_bounds_what_a_token_is_good_for(browser, client, app, house):
    code = code_of(browser, app, client, scope="asks:read:own jobs:read")
    tokens = redeem(browser, app, code).json()
    assert tokens["scope"] == "asks:read:own jobs:read"
    holder = Client(house, token=tokens["access_token"])
    assert holder.get("/api/v1/asks").status == 200 and holder.get("/api/v1/auth/me").status == 200
    for refused in (holder.post("/api/v1/ask", {"text": "x"}), holder.post("/api/v1/auth/logout-all", {}), holder.get("/api/v1/auth/keys")):
        assert refused.status == 403
    assert get(holder, asked(app)).status == 401            # no way to more


def test_a_token_is_ended_by_its_program_only(browser, client, app, service, house):
    tokens = redeem(browser, app, code_of(browser, app, client)).json()
    holder = Client(house, token=tokens["access_token"])

    def revoke(one, token, **more):
        return browser.post_fields(REVOKE, {"token": token, "client_id": one["client_id"], **more})
    for token in ("unknown", tokens["access_token"] + "x", "prt_" + "A" * 43):
        assert revoke(app, token).status == 200
    assert revoke(service, tokens["access_token"], client_secret=service["client_secret"]).status == 200
    assert holder.get("/api/v1/auth/me").status == 200
    assert revoke(service, tokens["access_token"]).status == 401
    assert browser.post_fields(REVOKE, {"client_id": app["client_id"]}).json()["error"] == "invalid_request"
    assert revoke(app, tokens["access_token"], token_type_hint="access_token").status == 200
    assert holder.get("/api/v1/auth/me").status == 401


def test_only_programs_with_a_secret_ask_about_tokens(browser, client, app, service):
    tokens = redeem(browser, app, code_of(browser, app, client)).json()

    def ask(token, headers=None, **more):
        return browser.post_fields(INTROSPECT, {"token": token, **more}, **(headers or {}))
    proved = basic(service["client_id"], service["client_secret"])
    told = ask(tokens["access_token"], proved).json()
    assert told["active"] is True and told["sub"] == client.id and told["scope"] == "account" and told["token_type"] == "access_token"
    assert told["client_id"] == app["client_id"] and told["username"] == client.email and told["exp"] > told["iat"]
    assert ask(tokens["refresh_token"], proved).json()["token_type"] == "refresh_token"
    for token in ("x", tokens["access_token"][:-2], "prt_" + "A" * 43, client.refresh[:-1]):
        assert ask(token, proved).json() == {"active": False}
    client.post("/api/v1/auth/logout", {})
    assert ask(client.token, proved).json() == {"active": False}
    assert ask(tokens["access_token"]).status == 400 and ask(tokens["access_token"], client_id=app["client_id"]).status == 401


# --- registering ---

@pytest.mark.parametrize("uri", ["http://app.example/cb", "https://", "https://u@app.example/", "https://app.example/#f", "/cb", "app:/cb", "javascript:x.y",
                                 "https://app.example/\"", "http://localhost/cb", "https://app.example/;form-action *", "http://127.0.0.1:x/cb", "x" * 501, ""])
def test_where_a_program_may_not_be_answered(chief, uri):
    assert chief.post("/api/v1/admin/clients", {"name": "x", "redirect_uris": [uri]}).status == 422


def test_a_program_is_registered_once_and_forgotten(chief, browser, client, house):
    id = "carnet-" + secrets.token_hex(4)
    one = register(chief, "https://app.example/", client_id=id)
    assert one["client_id"] == id and "client_secret" not in one
    assert chief.post("/api/v1/admin/clients", {"name": "x", "client_id": id, "redirect_uris": ["https://app.example/"]}).status == 409
    assert chief.post("/api/v1/admin/clients", {"name": "x", "client_id": "a b", "redirect_uris": ["https://app.example/"]}).status == 422
    assert id in [row["client_id"] for row in chief.get("/api/v1/admin/clients").json()["clients"]]
    tokens = redeem(browser, one, code_of(browser, one, client)).json()
    holder = Client(house, token=tokens["access_token"])
    assert holder.get("/api/v1/auth/me").status == 200
    assert chief.delete(f"/api/v1/admin/clients/{id}").status == 204 and chief.delete(f"/api/v1/admin/clients/{id}").status == 404
    assert holder.get("/api/v1/auth/me").status == 401
    assert house.sql(f"SELECT count(*) FROM oauth_clients WHERE secret IS NOT NULL AND length(secret) <> 64") == [["0"]]


def test_the_example_of_the_standard_is_ours():
    assert base64url(hashlib.sha256(VERIFIER.encode()).digest()) == CHALLENGE
