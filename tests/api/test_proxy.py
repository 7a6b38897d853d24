"""Attacks on the way a request is read, through HAProxy: what two readers of one connection might understand differently.
The gateways are asked by every client through the same few connections, so what one leaves behind would hit another."""
import json
import secrets
import socket
import threading
import time

import pytest

from house import wait_until
from palabre import Client, head
from proxy import H2, Backend, Proxy

INNER = head("GET /health HTTP/1.1", "X-Request-ID: smuggled")
POST = b"POST /api/v1/jobs HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
GET = b"GET /health HTTP/1.1\r\nHost: test\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(INNER)


def request(lines, tail=b"\r\n" + INNER, start=POST):
    return start + lines + tail


def chunked(lines, body=b"0\r\n\r\n" + INNER):
    return POST + lines + b"\r\n" + body


# What is sent, and what may be answered to it. None: the connection is closed without a word.
ATTACKS = {
    "CL.TE": (chunked(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), {400, 401}),
    "TE.CL": (chunked(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), {400, 401}),
    "TE.CL, the chunk longer": (chunked(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"%x\r\n" % len(INNER) + INNER + b"\r\n0\r\n\r\n"), {400, 401}),
    "CL.CL": (request(b"Content-Length: 0\r\n" + LENGTH), {400}),
    "CL.CL, the same": (request(LENGTH + LENGTH), {400, 401}),
    "CL, CL": (request(b"Content-Length: 0, %d\r\n" % len(INNER)), {400}),
    "CL with sign": (request(b"Content-Length: +0\r\n"), {400}),
    "CL in hex": (request(b"Content-Length: 0x0\r\n"), {400}),
    "CL empty": (request(b"Content-Length:\r\n"), {400}),
    "CL below zero": (request(b"Content-Length: -1\r\n"), {400}),
    "CL of 2^64": (request(b"Content-Length: 18446744073709551616\r\n"), {400, None}),
    "CL of 2^64 + 1": (request(b"Content-Length: 18446744073709551617\r\n", b"\r\na" + INNER), {400, None}),
    "CL of many digits": (request(b"Content-Length: 99999999999999999999999\r\n"), {400, None}),
    "CL, space before the colon": (request(b"Content-Length : %d\r\n" % len(INNER)), {400}),
    "CL, tab before the colon": (request(b"Content-Length\t: %d\r\n" % len(INNER)), {400}),
    "CL with an underscore": (request(b"Content_Length: %d\r\nContent-Length: 0\r\n" % len(INNER)), {403}),
    "TE unknown": (chunked(b"Transfer-Encoding: xchunked\r\n"), {400, 422, 501}),
    "TE of two": (chunked(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), {400, 422, 501}),
    "TE of two in one": (chunked(b"Transfer-Encoding: gzip, chunked\r\n"), {400, 422, 501}),
    "TE twice": (chunked(b"Transfer-Encoding: chunked, chunked\r\n"), {400, 422, 501}),
    "TE in quotes": (chunked(b"Transfer-Encoding: \"chunked\"\r\n"), {400, 422, 501}),
    "TE behind VT": (chunked(b"Transfer-Encoding: \x0bchunked\r\n"), {400, 422, 501}),
    "TE in HTTP/1.0": (chunked(b"Transfer-Encoding: chunked\r\n").replace(b"HTTP/1.1", b"HTTP/1.0", 1), {400, 401}),
    "TE, space before the colon": (chunked(b"Transfer-Encoding : chunked\r\n"), {400}),
    "TE folded": (chunked(b"Transfer-Encoding:\r\n chunked\r\n"), {400, 401}),
    "TE with an underscore": (chunked(b"Transfer_Encoding: chunked\r\nContent-Length: 0\r\n"), {403}),
    "a folded line hides the length": (request(b"X: a\r\n b\r\n" + LENGTH), {400, 401}),
    "a folded first line": (request(b" folded: 1\r\n" + LENGTH), {400, 401}),
    "NUL in a value": (request(b"X: a\0b\r\n" + LENGTH), {400}),
    "NUL in a name": (request(b"X\0: a\r\n" + LENGTH), {400}),
    "NUL in the target": (GET.replace(b"/health", b"/health\0") + b"\r\n" + INNER, {400}),
    "an escaped NUL in the target": (GET.replace(b"/health", b"/health%00") + b"\r\n", {400, 404}),
    "bare LF everywhere": (POST.replace(b"\r\n", b"\n") + LENGTH.replace(b"\r\n", b"\n") + b"\n" + INNER, {400, 401}),
    "bare LF in a value": (request(b"X: a\nContent-Length: 0\r\n" + LENGTH), {400}),
    "bare LF hides the length": (request(b"X: a\n" + LENGTH), {400, 401}),
    "bare CR": (request(b"X: a\rContent-Length: 0\r\n" + LENGTH), {400}),
    "a control character": (request(b"X: a\x01b\r\n" + LENGTH), {400}),
    "a line without colon": (request(b"Nothing\r\n" + LENGTH), {400}),
    "a line without name": (request(b": x\r\n" + LENGTH), {400}),
    "a name that is none": (request(b"Con(tent: x\r\n" + LENGTH), {400, 403}),
    "chunk with sign": (chunked(b"Transfer-Encoding: chunked\r\n", b"+5\r\nabcde\r\n0\r\n\r\n" + INNER), {400}),
    "chunk in 0x": (chunked(b"Transfer-Encoding: chunked\r\n", b"0x5\r\nabcde\r\n0\r\n\r\n" + INNER), {400}),
    "chunk that wraps": (chunked(b"Transfer-Encoding: chunked\r\n", b"10000000000000000\r\n\r\n" + INNER), {400}),
    "chunk with LF in its extension": (chunked(b"Transfer-Encoding: chunked\r\n", b"5;\n\r\nabcde\r\n0\r\n\r\n" + INNER), {400}),
    "chunk longer than said": (chunked(b"Transfer-Encoding: chunked\r\n", b"5\r\nabcdefgh\r\n0\r\n\r\n" + INNER), {400, 401}),
    "trailers": (chunked(b"Transfer-Encoding: chunked\r\n", b"0\r\nContent-Length: 9\r\nHost: other\r\n\r\n"), {400, 401}),
    "a body for GET": (GET + LENGTH + b"\r\n" + INNER, {200}),
    "a body for HEAD": (GET.replace(b"GET", b"HEAD") + LENGTH + b"\r\n" + INNER, {200, None}),      # no body to read
    "two hosts": (GET + b"Host: other\r\n\r\n", {400}),
    "no host": (b"GET /health HTTP/1.1\r\n\r\n", {400}),
    "a host with a path": (b"GET /health HTTP/1.1\r\nHost: test/health\r\n\r\n", {400}),
    "another host in the target": (GET.replace(b"/health", b"http://other/health") + b"\r\n", {400}),
    "the same host in the target": (GET.replace(b"/health", b"http://test/health") + b"\r\n", {200}),
    "a fragment": (GET.replace(b"/health", b"/health#a") + b"\r\n", {400}),
    "TRACE": (GET.replace(b"GET", b"TRACE") + b"\r\n", {405}),
    "CONNECT": (b"CONNECT test:443 HTTP/1.1\r\nHost: test:443\r\n\r\n" + INNER, {405}),
    "HTTP/0.9": (b"GET /health\r\n\r\n", {400}),
    "HTTP/3.0": (GET.replace(b"HTTP/1.1", b"HTTP/3.0") + b"\r\n", {200, 400, 505}),
    "h2c": (GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", {200}),
    "h2c beside websocket": (GET + b"Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n\r\n", {200, 400}),
    "h2c in lower case": (GET + b"connection: upgrade\r\nupgrade: H2C\r\n\r\n", {200}),
    "a websocket where there is none": (GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", {200, 400}),
    "a head of 20 KB": (GET + b"X: " + b"y" * 20_000 + b"\r\n\r\n", {431}),
    "a head of 60 KB": (GET + b"X: " + b"y" * 60_000 + b"\r\n\r\n", {400, None}),       # a reset may overtake the answer
    "70 headers": (GET + b"".join(b"X-%d: y\r\n" % n for n in range(70)) + LENGTH + b"\r\n" + INNER, {431}),
    "500 headers": (GET + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n", {400, 431}),
    "a target of 3 KB": (GET.replace(b"/health", b"/" + b"a" * 3000) + b"\r\n", {414}),
    "a target of 60 KB": (GET.replace(b"/health", b"/" + b"a" * 60_000) + b"\r\n", {400, None}),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
}
# Lengths that are beyond doubt: what stands behind is another request of the same client, by every reading, and answered
# to it.
OPEN_BEHIND = {"CL with an underscore", "TE with an underscore", "CONNECT", "TE folded"}


def logs_of(front):
    return "".join(daemon.text() for name, daemon in front.daemons.items() if name.startswith("gateway"))


def victims(front, n=8):
    """Others who ask meanwhile get their own answers."""
    for _ in range(n):
        id = "victim-" + secrets.token_hex(6)
        with front.proxy.wire() as wire:
            answer = wire.send(head("GET /health HTTP/1.1", f"X-Request-ID: {id}")).answer()
        assert (answer.status, answer.headers["x-request-id"]) == (200, id), answer


def attack(front, name, seconds):
    """(answers, the id of the request that was hidden)"""
    id = secrets.token_hex(4)
    with front.proxy.wire() as wire:
        try:
            wire.send(ATTACKS[name][0].replace(b"smuggled", id.encode()))
        except OSError:         # it was refused, and the connection closed, before all was sent
            pass
        return wire.answers(seconds), id


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_is_smuggled_through_a_shared_connection(front, name):
    got, id = attack(front, name, 0.3)
    assert (got[0].status if got else None) in ATTACKS[name][1], got
    victims(front, 3)
    if name in OPEN_BEHIND:
        assert len(got) <= 2, got
    else:
        assert f'"request_id":"{id}"' not in logs_of(front), f"{name}: what was hidden was served"
        assert all(answer.status >= 400 for answer in got[1:]), got


def test_a_pipeline_of_attacks_leaves_the_connections_of_others_alone(front):
    """All at once, from many, while others ask."""
    flaws, ids = [], {}

    def attack_all(names):
        for name in names:
            try:
                ids[name] = attack(front, name, 0.05)[1]
            except OSError:
                pass

    def ask():
        try:
            victims(front, 40)
        except AssertionError as flaw:
            flaws.append(flaw)

    names = list(ATTACKS)
    threads = [threading.Thread(target=attack_all, args=(names[n::4],)) for n in range(4)] + [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not flaws, flaws
    logs = logs_of(front)
    assert not [name for name, id in ids.items() if name not in OPEN_BEHIND and f'"request_id":"{id}"' in logs]


# --- HTTP/2, where lengths and line ends are said twice ---

H2_ATTACKS = {
    "a length that is too short": ([("content-length", "1")], b"ab"),
    "a length that is too long": ([("content-length", "9")], b"ab"),
    "a length and no body": ([("content-length", "5")], None),
    "two lengths": ([("content-length", "0"), ("content-length", "2")], b"ab"),
    "a coding": ([("transfer-encoding", "chunked")], b"0\r\n\r\n" + INNER),
    "a line end in a value": ([("x", "a\r\nTransfer-Encoding: chunked")], b"0\r\n\r\n" + INNER),
    "a line end in a name": ([("x: a\r\ny", "b")], None),
    "a colon in a name": ([("x:y", "b")], None),
    "a NUL in a value": ([("x", "a\0b")], None),
    "an upper-case name": ([("X-Upper", "b")], None),
    "a connection header": ([("connection", "upgrade"), ("upgrade", "h2c")], None),
    "another host": ([("host", "other")], None),
}


@pytest.mark.parametrize("name", H2_ATTACKS)
def test_http2_is_no_way_around(front, name):
    (fields, body), id = H2_ATTACKS[name], secrets.token_hex(4)
    body = body and body.replace(b"smuggled", id.encode())
    with H2(front.proxy) as h2:
        status, _ = h2.ask(fields, body, method="POST" if body else "GET", path="/api/v1/jobs" if body else "/health")
    # Without a body its length says nothing, and the authority is the host: both are left out of what is passed on.
    assert status in ((200,) if name in ("a length and no body", "another host") else (0, 400, 403)), status
    victims(front, 3)
    assert f'"request_id":"{id}"' not in logs_of(front)


@pytest.mark.parametrize("path", ["/health HTTP/1.1\r\nX: y", "/health\r\n\r\nGET /smuggled", "/a b", "health", "/a#b", "/a\0b"])
def test_no_path_of_http2_breaks_a_request_line(front, path):
    with H2(front.proxy) as h2:
        assert h2.ask([], path=path)[0] in (0, 400, 404), path
    victims(front, 2)


def test_http2_is_spoken(front):
    with H2(front.proxy) as h2:
        assert [h2.ask([])[0] for _ in range(3)] == [200] * 3
        assert h2.ask([], path="/nowhere")[0] == 404


# --- the slow ---

def test_slow_heads_and_bodies_end_before_a_gateway_sees_them(front):
    id = "slow-" + secrets.token_hex(6)
    slow_head = b"GET /health HTTP/1.1\r\nHost: test\r\nX-Request-ID: " + id.encode() + b"\r\nX: "
    slow_body = POST + b"X-Request-ID: " + id.encode() + b"\r\nContent-Length: 1000\r\n\r\n{"
    wires = [front.proxy.wire() for _ in range(20)]
    began = time.monotonic()
    try:
        for n, wire in enumerate(wires):
            wire.send(slow_body if n % 2 else slow_head)
        while time.monotonic() - began < 1.5:               # of 2 s that EDGE_REQUEST gives
            for wire in wires:
                wire.send(b" ")
            victims(front, 1)
            time.sleep(0.1)
        for wire in wires:
            assert wire.answer().status == 408
            assert wire.ended() == b""
    finally:
        for wire in wires:
            wire.__exit__()
    assert time.monotonic() - began < 4
    assert id not in logs_of(front)


def test_a_large_body_passes_piece_by_piece_and_is_bounded_by_the_route(front):
    user = Client(front, front.proxy.url).register()
    assert user.post("/api/v1/jobs", {"kind": "tts", "text": "x" * (2 << 20)}).status == 413
    assert user.post("/api/v1/jobs", {"kind": "tts", "text": "x" * 300_000}).status == 422
    with front.proxy.wire() as wire:
        wire.send(head("POST /api/v1/ask HTTP/1.1", f"Authorization: Bearer {user.token}", "Content-Type: audio/wav",
                       f"Content-Length: {200 << 20}", "Expect: 100-continue") + bytes(60_000))
        answers = wire.answers(1)
    assert [answer.status for answer in answers] in ([100, 413], [413]), answers


def test_a_body_that_stands_still_behind_the_buffer_is_given_up_by_the_gateway(front):
    user = Client(front, front.proxy.url).register()
    with front.proxy.wire() as wire:
        wire.send(head("POST /api/v1/ask HTTP/1.1", f"Authorization: Bearer {user.token}", "Content-Type: audio/wav", "Content-Length: 1000000")
                  + bytes(100_000))
        began = time.monotonic()
        assert wire.answer().status == 408
    assert time.monotonic() - began < 20


# --- who asks ---

CLAIMS = ["X-Forwarded-For: 192.0.2.66", "X-Forwarded-For: 192.0.2.67", "Forwarded: for=192.0.2.68", "X-Real-IP: 192.0.2.69",
          "CF-Connecting-IP: 192.0.2.70", "True-Client-IP: 192.0.2.71", "X-Client-IP: 192.0.2.72", "X-Forwarded-Proto: http",
          "X-Forwarded-Host: evil.example", "X-Forwarded-Port: 1"]


def line_of(front, id):
    """The line of a request in a gateway's log."""
    def look():
        return [json.loads(line) for line in logs_of(front).splitlines() if f'"request_id":"{id}"' in line]
    return wait_until(look, 5, f"a gateway logs {id}")[-1]


@pytest.mark.parametrize("source", ["127.0.0.1", "127.1.2.3"])
def test_the_address_of_a_client_is_its_own_whatever_it_claims(front, source):
    id = "who-" + secrets.token_hex(6)
    with front.proxy.wire(source=source) as wire:
        answer = wire.send(head("GET /health HTTP/1.1", f"X-Request-ID: {id}", *CLAIMS)).answer()
    assert answer.headers["x-request-id"] == id
    assert line_of(front, id)["client_ip"] == source


def test_headers_of_trust_cannot_be_taken_away_by_connection(front):
    id = "hop-" + secrets.token_hex(6)
    with front.proxy.wire(source="127.3.3.3") as wire:
        answer = wire.send(head("GET /health HTTP/1.1", f"X-Request-ID: {id}", "Connection: keep-alive, X-Forwarded-For, X-Forwarded-Proto")).answer()
    assert line_of(front, id)["client_ip"] == "127.3.3.3"
    assert "strict-transport-security" in answer.headers


def test_who_is_no_proxy_is_not_believed_by_a_gateway(front):
    """Straight at a gateway, from an address that TRUSTED_PROXIES does not name."""
    id = "direct-" + secrets.token_hex(6)
    address = ("127.0.0.1", int(front.url.rpartition(":")[2]))
    with socket.create_connection(address, 10, source_address=("127.4.4.4", 0)) as one:
        one.sendall(head("GET /health HTTP/1.1", f"X-Request-ID: {id}", "Connection: close", *CLAIMS, "X-Forwarded-Proto: https"))
        answer = one.makefile("rb").read()
    assert b"200 OK" in answer and b"trict-Transport" not in answer
    assert line_of(front, id)["client_ip"] == "127.4.4.4"


def test_a_proxy_that_adds_a_line_of_its_own_is_read_from_the_end(front):
    """As many do: the client's line first, theirs behind it."""
    id = "lines-" + secrets.token_hex(6)
    address = ("127.0.0.1", int(front.url.rpartition(":")[2]))
    with socket.create_connection(address, 10) as one:
        one.sendall(head("GET /health HTTP/1.1", f"X-Request-ID: {id}", "Connection: close", "X-Forwarded-For: 192.0.2.1, 127.0.0.1",
                         "X-Forwarded-For: 198.51.100.7"))
        assert b"200 OK" in one.makefile("rb").read()
    assert line_of(front, id)["client_ip"] == "198.51.100.7"


def test_ids_of_requests_are_kept_when_they_are_well_formed_and_made_otherwise(front):
    for given, kept in (("a.b-C_9", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("<script>", False), ('"', False), ("", False)):
        with front.proxy.wire() as wire:
            answer = wire.send(head("GET /nowhere HTTP/1.1", f"X-Request-ID: {given}")).answer()
        assert (answer.headers["x-request-id"] == given) == kept, (given, answer.headers)
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    with front.proxy.wire() as wire:
        answer = wire.send(head("GET /health HTTP/1.1", "X-Request-ID: one", "X-Request-ID: two")).answer()
    assert answer.headers["x-request-id"] not in ("one", "two")


# --- what comes out of the proxy, byte by byte ---

@pytest.fixture(scope="module")
def behind():
    """A proxy before something that keeps what it is sent."""
    backend = Backend()
    proxy = Proxy([backend.address])
    proxy.backend = backend
    yield proxy
    proxy.stop()
    backend.close()


def through(behind, lines, body=b""):
    behind.backend.took()
    with behind.wire(source="127.9.9.9") as wire:
        answer = wire.send(head(*lines) + body).answer()
    return answer, behind.backend.took()


def test_what_comes_through_is_plain_http(behind):
    answer, took = through(behind, ["GET http://test/a%2Fb?c=d HTTP/1.1", "X-Request-ID: id-1", *CLAIMS, "Connection: Upgrade, HTTP2-Settings",
                                    "Upgrade: h2c", "HTTP2-Settings: AAMAAABk", "TE: trailers"])
    assert answer.status == 200
    lines = took.decode().split("\r\n")
    assert lines[0] == "GET /a%2Fb?c=d HTTP/1.1"
    assert sorted(lines[1:-2]) == ["host: test", "te: trailers", "x-forwarded-for: 127.9.9.9", "x-forwarded-proto: https", "x-request-id: id-1"]


def test_what_http2_says_twice_is_passed_on_once(behind):
    for fields in ([("content-length", "5")], [("host", "other")]):
        behind.backend.took()
        with H2(behind) as h2:
            assert h2.ask(fields)[0] == 200
        lines = behind.backend.took().decode().lower().split("\r\n")
        assert "host: localhost" in lines and not any(line.startswith("content-length") or "other" in line for line in lines), lines


def test_a_websocket_comes_through_and_its_bytes_both_ways(behind):
    def answer(data):
        if data.startswith(b"GET /socket "):
            return b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if data.startswith(b"GET ") else b"<" + data + b">"

    before, behind.backend.answer = behind.backend.answer, answer
    try:
        with behind.wire() as wire:
            got = wire.send(head("GET /socket HTTP/1.1", "Connection: keep-alive, Upgrade", "Upgrade: websocket",
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13")).answer()
            assert got is None or got.status == 101
            for n in range(20):
                frame = b"\x81\x85\1\2\3\4" + secrets.token_bytes(5)
                began = time.monotonic()
                wire.send(frame)
                assert wire.reader.read(len(frame) + 2) == b"<" + frame + b">"
                assert time.monotonic() - began < 0.2
    finally:
        behind.backend.answer = before


def test_what_a_stream_says_is_passed_on_at_once(behind):
    times = []

    def answer(data):
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        for n in range(10):
            times.append(time.monotonic())
            yield b"4\r\nx\n\r\n\r\n".replace(b"x\n\r\n", b"e%d\n\n" % n)
            time.sleep(0.1)
        yield b"0\r\n\r\n"

    before, behind.backend.answer = behind.backend.answer, answer
    try:
        with behind.wire() as wire:
            wire.send(head("GET /events HTTP/1.1"))
            late, seen = [], 0
            while seen < 10:
                line = wire.reader.readline()
                if line.startswith(b"e"):
                    late.append(time.monotonic() - times[seen])
                    seen += 1
    finally:
        behind.backend.answer = before
    assert max(late) < 0.09, late


def test_a_request_that_may_have_done_something_is_not_sent_twice(behind):
    """The backend closes without an answer: a reading request is tried again, a writing one is told of it."""
    before, behind.backend.answer = behind.backend.answer, lambda data: (_ for _ in ()).throw(OSError())
    try:
        answer, took = through(behind, ["POST /do HTTP/1.1", "Content-Length: 2"], b"ab")
        assert answer.status in (502, 503) and took.count(b"POST /do") == 1, (answer, took)
        answer, took = through(behind, ["GET /see HTTP/1.1"])
        assert answer.status in (502, 503) and took.count(b"GET /see") == 4, (answer, took)
        assert answer.json()["error"] == "OVERLOADED" and answer.headers["retry-after"] == "1"
    finally:
        behind.backend.answer = before
