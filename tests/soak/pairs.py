"""Two of each daemon: the steady one is never restarted, the other gives way to a new one from time to time."""
import os
import subprocess
import sys
import time

import ground as g
from house import Daemon
from systems import SECRET, DAEMONS, token, user_id

USERS = 40
LEAVE_MS = 1500


class One(Daemon):
    """A daemon of the pairs, as tests/api knows daemons: its health, its resident pages."""

    def __init__(self, pairs, service: str, mark: str):
        self.service, self.name, self.judged = service, f"{service}-{mark}", 0
        self.log, self.url = pairs.ground.work / "soak.log", None
        self.port = pairs.ground.next_port()
        env = {**pairs.env, "HEALTH_PORT": str(self.port)}
        if service == "gateway":
            address = f"127.0.0.1:{pairs.ground.next_port()}"
            self.url, env = f"http://{address}", {**env, "GATEWAY_LISTEN": address, "JWT_SECRET": SECRET, "TOKEN_S": "604800"}
        self.process = g.spawn([pairs.ground.bin / f"palabre-{service}"], self.log, env, g.RUN_AS)
        self.pid, self.began = self.process.pid, time.monotonic()


class Pairs:
    def __init__(self, ground):
        self.ground, self.daemons = ground, {}
        self.sql = g.Sql(ground.env["PG_URL"])
        self.simulator = None
        blobs = ground.work / "soak-blobs"
        blobs.mkdir()
        os.chown(blobs, g.RUN_AS if os.getuid() == 0 else -1, -1)
        self.env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(blobs), "BLOB_URL": f"file://{blobs}",
            "AUDIT_SECRET": SECRET, "LOG_LEVEL": "warn", "LEAVE_MS": str(LEAVE_MS), "RATE_PRO_FACTOR": "1000",
            "LLM_ENGINES": "openai,extract", "LLM_OPENAI_KEY": "sk-test", "OPENAI_API_KEY": "sk-test",
            "STT_ENGINES": "openai", "STT_OPENAI_KEY": "sk-test", "TTS_ENGINES": "espeak,openai",
            **{k: ground.env[k] for k in ("PG_URL", "REDIS_URL", "AMQP_URL")}}

    def start(self) -> None:
        self.start_simulator()
        self.sql("INSERT INTO users (id, email, plan) SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, "
                 f"'user' || i || '@example.org', 'pro' FROM generate_series(1, {USERS}) i ON CONFLICT DO NOTHING")
        self.tokens = [token(user_id(i), seconds=7 * 86400) for i in range(1, USERS + 1)]
        for service in DAEMONS:
            for mark in ("steady", "rolled"):
                self.daemons[service, mark] = One(self, service, mark)
        for daemon in self.daemons.values():
            daemon.wait_ready()

    def start_simulator(self) -> None:
        command = [sys.executable, str(g.TOP / "tests/simulator"), "--ledger", str(self.ground.work / "ledger"), "--quiet"]
        self.simulator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        url = "http://" + self.simulator.stdout.readline().split()[-1] + "/v1"
        self.env |= {"LLM_OPENAI_URL": url, "STT_OPENAI_URL": url, "OPENAI_TTS_URL": url}

    def roll(self, n: int) -> None:
        """The second of a pair gives way, one service after the other; a balancer knows both for a while."""
        service = DAEMONS[n % len(DAEMONS)]
        old, new = self.daemons[service, "rolled"], One(self, service, "rolled")
        new.wait_ready()
        self.daemons[service, "next"] = new
        g.stop(old.process, 60)
        self.daemons[service, "rolled"] = self.daemons.pop((service, "next"))

    def steady(self) -> list[One]:
        return [self.daemons[service, "steady"] for service in DAEMONS]

    def stop(self) -> None:
        for daemon in self.daemons.values():
            daemon.process.terminate()
        for daemon in self.daemons.values():
            g.stop(daemon.process)
        if self.simulator:
            g.stop(self.simulator)
        self.sql.close()
