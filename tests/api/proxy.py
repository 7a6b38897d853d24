"""HAProxy as it stands before gateways, and something that stands behind it and tells what came through."""
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

from house import SCRIPTS, read_env, run
from palabre import Wire


class Proxy:
    """One HAProxy with a directory of its own. `url` is what clients see."""

    def __init__(self, gateways, **settings):
        near = os.environ.get("DAEMONS_DIR")        # tests/run.sh wipes what a killed run leaves beside it
        self.owned = tempfile.TemporaryDirectory(prefix="proxy.", dir=near and pathlib.Path(near).parent, ignore_cleanup_errors=True)
        self.place = pathlib.Path(self.owned.name)
        self.place.chmod(0o711)
        self.gateways = " ".join(address.removeprefix("http://") for address in gateways)
        try:
            self.servers("start", GATEWAYS=self.gateways, EDGE_REQUEST="2s", **settings)
        except BaseException:
            self.stop()
            raise
        self.settings = read_env((self.place / "haproxy/env").read_text())
        self.port = int(self.settings["EDGE_LISTEN"].rpartition(":")[2])
        self.url = f"https://127.0.0.1:{self.port}"
        self.trusted = self.place / "trusted.pem"
        whole = pathlib.Path(self.certificate).read_bytes()
        self.trust(whole[whole.index(b"-----BEGIN CERTIFICATE"):])

    def servers(self, action, **env):
        return run(SCRIPTS / "servers.sh", action, self.place, *(["haproxy"] if action != "remove" else []), env=env)

    def reload(self, **env):
        self.servers("reload", **env)

    def renew(self):
        """Another certificate in the place of this one; the clients trust it before the proxy has it."""
        new_certificate(self.certificate, self.trust)
        self.reload()

    def trust(self, certificate):
        with open(self.trusted, "ab") as bundle:
            bundle.write(certificate)

    def stop(self):
        self.servers("remove")
        self.owned.cleanup()

    def log(self):
        return (self.place / "log/haproxy.log").read_text()

    @property
    def certificate(self):
        return self.settings["EDGE_CERTIFICATES"]

    def tls(self, protocol="http/1.1", **options):
        """A context that trusts this proxy's certificates and no others."""
        context = ssl.create_default_context(cafile=self.trusted)
        context.set_alpn_protocols([protocol])
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def dial(self, source="127.0.0.1", protocol="http/1.1", timeout=30, **options):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout, source_address=(source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.tls(protocol, **options).wrap_socket(plain, server_hostname="localhost")

    def wire(self, **options):
        return ProxyWire(self, **options)

    def fingerprint(self):
        with self.dial() as one:
            return one.getpeercert(binary_form=True)


class ProxyWire(Wire):
    """Bare bytes within TLS."""

    def __init__(self, proxy, **options):
        self.socket = proxy.dial(**options)
        self.reader = self.socket.makefile("rb")

    def answers(self, seconds=1.0):
        """Whatever is answered until the end, or until nothing more comes."""
        self.socket.settimeout(seconds)
        got = []
        try:
            while (answer := self.answer()) is not None:
                got.append(answer)
        except (TimeoutError, ValueError, OSError):
            pass
        return got


def new_certificate(path, trust):
    """A self-signed one in the place of what is at path, as one file with its key; `trust` is told of it before."""
    key, certificate, whole = (pathlib.Path(f"{path}.{part}") for part in ("key", "crt", "new"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    trust(certificate.read_bytes())
    whole.touch(0o600)
    whole.write_bytes(key.read_bytes() + certificate.read_bytes())
    whole.replace(path)
    key.unlink(), certificate.unlink()


class Backend:
    """In the place of a gateway: keeps what comes, byte by byte, and answers by `answer(head)`."""

    def __init__(self, answer=None):
        self.answer = answer or (lambda head: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.seen, self.lock = [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                while data := connection.recv(1 << 16):
                    if data.startswith(b"GET /health/ready "):
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        return
                    with self.lock:
                        self.seen.append(data)
                    for piece in self.answer(data) if not isinstance(self.answer(data), bytes) else [self.answer(data)]:
                        connection.sendall(piece)
            except OSError:
                pass

    def close(self):
        self.listener.close()

    def took(self):
        """All that has come since it was asked last."""
        time.sleep(0.1)
        with self.lock:
            seen, self.seen = self.seen, []
        return b"".join(seen)


# --- HTTP/2, as far as an attacker needs it ---

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(type, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([type, flags]) + struct.pack(">I", stream) + payload


def field(name, value):
    """A literal without indexing or Huffman (RFC 7541 6.2.2), whatever its bytes."""
    def text(data):
        assert len(data) < 127
        return bytes([len(data)]) + data
    return b"\0" + text(name.encode("latin-1")) + text(value.encode("latin-1"))


class H2:
    """One connection; `ask` gives what happens to one stream: the status (0: reset or gone away) and the body."""

    def __init__(self, proxy):
        self.socket = proxy.dial(protocol="h2")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 0)))     # no dynamic table
        self.stream = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def ask(self, fields, body=None, path="/health", method="GET"):
        self.stream += 2
        pseudo = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)]
        block = b"".join(field(*pair) for pair in [*pseudo, *fields])
        self.socket.sendall(frame(HEADERS, END_HEADERS | (END_STREAM if body is None else 0), self.stream, block))
        if body is not None:
            self.socket.sendall(frame(DATA, END_STREAM, self.stream, body))
        return self.hear()

    def hear(self):
        status, body = 0, b""
        while True:
            head = self.reader.read(9)
            if len(head) < 9:
                return status, body
            payload = self.reader.read(int.from_bytes(head[:3], "big"))
            type, flags, stream = head[3], head[4], int.from_bytes(head[5:9], "big")
            if type == SETTINGS and not flags & ACK:
                self.socket.sendall(frame(SETTINGS, ACK, 0))
            if type == GOAWAY:
                return 0, payload
            if stream != self.stream:
                continue
            if type == RST_STREAM:
                return 0, payload
            if type == HEADERS:
                status = status_of(payload)
            if type == DATA:
                body += payload
            if flags & END_STREAM and type in (DATA, HEADERS):
                return status, body


STATUSES = {0x88: 200, 0x89: 204, 0x8a: 206, 0x8b: 304, 0x8c: 400, 0x8d: 404, 0x8e: 500}


def status_of(block):
    """The first field of an answer's head, behind the size of the dynamic table: an entry of the static table, or its name
    with a literal value."""
    if block[0] & 0xe0 == 0x20:
        block = block[1:]
    if block[0] in STATUSES:
        return STATUSES[block[0]]
    length = block[1] & 0x7f
    return int(huffman_digits(block[2:2 + length])) if block[1] & 0x80 else int(block[2:2 + length])


def huffman_digits(data):
    """Digits only (RFC 7541, appendix B): 0 to 2 have five bits, 3 to 9 six."""
    bits = "".join(f"{byte:08b}" for byte in data)
    codes = {f"{n:05b}": str(n) for n in range(3)} | {f"{0x19 + n:06b}": str(3 + n) for n in range(7)}
    out = ""
    while len(out) < 3:
        code = bits[:5] if bits[:5] in codes else bits[:6]
        out, bits = out + codes[code], bits[len(code):]
    return out
