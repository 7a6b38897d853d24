"""Who may do what: every role at every route of the document, and administrators among accounts."""
import json
import re
import time
import uuid

import pytest

from palabre import Client

ROLES = ("user", "secretaire", "agent", "infirmier", "medecin", "admin", "super_admin")
ANYBODY, ADMINS, SUPER = set(ROLES), {"admin", "super_admin"}, {"super_admin"}

# The decision for each permission that a route names: who may. A route with another permission has none, and fails.
DECISIONS = {
    "jobs:create": ANYBODY, "jobs:read": ANYBODY, "jobs:update": ANYBODY, "asks:create": ANYBODY, "asks:read": ANYBODY, "keys:manage": ANYBODY,
    "webhooks:manage": ANYBODY, "transcriptions:create": ANYBODY, "transcriptions:read": ANYBODY, "transcriptions:update": ANYBODY, "transcriptions:delete": ANYBODY,
    "users:read": ADMINS, "users:create": ADMINS, "users:update": ADMINS, "users:delete": SUPER, "roles:assign": SUPER, "clients:manage": SUPER, "roles:manage": ADMINS,
    "audit:read": ADMINS, "audit:verify": SUPER,
}
# Routes for everybody with an account, about themselves.
OF_ONESELF = {"me", "me_delete", "me_export", "logout", "logout_all", "profile_get", "profile_change", "profile_patch", "password_change", "password_put", "token_verify",
              "token_validate", "rights_get", "sessions_get", "session_delete", "quota_get"}
# Routes for everybody.
PUBLIC = {"root", "health_get", "health_live", "health_ready", "openapi", "register_user", "login", "refresh", "jwks_get", "authorize_get",
          "password_forgot", "password_reset", "email_verify", "verify_resend", "authorize_post", "token_post", "revoke_post", "introspect_post", "oauth_metadata"}


@pytest.fixture(scope="module")
def people(house):
    return {role: Client(house).register().become(role) for role in ROLES}


@pytest.fixture(scope="module")
def operations(house):
    document = json.loads(Client(house).get("/openapi.json").body)
    return [(verb.upper(), path, one) for path, verbs in document["paths"].items() for verb, one in verbs.items()]


@pytest.fixture
def chief(people):
    return people["super_admin"]


@pytest.fixture
def admin(people):
    return people["admin"]


def test_every_route_has_a_decision(operations):
    for verb, path, one in operations:
        name, permission = one["operationId"], one.get("x-permission")
        if permission:
            assert permission in DECISIONS, f"{verb} {path}: who has {permission}?"
        elif one.get("security") == []:
            assert name in PUBLIC, f"{verb} {path}: is it for everybody?"
        else:
            assert name in OF_ONESELF, f"{verb} {path}: is it for everybody with an account?"

# What paths name by something else than an id.
NAMED = {"seq": "1", "n": "1", "role_name": "agent", "format": "txt"}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_was_decided(people, operations, role):
    nobody = Client(people[role].house)
    for verb, path, one in operations:
        if "x-permission" not in one:
            continue
        at = re.sub(r"{(\w+)}", lambda name: NAMED.get(name[1]) or str(uuid.uuid4()), path)
        body, type = (None, None) if verb in ("GET", "DELETE") else (b"{}", "application/json")
        got = people[role].send(verb, at, body, Content_Type=type)
        refused = got.status == 403 and got.json()["error"] == "FORBIDDEN"
        assert refused == (role not in DECISIONS[one["x-permission"]]), f"{role}: {verb} {path}: {got}"
        assert nobody.send(verb, at, body, Content_Type=type).status == 401, f"{verb} {path}"


def test_what_is_ones_own_is_not_anothers(people, client):
    made = client.ask({"text": "Que dire ?", "mute": True})
    answer = client.answer(made)["answer"]
    for role, reader in people.items():
        expected = 200 if role in ADMINS else 404
        for path in (f"/api/v1/jobs/{made['job_id']}", f"/api/v1/jobs/{made['job_id']}/explain", f"/api/v1/ask/{made['id']}"):
            assert reader.get(path).status == expected, (role, path)
        assert expected == 404 or reader.get(f"/api/v1/ask/{made['id']}").json()["answer"] == answer     # sealed with its owner's key, not the reader's
    assert client.get(f"/api/v1/ask/{made['id']}").status == 200
    assert people["medecin"].post(f"/api/v1/jobs/{made['job_id']}/cancel", {}).status == 404
    assert people["admin"].post(f"/api/v1/jobs/{made['job_id']}/cancel", {}).status == 409


