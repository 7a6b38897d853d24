"""One house for all tests of a suite but those that break it; whatever a log says is held against the test that
made it say so."""
import os

import pytest

from house import House
from palabre import Client, Simulator
from proxy import Proxy

LOG_LINES = 10


@pytest.fixture(scope="session")
def house():
    """KEEP_HOUSE=1 leaves the daemons of the environment running, for another run of the tests."""
    house = House.of_environment() if "DAEMONS_DIR" in os.environ else House.of_ones_own()
    keep = "KEEP_HOUSE" in os.environ
    if keep:
        house.new_flaws()           # what was said before is not about these tests
    yield house
    check_and_stop(house, keep)


def check_and_stop(house, keep=False):
    dead = [f"{daemon.name} died:\n{daemon.tail()}" for daemon in house.daemons.values() if not daemon.is_alive()]
    if not keep:
        house.stop_daemons()
    flaws = house.new_flaws()
    if not keep:
        house.stop()
    assert not dead, "\n".join(dead)
    assert not flaws, "\n".join(flaws)


@pytest.fixture(scope="module")
def fragile():
    """A house to break things in. DRAIN_S is short: work may last longer than a drain."""
    house = House.of_ones_own(breaks_servers=True, FAST="0", DRAIN_S="3")
    yield house
    check_and_stop(house)


@pytest.fixture(scope="module")
def pairs():
    """Two of each daemon: either can do without the other."""
    both = {name: "2" for name in ("AUDIO", "STT", "LLM", "TTS", "DOCUMENT", "NOTIFY", "SCHEDULER", "GATEWAY")}
    house = House.of_ones_own(LEAVE_MS="1500", STT_ENGINES="openai", RATE_PRO_FACTOR="1000", **both)
    yield house
    check_and_stop(house)


@pytest.fixture(scope="session")
def front():
    """Two gateways behind HAProxy (`front.proxy`), with as much behind them as answers a question."""
    none = {name: "0" for name in ("AUDIO", "STT", "TTS", "DOCUMENT", "NOTIFY")}
    house = House.of_ones_own(breaks_servers=True, GATEWAY="2", LOG_LEVEL="debug", KEEP_ALIVE_MS="60000", LEAVE_MS="2500", RATE_PRO_FACTOR="1000",
                              DIALECTS="saas.test=saas-ia,foyer.test=foyergpt,jade.test=hellojade,robian.test=robian-api,iasted.test=iasted", **none)
    house.proxy = Proxy(house.urls)
    yield house
    house.proxy.stop()
    check_and_stop(house)


@pytest.fixture
def client(house):
    """A user that nobody else is."""
    return Client(house).register()


@pytest.fixture
def stranger(house):
    return Client(house).register()


@pytest.fixture
def nobody(house):
    return Client(house)


@pytest.fixture
def simulator(house):
    return Simulator(house)


# --- what the logs say ---

HOUSES = ("house", "fragile", "pairs", "front")


def houses_of(request):
    return [request.getfixturevalue(name) for name in HOUSES if name in request.fixturenames]


@pytest.fixture(autouse=True)
def told_by_logs(request):
    """An error in a log fails the test during which it came."""
    houses = houses_of(request)
    for house in houses:
        house.begin_test()
    yield
    for house in houses:
        flaws = house.new_flaws()
        assert not flaws, "told by the logs:\n" + "\n".join(flaws)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    houses = [item.funcargs[name] for name in HOUSES if name in getattr(item, "funcargs", {})]
    if report.failed:
        for house in houses:
            report.sections.append(("logs of the daemons", house.said_since_begin(LOG_LINES)))
