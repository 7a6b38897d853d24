"""The ground all systems stand on: private servers in a directory of this run, a database for each, the tools."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD_DIR", TOP / "build/release"))
TOOLS = TOP / "build/release/bench"
RUNS = int(os.environ.get("RUNS", "3"))
SECONDS = int(os.environ.get("SECONDS_EACH", "4"))
ONLY = set(os.environ.get("ONLY", "").split())
PEER = os.environ.get("PEER", "")
RUN_AS = int(os.environ.get("RUN_AS", "61713"))     # the daemons' user when we are root

began = time.monotonic()


def say(text: str) -> None:
    print(f"[{time.monotonic() - began:6.1f} s] {text}", file=sys.stderr, flush=True)


def wanted(workload: str) -> bool:
    return not ONLY or workload in ONLY


class Sql:
    """A psql that stays: one round trip a question. Rows are lists of texts."""

    def __init__(self, url: str):
        self.psql = subprocess.Popen(["psql", "-XAtq", "-v", "ON_ERROR_STOP=0", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, bufsize=1)

    def __call__(self, text: str) -> list[list[str]]:
        self.psql.stdin.write(text + ";\n\\echo end-of-answer\n")
        self.psql.stdin.flush()
        rows = []
        for line in self.psql.stdout:
            if line == "end-of-answer\n":
                return rows
            if re.match(r"(psql:.*)?(ERROR|FATAL):", line):
                raise RuntimeError(f"{text[:200]}: {line}")
            rows.append(line.rstrip("\n").split("|"))
        raise RuntimeError("psql has ended")

    def one(self, text: str) -> float:
        return float(self(text)[0][0])

    def close(self) -> None:
        try:
            self.psql.stdin.close()
        except BrokenPipeError:         # it had ended
            pass
        self.psql.wait(10)


def sweep(place: str) -> None:
    """What runs left behind that were killed too hard to clean up. Their number stands in the name."""
    for left in Path(place).glob("palabre-bench.*.*"):
        pid = left.name.split(".")[1]
        if left.stat().st_uid != os.getuid() or not pid.isdigit() or Path(f"/proc/{pid}").exists():
            continue
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                if str(left).encode() in Path(f"/proc/{process}/environ").read_bytes():
                    os.kill(int(process), signal.SIGKILL)
            except OSError:
                continue
        subprocess.run([str(TOP / "scripts/servers.sh"), "remove", str(left / "servers")], capture_output=True)
        shutil.rmtree(left, ignore_errors=True)


def not_of_daemons(at: str, names: list[str]) -> list[str]:
    """What a copy of the build leaves out: all but the daemons and their lib/."""
    return [n for n in names if Path(at) == BUILD and n != "lib" and (not n.startswith("palabre-") or (Path(at) / n).is_dir())]


class Ground:
    def __init__(self):
        place = os.environ.get("BENCH_DIR", "/tmp")
        sweep(place)
        self.work = Path(tempfile.mkdtemp(prefix=f"palabre-bench.{os.getpid()}.", dir=place))
        self.work.chmod(0o755)
        self.servers = self.work / "servers"
        self.env: dict[str, str] = {}

    def script(self, name: str, *args, **more) -> str:
        env = {**os.environ, "PG_SHARED_BUFFERS": "256MB", **more}
        done = subprocess.run([str(TOP / "scripts" / name), *map(str, args)], capture_output=True, text=True, env=env)
        if done.returncode:
            raise RuntimeError(f"{name} {args}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        say("servers: PostgreSQL, Redis, RabbitMQ, durable")
        self.script("servers.sh", "start", self.servers)
        for line in (self.servers / "env").read_text().splitlines():
            key, _, value = line.partition("=")
            self.env[key] = value
        self.script("migrate.sh", self.env["PG_URL"], "deploy")
        self.bin = self.work / "bin"
        shutil.copytree(BUILD, self.bin, ignore=not_of_daemons)
        self.port = int(self.env["SERVERS_BASE"]) + 24

    def next_port(self) -> int:
        """A free one behind those of the servers."""
        taken = set(re.findall(r":(\d+) ", subprocess.run(["ss", "-ltnH"], capture_output=True, text=True).stdout))
        while str(self.port) in taken:
            self.port += 1
        self.port += 1
        return self.port - 1

    def tuning(self) -> str:
        sql = Sql(self.env["PG_URL"])
        names = ("fsync", "synchronous_commit", "shared_buffers", "max_wal_size")
        text = ", ".join(f"{n} {sql(f'SHOW {n}')[0][0]}" for n in names)
        sql.close()
        return text

    def purge(self, *queues: str) -> None:
        for queue in queues:
            done = subprocess.run([str(TOP / "scripts/servers.sh"), "ctl", str(self.servers), "-q", "purge_queue", queue], capture_output=True)
            if done.returncode:
                say(f"queue {queue} could not be emptied (not there yet?)")

    def server_pids(self) -> dict[str, list[int]]:
        """By where they stand: they are nobody's children any more."""
        places = {os.path.realpath(self.servers / d): d for d in ("pg", "redis", "rabbit")}
        found: dict[str, list[int]] = {"pg": [], "redis": [], "rabbit": []}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                place = os.readlink(f"/proc/{pid}/cwd")
            except OSError:
                continue
            if place in places:
                found[places[place]].append(int(pid))
        return found

    def end(self) -> None:
        if os.environ.get("KEEP") == "1":
            self.script("servers.sh", "stop", self.servers)
            say(f"kept: {self.work}")
            return
        self.script("servers.sh", "remove", self.servers)
        shutil.rmtree(self.work, ignore_errors=True)


def main(run) -> int:
    """run(ground) on a ground of its own, which is removed whatever happens; gives the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ground = Ground()
    try:
        return 0 if run(ground) else 1
    finally:
        ground.end()


def tool(name: str, *args, env=None, seconds=180) -> str:
    done = subprocess.run([str(TOOLS / name), *map(str, args)], capture_output=True, text=True, timeout=seconds,
                          env={**os.environ, **(env or {})})
    if done.returncode:
        raise RuntimeError(f"{name} {args}: {done.stdout}{done.stderr}")
    return done.stdout


def spawn(argv, log: Path, env: dict, user=None) -> subprocess.Popen:
    more = {"user": user, "group": user, "extra_groups": []} if user and os.getuid() == 0 else {}
    with open(log, "ab") as out:
        return subprocess.Popen(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, start_new_session=True, **more)


def stop(process, seconds=30) -> None:
    if not process or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