def test_everybody_is_told_what_they_may(people):
    told = {role: person.get("/api/v1/auth/permissions").json() for role, person in people.items()}
    assert told["medecin"]["role"] == told["medecin"]["data"]["role"] == "medecin"
    assert {"patients:read", "patients:write", "medical_records:write", "ai:write"} <= set(told["medecin"]["data"]["permissions"])
    assert "ai:write" not in told["infirmier"]["permissions"] and "medical_records:read" not in told["secretaire"]["permissions"]
    assert not any(name.startswith(("patients", "calls", "users")) for name in told["user"]["permissions"])
    assert {"roles:assign", "users:delete", "audit:read"} <= set(told["super_admin"]["permissions"]) and "*" not in told["super_admin"]["permissions"]


# --- accounts ---

def test_accounts_are_listed_bare_and_in_pages(admin, people):
    bare = admin.get("/api/v1/admin/users?limit=3")
    assert len(bare.json()) == 3 and int(bare.headers["x-total-count"]) >= len(ROLES)
    assert all("password_hash" not in row and row["created_at"] for row in bare.json())
    page = admin.get("/api/v1/admin/users?page=1&per_page=2&role=admin").json()
    assert len(page["users"]) <= 2 and all(row["role"] == "admin" for row in page["users"])
    assert page["pagination"]["total"] >= 1 and page["pagination"]["per_page"] == 2
    found = admin.get(f"/api/v1/admin/users?search={people['agent'].email.upper()}").json()
    assert [row["id"] for row in found] == [people["agent"].id]
    assert admin.get("/api/v1/admin/users?search=%25").json() == [] and admin.get("/api/v1/admin/users?enabled=maybe").status == 422
    assert admin.get("/api/v1/admin/users?limit=0").status == 422


def test_an_account_is_opened_with_a_password_to_be_changed(admin, house):
    email = f"new-{uuid.uuid4().hex}@example.org"
    made = admin.post("/api/v1/admin/users", {"email": email, "temporary_password": "provisoire 1", "role": "nurse"})
    assert made.status == 201 and made.json()["role"] == "infirmier" and made.json()["must_change_password"] is True
    someone = Client(house)
    someone.email, someone.password = email, "provisoire 1"
    assert someone.login().status == 200 and someone.get("/api/v1/asks").status == 403
    assert admin.post("/api/v1/admin/users", {"email": email, "password": "long enough"}).json()["error"] == "EMAIL_TAKEN"
    assert admin.post("/api/v1/admin/users", {"email": "x" + email, "password": "long enough", "role": "king"}).status == 422
    for role in ("admin", "super_admin"):
        assert admin.post("/api/v1/admin/users", {"email": "x" + email, "password": "long enough", "role": role}).json()["error"] == "RANK_TOO_HIGH"
    assert admin.post("/api/v1/admin/users", {"email": "x" + email}).status == 422


def test_a_new_role_counts_at_once_everywhere(chief, house):
    one = Client(house).register()
    other = one.at(house.urls[1])
    assert other.get("/api/v1/admin/users").status == 403
    given = chief.send("POST", f"/api/v1/admin/users/{one.id}/role?new_role=admin", b"")
    assert given.status == 200 and given.json()["message"] == "Rôle mis à jour" and given.json()["new_role"] == "admin"
    assert other.get("/api/v1/admin/users").status == one.get("/api/v1/auth/me").status == 401     # until they are refreshed
    other.take(one.post("/api/v1/auth/refresh", {"refresh_token": one.refresh}, Authorization=None))
    assert other.get("/api/v1/admin/users").status == 200
    assert chief.post(f"/api/v1/admin/users/{one.id}/role", {"role": "sub_admin_dgss"}).json()["new_role"] == "agent"
    assert chief.post(f"/api/v1/admin/users/{one.id}/role", {"new_role": "king"}).status == 422
    assert chief.post(f"/api/v1/admin/users/{one.id}/role", {}).status == 422
    assert chief.post(f"/api/v1/admin/users/{uuid.uuid4()}/role", {"role": "user"}).status == 404
    assert other.get("/api/v1/admin/users").status == 401


