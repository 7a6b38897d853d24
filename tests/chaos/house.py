"""A private Palabre that can be broken: servers, simulator, two of each daemon, and a wire of our own in every connection.
Nothing in here knows what clients do."""
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import ground as g
import plans
from systems import SECRET, USERS, token, user_id

PYTHON = "/usr/bin/python3"
HERE = Path(__file__).resolve().parent
PG_CONNECTIONS = 8
DRAIN_S = 6
DRAIN_ROOM_S = 20               # beyond DRAIN_S, on a machine with other work and with servers away
READY_S = 60
BLOBS_BYTES = 2 << 30
# Debian's libfaketime gives a process a wall clock of its own; a sanitizer's build cannot be preloaded.
CLOCK = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None) if "release" in g.BUILD.name else None
ADMIN = "00000000-0000-7000-8000-00000000ad01"


def kill_server(ground, name):
    """All of its processes at once, then its own recovery."""
    for pid in ground.server_pids()[name]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    until = time.monotonic() + 10
    while ground.server_pids()[name] and time.monotonic() < until:
        time.sleep(0.02)
    start_server(ground, name)


def start_server(ground, *names):
    """A machine with other work may need more than one patience for a crash recovery."""
    for n in range(4):
        try:
            return ground.script("servers.sh", "start", ground.servers, *names, KEEP_PORTS="1")     # the wires lead to these ports
        except RuntimeError:
            if n == 3:
                raise


class Daemon:
    """One process of the release build. `lock`: one fault at a time."""

    def __init__(self, house, name, env):
        self.house, self.name, self.env = house, name, env
        self.service = name.partition("-")[0]
        self.log = house.work / "log" / f"{name}.log"
        self.health = house.ground.next_port()
        self.lock, self.process, self.starts = threading.Lock(), None, 0
        self.is_ours = True             # false while we are ending it: its end says nothing

    def start(self):
        env = {**self.env, "HEALTH_PORT": str(self.health)}
        self.process = g.spawn([self.house.ground.bin / f"palabre-{self.service}"], self.log, env, g.RUN_AS)
        self.starts += 1
        self.is_ours = True

    def end(self, number, seconds=10.0):
        """False: it did not end in time, and was killed."""
        self.is_ours = False
        self.process.send_signal(number)
        try:
            self.process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            return False

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.health}{path}", timeout=5) as answer:
            return answer.read().decode()

    def is_ready(self):
        try:
            return bool(self.get("/health/ready"))
        except (OSError, ValueError):
            return False

    def wait_ready(self):
        until = time.monotonic() + READY_S
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.name} is not ready: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)


class Group:
    """Several that die together."""

    def __init__(self, daemons):
        self.daemons, self.lock = daemons, threading.Lock()

    def end(self, number):
        for daemon in self.daemons:
            daemon.lock.acquire()
            daemon.end(number)

    def start(self):
        for daemon in self.daemons:
            daemon.start()
            daemon.lock.release()


