"""Accounts and sessions, on two gateways side by side."""
import base64
import concurrent.futures
import json
import secrets
import time

import pytest

from palabre import Client, ISSUER

ME = "/api/v1/auth/me"
OLD_PASSWORD, OLD_HASH = "Ancien mot é 1", "$2b$05$xISNQ0mdC0KKd6N80E/WuO1uEeKbP8NLp0uKUlr75WTQkmE3NDacO"        # bcrypt of cost 5


@pytest.fixture
def both(house):
    """One account at two gateways."""
    one = Client(house).register()
    return one, one.at(house.urls[1])


def claims(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def refresh(client, token=None, **headers):
    return client.post("/api/v1/auth/refresh", {"refresh_token": token or client.refresh}, Authorization=None, **headers)


def is_over(client):
    got = client.get(ME)
    return got.status == 401 and got.json()["error"] == "TOKEN_INVALID"


# --- beginning ---

def test_a_login_answers_what_every_client_reads(client):
    told = client.post("/api/v1/auth/login", {"username": client.email, "password": client.password}).json()
    assert told["success"] is True and told["token_type"] == "bearer" and told["expires_in"] == 3600
    assert told["data"]["token"] == told["data"]["tokens"]["access_token"] == told["access_token"]
    assert told["data"]["refresh_token"] == told["data"]["tokens"]["refresh_token"] == told["refresh_token"]
    assert told["user"]["id"] == told["data"]["user"]["id"] == client.id and told["must_change_password"] is False
    said = claims(told["access_token"])
    assert said["sub"] == client.id and said["iss"] == ISSUER and said["aud"] == "palabre" and said["type"] == "access"
    assert said["exp"] - said["iat"] == 3600 and said["jti"] and said["sid"]
    header = json.loads(base64.urlsafe_b64decode(told["access_token"].split(".")[0] + "=="))
    assert header["alg"] == "HS256" and header["typ"] == "at+jwt" and header["kid"]


@pytest.mark.parametrize("name", ["email", "identifier", "username"])
def test_a_name_may_be_called_by_any_name(house, name):
    trigramme = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(3))
    email = f"{trigramme}-{secrets.token_hex(6)}@example.org"
    someone = Client(house)
    made = someone.post("/api/v1/auth/register", {"email": email, "password": "Test123!", "trigramme": trigramme})
    if made.status == 409:              # another test has these letters
        assert made.json()["error"] == "NAME_TAKEN"
        return
    assert made.status == 201 and made.json()["trigramme"] == trigramme.upper() and made.json()["is_active"] is True
    for value in (email, email.upper(), trigramme, trigramme.upper()):
        assert someone.post("/api/v1/auth/login", {name: value, "password": "Test123!"}).status == 200
    assert someone.post("/api/v1/auth/register", {"email": "x" + email, "password": "Test123!", "trigramme": trigramme}).json()["error"] == "NAME_TAKEN"


def test_a_form_logs_in_like_json(client, nobody):
    got = nobody.post_fields("/api/auth/login", [("username", client.email), ("password", client.password), ("grant_type", "password"), ("scope", "")])
    assert got.status == 200 and got.json()["access_token"]
    for fields in ([("username", client.email)], [("password", "x")], [], [("username", client.email), ("password", "wrong")]):
        assert nobody.post_fields("/api/auth/login", fields).status in (401, 422)
    assert nobody.post_fields("/api/auth/login", [("username", "a"), ("username", "b"), ("password", "x")]).status == 422


def test_wrong_names_and_wrong_passwords_take_as_long(client, house):
    def seconds(email):
        nobody, begin = Client(house), time.monotonic()
        assert nobody.post("/api/v1/auth/login", {"email": email, "password": "wrong"}).status == 401
        return time.monotonic() - begin
    assert min(seconds(client.email), seconds("nobody@example.org")) > 0.29


def test_a_password_of_another_system_is_taken_and_stored_anew(client, house):
    def stored():
        return house.sql(f"SELECT password_hash FROM users WHERE id = '{client.id}'")[0][0]
    house.sql(f"UPDATE users SET password_hash = '{OLD_HASH}' WHERE id = '{client.id}'")
    assert client.login("Ancien mot é 2").status == 401 and stored().startswith("$2b$")
    assert client.login(OLD_PASSWORD).status == 200
    assert stored().startswith("$argon2id$")
    assert client.login(OLD_PASSWORD).status == 200
    for odd in ("$2b$31$" + "a" * 53, "$2b$10$" + "a" * 52, "$6$salt$hash", "$2x$10$" + "a" * 53, ""):
        house.sql(f"UPDATE users SET password_hash = '{odd}' WHERE id = '{client.id}'")
        assert client.login("a").status == 401