def test_an_administrator_acts_below_only(admin, chief, house):
    equal = Client(house).register().become("admin")
    for target in (equal, chief, admin):
        for path in ("disable", "enable", "reset-password"):
            refused = admin.post(f"/api/v1/admin/users/{target.id}/{path}", {"temporary_password": "stolen account"} if path == "reset-password" else {})
            assert refused.status == 403 and refused.json()["error"] == "RANK_TOO_HIGH", (path, refused)
        assert admin.delete(f"/api/v1/admin/users/{target.id}/sessions").status == 403
    assert equal.get("/api/v1/auth/me").status == 200


def test_a_disabled_account_is_out_at_once_and_may_come_back(admin, house):
    one = Client(house).register()
    other = one.at(house.urls[1])
    assert admin.post(f"/api/v1/admin/users/{one.id}/disable", {}).json()["is_active"] is False
    assert one.get("/api/v1/auth/me").status == other.get("/api/v1/auth/me").status == 401
    assert one.login().json()["error"] == "ACCOUNT_DISABLED"
    assert admin.post(f"/api/v1/admin/users/{one.id}/enable", {}).json()["enabled"] is True
    assert one.get("/api/v1/auth/me").status == 401 and one.login().status == 200 and one.get("/api/v1/auth/me").status == 200


def test_a_reset_password_ends_all_sessions(admin, house):
    one = Client(house).register()
    assert admin.post(f"/api/v1/admin/users/{one.id}/reset-password", {"temporary_password": "short"}).json()["error"] == "PASSWORD_SHORT"
    assert admin.post(f"/api/v1/admin/users/{one.id}/reset-password", {"temporary_password": "provisoire 1"}).json()["must_change_password"] is True
    assert one.get("/api/v1/auth/me").status == 401 and one.login().status == 401
    assert one.login("provisoire 1").json()["must_change_password"] is True


def test_sessions_of_an_account_are_seen_and_ended(admin, house):
    one = Client(house).register()
    first = one.at(one.url)
    one.login()
    listed = admin.get(f"/api/v1/admin/users/{one.id}/sessions").json()["sessions"]
    assert len(listed) == 2 and all(row["address"] == one.address and row["current"] is False for row in listed)
    assert admin.delete(f"/api/v1/admin/users/{one.id}/sessions/{listed[1]['id']}").status == 204
    assert first.get("/api/v1/auth/me").status == 401 and one.get("/api/v1/auth/me").status == 200
    assert admin.delete(f"/api/v1/admin/users/{one.id}/sessions/{listed[1]['id']}").status == 404
    assert admin.delete(f"/api/v1/admin/users/{one.id}/sessions").status == 204
    assert one.get("/api/v1/auth/me").status == 401
    assert admin.get(f"/api/v1/admin/users/{uuid.uuid4()}/sessions").status == 404


def test_a_deleted_account_is_gone_with_its_tokens(chief, house):
    one = Client(house).register()
    assert chief.delete(f"/api/v1/admin/users/{one.id}").status == 204
    assert one.get("/api/v1/auth/me").status == 401 and one.login().json()["error"] == "AUTH_FAILED"
    assert chief.delete(f"/api/v1/admin/users/{one.id}").status == 404


def test_the_last_super_admin_stays(chief, house):
    second = Client(house).register().become("super_admin")
    others = [row[0] for row in house.sql("SELECT id FROM users WHERE role = 'super_admin'") if row[0] not in (chief.id, second.id)]
    for id in others:
        house.sql(f"UPDATE users SET role = 'user' WHERE id = '{id}'")
    assert chief.post(f"/api/v1/admin/users/{second.id}/role", {"role": "user"}).status == 200
    for refused in (chief.post(f"/api/v1/admin/users/{chief.id}/role", {"role": "admin"}), chief.post(f"/api/v1/admin/users/{chief.id}/disable", {}),
                    chief.delete(f"/api/v1/admin/users/{chief.id}")):
        assert refused.status == 409 and refused.json()["error"] == "LAST_SUPER_ADMIN"
    assert chief.get("/api/v1/auth/me").json()["role"] == "super_admin"


