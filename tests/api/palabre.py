"""Palabre as its clients use it. Every answer is held against what the OpenAPI document declares of it."""
import base64
import hashlib
import hmac
import http.client
import itertools
import json
import secrets
import socket
import time
import urllib.parse
from dataclasses import dataclass

from declared import check_answer

DEADLINE_S = 120            # for whatever one test awaits
ISSUER = "http://localhost:8000"        # what PUBLIC_URL is when it is not set
numbers = itertools.count(1)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.pairs, self.body = status, headers, body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def type(self):
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:2000]!r}>"


@dataclass
class Event:
    raw: bytes
    id: int = 0             # 0: none was sent
    type: str = ""
    data: object = None


class Stream:
    """Server-sent events, one at a time; `head` is what came before the first event, `end` says how it ended."""

    def __init__(self, connection, response):
        self.connection, self.response = connection, response
        self.status, self.headers = response.status, {name.lower(): value for name, value in response.getheaders()}
        self.head, self.end = b"", None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.response.close()
        self.connection.close()

    def blocks(self):
        """Byte by byte what was sent, cut behind each blank line."""
        block = b""
        while True:
            try:
                line = self.response.readline()
            except (http.client.IncompleteRead, OSError) as error:
                self.end = f"cut: {error!r}"
                return
            if not line:
                self.end = "complete" if not block else "cut inside an event"
                return
            block += line
            if line == b"\n":
                yield block
                block = b""

    def __iter__(self):
        for block in self.blocks():
            event = event_of(block)
            if event.type:
                yield event
            elif not block.startswith(b": ping\n\n") or not self.head:
                self.head += block

    def until(self, type, **members):
        """Events up to the first of this type whose data has these members."""
        seen = []
        for event in self:
            seen.append(event)
            if event.type == type and all(event.data.get(name) == value for name, value in members.items()):
                return seen
        raise AssertionError(f"the stream ended ({self.end}) without {type} {members}: {seen}")


def event_of(block):
    event = Event(block)
    for line in block.decode().splitlines():
        name, _, value = line.partition(": ")
        if name == "id":
            event.id = int(value)
        elif name == "event":
            event.type = value
        elif name == "data":
            event.data = json.loads(value)
    return event


