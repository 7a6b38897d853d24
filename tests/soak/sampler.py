"""What is looked at every few seconds: resident pages, descriptors and threads of each daemon; sessions, clients and leases."""
import os
import re
import subprocess
import time
from pathlib import Path

from measure import PAGE


def percentile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))] if ordered else float("nan")


class Sampler:
    every_s = 5.0

    def __init__(self, pairs):
        self.pairs, self.began = pairs, time.monotonic()
        self.daemons = {daemon.name: [] for daemon in pairs.steady()}   # (s, MiB, fds, threads)
        self.house = []                                                 # (s, sessions, clients, running)
        self.minutes = []                                               # {what: (p50, p99, n)}

    def take(self) -> None:
        at = time.monotonic() - self.began
        for daemon in self.pairs.steady():
            proc = Path(f"/proc/{daemon.pid}")
            resident = int((proc / "statm").read_text().split()[1]) * PAGE / 2**20
            self.daemons[daemon.name].append((at, resident, len(os.listdir(proc / "fd")), len(os.listdir(proc / "task"))))
        self.house.append((at, self.sessions(), self.clients(), self.running()))

    def sessions(self) -> float:
        return self.pairs.sql.one("SELECT count(*) - 1 FROM pg_stat_activity WHERE backend_type = 'client backend'")

    def clients(self) -> int:
        said = subprocess.run(["redis-cli", "-u", self.pairs.env["REDIS_URL"], "INFO", "clients"], capture_output=True, text=True).stdout
        return int(re.search(r"connected_clients:(\d+)", said)[1]) - 1

    def running(self) -> float:
        return self.pairs.sql.one("SELECT count(*) FROM jobs WHERE due_at IS NOT NULL AND state = 'running'")

    def minute(self, times) -> str:
        self.minutes.append({what: (percentile(ms, 0.5), percentile(ms, 0.99), len(ms)) for what, ms in times.items()})
        resident = sum(samples[-1][1] for samples in self.daemons.values())
        words = ", ".join(f"{what} {p50:.0f} / {p99:.0f} ms" for what, (p50, p99, _) in self.minutes[-1].items())
        _, sessions, clients, running = self.house[-1]
        return f"minute {len(self.minutes)}: steady daemons {resident:.1f} MiB; {words}; {sessions:.0f} sessions, {clients} clients, {running:.0f} leases"
