"""How often: each product's limits with its own words, on both gateways together, and passwords that are guessed."""
import json
import secrets
import time
import urllib.request

import pytest

from palabre import Answer, Client, token

LOGIN = "/api/auth/login"


def ask(client, method, path, value=None, host=None, **headers):
    """An answer as it came: what products' clients read is not what the document says of errors."""
    body = None if value is None else json.dumps(value)
    if host:
        headers["Host"] = host
    connection, response = client.open(method, path, body, 30, Content_Type="application/json", **headers)
    answer = Answer(response.status, response.getheaders(), response.read())
    connection.close()
    return answer


def both(house):
    """One caller at two gateways in turn."""
    one = Client(house)
    return [one, one.at(house.urls[1])]


def spend(house, limit, method, path, host, value=None, status=None):
    """The answers up to the first refusal, which must be the one behind the limit."""
    clients, answers = both(house), []
    for n in range(limit + 1):
        answers.append(ask(clients[n % 2], method, path, value, host))
    assert [answer.status == 429 for answer in answers] == [False] * limit + [True], [answer.status for answer in answers]
    assert status is None or {answer.status for answer in answers[:-1]} == {status}
    for n, answer in enumerate(answers[:-1]):
        assert answer.headers["x-ratelimit-limit"] == str(limit)
        assert answer.headers["x-ratelimit-remaining"] == str(limit - n - 1)
        name = answer.headers["ratelimit-policy"].split(";")[0]
        assert answer.headers["ratelimit"].startswith(f"{name};r={limit - n - 1};t=")
    return answers[-1]


WRONG = {"email": "nobody@example.org", "password": "not the password"}


def test_saas_ia_says_it_in_its_own_words(front):
    """Five wrong logins are wrong, the sixth is too many: the acceptance test of its README."""
    refused = spend(front, 5, "POST", LOGIN, "saas.test", WRONG, 401)
    assert refused.json() == {"error": "rate_limit_exceeded", "message": "Rate limit exceeded: 5 per 1 minute",
                              "detail": "Too many requests. Please wait before trying again.", "retry_after": "60 seconds"}
    assert refused.type == "application/json"
    assert refused.headers["retry-after"] == "60" and refused.headers["x-ratelimit-limit"] == "5/minute"
    assert 50 <= int(refused.headers["x-ratelimit-reset"]) <= 60


def test_two_users_behind_one_address_have_counters_of_their_own(front):
    one, two = Client(front).register(), Client(front).register()
    two.address = one.address
    for user in (one, two):
        answers = [ask(user, "GET", "/api/auth/me", host="saas.test") for _ in range(21)]
        assert [answer.status for answer in answers] == [200] * 20 + [429]
    forged = Client(front, token=token("another secret of thirty-two bytes", sub=one.id))
    assert ask(forged, "GET", "/api/auth/me", host="saas.test").status == 401      # who is not verified spends nobody's


@pytest.mark.parametrize("host,limit,body", [
    ("foyer.test", 5, {"detail": "Rate limit exceeded: 5 per 1 minute"}),
    ("jade.test", 10, {"success": False, "error": "Limite de taux dépassée", "message": "Trop de requêtes, veuillez réessayer plus tard"}),
])
def test_the_other_products_say_it_in_theirs(front, host, limit, body):
    wrong = [{"email": f"{secrets.token_hex(6)}@example.org", "password": "not the password"} for _ in range(limit + 1)]
    clients = both(front)
    answers = [ask(clients[n % 2], "POST", LOGIN, one, host) for n, one in enumerate(wrong)]
    assert [answer.status for answer in answers] == [401] * limit + [429]
    assert answers[-1].json() == body
    assert answers[-1].headers["retry-after"] == answers[-1].headers["x-ratelimit-reset"]


def test_robian_api_counts_its_health_and_bans_who_will_not_hear(front):
    refused = spend(front, 200, "GET", "/health/", "robian.test", status=200)
    assert refused.json() == {"error": "Rate limit exceeded", "message": "Maximum 200 requests per minute allowed", "retry_after": "60 seconds"}
    assert refused.headers["retry-after"] == "60"
    assert 0 <= int(refused.headers["x-ratelimit-reset"]) - time.time() <= 61


