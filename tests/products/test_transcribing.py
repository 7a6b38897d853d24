"""The speech worker dies by SIGKILL in the middle of a transcription: it goes on where it was, and no provider is paid twice."""
import signal
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from house import House, wait_until
from media import SPOKEN, made_by_ffmpeg, spoken, spoken_often
from palabre import Client, Simulator, token

from fixtures import check_and_stop

HEAR, CREATE, UPLOAD = "/v1/audio/transcriptions", "/v2/transcript", "/v2/upload"
REPEATS = 24        # of six seconds: several pieces

# When the worker is killed: the fault that gives the time for it, where, and the sign.
MOMENTS = {
    "upload": ("slow;ms=4000", UPLOAD, lambda watch: watch.asked("POST /v2/upload") == 1),
    "create": ("slow;ms=4000", CREATE, lambda watch: watch.performed(CREATE)),
    "poll": ("waits;queued=40;processing=0", CREATE, lambda watch: watch.asked("GET /v2/transcript/") >= 3),
}


class Site(ThreadingHTTPServer):
    """A site with a film, and a page that shows it."""

    def __init__(self, place):
        (place / "talk.mp4").write_bytes(made_by_ffmpeg("-f", "lavfi", "-i", "color=size=64x64:rate=5", "-i", str(SPOKEN), "-shortest", "-movflags", "frag_keyframe", format="mp4"))
        (place / "page.html").write_text('<html><head><title>A talk</title></head><body><video src="talk.mp4"></video></body></html>')
        super().__init__(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(place)))
        self.name = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.shutdown()


@pytest.fixture(scope="module")
def house(site):
    house = House.of_ones_own(STT_ENGINES="assemblyai,openai", ASSEMBLYAI_API_KEY="sk-test", GATEWAY="1", EGRESS_ALLOW=site.name,
                              AUDIO_HOST_INTERVAL_MS="0")
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


@pytest.mark.parametrize("path", ["talk.mp4", "page.html"])
def test_a_video_of_the_web_becomes_text(house, site, asker, provider, path):
    url = f"http://{site.name}/{path}"
    made = asker.post("/api/transcription", {"video_url": url, "source_type": "url", "language": "en"})
    assert made.status == 201, made
    asker.follow(made.json()["job_id"])
    one = asker.get(f"/api/transcription/{made.json()['id']}").json()
    assert one["status"] == "completed" and one["text"] and one["engine"] == "assemblyai" and one["duration_seconds"] in (4, 5, 6), one
    assert one["video_url"] == url and one["progress"]["percent"] == 100


def test_an_address_inside_is_refused(house, site, asker):
    for url in ("http://127.0.0.1:22/x.mp4", "http://[::1]/x.mp4", "http://169.254.169.254/latest/x.mp4", f"http://localhost:{site.server_port + 1}/x.mp4"):
        made = asker.post("/api/transcription", {"video_url": url, "source_type": "url"}).json()
        asker.follow(made["job_id"])
        one = asker.get(f"/api/transcription/{made['id']}").json()
        assert one["status"] == "failed" and one["error_code"] == "EGRESS_REFUSED", one
