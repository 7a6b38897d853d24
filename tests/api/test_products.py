"""Each product's own client, as its contract has it: the same gateways, told apart by where they are asked."""
import secrets
import string
import time
import urllib.parse

import pytest

from palabre import Client, token

DIALECTS = {"saas-ia": "saas.test", "foyergpt": "foyer.test", "hellojade": "jade.test", "robian-api": "robian.test", "iasted": "iasted.test"}


def speak(house, dialect, person=None):
    """Somebody who uses that product; `person`: an account that is there already."""
    client = Client(house)
    client.dialect, client.host = dialect, DIALECTS[dialect]
    if person:
        client.token, client.id, client.email, client.password = person.token, person.id, person.email, person.password
    return client


def expired(house, **claims):
    return token(house.secret, exp=int(time.time()) - 1, **claims)


def email():
    return f"p-{secrets.token_hex(8)}@example.org"


def told(answer, status, **members):
    """An error with these members, exactly."""
    assert answer.status == status, answer
    body = answer.json()
    assert {name: body.get(name) for name in members} == members, body
    return body


def flaws(answer, *wanted):
    """What FastAPI's clients read: detail[].loc and .msg."""
    assert answer.status == 422, answer
    found = {(item["type"], *item["loc"]) for item in answer.json()["detail"]}
    assert set(wanted) <= found, found


# --- SaaS-IA ---

def test_saas_ia_registers_logs_in_with_a_form_and_asks_who_it_is(front):
    client = speak(front, "saas-ia")
    page = {"Origin": "http://localhost:3000", "X-Request-Time": "2026-11-27T10:00:00.000Z"}
    name = email()
    made = client.post("/api/auth/register", {"email": name, "password": "Test123!", "full_name": "Éa Bâ"}, **page)
    assert made.status == 201 and made.headers["access-control-allow-origin"] == page["Origin"]
    assert {"id", "email", "full_name", "role", "is_active", "created_at"} <= set(made.json()) and made.json()["role"] == "user"
    pair = client.post_fields("/api/auth/login", {"username": name, "password": "Test123!", "grant_type": "password", "scope": ""}, **page).json()
    assert pair["token_type"] == "bearer" and pair["expires_in"] > 0
    client.token = pair["access_token"]
    me = client.get("/api/auth/me", **page).json()
    assert me["email"] == name and me["full_name"] == "Éa Bâ" and me["is_active"] is True and me["created_at"].endswith("Z")
    again = client.post("/api/auth/refresh", {"refresh_token": pair["refresh_token"]}, Authorization=None).json()
    assert again["refresh_token"] != pair["refresh_token"]
    client.token = again["access_token"]
    assert client.post("/api/auth/logout", {}).json()["message"]
    told(client.get("/api/auth/me"), 401, detail="Could not validate credentials")


def test_saas_ia_tells_errors_in_its_own_words(front):
    client = speak(front, "saas-ia")
    known = Client(front).register()
    wrong = client.post_fields("/api/auth/login", {"username": known.email, "password": "not the password"})
    told(wrong, 401, detail="Incorrect email or password")
    assert wrong.headers["www-authenticate"] == "Bearer"
    told(client.get("/api/auth/me"), 401, detail="Not authenticated")
    told(client.get("/api/auth/me", Authorization="Bearer x.y.z"), 401, detail="Could not validate credentials")
    told(client.post("/api/auth/register", {"email": known.email, "password": "Test123!"}), 400, detail="Email already registered")
    told(client.post("/api/auth/refresh", {"refresh_token": "prt_none"}), 401, detail="Invalid or expired refresh token")
    front.sql(f"UPDATE users SET enabled = false WHERE id = '{known.id}'")
    told(client.post_fields("/api/auth/login", {"username": known.email, "password": known.password}), 400, detail="Inactive user")


def test_saas_ia_lists_what_is_wrong_as_fastapi_does(front):
    client = speak(front, "saas-ia")
    flaws(client.post("/api/auth/register", {"password": "short"}), ("missing", "body", "email"), ("string_too_short", "body", "password"))
    flaws(client.post_fields("/api/auth/login", {"username": "x@example.org"}), ("missing", "body", "password"))
    flaws(client.post_fields("/api/auth/login", {"password": "x"}), ("missing", "body", "username"))
    flaws(client.post("/api/auth/register", b"{"), ("json_invalid", "body"))
    user = speak(front, "saas-ia", Client(front).register())
    flaws(user.get("/api/asks?limit=none"), ("int_type", "query", "limit"))
    flaws(user.delete("/api/auth/sessions/not-a-uuid"), ("uuid_parsing", "path", "id"))


