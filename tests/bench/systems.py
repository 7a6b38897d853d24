"""The systems that are measured. Each has: name, port, tokens (a file), sql, env, groups() for the accounting."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import time
from pathlib import Path

import ground as g

USERS = 50
SECRET = "a-secret-of-the-benchmark-0123456789abcdef"
PERSON_KEYS = "bench:" + base64.b64encode(b"a master key of the benchmark 32").decode()
DAEMONS = ("gateway", "audio", "stt", "llm", "tts", "document", "notify", "scheduler")


def user_id(i: int) -> str:
    return f"00000000-0000-7000-8000-{i:012x}"


OURS = {"type": "access", "iss": "http://localhost:8000", "aud": "palabre"}


def token(sub: str, plan="pro", secret=SECRET, seconds=7200, role="user", further=OURS) -> str:
    def part(b): return base64.urlsafe_b64encode(b).rstrip(b"=")
    now = int(time.time())
    claims = {"sub": sub, "role": role, "plan": plan, "iat": now, "exp": now + seconds, **dict(further)}
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()


def peers_token(i: int) -> str:
    """Its library refuses a token with an audience that it did not ask for."""
    return token(str(i), further={})


class System:
    def __init__(self, ground, name: str):
        self.ground, self.name, self.port = ground, name, ground.next_port()
        self.log = ground.work / f"{name}.log"
        self.processes: dict[str, subprocess.Popen] = {}
        self.tokens = ground.work / f"{name}.tokens"

    def url(self, route: str) -> str:
        return f"http://127.0.0.1:{self.port}{route}"

    def ask(self, verb, route, sub_token=None, body=None, port=None, seconds=10, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=seconds)
        try:
            h = dict(headers or {})
            if sub_token:
                h["Authorization"] = f"Bearer {sub_token}"
            if body is not None:
                h.setdefault("Content-Type", "application/json")
            c.request(verb, route, body.encode() if isinstance(body, str) else body, h)
            r = c.getresponse()
            return r.status, r.read().decode(), {k.lower(): v for k, v in r.getheaders()}
        finally:
            c.close()

    def wait_ready(self, process, port: int, route: str, seconds=60) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                if self.ask("GET", route, port=port, seconds=2)[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name}: not ready; see {self.log}: {self.log.read_text()[-2000:]}")
            time.sleep(0.002)

    def pids(self) -> list[int]:
        return [p.pid for p in self.processes.values()]

    def stop(self, *names: str) -> None:
        for name in names or list(self.processes):
            g.stop(self.processes.pop(name, None))


class Palabre(System):
    def __init__(self, ground):
        super().__init__(ground, "palabre")
        self.sql = g.Sql(ground.env["PG_URL"])
        self.tokens.write_text("".join(token(user_id(i)) + "\n" for i in range(1, USERS + 1)))
        blobs = ground.work / "blobs"
        blobs.mkdir()
        os.chown(blobs, g.RUN_AS if os.getuid() == 0 else -1, -1)
        self.env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(blobs), "BLOB_URL": f"file://{blobs}",
            "GATEWAY_LISTEN": f"127.0.0.1:{self.port}", "JWT_SECRET": SECRET, "AUDIT_SECRET": SECRET, "PERSON_KEYS": PERSON_KEYS, "TOKEN_S": "604800", "LOG_LEVEL": "warn",
            "RATE_READ": "20", "RATE_WRITE": "20", "RATE_PRO_FACTOR": "50000000",
            "LLM_ENGINES": "openai", "LLM_OPENAI_MODEL": "fake", "LLM_OPENAI_KEY": "none", "LLM_DIALECT": "compatible",
            **{k: ground.env[k] for k in ("PG_URL", "REDIS_URL", "AMQP_URL")}}
        self.sql("INSERT INTO users (id, email, plan) SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, "
                 f"'user' || i || '@example.org', 'pro' FROM generate_series(1, {USERS}) i")

    def start(self, service: str, **env: str) -> float:
        """Milliseconds from exec to ready."""
        if service in self.processes:
            return 0
        port = self.ground.next_port()
        began = time.monotonic()
        p = g.spawn([self.ground.bin / f"palabre-{service}"], self.log, {**self.env, "HEALTH_PORT": str(port), **env}, g.RUN_AS)
        self.processes[service] = p
        self.wait_ready(p, port, "/health/ready")
        return (time.monotonic() - began) * 1e3

    def groups(self) -> dict[str, list[int]]:
        edge = [p.pid for n, p in self.processes.items() if n == "gateway"]
        return {"app": edge, "worker": [p for p in self.pids() if p not in edge]}

    def clear(self, *queues: str) -> None:
        """With the daemons stopped or idle: no jobs, no tickets."""
        self.sql("TRUNCATE jobs, outbox, asks, effects, idempotency_keys")
        self.ground.purge(*queues)


class Peer(System):
    """A directory with systems/peer in it, a driver: `peer app`, `peer worker`, `peer routes`; schema.sql for its database."""

    def __init__(self, ground, where: str):
        super().__init__(ground, "peer")
        where = Path(where).resolve()
        self.driver = where / "systems/peer"
        env = ground.env
        url = env["PG_URL"].rsplit("/", 1)[0] + "/bench_peer"
        subprocess.run(["psql", "-Xq", env["PG_URL"], "-c", "CREATE DATABASE bench_peer"], check=True)
        subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-v", "hash=none", "-f", str(where / "schema.sql"), url], check=True)
        self.sql = g.Sql(url)
        self.fixtures = where / "fixtures"
        self.tokens.write_text("".join(peers_token(i) + "\n" for i in range(1, USERS + 1)))
        self.queue, self.prefix = "jobs_peer", "peer:"
        self.env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(ground.work), "TMPDIR": str(ground.work),
            "PYTHONPYCACHEPREFIX": str(ground.work / "pycache"), "APP_PORT": str(self.port), "DATABASE_URL": url,
            "REDIS_URL": env["REDIS_URL"].rsplit("/", 1)[0] + "/1", "AMQP_URL": env["AMQP_URL"].replace("%2F", "/"),
            "JWT_SECRET": SECRET, "JOB_QUEUE": self.queue, "CHANNEL_PREFIX": self.prefix}
        self.routes: dict[str, list[tuple[str, str]]] = {}
        for line in subprocess.run([self.driver, "routes"], capture_output=True, text=True, check=True, env=self.env).stdout.splitlines():
            workload, label, route = line.split()
            self.routes.setdefault(workload, []).append((label, route))

    def start(self, part="app", **env: str) -> float:
        if part in self.processes:
            return 0
        began = time.monotonic()
        p = g.spawn([self.driver, part], self.log, {**self.env, **env})
        self.processes[part] = p
        if part == "app":
            self.wait_ready(p, self.port, "/health")
        return (time.monotonic() - began) * 1e3

    def groups(self) -> dict[str, list[int]]:
        return {n: [p.pid] for n, p in self.processes.items()}

    def clear(self) -> None:
        self.sql("TRUNCATE jobs")
        self.ground.purge(self.queue)