# --- going on ---

def test_a_session_goes_on_with_a_new_pair(both):
    one, other = both
    first, told = one.refresh, refresh(one)
    assert told.status == 200 and told.json()["refresh_token"] != first and told.json()["data"]["token"]
    one.take(told)
    other.take(refresh(other, one.refresh))             # at the other gateway
    assert one.get(ME).status == other.get(ME).status == 200
    assert claims(one.token)["sid"] == claims(other.token)["sid"]


def test_a_refresh_token_may_come_as_a_bearer(client):
    got = client.send("POST", "/api/v1/auth/refresh", b"", Authorization=f"Bearer {client.refresh}")
    assert got.status == 200 and got.json()["refresh_token"]


def test_a_refresh_token_used_twice_ends_the_session_everywhere(both):
    one, other = both
    first = one.refresh
    one.take(refresh(one))
    second = one.refresh
    one.take(refresh(one))
    assert one.get(ME).status == 200
    assert refresh(other, first).json()["error"] == "REFRESH_INVALID"       # two behind: somebody else has it
    assert is_over(one) and is_over(other.at(other.url)), "the access token outlived its session"
    for token in (first, second, one.refresh):
        assert refresh(one, token).status == 401
    assert one.house.sql(f"SELECT ended_by FROM sessions WHERE user_id = '{one.id}'") == [["reuse"]]


def test_a_token_long_used_ends_the_session_even_when_it_is_the_last_but_one(client, house):
    first = client.refresh
    client.take(refresh(client))
    house.sql(f"UPDATE refresh_tokens SET used_at = used_at - interval '11 seconds' WHERE session_id = '{claims(client.token)['sid']}'")
    assert refresh(client, first).status == 401 and is_over(client)


