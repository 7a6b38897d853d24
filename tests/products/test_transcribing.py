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
        (place / "captioned.html").write_text('<html><head><title>A debate</title></head><body><video src="talk.mp4"><track kind="subtitles" srclang="en" src="en.vtt">'
                                              '</video></body></html>')
        (place / "en.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nHad he married\n\n00:02.000 --> 00:03.500\na more <i>amiable</i> woman\n")
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


# --- what is said in a video, in one request ---

SMART = {"video_id", "text", "segments", "language", "duration_seconds", "confidence", "provider", "is_manual", "error"}


@pytest.mark.parametrize("path", ["/api/transcription/smart-transcribe", "/api/youtube/smart", "/api/youtube/transcript"])
def test_captions_of_a_site_are_taken_before_an_engine_listens(house, site, asker, provider, path):
    watch = Watch(provider)
    got = asker.post(path, {"video_url": f"http://{site.name}/captioned.html", "language": "auto", "prefer_provider": "auto"})
    assert got.status == 200 and SMART <= set(got.json()), got
    said = got.json()
    assert said["text"] == "Had he married a more amiable woman" and said["language"] == "en" and said["provider"] == "captions" and said["is_manual"] is True
    assert said["segments"][1] == {"text": "a more amiable woman", "start": 2, "end": 3.5, "duration": 1.5, "confidence": None}
    assert said["confidence"] is None and said["error"] is None
    assert not watch.performed(CREATE) and asker.get("/api/transcription").json() == []


def test_where_there_are_no_captions_an_engine_listens(house, site, asker, provider):
    url = f"http://{site.name}/page.html"
    got = asker.post("/api/transcription/smart-transcribe", {"video_url": url, "language": "en", "prefer_provider": "auto"})
    said = got.json()
    if got.status == 202:                   # a slow machine
        assert said["text"] is None and said["status"] in ("pending", "processing") and got.headers["location"] == f"/api/v1/transcription/{said['transcription_id']}"
        asker.follow(asker.get(got.headers["location"]).json()["job_id"])
        got = asker.post("/api/transcription/smart-transcribe", {"video_url": url, "language": "en", "prefer_provider": "assemblyai"})
        said = got.json()
    assert got.status == 200 and said["provider"] == "assemblyai" and said["text"] and said["is_manual"] is False and said["duration_seconds"] in (4, 5, 6), got
    one = asker.get(f"/api/transcription/{said['transcription_id']}").json()
    assert one["status"] == "completed" and one["text"] == said["text"] and one["source_type"] == "url"
    assert [segment["text"] for segment in said["segments"]] == [row["text"] for row in asker.get(f"/api/transcription/{one['id']}/segments").json()["segments"]]


def test_what_cannot_be_heard_in_one_request_is_told(house, site, asker):
    ask = lambda **members: asker.post("/api/youtube/smart", {"video_url": f"http://{site.name}/page.html", **members})
    refused = ask(prefer_provider="captions")
    assert refused.status == 422 and refused.json()["error_code"] == "CAPTIONS_ABSENT", refused
    assert ask(video_url="http://127.0.0.1:22/x").json()["error_code"] == "EGRESS_REFUSED"
    for members in ({"video_url": ""}, {"video_url": "film"}, {"language": "???"}, {"prefer_provider": "x" * 41}):
        assert ask(**members).status == 422, members


@pytest.mark.parametrize("path", ["/api/transcription/stream/status", "/api/youtube/stream/status"])
def test_whether_something_is_broadcast_is_asked_of_its_site(house, site, asker, path):
    url = f"http://{site.name}/page.html"
    got = wait_until(lambda: (answer := asker.post(path, {"stream_url": url})).status != 202 and answer, 120, "the site has told")
    assert got.status == 200, got
    assert got.json().pop("title").startswith("A talk")
    assert got.json() | {"title": None} == {"is_live": False, "was_live": False, "title": None, "uploader": None, "concurrent_viewers": None, "url": url, "error": None}
    assert asker.post(path, {"stream_url": "http://127.0.0.1:22/x"}).json()["error_code"] == "EGRESS_REFUSED"
    assert asker.post(path, {}).status == 422 and asker.post(path, {"stream_url": "x"}).status == 422