def test_saas_ia_has_its_own_front_door(front):
    client = speak(front, "saas-ia")
    root = client.get("/").json()
    assert root["message"] == "Welcome to SaaS-IA MVP API" and root["docs"] == "/docs" and root["health"] == "/health" and root["version"]
    health = client.get("/health").json()
    assert health["status"] == "healthy" and health["app_name"] == "SaaS-IA MVP" and health["environment"] and health["version"]
    assert "app_name" not in Client(front).get("/health").json() and Client(front).get("/").json()["message"] == "Bienvenue sur Palabre"


# --- FoyerGPT ---

def test_foyergpt_logs_in_by_trigramme_and_changes_its_password(front):
    client = speak(front, "foyergpt")
    name, letters = email(), "".join(secrets.choice(string.ascii_lowercase) for _ in range(3))
    while front.sql(f"SELECT 1 FROM users WHERE trigramme = upper('{letters}')"):
        letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(3))
    made = client.post("/api/auth/register", {"email": name, "trigramme": letters, "password": "maison bleue"})
    assert made.status == 201 and made.json()["trigramme"] == letters.upper()
    told(client.post("/api/auth/register", {"email": email(), "trigramme": letters, "password": "maison bleue"}), 409, detail="Ce trigramme est déjà utilisé")
    pair = client.post("/api/auth/login", {"identifier": letters, "password": "maison bleue"}).json()
    assert pair["must_change_password"] is False and set(pair["user"]) >= {"id", "email", "trigramme"}
    client.token, client.id = pair["access_token"], pair["user"]["id"]
    me = client.get("/api/auth/me/", X_Session_ID="").json()
    assert me["email"] == name and me["is_admin"] is False and {"is_active", "must_change_password", "created_at"} <= set(me)
    front.sql(f"UPDATE users SET must_change_password = true WHERE id = '{client.id}'")
    client.token = client.post("/api/auth/login", {"identifier": name, "password": "maison bleue"}).json()["access_token"]
    told(client.get("/api/asks"), 403, detail="Password change required")
    change = {"current_password": "not the one", "new_password": "maison verte"}
    told(client.post("/api/auth/change-password", change), 400, detail="Mot de passe actuel incorrect")
    assert client.post("/api/auth/change-password", {**change, "current_password": "maison bleue"}).json()["must_change_password"] is False
    assert client.get("/api/asks").status == 200
    assert client.post("/api/auth/logout", {}).json()["message"] == "Déconnexion réussie"
    told(client.get("/api/auth/me"), 401, detail="Could not validate credentials")


def test_foyergpt_tells_errors_in_its_own_words(front):
    client = speak(front, "foyergpt")
    told(client.post("/api/auth/login", {"identifier": "nobody@example.org", "password": "x"}), 401, detail="Identifiant ou mot de passe incorrect")
    told(client.get("/api/auth/me", Authorization=""), 401, detail="Not authenticated")
    flaws(client.post("/api/auth/login", {"identifier": "x"}), ("missing", "body", "password"))
    for members, text in (({"trigramme": "A1"}, "Le trigramme doit contenir exactement 3 lettres"),
                          ({"password": "short"}, "Le mot de passe doit contenir au moins 8 caractères")):
        given = {"email": email(), "password": "maison bleue", **members}
        told(client.post("/api/auth/register", given), 400, detail=text)
    known = Client(front).register()
    told(client.post("/api/auth/register", {"email": known.email, "password": "maison bleue"}), 409, detail="Email already registered")


def test_foyergpt_lists_its_administration_bare(front):
    chief = speak(front, "foyergpt", Client(front).register().become("super_admin"))
    roles, permissions = chief.get("/api/admin/roles").json(), chief.get("/api/admin/permissions").json()
    assert {"id", "name", "description", "is_system", "permissions"} <= set(roles[0]) and isinstance(roles[0]["permissions"], list)
    assert {"code", "description"} <= set(permissions[0]) and isinstance(chief.get("/api/admin/users").json(), list)
    other = Client(front).register()
    assert [role["name"] for role in chief.get(f"/api/admin/users/{other.id}/roles").json()] == ["user"]


# --- HelloJADE ---