def test_two_super_admins_do_not_demote_each_other_at_once(chief, house):
    import threading
    for _ in range(5):
        second = Client(house).register().become("super_admin")
        chief.login()
        pairs = [(chief, second), (second, chief)]
        answers = []
        threads = [threading.Thread(target=lambda one=one, other=other: answers.append(
            one.post(f"/api/v1/admin/users/{other.id}/role", {"role": "user"}).status)) for one, other in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        left = {row[0] for row in house.sql("SELECT id FROM users WHERE role = 'super_admin' AND enabled")}
        assert left and sorted(answers)[0] == 200, answers
        house.sql(f"UPDATE users SET role = 'super_admin' WHERE id = '{chief.id}'")
        house.sql(f"UPDATE users SET role = 'user' WHERE id = '{second.id}'")
    chief.login()


def test_a_permission_that_is_taken_away_is_gone_in_seconds(people, house):
    agent = people["agent"]
    house.sql("DELETE FROM role_permissions WHERE role = 'agent' AND permission = 'asks:read:own'")
    try:
        until = time.monotonic() + 15
        while agent.get("/api/v1/asks").status != 403:
            assert time.monotonic() < until
            time.sleep(0.5)
    finally:
        house.sql("INSERT INTO role_permissions VALUES ('agent', 'asks:read:own')")
    until = time.monotonic() + 15
    while agent.get("/api/v1/asks").status != 200 or agent.at(house.urls[1]).get("/api/v1/asks").status != 200:
        assert time.monotonic() < until
        time.sleep(0.5)


# --- roles that people make ---

@pytest.fixture
def role(admin):
    name = f"r-{uuid.uuid4().hex[:12]}"
    made = admin.post("/api/v1/admin/roles", {"name": name, "description": "For tests", "permissions": ["asks:read:own", "reports:read"]})
    assert made.status == 201 and made.json()["is_system"] is False and made.json()["rank"] == 10, made
    assert made.json()["permissions"] == ["asks:read:own", "reports:read"] and made.json()["id"] == name
    yield name
    admin.delete(f"/api/v1/admin/roles/{name}")


def test_a_role_is_made_given_changed_and_deleted(admin, chief, house, role):
    one = Client(house).register()
    assert one.at(house.urls[1]).get("/api/v1/auth/permissions").json()["role"] == "user"
    given = chief.post(f"/api/v1/admin/users/{one.id}/roles/{role}", {})
    assert given.status == 200 and given.json()["name"] == role
    assert [row["name"] for row in admin.get(f"/api/v1/admin/users/{one.id}/roles").json()] == [role]
    assert one.get("/api/v1/auth/me").status == 401             # until it is refreshed
    one.login()
    assert one.get("/api/v1/auth/permissions").json()["permissions"] == ["asks:read:own", "reports:read"]
    changed = admin.change("PATCH", f"/api/v1/admin/roles/{role}", {"name": role, "permissions": ["asks:create"]})
    assert changed.json()["permissions"] == ["asks:create"] and changed.json()["description"] == "For tests"
    assert admin.change("PATCH", f"/api/v1/admin/roles/{role}", {"description": "Other"}).json()["permissions"] == ["asks:create"]
    assert admin.change("PATCH", f"/api/v1/admin/roles/{role}", {"permissions": []}).json()["permissions"] == []
    assert admin.delete(f"/api/v1/admin/roles/{role}").status == 204
    assert one.get("/api/v1/auth/me").status == 401 and one.login().json()["role"] == "user"
    assert admin.delete(f"/api/v1/admin/roles/{role}").json()["error"] == "ROLE_UNKNOWN"


def test_a_role_that_is_taken_away_leaves_a_plain_user(chief, house):
    one = Client(house).register().become("agent")
    path = f"/api/v1/admin/users/{one.id}/roles/"
    assert chief.delete(path + "medecin").json()["error"] == "ROLE_UNKNOWN"
    assert chief.delete(path + "agent").status == 204
    assert one.login().json()["role"] == "user"
    assert chief.post(path + "viewer", {}).json()["name"] == "user"         # as FoyerGPT calls it


def test_nobody_makes_a_role_above_their_own_or_gives_what_they_do_not_have(admin, chief, people):
    wrong = [({"name": "above", "rank": 80}, 403, "RANK_TOO_HIGH"), ({"name": "above", "rank": 99}, 403, "RANK_TOO_HIGH"),
             ({"name": "above", "permissions": ["users:delete"]}, 403, "FORBIDDEN"), ({"name": "above", "permissions": ["*"]}, 422, "INPUT_INVALID"),
             ({"name": "above", "permissions": ["fly"]}, 422, "INPUT_INVALID"), ({"name": "above", "permissions": ["asks:read asks:create"]}, 422, "INPUT_INVALID"),
             ({"name": "Above"}, 422, "INPUT_INVALID"), ({"name": "agent"}, 409, "NAME_TAKEN"), ({"name": "nurse"}, 409, "NAME_TAKEN")]
    for value, status, error in wrong:
        refused = admin.post("/api/v1/admin/roles", value)
        assert (refused.status, refused.json()["error"]) == (status, error), refused
    assert not [row for row in admin.get("/api/v1/admin/roles").json()["roles"] if row["name"] == "above"]
    high = chief.post("/api/v1/admin/roles", {"name": "high-one", "rank": 90, "permissions": ["users:delete"]})
    assert high.status == 201
    assert admin.change("PATCH", "/api/v1/admin/roles/high-one", {"permissions": []}).json()["error"] == "RANK_TOO_HIGH"
    assert admin.delete("/api/v1/admin/roles/high-one").json()["error"] == "RANK_TOO_HIGH"
    assert chief.delete("/api/v1/admin/roles/high-one").status == 204
    for name in ("user", "admin", "super_admin"):
        assert chief.change("PATCH", f"/api/v1/admin/roles/{name}", {"permissions": []}).json()["error"] == "ROLE_KEPT"
        assert chief.delete(f"/api/v1/admin/roles/{name}").json()["error"] == "ROLE_KEPT"


# --- changes of accounts ---

def test_an_account_is_changed_as_pages_send_it_back(admin, chief, house):
    one = Client(house).register()
    path = f"/api/v1/admin/users/{one.id}"
    email = f"changed-{uuid.uuid4().hex}@example.org"
    changed = admin.change("PUT", path, {"email": email, "role": "user", "is_active": True, "first_name": "Éa"})
    assert changed.status == 200 and changed.json()["email"] == email and changed.json()["first_name"] == "Éa"
    assert one.get("/api/v1/auth/me").json()["email"] == email                          # nothing that ends a token
    assert admin.change("PATCH", path, {"role": "agent"}).json()["error"] == "FORBIDDEN"        # needs roles:assign
    assert chief.change("PATCH", path, {"role": "nurse", "last_name": "Bâ"}).json()["role"] == "infirmier"
    assert one.get("/api/v1/auth/me").status == 401
    assert admin.change("PATCH", path, {"is_active": False}).json()["is_active"] is False
    one.email = email
    assert one.login().json()["error"] == "ACCOUNT_DISABLED"
    back = admin.change("PATCH", path, {"enabled": True, "password": "another lune"})
    assert back.json()["enabled"] is True and back.json()["must_change_password"] is False
    assert one.login("another lune").status == 200
    assert admin.change("PATCH", path, {"temporary_password": "for a moment"}).json()["must_change_password"] is True
    assert one.get("/api/v1/auth/me").status == 401


def test_a_change_of_an_account_is_refused_whole(admin, chief, house, people):
    one = Client(house).register()
    path = f"/api/v1/admin/users/{one.id}"
    wrong = [({"is_active": "yes"}, 422), ({"email": people["agent"].email}, 409), ({"password": "short"}, 400), ({"password": "password1"}, 400),
             ({"role": "king", "name": "X"}, 403), ({"unknown": 1}, 422), ({"id": one.id}, 422)]
    for value, status in wrong:
        assert admin.change("PATCH", path, {"last_name": "Never", **value}).status == status, value
    assert "last_name" not in one.get("/api/v1/auth/me").json()
    assert admin.change("PATCH", f"/api/v1/admin/users/{chief.id}", {"name": "X"}).json()["error"] == "RANK_TOO_HIGH"
    assert admin.change("PATCH", f"/api/v1/admin/users/{uuid.uuid4()}", {"name": "X"}).status == 404
    assert chief.change("PATCH", path, {"role": "king"}).status == 422


def test_a_temporary_password_ends_by_itself(admin, house):
    one = Client(house).register()
    assert admin.post(f"/api/v1/admin/users/{one.id}/reset-password", {"temporary_password": "provisoire 1"}).status == 200
    assert house.sql(f"SELECT round(extract(epoch FROM password_until - clock_timestamp()) / 3600) FROM users WHERE id = '{one.id}'") == [["72"]]
    house.sql(f"UPDATE users SET password_until = clock_timestamp() - interval '1 second' WHERE id = '{one.id}'")
    refused = one.login("provisoire 1")
    assert refused.status == 401 and refused.json()["error"] == "PASSWORD_EXPIRED"
    assert admin.post(f"/api/v1/admin/users/{one.id}/reset-password", {"temporary_password": "provisoire 2"}).status == 200
    assert one.login("provisoire 2").status == 200
    done = one.post("/api/v1/auth/change-password", {"current_password": "provisoire 2", "new_password": "one of my own"})
    assert done.status == 200 and house.sql(f"SELECT password_until IS NULL FROM users WHERE id = '{one.id}'") == [["t"]]


def test_passwords_that_anybody_would_try_are_refused_everywhere(admin, client, house, nobody):
    for weak in ("Password1", "azertyuiop", "12345678", "abcabcabc", "Palabre2026"):
        assert nobody.post("/api/v1/auth/register", {"email": f"w-{uuid.uuid4().hex}@example.org", "password": weak}).json()["error"] == "PASSWORD_WEAK"
    name = f"marguerite{uuid.uuid4().hex[:6]}"
    assert nobody.post("/api/v1/auth/register", {"email": f"{name}@example.org", "password": name + "1"}).json()["error"] == "PASSWORD_WEAK"
    change = {"current_password": client.password, "new_password": "Soleil2024"}
    assert client.post("/api/v1/auth/change-password", change).json()["error"] == "PASSWORD_WEAK"
    assert admin.post(f"/api/v1/admin/users/{client.id}/reset-password", {"temporary_password": "qwerty123"}).json()["error"] == "PASSWORD_WEAK"


def test_sessions_are_counted_for_who_may_see_accounts(admin, client):
    mine = client.get("/api/v1/auth/sessions").json()
    assert mine["active_sessions"] == len(mine["sessions"]) == 1 and mine["all_sessions"] is None
    assert admin.get("/api/v1/auth/sessions").json()["all_sessions"] >= 2


def test_keys_programs_sessions_and_roles_leave_entries(chief, house, role):
    def entries(action, id):
        return [row for row in chief.get(f"/api/v1/admin/audit-logs?action={action}&limit=50").json() if row["resource"].endswith(id)]
    key = chief.post("/api/v1/auth/keys", {"name": "k", "scopes": ["asks:read"]}).json()["id"]
    assert chief.delete(f"/api/v1/auth/keys/{key}").status == 204
    program = chief.post("/api/v1/admin/clients", {"name": "p", "redirect_uris": ["https://app.example/cb"]}).json()["client_id"]
    assert chief.delete(f"/api/v1/admin/clients/{program}").status == 204
    other = chief.at(chief.url)
    other.email, other.password = chief.email, chief.password
    other.login()
    session = next(row["id"] for row in chief.get("/api/v1/auth/sessions").json()["sessions"] if not row["current"])
    assert chief.delete(f"/api/v1/auth/sessions/{session}").status == 204
    for action, id in (("key.create", key), ("key.delete", key), ("client.create", program), ("client.delete", program),
                       ("auth.session_end", session), ("role.create", role)):
        until = time.monotonic() + 15
        while not entries(action, id):
            assert time.monotonic() < until, (action, id)
            time.sleep(0.3)