class Client:
    """One user. The address makes the limits per address its own."""

    dialect, host = None, None          # a product whose words are spoken, and the name that it goes by

    def __init__(self, house, url=None, token=None):
        self.house, self.url, self.token = house, url or house.url, token
        self.id = None
        self.address = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"

    def register(self):
        self.email, self.password = f"user-{next(numbers)}-{secrets.token_hex(4)}@example.org", secrets.token_urlsafe(12)
        made = self.post("/api/v1/auth/register", {"email": self.email, "password": self.password, "name": "Éa"})
        assert made.status == 201, made
        self.take(made)
        return self

    def take(self, answer):
        """The tokens of an answer."""
        told = answer.json()
        self.token, self.refresh, self.id = told["access_token"], told["refresh_token"], told["id"]
        return answer

    def login(self, password=None, **headers):
        answer = self.post("/api/v1/auth/login", {"email": self.email, "password": password or self.password}, Authorization=None, **headers)
        return self.take(answer) if answer.status == 200 else answer

    def become(self, role):
        """Another role, and a session that knows it."""
        self.house.sql(f"UPDATE users SET role = '{role}' WHERE id = '{self.id}'")
        assert self.login().status == 200
        return self

    def at(self, url):
        """The same user at another gateway."""
        other = Client(self.house, url, self.token)
        other.id, other.address, other.dialect, other.host = self.id, self.address, self.dialect, self.host
        return other

    # --- requests ---

    def head_of(self, headers):
        given = {"X-Forwarded-For": self.address, "Host": self.host}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return {name: value for name, value in given.items() if value is not None}

    def connect(self, timeout):
        """Behind a proxy the address of a client is that of its socket: one of the loopback network."""
        address = urllib.parse.urlsplit(self.url)
        if address.scheme == "http":
            return http.client.HTTPConnection(address.netloc, timeout=timeout)
        source = ("127" + self.address.removeprefix("10"), 0)
        return http.client.HTTPSConnection(address.netloc, timeout=timeout, source_address=source, context=self.house.proxy.tls())

    def open(self, method, path, body=None, timeout=60, **headers):
        connection = self.connect(timeout)
        connection.request(method, path, body, self.head_of(headers))
        return connection, connection.getresponse()

    def send(self, method, path, body=None, timeout=60, **headers):
        connection, response = self.open(method, path, body, timeout, **headers)
        try:
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        check_answer(self.house, method, path, answer, self.dialect)
        return answer

    def get(self, path, **headers):
        return self.send("GET", path, **headers)

    def post(self, path, value=None, **headers):
        """`value` as JSON; bytes as they are."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        headers.setdefault("Content_Type", "application/json")
        return self.send("POST", path, body, **headers)

    def change(self, method, path, value, **headers):
        return self.send(method, path, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def delete(self, path, **headers):
        return self.send("DELETE", path, **headers)

    def post_fields(self, path, fields, **headers):
        """As a form of a page; pairs, since a name may come twice."""
        return self.post(path, urllib.parse.urlencode(fields).encode(), Content_Type="application/x-www-form-urlencoded", **headers)

    def post_form(self, path, parts, **headers):
        type, body = form(parts)
        return self.post(path, body, Content_Type=type, **headers)

    def stream(self, path, after=None, method="GET", body=None, timeout=60, **headers):
        if after is not None:
            headers["Last_Event_ID"] = str(after)
        stream = Stream(*self.open(method, path, body, timeout, **headers))
        assert stream.status == 200, stream.response.read()
        assert stream.headers["content-type"] == "text/event-stream"
        return stream

    # --- questions and jobs ---

    def ask(self, value, **headers):
        """Accepted: {id, job_id ...}."""
        made = self.post("/api/v1/ask", value, **headers)
        assert made.status == 202, made
        return made.json()

    def say(self, sound, **query):
        """Ask with a recording as the body."""
        return self.ask_raw(sound, "audio/wav", **query).json()

    def ask_raw(self, sound, type, **query):
        made = self.post("/api/v1/ask?" + urllib.parse.urlencode(query), sound, Content_Type=type)
        assert made.status == 202, made
        return made

    def follow(self, job, timeout=DEADLINE_S):
        """All events of a job, to its end."""
        with self.stream(f"/api/v1/jobs/{job}/events", timeout=timeout) as stream:
            return stream.until("done")

    def follow_all(self, job):
        """Everything that was ever told of a job that has ended: a retry leaves an end in the middle."""
        with self.stream(f"/api/v1/jobs/{job}/events") as stream:
            return list(stream)

    def job(self, job):
        got = self.get(f"/api/v1/jobs/{job}")
        assert got.status == 200, got
        return got.json()

    def explain(self, job):
        got = self.get(f"/api/v1/jobs/{job}/explain")
        assert got.status == 200, got
        return got.json()

    def result(self, ask):
        got = self.get(f"/api/v1/ask/{ask}")
        assert got.status == 200, got
        return got.json()

    def answer(self, made):
        """Wait for an accepted question; gives all of it."""
        self.follow(made["job_id"])
        return self.result(made["id"])


class Wire:
    """A bare socket to a gateway: what no well-behaved client sends."""

    def __init__(self, url, timeout=30):
        address = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def answer(self, is_head=False):
        """The next answer, or None when the connection ends without one."""
        try:
            line = self.reader.readline()
            if not line:
                return None
            status, pairs = int(line.split()[1]), []
            while (line := self.reader.readline()).strip():
                name, _, value = line.decode("latin-1").partition(":")
                pairs.append((name, value.strip()))
            answer = Answer(status, pairs, b"")
            if not is_head and status not in (100, 204, 304):
                answer.body = self.reader.read(int(answer.headers.get("content-length", 0)))
            return answer
        except ConnectionError:
            return None

    def ended(self):
        """Wait for the end; gives what still came."""
        try:
            return self.reader.read()
        except ConnectionError:
            return b""


def head(line, *headers):
    return "\r\n".join([line, "Host: test", *headers, "", ""]).encode("latin-1")


class Simulator:
    """What the simulator of the providers is told and asked."""

    def __init__(self, house):
        self.netloc = urllib.parse.urlsplit(house.simulator_url).netloc

    def call(self, method, path, value=None):
        connection = http.client.HTTPConnection(self.netloc, timeout=30)
        connection.request(method, path, None if value is None else json.dumps(value), {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
        assert response.status < 300, body
        return body

    def script(self, *do, times=1, **match):
        """The next requests that match meet these faults."""
        return self.call("POST", "/_sim/script", {"match": match, "times": times, "do": list(do)})

    def ledger(self, **wanted):
        return self.call("GET", "/_sim/ledger?" + urllib.parse.urlencode({"limit": 10000, **wanted}))

    def requests(self, **wanted):
        return self.call("GET", "/_sim/requests?" + urllib.parse.urlencode(wanted))

    def performed(self, **wanted):
        return self.ledger(outcome="performed", **wanted)


def form(parts):
    """(content type, body) of (name, text) and (name, (filename, type, bytes))."""
    border, body = "border-" + secrets.token_hex(8), b""
    for name, value in parts:
        if isinstance(value, tuple):
            filename, type, data = value
            head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {type}'
        else:
            head, data = f'Content-Disposition: form-data; name="{name}"', value.encode()
        body += f"--{border}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    return f"multipart/form-data; boundary={border}", body + f"--{border}--\r\n".encode()


def token(secret, header=None, **claims):
    """A JSON Web Token made by hand."""
    now = int(time.time())
    claims = {"sub": "018f0000-0000-7000-8000-000000000000", "role": "user", "type": "access", "iat": now, "exp": now + 600,
              "iss": ISSUER, "aud": "palabre", **claims}
    claims = {name: value for name, value in claims.items() if value is not None}
    parts = [base64url(json.dumps(part).encode()) for part in (header or {"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64url(signature)])


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
