"""The speech worker dies by SIGKILL in the middle of a transcription: it goes on where it was, and no provider is paid twice."""
import signal

import pytest

from house import House, wait_until
from media import spoken, spoken_often
from palabre import Client, Simulator, token

from conftest import check_and_stop

HEAR, CREATE, UPLOAD = "/v1/audio/transcriptions", "/v2/transcript", "/v2/upload"
REPEATS = 24        # of six seconds: several pieces

# When the worker is killed: the fault that gives the time for it, where, and the sign.
MOMENTS = {
    "upload": ("slow;ms=4000", UPLOAD, lambda watch: watch.asked("POST /v2/upload") == 1),
    "create": ("slow;ms=4000", CREATE, lambda watch: watch.performed(CREATE)),
    "poll": ("waits;queued=40;processing=0", CREATE, lambda watch: watch.asked("GET /v2/transcript/") >= 3),
}


@pytest.fixture(scope="module")
def house():
    house = House.of_ones_own(STT_ENGINES="assemblyai,openai", ASSEMBLYAI_API_KEY="sk-test", GATEWAY="1")
    yield house
    check_and_stop(house)


@pytest.fixture
def provider(house):
    simulator = Simulator(house)
    yield simulator
    for script in simulator.call("GET", "/_sim/scripts"):
        simulator.call("DELETE", f"/_sim/script/{script['id']}")


@pytest.fixture
def asker(house):
    client = Client(house).register()
    client.token = token(house.secret, sub=client.id, plan="pro")
    return client


def routes(provider):
    return provider.call("GET", "/_sim/counts")["by_route"]


class Watch:
    """What was asked and performed since."""

    def __init__(self, provider):
        self.provider, self.line, self.before = provider, len(provider.ledger()), routes(provider)

    def asked(self, route):
        return routes(self.provider).get(route, 0) - self.before.get(route, 0)

    def performed(self, path):
        return self.provider.performed(since=self.line, path=path)


def hear(asker, sound):
    return asker.say(sound, language="fr", engine="extract", mute="true")


def kill_when(house, truth):
    wait_until(truth, 60, "the moment to kill")
    house.daemons["stt"].end(signal.SIGKILL)
    house.daemons["stt"].start_again()


def check(asker, made, engine):
    result = asker.answer(made)
    assert result["state"] == "succeeded", result
    step = next(step for step in result["steps"] if step["step"] == "stt")
    assert step["attempt"] == 2, step
    assert result["transcript"]["engine"] == engine
    return result["transcript"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_transcript_of_assemblyai_is_paid_once_wherever_the_worker_dies(house, asker, provider, moment):
    fault, path, is_now = MOMENTS[moment]
    watch = Watch(provider)
    provider.script(fault, path=path)
    made = hear(asker, spoken())
    kill_when(house, lambda: is_now(watch))
    transcript = check(asker, made, "assemblyai")
    assert transcript["text"].startswith("Bonjour à tous.")
    assert len(watch.performed(CREATE)) == 1
    assert watch.asked("POST /v2/upload") == (2 if moment == "upload" else 1)
    assert watch.asked("DELETE /v2/transcript/") == 1


def test_a_long_recording_goes_on_at_its_last_piece(house, asker, provider):
    watch = Watch(provider)
    provider.script("400", path=UPLOAD, times=0)        # assemblyai refuses: openai hears pieces
    provider.script("slow;ms=700", path=HEAR, times=0)
    made = hear(asker, spoken_often(REPEATS))
    kill_when(house, lambda: len(watch.performed(HEAR)) >= 3)
    heard_before = len(watch.performed(HEAR))
    transcript = check(asker, made, "openai")
    lines = provider.ledger(since=watch.line, path=HEAR)
    performed = [line["key"] for line in lines if line["outcome"] == "performed"]
    replayed = [line["key"] for line in lines if line["outcome"] == "replayed"]
    assert len(performed) == len(set(performed)) >= 4 and heard_before >= 3
    assert len(replayed) <= 1, "only the piece that was under way is asked for again"
    assert transcript["text"].count("Bonjour à tous.") == len(performed)
