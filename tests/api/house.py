"""Everything the tests need to run: private servers, the simulator, the daemons. Some tests break things: they have
a house of their own."""
import base64
import copy
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = TOP / "scripts"
PYTHON = "/usr/bin/python3"
READY_S = 60
REPORT = re.compile(r"^(==\d+==ERROR: |WARNING: ThreadSanitizer)|runtime error: ")
KEPT_BY_LIBRARIES = "libfontconfig"     # a few hundred bytes that it never gives back


def run(*command, env=None, check=True):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})}, timeout=180)
    assert done.returncode == 0 or not check, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def wait_until(what, seconds, why):
    """The first truth that `what` gives."""
    until = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < until, f"after {seconds} s still not: {why}"
        time.sleep(0.05)


def free_port(port):
    """The next one that nobody listens on, from `port` on."""
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                port += 1

deep = pytest.mark.skipif("DEEP" not in os.environ, reason="takes long: DEEP=1 runs it")


class Daemon:
    """One process; `daemons` in the run's directory has its line."""

    def __init__(self, run_dir, line):
        self.name, pid, port, address = line.split()
        self.pid, self.port = int(pid), int(port)
        self.url = None if address == "-" else f"http://{address}"
        self.log = run_dir / "log" / f"{self.name}.log"
        self.judged = 0             # bytes of the log that new_text has given
        self.process = None         # once the tests have started it again

    def is_alive(self):
        if self.process:
            return self.process.poll() is None
        try:
            stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
            threads = os.listdir(f"/proc/{self.pid}/task")
        except OSError:
            return False
        # Ended, and all its threads: until then its ports are taken.
        return stat.rpartition(")")[2].split()[0] != "Z" or len(threads) > 1

    def health(self, path="/health/ready"):
        """(status, body) of its own port; (0, {}) when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except (OSError, ValueError):
            return 0, {}

    def wait_ready(self, seconds=READY_S):
        wait_until(lambda: self.health()[0] == 200 or not self.is_alive(), seconds, f"{self.name} is ready")
        assert self.is_alive(), f"{self.name} died at its start:\n{self.tail()}"

    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())[1])

    def setting(self, name):
        """A variable of its environment."""
        words = (pathlib.Path(f"/proc/{self.pid}") / "environ").read_bytes().split(b"\0")
        return dict(word.decode().split("=", 1) for word in words if b"=" in word)[name]

    def remember(self):
        """How it was started, from the kernel: to start it again just so."""
        proc = pathlib.Path(f"/proc/{self.pid}")
        words = (proc / "environ").read_bytes().split(b"\0")
        self.environ = dict(word.split(b"=", 1) for word in words if b"=" in word)
        self.cwd, self.exe, self.uid = os.readlink(proc / "cwd"), os.readlink(proc / "exe"), proc.stat().st_uid

    def end(self, number=signal.SIGKILL, seconds=60):
        self.remember()
        os.kill(self.pid, number)
        wait_until(lambda: not self.is_alive(), seconds, f"{self.name} ended by {signal.Signals(number).name}")

    def start_again(self, wait=True):
        user = {} if os.geteuid() else {"user": self.uid, "group": self.uid, "extra_groups": []}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.exe], cwd=self.cwd, env=self.environ, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True, **user)
        self.pid = self.process.pid
        if wait:
            self.wait_ready()

    def beside(self, name, **settings):
        """Another one just like this but for some settings, on ports of its own, started and ready."""
        self.remember()
        other = copy.copy(self)
        other.name, other.log, other.judged = name, self.log.with_name(f"{name}.log"), 0
        other.port = free_port(self.port + 1)
        other.environ = {**self.environ, b"HEALTH_PORT": b"%d" % other.port}
        other.environ |= {key.encode(): value.encode() for key, value in settings.items()}
        if self.url:
            other.url = f"http://127.0.0.1:{free_port(other.port + 1)}"
            other.environ[b"GATEWAY_LISTEN"] = other.url.removeprefix("http://").encode()
        other.start_again()
        return other

    # --- its log ---

    def size(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def text(self, since=0):
        return self.log.read_bytes()[since:].decode(errors="replace") if self.log.exists() else ""

    def new_text(self):
        """The whole lines that came since this was asked last."""
        data = self.log.read_bytes()[self.judged:] if self.log.exists() else b""
        data = data[:data.rfind(b"\n") + 1]
        self.judged += len(data)
        return data.decode(errors="replace")

    def tail(self, lines=12):
        return "\n".join(self.text().splitlines()[-lines:])


class House:
    """A run of daemons with what they stand on. Attributes: url, urls, simulator_url, secret, daemons by name."""

    def __init__(self):
        self.expected = []          # patterns of log lines that a test has caused on purpose
        self.owned = None
        self.retired = []           # daemons that have given way; what they logged is judged too

    @classmethod
    def of_environment(cls):
        """What tests/run.sh has started for this suite."""
        house = cls()
        house.simulator_url, house.secret = os.environ["SIMULATOR_URL"], os.environ["JWT_SECRET"]
        house.audit_public_key = os.environ["AUDIT_PUBLIC_KEYS"]
        house.pg_url, house.redis_url = os.environ["PG_URL"], os.environ["REDIS_URL"]
        house.servers_dir = pathlib.Path(os.environ["LDAP_HOME"]).parent
        house.read_daemons(pathlib.Path(os.environ["DAEMONS_DIR"]))
        return house

    @classmethod
    def of_ones_own(cls, breaks_servers=False, **settings):
        """Daemons with these settings. On servers of its own when a test of it stops or kills one; otherwise on those of
        tests/run.sh, if it runs this."""
        house = cls()
        house.breaks_servers = breaks_servers
        near = os.environ.get("DAEMONS_DIR")        # tests/run.sh wipes what a killed run leaves beside it
        house.owned = tempfile.TemporaryDirectory(prefix="house.", dir=near and pathlib.Path(near).parent,
                                                  ignore_cleanup_errors=True)
        house.place = pathlib.Path(house.owned.name)
        house.place.chmod(0o711)
        try:
            house.start(settings)
        except BaseException:
            house.stop()
            raise
        return house

    def start(self, settings):
        self.simulator = None
        fast = settings.pop("FAST", "1")
        env = self.borrow_servers() if "SPARES_DIR" in os.environ and not self.breaks_servers else self.start_servers(fast)
        self.pg_url, self.redis_url = env["PG_URL"], env["REDIS_URL"]
        self.start_simulator()
        self.secret = os.urandom(32).hex()
        text = (pathlib.Path(__file__).parent / "daemons.env").read_text()
        text = text.replace("DIRECTORY_URL", f"ldap://127.0.0.1:{env['LDAP_PORT']}").replace("DIRECTORY_HOME", env["LDAP_HOME"])
        env |= read_env(text.replace("SIMULATOR_URL", self.simulator_url))
        key = self.place / "sign.pem"
        self.audit_public_key = run(build_dir() / "palabrectl", "audit", "keygen", key)
        env |= {"AUDIT_SECRET": self.secret, "AUDIT_SIGN_KEY": key.read_text(), "AUDIT_PUBLIC_KEYS": self.audit_public_key}
        env |= {"JWT_SECRET": self.secret, "PERSON_KEYS": f"test:{base64.b64encode(os.urandom(32)).decode()}", "PORT": "0", "UBSAN_OPTIONS": "print_stacktrace=1", **settings}
        run(SCRIPTS / "daemons.sh", "start", self.place / "run", build_dir(), env=env)
        self.read_daemons(self.place / "run")

    def start_servers(self, fast):
        self.servers_dir = self.place / "servers"
        run(SCRIPTS / "servers.sh", "start", self.servers_dir, "pg", "redis", "rabbit", "slapd", env={"FAST": fast})
        env = read_env((self.servers_dir / "env").read_text())
        if "SCHEMA_SQL" in os.environ:      # of tests/run.sh
            run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, env["PG_URL"], "-f", os.environ["SCHEMA_SQL"])
        else:
            run(SCRIPTS / "migrate.sh", env["PG_URL"], "deploy")
        return {**env, "LDAP_HOME": str(self.servers_dir / "slapd")}

    def borrow_servers(self):
        """A database, a Redis database and a virtual host of the servers of tests/run.sh."""
        for n in range(1, int(os.environ["SPARES"]) + 1):
            try:
                (pathlib.Path(os.environ["SPARES_DIR"]) / str(n)).mkdir()
                break
            except FileExistsError:         # another house has it
                pass
        else:
            raise AssertionError("tests/environment.sh has too few SPARES")
        return {"PG_URL": run(SCRIPTS / "testdb.sh", "new", os.environ["ADMIN_URL"], f"spare_{n}").strip(),
                "REDIS_URL": f"redis://127.0.0.1:{os.environ['REDIS_PORT']}/{int(os.environ['SPARES_REDIS']) + n}",
                "AMQP_URL": f"amqp://guest:guest@127.0.0.1:{os.environ['AMQP_PORT']}/spare.{n}",
                "LDAP_PORT": os.environ["LDAP_PORT"], "LDAP_HOME": os.environ["LDAP_HOME"]}

    def start_simulator(self):
        command = [PYTHON, str(TOP / "tests/simulator"), "--ledger", str(self.place / "ledger"), "--quiet"]
        self.simulator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.place)
        self.simulator_url = "http://" + self.simulator.stdout.readline().split()[-1]

    def read_daemons(self, run_dir):
        self.run_dir = run_dir
        found = [Daemon(run_dir, line) for line in (run_dir / "daemons").read_text().splitlines()]
        self.daemons = {daemon.name.removeprefix("palabre-"): daemon for daemon in found}
        self.urls = [daemon.url for daemon in found if daemon.url]
        self.url = self.urls[0]

    def roll(self, name):
        """One daemon gives way to a new one, as in a rolling update: the new one is ready before the old one is told to end."""
        old = self.daemons[name]
        new = old.beside(f"palabre-{name}-next" if not old.name.endswith("-next") else f"palabre-{name}")
        self.daemons[name + "-next"] = new              # a balancer knows both for a while
        old.end(signal.SIGTERM)
        self.retired.append(old)
        self.daemons[name] = self.daemons.pop(name + "-next")

    def servers(self, action, *names):
        return run(SCRIPTS / "servers.sh", action, self.servers_dir, *names)

    def sql(self, statement):
        """Rows of texts."""
        out = run("psql", "-XAtq", "-F", "\t", self.pg_url, "-c", statement)
        return [line.split("\t") for line in out.splitlines()]

    def stop_daemons(self):
        """Each ends in order, so that leaks are told."""
        if hasattr(self, "run_dir"):
            run(SCRIPTS / "daemons.sh", "stop", self.run_dir, check=False)

    def stop(self):
        self.stop_daemons()
        if not self.owned:
            return
        if self.simulator:
            self.simulator.terminate()
            self.simulator.wait(10)
            self.simulator.stdout.close()
        if (self.place / "servers").exists():
            run(SCRIPTS / "servers.sh", "remove", self.place / "servers", check=False)
        run("bash", "-c", f". {SCRIPTS}/common.sh; remove_placed {self.place}/run/home", check=False)
        self.owned.cleanup()

    # --- logs ---

    def expect(self, pattern):
        """Errors that match are no flaw from now on."""
        self.expected.append(re.compile(pattern))

    def begin_test(self):
        self.began = {daemon.name: daemon.size() for daemon in self.daemons.values()}

    def said_since_begin(self, lines):
        parts = {daemon.name: daemon.text(self.began.get(daemon.name, 0)).splitlines() for daemon in self.daemons.values()}
        return "\n".join("\n".join([f"--- {name}", *(line[:400] for line in part[-lines:])]) for name, part in parts.items() if part)

    def new_flaws(self):
        """What no log may hold, since this was asked last: reports of sanitizers, errors that no test has caused on
        purpose."""
        all_of_them = [*self.daemons.values(), *self.retired]
        return [f"{daemon.name}: {line}" for daemon in all_of_them for line in flaws_of(daemon.new_text())
                if not any(pattern.search(line) for pattern in self.expected)]


def flaws_of(text):
    """Lines of level error; of a sanitizer's report its beginning."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if '"level":"error"' in line:
            yield line
        elif REPORT.search(line) and ("LeakSanitizer" not in line or leaks_of_ours(lines[at:])):
            yield "\n".join(lines[at:at + 40])
            return


def leaks_of_ours(report):
    """The leaks of a report that are not a library's own doing."""
    leaks = re.findall(r"(?:Direct|Indirect) leak of .*(?:\n +#.*)+", "\n".join(report))
    return [leak for leak in leaks if KEPT_BY_LIBRARIES not in leak.partition(" #1 ")[2].partition("\n")[0]]


def read_env(text):
    lines = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def build_dir():
    return TOP / "build" / os.environ.get("MODE", "asan")