def test_hellojade_logs_in_verifies_and_refreshes(front):
    client, person = speak(front, "hellojade"), Client(front).register()
    page = {"Origin": "http://localhost:5173"}
    answer = client.post("/api/auth/login", {"username": person.email, "password": person.password}, **page).json()
    data = answer["data"]
    assert answer["success"] is True and answer["message"] == "Authentification réussie"
    assert data["token"] == data["access_token"] == data["tokens"]["access_token"] and data["user"]["role"] == "user" and data["user"]["is_active"] is True
    client.token = data["token"]
    verified = client.get("/api/auth/verify", **page).json()
    assert verified["success"] is True and verified["data"]["user"]["id"] == data["user"]["id"]
    assert client.get("/api/auth/profile").json()["data"]["email"] == person.email
    assert client.change("PUT", "/api/auth/profile", {"first_name": "Éa", "last_name": "Bâ"}).json()["data"]["first_name"] == "Éa"
    assert client.get("/api/auth/permissions").json()["data"]["role"] == "user"
    assert client.post("/api/auth/validate-token", {}).json()["valid"] is True
    again = client.post("/api/auth/refresh", {}, Authorization="Bearer " + data["refresh_token"]).json()
    assert again["success"] is True and again["data"]["tokens"]["access_token"]
    client.token = again["data"]["token"]
    assert client.post("/api/auth/logout", {"refresh_token": again["data"]["refresh_token"]}).json()["message"] == "Déconnexion réussie"
    told(client.get("/api/auth/verify"), 401, success=False, error="invalid_token", message="Token invalide")


def test_hellojade_tells_errors_in_its_own_words(front):
    client = speak(front, "hellojade")
    told(client.post("/api/auth/login", {"username": "nobody", "password": "x"}), 401, success=False, error="Authentification échouée",
         message="Identifiants invalides")
    told(client.get("/api/auth/profile"), 401, success=False, error="authorization_required", message="Token manquant")
    told(client.get("/api/auth/profile", Authorization="Bearer x.y.z"), 401, success=False, error="invalid_token", message="Token invalide")
    told(client.get("/api/auth/profile", Authorization=f"Bearer {expired(front)}"), 401, success=False, error="token_expired", message="Token expiré")
    told(client.get("/api/auth/profile", Authorization=f"Bearer {expired(front, aud='other')}"), 401, error="invalid_token", message="Token invalide")
    told(client.post("/api/auth/login", {"username": "x"}), 400, error="Données invalides", message="Nom d'utilisateur et mot de passe requis",
         details={"password": ["is missing"]})
    told(client.get("/api/nowhere"), 404, success=False, error="Endpoint non trouvé")
    user = speak(front, "hellojade", Client(front).register())
    told(user.get("/api/admin/users"), 403, error="Permissions insuffisantes")
    told(user.get("/api/asks?limit=none"), 400, error="Paramètres invalides", details={"limit": ["is not a whole number"]})
    told(user.post("/api/auth/change-password", {"current_password": "no", "new_password": "maison verte"}), 400, error="Mot de passe actuel incorrect")
    english = client.get("/api/auth/profile", Accept_Language="en")
    told(english, 401, error="authorization_required", message="Authentication is required")


def test_hellojade_administers_accounts(front):
    chief = speak(front, "hellojade", Client(front).register().become("super_admin"))
    made = chief.post("/api/admin/users", {"username": f"u{secrets.token_hex(4)}", "email": email(), "password": "maison bleue", "role": "medecin"})
    assert made.status == 201 and made.json()["role"] == "medecin"
    page = chief.get("/api/admin/users?page=1&per_page=20&search=" + urllib.parse.quote(made.json()["email"])).json()
    assert page["pagination"]["total"] == 1 and page["users"][0]["id"] == made.json()["id"]
    changed = chief.change("PUT", f"/api/admin/users/{made.json()['id']}", {"email": email(), "role": "infirmier", "is_active": False})
    assert changed.status == 200 and changed.json()["role"] == "infirmier" and changed.json()["is_active"] is False
    assert chief.get("/api/auth/sessions").json()["all_sessions"] >= 1


# --- RobianAPI ---