def test_a_ban_holds_for_all_of_robian_api_and_nothing_else(front):
    client = Client(front)
    answers = [ask(client, "GET", "/health", host="robian.test") for _ in range(206)]
    assert [answer.status for answer in answers] == [200] * 200 + [429] * 6
    banned = {"error": "Too many requests", "message": "Your IP has been temporarily blocked due to excessive requests", "retry_after": "10 minutes"}
    assert answers[-1].json() == banned and answers[-2].json() != banned and answers[-1].headers["retry-after"] == "600"
    elsewhere = ask(client.at(front.urls[1]), "GET", "/api/v1/auth/me", host="robian.test")
    assert elsewhere.status == 401          # who it is comes first
    user = Client(front).register()
    assert ask(user, "GET", "/api/v1/auth/me", host="robian.test").status == 200
    assert ask(client, "GET", "/health").status == 200


def test_limits_of_one_dialect_do_not_spend_those_of_another(front):
    user = Client(front).register()
    for _ in range(20):
        assert ask(user, "GET", "/api/auth/me", host="saas.test").status == 200
    assert ask(user, "GET", "/api/auth/me", host="saas.test").status == 429
    assert ask(user, "GET", "/api/auth/me", host="foyer.test").status == 200
    assert ask(user, "GET", "/api/auth/me").headers["ratelimit-policy"] == '"read";q=600;w=60'


# --- CORS, by dialect ---

@pytest.mark.parametrize("host,origin,may", [
    ("foyer.test", "http://localhost:8060", True), ("foyer.test", "http://localhost:3000", False), ("jade.test", "tauri://localhost", True),
    ("jade.test", "http://localhost:8060", False), ("saas.test", "http://localhost:3000", True), ("saas.test", "http://localhost:1420", False),
    (None, "http://localhost:8060", True), (None, "http://localhost:1420", True), (None, "http://evil.example", False),
])
def test_each_product_has_origins_of_its_own(front, host, origin, may):
    for method in ("GET", "OPTIONS"):
        answer = ask(Client(front), method, "/health", host=host, Origin=origin)
        assert (answer.headers.get("access-control-allow-origin") == origin) == may
        assert answer.headers["vary"] == "Origin"
    assert not may or "x-session-id" in answer.headers["access-control-allow-headers"].lower()


# --- guessed passwords ---

def test_guessing_gets_slower_on_all_gateways_and_stops_when_the_owner_comes(front):
    owner = Client(front).register()
    wrong = {"email": owner.email, "password": "not the password"}
    clients = both(front)
    answers = [ask(clients[n % 2], "POST", LOGIN, wrong) for n in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    problem = answers[-1].json()
    assert problem["error"] == "LOGIN_DELAYED" and problem["retry_after"] == 1 and answers[-1].headers["retry-after"] == "1"
    assert problem["message"] == "Trop de tentatives de connexion, veuillez patienter"
    right = {"email": owner.email, "password": owner.password}
    assert ask(clients[0], "POST", LOGIN, right).status == 429          # even the right one: else it would be told apart
    assert ask(owner, "POST", LOGIN, right).status == 200               # but the owner, from elsewhere, is let in
    time.sleep(1.1)
    assert ask(clients[1], "POST", LOGIN, right).status == 200          # and from here, when the time is over
    assert [ask(clients[0], "POST", LOGIN, wrong).status for _ in range(5)] == [401] * 5


def test_an_account_that_does_not_exist_is_guarded_just_so(front):
    clients = both(front)
    wrong = {"email": f"{secrets.token_hex(8)}@example.org", "password": "x"}
    assert [ask(clients[n % 2], "POST", LOGIN, wrong).status for n in range(6)] == [401] * 5 + [429]


def test_without_redis_limits_hold_on_each_gateway_and_metrics_say_so(front):
    def metric(name):
        port = front.daemons["gateway"].port
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = [line for line in answer.read().decode().splitlines() if line.startswith(name + " ")]
        return float(lines[0].split()[1]) if lines else 0

    before = metric("palabre_rate_local_total"), metric("palabre_login_local_total")
    front.expect("REDIS_DOWN|Redis")
    front.servers("kill", "redis")
    try:
        client = Client(front)
        answers = [ask(client, "POST", LOGIN, WRONG | {"email": secrets.token_hex(6)}, "saas.test") for _ in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429]
        assert metric("palabre_rate_local_total") >= before[0] + 6 and metric("palabre_login_local_total") >= before[1] + 5
        wrong = {"email": f"{secrets.token_hex(8)}@example.org", "password": "x"}
        assert [ask(Client(front), "POST", LOGIN, wrong).status for _ in range(3)] == [401] * 3
    finally:
        front.servers("start", "redis")
