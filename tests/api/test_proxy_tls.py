"""TLS as the proxy speaks it, certificates that change under load, and gateways that die behind it."""
import http.client
import itertools
import secrets
import signal
import socket
import ssl
import threading
import time

import pytest

from balancer import follow
from house import wait_until
from palabre import Client, head, token
from proxy import Backend, Proxy


def user_of(front):
    """A client of the proxy that no limit stops."""
    client = Client(front, front.proxy.url).register()
    client.token = token(front.secret, sub=client.id, plan="pro")
    return client


class Crowd:
    """Threads that ask again and again, on kept and on new connections; every flaw is kept."""

    def __init__(self, front, n=6):
        self.front, self.flaws, self.done = front, [], itertools.count()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i % 2 == 0,)) for i in range(n)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def run(self, keep):
        user, connection = user_of(self.front), None
        headers = {"Authorization": f"Bearer {user.token}"}
        while not self.over.wait(0.01):
            try:
                connection = connection or user.connect(20)
                connection.request("GET", "/api/v1/auth/me", headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    self.flaws.append((answer.status, body[:200]))
                if not keep or answer.will_close:
                    connection.close()
                    connection = None
                next(self.done)
            except (OSError, http.client.HTTPException) as flaw:
                # A kept connection may be closed between two requests: that is how the old workers end. HTTP says so to
                # whoever keeps one (RFC 9112 9.3.1): ask again on a new one.
                was_idle = keep and isinstance(flaw, (http.client.RemoteDisconnected, ConnectionError, ssl.SSLEOFError))
                if not was_idle:
                    self.flaws.append(repr(flaw))
                connection = None

    def count(self):
        return next(self.done)


# --- versions and ciphers ---

@pytest.fixture(scope="module")
def strict():
    """TLS 1.3 alone, by the setting."""
    backend = Backend()
    proxy = Proxy([backend.address], EDGE_TLS_MIN="TLSv1.3")
    yield proxy
    proxy.stop()
    backend.close()


def speaks(proxy, version, ciphers=None):
    context = proxy.tls()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    context.minimum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    try:
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as one:
                return one.version()
    except (ssl.SSLError, OSError):
        return None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_and_weak_ciphers_are_not_spoken(front, strict):
    versions = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    assert [speaks(front.proxy, one) for one in versions] == [None, None, "TLSv1.2", "TLSv1.3"]
    assert [speaks(strict, one) for one in versions] == [None, None, None, "TLSv1.3"]
    for weak in ("AES128-SHA:@SECLEVEL=0", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "AES128-GCM-SHA256"):
        assert speaks(front.proxy, ssl.TLSVersion.TLSv1_2, weak) is None, weak
    assert speaks(front.proxy, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-GCM-SHA384") == "TLSv1.2"


def test_plain_http_at_the_port_of_tls_gets_nothing(front):
    with socket.create_connection(("127.0.0.1", front.proxy.port), 5) as one:
        one.sendall(head("GET /health HTTP/1.1"))
        assert b"200 OK" not in one.recv(1000)


# --- headers that speak of TLS ---

SAFETY = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "strict-origin-when-cross-origin",
          "cache-control": "no-store"}


@pytest.mark.parametrize("path,status", [("/health", 200), ("/nowhere", 404), ("/api/v1/asks", 401), ("/docs", 200)])
def test_every_answer_says_what_browsers_may_do(front, path, status):
    answer = Client(front, front.proxy.url).get(path)
    assert answer.status == status
    for name, value in SAFETY.items():
        assert answer.headers[name] == value
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "microphone=()" in answer.headers["permissions-policy"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert len([name for name, _ in answer.pairs if name.lower() == "strict-transport-security"]) == 1
    assert not {"server", "x-powered-by", "via"} & set(answer.headers)


def test_only_pages_may_load_anything(front):
    client = Client(front, front.proxy.url)
    assert client.get("/health").headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    page = client.get("/docs").headers["content-security-policy"]
    assert "default-src 'self'" in page and "unsafe-eval" not in page and "script-src 'unsafe" not in page


def test_without_tls_nobody_is_told_to_use_it(front):
    assert "strict-transport-security" not in Client(front).get("/health").headers


def test_errors_of_the_proxy_itself_are_told_as_all_others(front):
    with front.proxy.wire() as wire:
        answer = wire.send(head("TRACE /health HTTP/1.1")).answer()
    assert answer.status == 405 and answer.type == "application/problem+json"
    problem = answer.json()
    assert problem["error"] == "VERB_REFUSED" and problem["request_id"] == answer.headers["x-request-id"]
    assert "strict-transport-security" in answer.headers and "server" not in answer.headers


# --- certificates ---

def test_certificates_change_under_load_and_nothing_is_dropped(front):
    proxy, user = front.proxy, user_of(front)
    made = user.ask({"text": "Raconte.", "model": "sim-delay;ms=100,tokens;n=60", "mute": True})
    seen = [proxy.fingerprint()]
    with user.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream, Crowd(front) as crowd:
        wait_until(lambda: crowd.count() > 50, 30, "the crowd is at work")
        for _ in range(3):
            proxy.renew()
            wait_until(lambda: proxy.fingerprint() != seen[-1], 10, "the new certificate is served")
            seen.append(proxy.fingerprint())
            before = crowd.count()
            wait_until(lambda: crowd.count() > before + 50, 30, "the crowd goes on")
        events = stream.until("done")
    assert not crowd.flaws, crowd.flaws[:10]
    assert len(set(seen)) == 4
    assert events[-1].data["state"] == "succeeded"          # on the connection, and the worker, of before


def test_a_certificate_that_is_none_changes_nothing(front):
    proxy = front.proxy
    good, before = open(proxy.certificate, "rb").read(), proxy.fingerprint()
    try:
        with open(proxy.certificate, "wb") as file:
            file.write(b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
        with pytest.raises(AssertionError, match="haproxy|certificate|PEM|cert"):
            proxy.reload(EDGE_CERTIFICATES=proxy.certificate)
    finally:
        with open(proxy.certificate, "wb") as file:
            file.write(good)
    assert proxy.fingerprint() == before
    assert Client(front, proxy.url).get("/health").status == 200


# --- gateways ---

def start_again(daemon):
    """With clients at work: until the proxy, whose checks come twice a second, sends it some of theirs."""
    before = daemon.size()
    daemon.start_again()
    wait_until(lambda: any('"http_request"' in line and "/health/ready" not in line for line in daemon.text(before).splitlines()), 30, f"{daemon.name} is found again")


def test_a_gateway_that_dies_is_not_missed(front):
    victim, user = front.daemons["gateway"], user_of(front)
    class Fixed:                                            # follow() asks for an address each time: it is always the proxy
        url = staticmethod(lambda: front.proxy.url)
    made = [user.ask({"text": "Raconte.", "model": "sim-delay;ms=100,tokens;n=40", "mute": True}) for _ in range(4)]
    paths, got = [f"/api/v1/jobs/{one['job_id']}/events" for one in made], {}
    followers = [threading.Thread(target=lambda path=path: got.update({path: follow(user, Fixed, path)})) for path in paths]
    with Crowd(front) as crowd:
        for thread in followers:
            thread.start()
        wait_until(lambda: crowd.count() > 50, 30, "the crowd is at work")
        time.sleep(0.5)
        victim.end(signal.SIGKILL)
        before = crowd.count()
        wait_until(lambda: crowd.count() > before + 200, 30, "the other takes over")
        start_again(victim)
        for thread in followers:
            thread.join(60)
    assert not crowd.flaws, crowd.flaws[:10]
    for path in paths:                                      # every stream is whole, byte for byte
        raw, _ = got[path]
        with user.stream(path) as stream:
            assert raw == b"".join(event.raw for event in stream.until("done"))
    assert any(resumed for _, resumed in got.values()), "no stream was on the gateway that died"


def test_a_gateway_that_leaves_in_order_is_not_missed_by_writers_either(front):
    """SIGTERM: not ready, then draining. What is asked meanwhile is done, once, by the other."""
    leaver, user = front.daemons["gateway-2"], user_of(front)
    keys, flaws, over = [], [], threading.Event()

    def write():
        while not over.wait(0.02):
            key = secrets.token_hex(8)
            answer = user.post("/api/v1/jobs", {"kind": "noop", "service": "llm"}, Idempotency_Key=key)
            if answer.status != 202:
                flaws.append(answer)
            keys.append(answer.json().get("job_id"))

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(keys) > 20, 30, "jobs are written")
    leaver.end(signal.SIGTERM)
    n = len(keys)
    wait_until(lambda: len(keys) > n + 40, 30, "the other takes over")
    start_again(leaver)
    over.set()
    for thread in threads:
        thread.join(30)
    assert not flaws, flaws[:5]
    assert len(set(keys)) == len(keys)


def test_with_no_gateway_left_it_says_so_and_recovers(front):
    with front.proxy.wire() as wire:
        assert wire.send(head("GET /health HTTP/1.1")).answer().status == 200
    dead = Proxy(["127.0.0.1:9"])
    try:
        with dead.wire() as wire:
            answer = wire.send(head("GET /health HTTP/1.1")).answer()
        assert answer.status == 503 and answer.json()["error"] == "OVERLOADED" and answer.headers["retry-after"] == "1"
        dead.reload(GATEWAYS=dead.gateways + " " + front.url.removeprefix("http://"))
        wait_until(lambda: health_of(dead) == 200, 10, "a gateway that was added is found")
    finally:
        dead.stop()


def health_of(proxy):
    with proxy.wire() as wire:
        return wire.send(head("GET /health HTTP/1.1")).answer().status