def test_twenty_who_refresh_at_once_get_one_successor(both):
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: refresh(both[n % 2], both[0].refresh), range(20)))
    assert [answer.status for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    both[0].take(answers[0])
    assert both[0].get(ME).status == 200 and refresh(both[0]).status == 200


@pytest.mark.parametrize("token", ["", "x", "prt_", "prt_" + "A" * 43, "é" * 40])
def test_what_is_no_refresh_token_is_refused(nobody, token):
    refused = nobody.post("/api/v1/auth/refresh", {"refresh_token": token})
    assert refused.status == 401 and refused.json()["detail"] == "Impossible de rafraîchir le token"


def test_a_session_has_an_end_and_no_long_rest(client, house):
    sid = claims(client.token)["sid"]
    house.sql(f"UPDATE sessions SET used_at = used_at - interval '8 days' WHERE id = '{sid}'")
    assert refresh(client).status == 401
    house.sql(f"UPDATE sessions SET used_at = clock_timestamp(), expires_at = clock_timestamp() - interval '1 second' WHERE id = '{sid}'")
    assert refresh(client).status == 401


def test_a_refresh_reads_the_role_anew(client, house):
    house.sql(f"UPDATE users SET role = 'agent' WHERE id = '{client.id}'")
    client.take(refresh(client))
    assert claims(client.token)["role"] == "agent" and client.get(ME).json()["role"] == "agent"


def test_no_token_is_stored(client, house):
    assert house.sql(f"SELECT count(*) FROM refresh_tokens WHERE hash = '{client.refresh}'") == [["0"]]
    assert house.sql("SELECT count(*) FROM refresh_tokens WHERE length(hash) <> 64") == [["0"]]


# --- ending ---

def test_a_logout_is_heard_everywhere_at_once(both):
    one, other = both
    assert one.get(ME).status == other.get(ME).status == 200
    got = one.post("/api/v1/auth/logout", {})
    assert got.status == 200 and got.json()["message"] == "Déconnexion réussie"
    assert is_over(other) and is_over(one)
    assert refresh(one).status == 401
    assert "Max-Age=0" in got.headers["set-cookie"]


def test_one_session_ends_and_the_others_stay(client, house):
    second = Client(house)
    second.email, second.password = client.email, client.password
    second.login()
    listed = client.get("/api/v1/auth/sessions").json()["sessions"]
    assert len(listed) == 2 and [row["current"] for row in listed] == [False, True]
    assert client.delete(f"/api/v1/auth/sessions/{claims(second.token)['sid']}").status == 204
    assert is_over(second) and client.get(ME).status == 200
    assert client.delete(f"/api/v1/auth/sessions/{claims(second.token)['sid']}").status == 404
    second.login()
    assert client.post("/api/v1/auth/logout-all", {}).status == 200
    assert is_over(second) and is_over(client)


def test_nobody_ends_the_session_of_another(client, stranger):
    assert stranger.delete(f"/api/v1/auth/sessions/{claims(client.token)['sid']}").status == 404
    assert stranger.post("/api/v1/auth/logout", {"refresh_token": client.refresh}).status == 200
    assert client.get(ME).status == 200


def test_a_disabled_account_is_out_within_a_second_whoever_disables_it(both, house):
    one, other = both
    house.sql(f"UPDATE users SET enabled = false WHERE id = '{one.id}'")      # as palabrectl does
    until = time.monotonic() + 5
    while not (is_over(one) and is_over(other)):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert refresh(one).status == 401
    assert one.login().json()["error"] == "ACCOUNT_DISABLED"
    assert one.login("wrong").json()["error"] == "AUTH_FAILED"


def test_without_its_marks_in_redis_the_database_is_asked(both, house):
    import redis_wire
    one, other = both
    third = Client(house)
    third.email, third.password = one.email, one.password
    third.login()
    one.post("/api/v1/auth/logout", {})
    for _ in range(5):                  # the gateways put them back each second
        redis_wire.command(house.redis_url, "FLUSHDB")
        assert is_over(one) and is_over(other)
        assert third.get(ME).status == 200


# --- passwords and profiles ---

def test_a_change_of_password_ends_the_other_sessions(client, house):
    other = Client(house)
    other.email, other.password = client.email, client.password
    other.login()
    change = {"current_password": client.password, "new_password": "un autre mot de passe"}
    refused = client.post("/api/v1/auth/change-password", {**change, "current_password": "wrong"})
    assert refused.status == 400 and refused.json()["detail"] == "Mot de passe actuel incorrect"
    assert client.post("/api/v1/auth/change-password", {**change, "new_password": client.password}).json()["error"] == "PASSWORD_SAME"
    assert client.post("/api/v1/auth/change-password", {**change, "new_password": "short"}).json()["error"] == "PASSWORD_SHORT"
    assert client.post("/api/v1/auth/change-password", {**change, "confirm_password": "x"}).status == 422
    done = client.post("/api/v1/auth/change-password", change)
    assert done.status == 200 and done.json()["password_changed_at"] and done.json()["email"] == client.email
    assert client.get(ME).status == 200 and is_over(other)
    assert client.login().status == 401 and client.login("un autre mot de passe").status == 200


def test_a_token_in_wrong_hands_is_no_way_to_guess(client):
    guess = {"current_password": "a guess", "new_password": "un autre mot de passe"}
    statuses = [client.post("/api/v1/auth/change-password", guess).status for _ in range(9)]
    assert statuses[:5] == [400] * 5 and 429 in statuses[5:]        # each wait is twice the one before


def test_who_must_change_their_password_may_do_nothing_else(client, house):
    house.sql(f"UPDATE users SET must_change_password = true WHERE id = '{client.id}'")
    assert client.login().json()["must_change_password"] is True
    for path in ("/api/v1/asks", "/api/v1/auth/sessions", "/api/v1/auth/profile"):
        refused = client.get(path)
        assert refused.status == 403 and refused.json()["detail"] == "Password change required"
    assert client.get(ME).json()["must_change_password"] is True
    assert client.post("/api/v1/auth/change-password", {"current_password": client.password, "new_password": "long enough now"}).status == 200
    assert client.get("/api/v1/asks").status == 200         # with the same token


def test_a_profile_changes_in_part(client, stranger):
    got = client.change("PATCH", "/api/v1/auth/profile", {"first_name": "Éa", "department": "Urgences"})
    assert got.status == 200 and got.json()["data"]["first_name"] == got.json()["first_name"] == "Éa" and got.json()["name"] == "Éa"
    got = client.change("PUT", "/api/v1/auth/profile", {"full_name": "Éa B."}).json()
    assert got["full_name"] == got["name"] == "Éa B." and got["department"] == "Urgences" and got["updated_at"]
    assert client.change("PATCH", "/api/v1/auth/profile", {"email": stranger.email}).json()["error"] == "EMAIL_TAKEN"
    assert client.change("PATCH", "/api/v1/auth/profile", {"role": "admin"}).status == 422
    assert client.get("/api/v1/auth/verify").json()["data"]["user"]["first_name"] == "Éa"
    assert client.post("/api/v1/auth/validate-token", {}).json()["valid"] is True


# --- cookies ---

def cookie_of(answer):
    line = answer.headers["set-cookie"]
    assert "; HttpOnly; SameSite=Strict" in line and "; Path=/;" in line
    return line.partition(";")[0]


def test_a_cookie_is_good_for_our_own_pages_only(client):
    cookie = cookie_of(client.login())
    host = client.url.partition("://")[2]

    def send(method, **headers):
        return client.send(method, "/api/v1/auth/logout" if method == "POST" else ME, None if method == "GET" else b"{}",
                           Authorization=None, Cookie=cookie, Content_Type="application/json", **headers)
    assert send("GET").status == 200
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
                    {"Origin": "null"}, {"Origin": f"http://{host}.evil.example"}, {"Sec_Fetch_Site": "cross-site", "Origin": f"http://{host}"}):
        refused = send("POST", **headers)
        assert refused.status == 403 and refused.json()["error"] == "ORIGIN_REFUSED", headers
    assert send("POST", Origin=f"http://{host}").status == 200
    assert send("GET").status == 401


