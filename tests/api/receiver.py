"""A receiver of webhooks that behaves as it is told, keeps what came, and verifies signatures by itself."""
import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time
from dataclasses import dataclass, field

LEEWAY_S = 300


@dataclass
class Got:
    """One attempt."""
    at: float
    path: str
    headers: dict
    body: bytes
    ended: float = 0

    @property
    def id(self):
        return self.headers.get("webhook-id")

    def json(self):
        return json.loads(self.body)

    def signed_by(self, secret, now=None):
        """As the specification says it, in words of our own."""
        at, now = self.headers["webhook-timestamp"], now or time.time()
        if abs(int(at) - now) > LEEWAY_S:
            return False
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        want = base64.b64encode(hmac.new(key, f"{self.id}.{at}.".encode() + self.body, hashlib.sha256).digest()).decode()
        signatures = [word.partition(",") for word in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(signature, want) for version, _, signature in signatures)


@dataclass
class Behaviour:
    """What a path does: each of `does` once, the last for ever. A number is a status; (status, headers) as well; or a word below."""
    does: list
    got: list = field(default_factory=list)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads, request_queue_size = True, 128

    def handle_error(self, request, address):
        """Senders go away, and do not trust certificates."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        got = Got(time.monotonic(), self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with receiver.lock:
            path = receiver.paths[self.path]
            path.got.append(got)
            does = path.does.pop(0) if len(path.does) > 1 else path.does[0]
            receiver.busy[self.path] = receiver.busy.get(self.path, 0) + 1
            receiver.most[self.path] = max(receiver.most.get(self.path, 0), receiver.busy[self.path])
        try:
            self.act(does)
        finally:
            with receiver.lock:
                receiver.busy[self.path] -= 1
                got.ended = time.monotonic()

    def act(self, does):
        if does == "close":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif does == "slow":
            time.sleep(self.server.receiver.slow_s)
            self.answer(200)
        elif does == "huge":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 30))
            self.end_headers()
            for _ in range(1 << 14):
                self.wfile.write(b"x" * (1 << 16))
        elif isinstance(does, tuple):
            self.answer(*does)
        else:
            self.answer(does)

    def answer(self, status, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()


class Receiver:
    def __init__(self, slow_s=40, certificate=None):
        self.lock, self.paths, self.busy, self.most, self.slow_s = threading.Lock(), {}, {}, {}, slow_s
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.receiver = self
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def path(self, name, *does):
        """A new address with a behaviour."""
        self.paths[f"/{name}"] = Behaviour(list(does or (200,)))
        return f"{self.url}/{name}"

    def got(self, name):
        with self.lock:
            return list(self.paths[f"/{name}"].got)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def certificate(where: pathlib.Path):
    """One that nobody vouches for."""
    file = where / "receiver.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-keyout", file, "-out", where / "receiver.crt"], check=True, capture_output=True)
    file.write_text(file.read_text() + (where / "receiver.crt").read_text())
    return file
