"""Raw sockets for the simulator's tests: every byte and every arrival is seen."""
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "Bearer sk-test"
QUESTION = "Quels sont les débats de la semaine ?"


def patiently(test):
    """On a busy machine arrivals run together: what is asked of them must hold in one of a few tries."""
    @functools.wraps(test)
    def tried(simulator):
        for left in range(4, -1, -1):
            try:
                return test(simulator)
            except AssertionError:
                if not left:
                    raise
    return tried


class Simulator:
    """A private simulator on a port of the kernel's choice."""

    def __init__(self, *arguments):
        command = [sys.executable, HERE, "--quiet", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on 127.0.0.1:"), line
        self.port = int(line.rpartition(":")[2])

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.stdout.close()
        return self.process.wait(5)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 5)

    def get(self, path, **headers):
        return self.ask("GET", path, b"", **headers)

    def post(self, path, value, **headers):
        return self.ask("POST", path, json.dumps(value).encode(), **headers)

    def ask(self, method, path, body, **headers):
        with self.connect() as peer:
            peer.sendall(request_bytes(method, path, body, headers))
            return Reply(peer)

    def chat(self, model="gpt-4o-mini", stream=True, text=QUESTION, more=None, **headers):
        return self.post("/v1/chat/completions", chat_request(model, stream, text, **(more or {})), **headers)

    def counts(self):
        return self.get("/_sim/counts").json()

    def ledger(self, **wanted):
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        return self.get("/_sim/ledger?" + query).json()


def chat_request(model, stream, text=QUESTION, **more):
    return {"model": model, "stream": stream, "messages": [{"role": "user", "content": text}], **more}


def request_bytes(method, path, body, headers):
    given = {"Host": "x", "Authorization": KEY, "Connection": "close", "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items() if value is not None)]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Reply:
    """Reads until the peer closes, and keeps what came when. `end` is eof, reset or timeout."""

    def __init__(self, peer, timeout_s=5):
        self.began = time.monotonic()
        self.arrivals = []
        self.end = self.read_all(peer, timeout_s)
        self.bytes = b"".join(data for _, data in self.arrivals)
        head, _, self.raw_body = self.bytes.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        self.headers = dict((name.lower(), value) for name, value in (line.split(": ", 1) for line in lines[1:]))

    def read_all(self, peer, timeout_s):
        peer.settimeout(timeout_s)
        try:
            while data := peer.recv(1 << 20):
                self.arrivals.append((time.monotonic() - self.began, data))
        except ConnectionResetError:
            return "reset"
        except TimeoutError:
            return "timeout"
        return "eof"

    @property
    def chunks(self):
        """The HTTP chunks, the empty final one included when it came."""
        found, rest = [], self.raw_body
        while b"\r\n" in rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                break
            found.append(rest[:length])
            assert rest[length:length + 2] == b"\r\n"
            rest = rest[length + 2:]
        return found

    @property
    def body(self):
        return b"".join(self.chunks) if "transfer-encoding" in self.headers else self.raw_body

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The JSON of each event; [DONE] is None."""
        found = []
        for part in self.body.decode().split("\n\n"):
            for line in part.split("\n"):
                if line.startswith("data: "):
                    found.append(None if line == "data: [DONE]" else json.loads(line[6:]))
        return found

    def text(self):
        """What the events say, joined."""
        choices = [event["choices"] for event in self.events() if event and event.get("choices")]
        return "".join(choice[0]["delta"].get("content") or "" for choice in choices)


def form(parts, boundary=b"border-7f3a"):
    """(content type, body) of name -> text or (filename, bytes)."""
    body = b""
    for name, value in parts:
        filename, data = value if isinstance(value, tuple) else (None, value.encode())
        attached = f'; filename="{filename}"\r\nContent-Type: audio/wav' if filename else ""
        body += b"--" + boundary + f'\r\nContent-Disposition: form-data; name="{name}"{attached}\r\n\r\n'.encode()
        body += data + b"\r\n"
    return "multipart/form-data; boundary=" + boundary.decode(), body + b"--" + boundary + b"--\r\n"