class Wires:
    """The process that carries the connections (links.py)."""

    def __init__(self, work, servers):
        path = work / "links.json"
        path.write_text(json.dumps(servers))
        self.process = subprocess.Popen([PYTHON, str(HERE / "links.py"), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                        start_new_session=True, stderr=open(work / "log/links.log", "w"))
        self.ports = json.loads(self.process.stdout.readline())
        self.lock = threading.Lock()

    def set(self, mode, names, ms=0):
        """How many connections that met."""
        with self.lock:
            self.process.stdin.write(f"{mode} {ms} {' '.join(names)}\n")
            return int(self.process.stdout.readline())

    def matching(self, pattern):
        daemon, _, server = pattern.partition("/")
        return [name for name in self.ports if daemon in ("*", name.partition("/")[0]) and server in ("*", name.partition("/")[2])]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class House:
    def __init__(self, ground):
        self.ground, self.work = ground, ground.work
        self.name, self.daemons, self.wires, self.simulator = "palabre", {}, None, None
        self.flaws = []                 # what no fault excuses
        (self.work / "log").mkdir(exist_ok=True)

    # --- start ---

    def start(self):
        self.make_blobs()
        (self.work / "clocks").mkdir()
        (self.work / "tmp").mkdir()
        (self.work / "tmp").chmod(0o1777)
        self.start_simulator()
        ports = {"pg": self.ground.env["PG_PORT"], "redis": self.ground.env["REDIS_PORT"], "rabbit": self.ground.env["AMQP_PORT"], "sim": self.simulator_port}
        self.wires = Wires(self.work, {link: int(ports[link.partition("/")[2]]) for name in plans.DAEMONS for link in plans.links_of(name)})
        self.sql = g.Sql(self.ground.env["PG_URL"])
        self.sql("INSERT INTO users (id, email, plan) SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, "
                 f"'user' || i || '@example.org', 'pro' FROM generate_series(1, {USERS}) i")
        self.sql(f"INSERT INTO users (id, email, role) VALUES ('{ADMIN}', 'admin@example.org', 'admin')")
        self.urls = []
        for name in plans.DAEMONS:
            self.daemons[name] = Daemon(self, name, self.settings(name))
            self.daemons[name].start()
        for daemon in self.daemons.values():
            daemon.wait_ready()
        edge = [daemon for name, daemon in self.daemons.items() if daemon.service == "gateway"]
        workers = [daemon for name, daemon in self.daemons.items() if daemon.service in plans.WORKERS]
        self.targets = {**self.daemons, "app": Group(edge), "worker": Group(workers)}
        self.tokens = [token(user_id(i)) for i in range(1, USERS + 1)]
        self.reader = token(ADMIN, role="admin")

    def make_blobs(self):
        """A small file system of their own, where we may mount one: then it can be full."""
        self.blobs = self.work / "blobs"
        self.blobs.mkdir()
        user = g.RUN_AS if os.getuid() == 0 else os.getuid()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={BLOBS_BYTES},mode=700,uid={user}", "palabre-chaos", str(self.blobs)], capture_output=True)
        self.can_be_full = mounted.returncode == 0
        if not self.can_be_full:
            self.blobs.chmod(0o700)

    def fill_blobs(self, is_full):
        """As small as what is in it: full at once, and no byte of it lost. Somebody may be writing meanwhile."""
        for more in (0, 1 << 16, 1 << 20, 1 << 24):
            stat = os.statvfs(self.blobs)
            size = max(4096, (stat.f_blocks - stat.f_bfree) * stat.f_frsize) + more if is_full else BLOBS_BYTES
            if subprocess.run(["mount", "-o", f"remount,size={size}", str(self.blobs)], capture_output=True).returncode == 0:
                return
        raise RuntimeError(f"{self.blobs} cannot be made {size} bytes large")

    def start_simulator(self):
        self.ledger = self.work / "ledger"
        self.simulator = subprocess.Popen([PYTHON, str(g.TOP / "tests/simulator"), "--ledger", str(self.ledger), "--quiet"], stdout=subprocess.PIPE, text=True,
                                          cwd=self.work, start_new_session=True, stderr=open(self.work / "log/simulator.log", "w"))
        self.simulator_port = int(self.simulator.stdout.readline().rpartition(":")[2])

    def settings(self, name):
        env, port = self.ground.env, self.wires.ports
        sim = f"http://127.0.0.1:{port[name + '/sim']}/v1" if f"{name}/sim" in port else ""
        settings = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self.blobs), "TMPDIR": str(self.work / "tmp"), "BLOB_URL": f"file://{self.blobs}",
            "PG_URL": env["PG_URL"].replace(f":{env['PG_PORT']}/", f":{port[name + '/pg']}/"),
            "REDIS_URL": env["REDIS_URL"].replace(f":{env['REDIS_PORT']}/", f":{port[name + '/redis']}/"),
            "AMQP_URL": env["AMQP_URL"].replace(f":{env['AMQP_PORT']}/", f":{port[name + '/rabbit']}/"),
            "AUDIT_SECRET": SECRET, "PG_CONNECTIONS": str(PG_CONNECTIONS), "DRAIN_S": str(DRAIN_S), "LOG_LEVEL": "info", "OPENAI_API_KEY": "sk-test",
            "LLM_ENGINES": "openai,extract", "LLM_OPENAI_URL": sim, "LLM_OPENAI_KEY": "sk-test", "LLM_FIRST_BYTE_MS": "5000", "LLM_IDLE_MS": "5000",
            "STT_ENGINES": "pocketsphinx,openai", "STT_OPENAI_URL": sim, "STT_OPENAI_KEY": "sk-test", "TTS_ENGINES": "espeak,openai", "OPENAI_TTS_URL": sim}
        if CLOCK and name in plans.DAEMONS[1::2]:
            self.set_clock(name, 0)
            # What waits goes by the monotonic clock, which stays as it is.
            settings |= {"LD_PRELOAD": str(CLOCK), "FAKETIME_TIMESTAMP_FILE": str(self.work / "clocks" / name), "FAKETIME_CACHE_DURATION": "1",
                         "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0", "NO_FAKE_STAT": "1"}
        if name.startswith("gateway"):
            listen = self.ground.next_port()
            self.urls.append(f"http://127.0.0.1:{listen}")
            settings |= {"GATEWAY_LISTEN": f"127.0.0.1:{listen}", "JWT_SECRET": SECRET, "TOKEN_S": "604800", "RATE_READ": "100000", "RATE_WRITE": "100000", "RATE_PRO_FACTOR": "1000"}
        return {key: value for key, value in settings.items() if value}

    def set_clock(self, name, ms):
        (self.work / "clocks" / name).write_text(f"{ms // 1000:+d}\n")

    # --- servers ---

    def kill_server(self, name):
        kill_server(self.ground, name)
        if name == "pg":
            self.sql.psql.kill()
            self.sql.psql.wait()
            self.sql = g.Sql(self.ground.env["PG_URL"])     # the old session died with its server

    def queues(self):
        """name -> (ready, unacknowledged)."""
        out = self.ground.script("servers.sh", "ctl", self.ground.servers, "-q", "list_queues", "name", "messages_ready", "messages_unacknowledged", "--no-table-headers")
        return {name: (int(ready), int(held)) for name, ready, held in (line.split() for line in out.splitlines() if len(line.split()) == 3)}

    # --- afterwards ---

    def heal(self):
        """All wires pass, everything runs."""
        if self.wires:
            self.wires.set("pass", list(self.wires.ports))
        if self.can_be_full:
            self.fill_blobs(False)
        start_server(self.ground)
        self.sql.close()
        self.sql = g.Sql(self.ground.env["PG_URL"])
        for daemon in self.daemons.values():
            with daemon.lock:
                daemon.process.send_signal(signal.SIGCONT)
                if daemon.process.poll() is not None:
                    daemon.start()
        for daemon in self.daemons.values():
            daemon.wait_ready()

    def stop(self):
        for daemon in self.daemons.values():
            if daemon.process and daemon.process.poll() is None:
                daemon.is_ours = False
                daemon.process.send_signal(signal.SIGCONT)
                daemon.process.terminate()
        for daemon in self.daemons.values():
            g.stop(daemon.process, 20)
        g.stop(self.simulator, 5)
        if self.wires:
            self.wires.close()

    def unmount(self):
        if self.can_be_full:
            subprocess.run(["umount", "-l", str(self.blobs)], capture_output=True)


def sweep(place):
    """File systems of runs that were killed too hard; the rest of what they left is the ground's to remove."""
    for blobs in Path(place).glob("palabre-bench.*.*/blobs"):
        pid = blobs.parent.name.split(".")[1]
        if blobs.is_mount() and not Path(f"/proc/{pid}").exists():
            subprocess.run(["umount", "-l", str(blobs)], capture_output=True)
            shutil.rmtree(blobs, ignore_errors=True)
