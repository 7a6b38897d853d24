"""SaaS-IA whole: its clients, its sites, its engines; beside tests/api, whose tools these are, on daemons of their own."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))

from fixtures import *                      # noqa: E402, F401, F403
from fixtures import check_and_stop         # noqa: E402
from house import House, wait_until         # noqa: E402
from palabre import Simulator               # noqa: E402
from shell import Shell                     # noqa: E402


@pytest.fixture(scope="session")
def mocked():
    """The transcription product without a key: the word MOCK stands for it."""
    none = {name: "0" for name in ("AUDIO", "LLM", "TTS", "NOTIFY")}
    house = House.of_ones_own(breaks_servers=True, GATEWAY="1", ASSEMBLYAI_API_KEY="MOCK", STT_ENGINES="assemblyai,pocketsphinx", DIALECTS="localhost=saas-ia", LOG_LEVEL="debug",
                              TRANSCRIPTIONS_KEEP_DAYS="30", ENVIRONMENT="development", **none)
    yield house
    check_and_stop(house)


@pytest.fixture(scope="session")
def shell(mocked, tmp_path_factory):
    it = Shell(mocked, tmp_path_factory.mktemp("curl"))
    # A gateway serves as soon as it listens; until its ticket connection stands it says degraded.
    wait_until(lambda: it.type("curl http://localhost:8004/health")[1]["status"] == "healthy", 20, "all neighbours are met")
    return it


@pytest.fixture
def provider(house):
    """The providers of the module's house, which do nothing unusual behind the test any more."""
    simulator = Simulator(house)
    yield simulator
    for script in simulator.call("GET", "/_sim/scripts"):
        simulator.call("DELETE", f"/_sim/script/{script['id']}")
