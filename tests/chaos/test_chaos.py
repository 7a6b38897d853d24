"""The smoke plan, shortened, as a suite: each thing that must not be is a test. SEED=n plays a run again; LOAD_S=50 FAULTS=45 is the whole of it."""
import json
import os
import pathlib
import subprocess

import pytest

CHECKS = (
    "accepted jobs that are gone", "accepted jobs that did not end", "probes that ended otherwise than succeeded", "keys that gave two jobs",
    "jobs that nobody asked for", "steps of a flow that exist twice", "flows at odds with their steps", "confirmed cancels that did not hold",
    "effects that were doubled", "effects begun after a confirmed cancel", "streams that differ after cuts", "streams that ended wrongly or never",
    "reports of succeeded questions that cannot be read", "requests refused though nothing was wrong with them", "faults of ours in the logs",
    "daemons that died by themselves or did not end when told", "slots, leases, tickets, sessions that were left", "daemons that hold more than before")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What a run of the smoke plan found, by check."""
    result = tmp_path_factory.mktemp("chaos") / "result.json"
    env = {"LOAD_S": "20", "FAULTS": "22", **os.environ, "PLAN": "smoke", "RESULT": str(result)}
    run = subprocess.run(["/usr/bin/python3", str(pathlib.Path(__file__).parent)], env=env, capture_output=True, text=True)
    assert result.exists(), run.stdout[-3000:] + run.stderr[-3000:]
    print(run.stdout[-6000:], run.stderr[-2000:])
    return {check["what"]: check for check in json.loads(result.read_text())}


@pytest.mark.parametrize("what", CHECKS)
def test_there_are_no(found, what):
    assert found[what]["looked_at"] > 0
    assert not found[what]["found"], found[what]["found"][:5]


def test_every_check_is_a_test(found):
    assert set(found) == set(CHECKS)
