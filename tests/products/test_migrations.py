"""Migrations by the commands people know, on a database and a copy of the scripts that nobody else uses."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from house import deep, run

TOP = Path(__file__).resolve().parents[2]


class Migrations:
    def __init__(self, pg_url, place):
        self.place, self.scripts = place, TOP / "scripts"
        for name in ("scripts", "migrations"):
            shutil.copytree(TOP / name, place / name)
        self.admin, self.name = pg_url, f"migrations_{os.getpid()}"
        if not self.sql(pg_url, "SELECT 1 FROM pg_database WHERE datname = 'palabre_template'"):       # tests/run.sh has made one
            run(TOP / "scripts/testdb.sh", "template", pg_url)
        self.url = run(TOP / "scripts/testdb.sh", "new", pg_url, self.name).strip()

    def sql(self, url, statement):
        done = subprocess.run(["psql", "-XtAq", "-v", "ON_ERROR_STOP=1", url, "-c", statement], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def do(self, *words, says="", url=None):
        env = {**os.environ, "DATABASE_URL": url or self.url}
        return subprocess.run([self.place / "scripts/db-migrate.sh", *words], env=env, input=says, capture_output=True, text=True)

    def plan(self):
        lines = (self.place / "migrations/sqitch.plan").read_text().splitlines()
        return [line.split()[0] for line in lines if line and not line.startswith("%")]

    def has(self, table):
        return self.sql(self.url, f"SELECT to_regclass('{table}') IS NOT NULL") == "t"


@pytest.fixture(scope="module")
def migrations(house, tmp_path_factory):
    made = Migrations(house.pg_url, tmp_path_factory.mktemp("migrations"))
    yield made
    made.sql(made.admin, f"DROP DATABASE {made.name} WITH (FORCE)")


def test_without_a_command_the_commands_are_told(migrations):
    for words in ((), ("sideways",)):
        done = migrations.do(*words)
        assert done.returncode == 1
        assert all(word in done.stderr for word in ("generate", "upgrade", "downgrade", "history", "current", "reset", "init"))


def test_from_nothing_to_all_and_back(migrations):
    plan, name = migrations.plan(), f"{migrations.name}_empty"
    url = f"{migrations.url}_empty"
    migrations.sql(migrations.admin, f"CREATE DATABASE {name}")
    assert "nothing is applied" in migrations.do("current", url=url).stdout
    if "DEEP" in os.environ:        # a minute
        done = migrations.do("upgrade", url=url)
        assert f"{len(plan)} applied, {len(plan)} in all" in done.stdout, done
        done = migrations.do("downgrade", f"-{len(plan) - 1}", url=url)
        assert f"{len(plan) - 1} taken back, 1 applied" in done.stdout, done
    migrations.sql(migrations.admin, f"DROP DATABASE {name} WITH (FORCE)")


def test_up_and_down_and_where_it_stands(migrations):
    plan = migrations.plan()
    assert migrations.has("jobs")
    assert f"0 applied, {len(plan)} in all" in migrations.do("upgrade").stdout
    assert f"1 taken back, {len(plan) - 1} applied" in migrations.do("downgrade").stdout
    assert plan[-1] in re.split(r"Undeployed change", migrations.do("current").stdout)[1]
    assert f"2 taken back, {len(plan) - 3} applied" in migrations.do("downgrade", "-2").stdout
    assert migrations.do("downgrade", f"-{len(plan)}").returncode == 1, "more than there are"
    assert migrations.do("downgrade", "all").returncode == 1
    told = migrations.do("history").stdout
    assert told.index("Revert") < told.index("Deploy") and plan[-1] in told
    assert "3 applied" in migrations.do("upgrade").stdout


def test_a_new_migration_is_made_filled_in_and_applied(migrations):
    assert migrations.do("generate").returncode == 1
    done = migrations.do("generate", "Add a colour: été & hiver")
    assert done.returncode == 0, done
    name = migrations.plan()[-1]
    assert re.fullmatch(r"\d{8}_\d{4}_add_a_colour_ete_hiver", name)
    for part, text in (("deploy", "CREATE TABLE colours (name text)"), ("revert", "DROP TABLE colours"), ("verify", "SELECT name FROM colours WHERE false")):
        (migrations.place / f"migrations/{part}/{name}.sql").write_text(text + ";\n")
    assert "1 applied" in migrations.do("upgrade").stdout and migrations.has("colours")
    assert "1 taken back" in migrations.do("downgrade").stdout and not migrations.has("colours")


def test_an_applied_migration_that_was_edited_or_deleted_is_refused(migrations):
    migrations.do("upgrade")
    script = migrations.place / "migrations/deploy/asks.sql"
    kept = script.read_text()
    script.write_text(kept + "\n-- just a remark\n")
    done = migrations.do("upgrade")
    assert done.returncode == 1 and "asks" in done.stderr and "was changed" in done.stderr, done
    script.unlink()
    done = migrations.do("upgrade")
    assert done.returncode == 1 and "asks" in done.stderr, done
    script.write_text(kept)
    assert migrations.do("upgrade").returncode == 0


@deep
def test_all_goes_only_when_somebody_is_sure(migrations):
    migrations.do("upgrade")
    migrations.sql(migrations.url, "INSERT INTO idempotency_keys (caller, route, key, fingerprint) VALUES ('a', 'b', 'c', 'd')")
    for answer in ("no\n", "y\n", "YES\n", ""):
        done = migrations.do("reset", says=answer)
        assert done.returncode == 1 and "Are you sure? (yes/no): " in done.stdout and "nothing was done" in done.stderr
    assert migrations.sql(migrations.url, "SELECT count(*) FROM idempotency_keys") == "1"
    done = migrations.do("reset", says="yes\n")
    assert done.returncode == 0 and migrations.sql(migrations.url, "SELECT count(*) FROM idempotency_keys") == "0", done