def test_no_other_site_logs_anybody_in(client):
    for headers in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert "set-cookie" not in client.login(**headers).headers
    assert "set-cookie" in client.login(Origin="http://localhost:5173").headers


# --- keys of programs ---

def test_a_key_of_a_program_is_told_once_and_bound(client, stranger, house):
    made = client.post("/api/v1/auth/keys", {"name": "sync", "scopes": ["asks:read:own"]})
    assert made.status == 201
    key, id = made.json()["key"], made.json()["id"]
    assert key.startswith("pak_") and "key" not in client.get("/api/v1/auth/keys").json()["keys"][0]
    assert house.sql(f"SELECT count(*) FROM api_keys WHERE hash = '{key}'") == [["0"]]
    program = Client(house, token=key)
    assert program.get("/api/v1/asks").status == 200
    assert Client(house).get("/api/v1/asks", X_API_Key=key).status == 200
    for refused in (program.post("/api/v1/ask", {"text": "x"}), program.get("/api/v1/auth/keys"), program.post("/api/v1/auth/logout", {}),
                    program.get("/api/v1/jobs/018f0000-0000-7000-8000-000000000000")):
        assert refused.status == 403 and refused.json()["error"] == "FORBIDDEN"
    assert client.get("/api/v1/auth/keys").json()["keys"][0]["used_at"]
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert Client(house, token=wrong).get("/api/v1/asks").status == 401
    assert stranger.delete(f"/api/v1/auth/keys/{id}").status == 404
    assert client.delete(f"/api/v1/auth/keys/{id}").status == 204
    assert program.get("/api/v1/asks").status == 401


def test_keys_end_by_themselves_and_with_their_owner(client, house):
    def key(**more):
        made = client.post("/api/v1/auth/keys", {"name": "x", "scopes": ["asks:read"], **more})
        return Client(house, token=made.json()["key"])
    assert key(expires_at="2020-01-01T00:00:00Z").get("/api/v1/asks").status == 401
    lasting = key()
    assert lasting.get("/api/v1/asks").status == 200
    house.sql(f"UPDATE users SET enabled = false WHERE id = '{client.id}'")
    assert lasting.get("/api/v1/asks").status == 401
    for scopes in ([], ["*"], ["nothing:here"], ["asks:read jobs:read"], [""]):
        assert Client(house).register().post("/api/v1/auth/keys", {"name": "x", "scopes": scopes}).status == 422


# --- links by mail ---

def test_without_a_mail_server_nobody_is_promised_a_mail(client, house):
    """With one: tests/products/test_mail.py."""
    for path in ("forgot-password", "resend-verify"):
        for address in (client.email, "nobody@example.org"):
            refused = Client(house).post(f"/api/v1/auth/{path}", {"email": address})
            assert refused.status == 503 and refused.json()["error"] == "MAIL_OFF", refused
    for path, value in (("reset-password", {"token": "x", "password": "Un long passage 1"}), ("verify-email", {"token": "x"})):
        assert Client(house).post(f"/api/v1/auth/{path}", value).json()["error"] == "LINK_INVALID"
    assert client.get(ME).json()["email_verified"] is False
    assert "MAIL_URL" in client.get("/health/ready").json()["lacks"] and "MAIL_URL" in house.daemons["notify"].health()[1]["lacks"]
    assert house.sql(f"SELECT count(*) FROM jobs WHERE kind = 'notify.mail' AND input ->> 'user' = '{client.id}'") == [["0"]]


# --- many at once ---

def test_many_who_log_in_leave_room_for_the_rest(client, house):
    def log_in(n):
        return Client(house).post("/api/v1/auth/login", {"email": f"nobody-{n}@example.org", "password": "wrong"}).status
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        waiting = [pool.submit(log_in, n) for n in range(120)]
        slowest = 0
        while not all(future.done() for future in waiting):
            begin = time.monotonic()
            assert client.get(ME).status == 200
            slowest = max(slowest, time.monotonic() - begin)
            time.sleep(0.05)
        statuses = {future.result() for future in waiting}
    assert statuses <= {401, 503} and 401 in statuses
    assert slowest < 2, slowest