def test_robian_api_has_accounts_and_one_body_for_errors(front):
    client = speak(front, "robian-api")
    name = email()
    made = client.post("/api/auth/register", {"email": name, "password": "maison bleue"})
    assert made.status == 201
    client.token = client.post("/api/auth/login", {"email": name, "password": "maison bleue"}).json()["access_token"]
    assert client.get("/api/auth/me").json()["email"] == name
    missing = told(client.get("/api/v1/jobs/nonexistent-id"), 404, error_code="RESOURCE_NOT_FOUND", details={})
    assert missing["detail"] == missing["error"] == "Cette tâche n'existe pas" and missing["timestamp"].endswith("Z")
    told(client.post("/api/auth/login", {"email": name}, Authorization=None), 422, error_code="VALIDATION_ERROR")
    told(client.post("/api/auth/login", b"{", Authorization=None), 422, error_code="VALIDATION_ERROR")


# --- iAsted ---

def test_iasted_reads_errors_where_its_library_looks(front):
    client, person = speak(front, "iasted"), Client(front).register()
    me = speak(front, "iasted", person).get("/api/v1/auth/me").json()
    assert {"id", "email", "role"} <= set(me)
    told(client.get("/api/v1/auth/me"), 401, detail="Not authenticated", error="Not authenticated")
    for bearer in ("x.y.z", expired(front)):
        told(client.get("/api/v1/auth/me", Authorization="Bearer " + bearer), 401, detail="Token invalide ou expiré", error="Token invalide ou expiré")
    told(client.post("/api/v1/auth/refresh", {"refresh_token": "prt_none"}), 401, detail="Impossible de rafraîchir le token")
    user = speak(front, "iasted", person)
    told(user.get("/api/v1/admin/users"), 403, detail="Permission insuffisante", error="Permission insuffisante")
    told(user.post(f"/api/v1/admin/users/{person.id}/role", {"role": "admin"}), 403, detail="Seuls les super-admins peuvent changer les rôles")
    flaws(client.post("/api/v1/auth/login", {"email": "x"}), ("missing", "body", "password"))
    assert client.get("/").json()["message"] == "Bienvenue sur iAsted API"


def test_iasted_is_told_where_a_fault_of_ours_was_met(front):
    person = Client(front).register()
    person.ask({"text": "Que dire ?", "mute": True, "engine": "extract"})
    front.sql(f"UPDATE asks SET text_begin = 'pk1.AAAA' WHERE owner = '{person.id}'")         # a text that no key of ours opens
    told(speak(front, "iasted", person).get("/api/v1/asks?limit=5"), 500, error="Internal Server Error", message="Une erreur est survenue", path="/api/v1/asks")
    told(person.get("/api/v1/asks"), 500, error="PERSON_KEY_MISSING", path=None)
    told(speak(front, "iasted", person).get("/api/v1/nowhere"), 404, path=None)


def test_tokens_of_a_day_are_counted_and_refused(front):
    """What a question used is counted once it is answered; a new day begins with nothing."""
    person = Client(front).register()
    user = speak(front, "iasted", person)
    assert user.get("/api/v1/auth/quota").json() | {"resets_at": None} == {"tokens_limit": 2000, "tokens_used": 0, "tokens_left": 2000, "resets_at": None}
    question = {"text": "Que dire ?", "mute": True, "engine": "openai"}
    made = user.post("/api/v1/ask", question)
    assert made.status == 202 and made.headers["x-tokens-limit"] == made.headers["x-tokens-remaining"] == "2000"
    user.follow(made.json()["job_id"])
    used = user.get("/api/v1/auth/quota").json()["tokens_used"]
    assert used > 0
    assert user.post("/api/v1/ask", question).headers["x-tokens-remaining"] == str(2000 - used)
    front.sql(f"UPDATE token_use SET tokens = 2000 WHERE owner = '{person.id}'")
    refused = user.post("/api/v1/ask", question)
    body = told(refused, 429, detail="Quota quotidien de tokens dépassé", error="Quota quotidien de tokens dépassé", error_code="TOKENS_SPENT")
    until_midnight = 86400 - time.time() % 86400
    assert abs(body["retry_after"] - until_midnight) < 10 and refused.headers["retry-after"] == str(body["retry_after"])
    assert person.post("/api/v1/ask", question).status == 202           # no other dialect has quotas
    front.sql(f"UPDATE token_use SET day = day - 1 WHERE owner = '{person.id}'")
    assert user.get("/api/v1/auth/quota").json()["tokens_used"] == 0
    assert user.post("/api/v1/ask", question).headers["x-tokens-remaining"] == "2000"
    assert speak(front, "iasted", Client(front).register().become("medecin")).get("/api/v1/auth/quota").json()["tokens_limit"] is None
