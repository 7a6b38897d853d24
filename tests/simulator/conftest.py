"""One simulator for all tests of this folder; what a test does is told apart by its model's name."""
import pytest

from simclient import Simulator


@pytest.fixture(scope="session")
def simulator():
    simulator = Simulator()
    yield simulator
    assert simulator.stop() == 0
