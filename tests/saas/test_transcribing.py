"""The speech worker dies by SIGKILL in the middle of a transcription: it goes on where it was, and no provider is paid twice."""
import hashlib
import json
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from house import House, deep, wait_until
from media import SPOKEN, made_by_ffmpeg, probe, spoken, spoken_often
from palabre import Client, token

from fixtures import check_and_stop

HEAR, CREATE, UPLOAD = "/v1/audio/transcriptions", "/v2/transcript", "/v2/upload"
REPEATS = 24        # of six seconds: several pieces

# When the worker is killed: the fault that gives the time for it, where, and the sign.
MOMENTS = {
    "upload": ("slow;ms=4000", UPLOAD, lambda watch: watch.asked("POST /v2/upload") == 1),
    "create": ("slow;ms=4000", CREATE, lambda watch: watch.performed(CREATE)),
    "poll": ("waits;queued=40;processing=0", CREATE, lambda watch: watch.asked("GET /v2/transcript/") >= 3),
}


class Pages(SimpleHTTPRequestHandler):
    """Files, one of which is slow to come."""

    def do_GET(self):
        if self.path.startswith("/silent."):
            self.server.speaks.wait(60)
        super().do_GET()


class Site(ThreadingHTTPServer):
    """A site with a film, and a page that shows it."""

    def __init__(self, place):
        (place / "talk.mp4").write_bytes(made_by_ffmpeg("-f", "lavfi", "-i", "color=size=64x64:rate=5", "-i", str(SPOKEN), "-shortest", "-movflags", "frag_keyframe", format="mp4"))
        self.place = place
        (place / "page.html").write_text('<html><head><title>A talk</title></head><body><video src="talk.mp4"></video></body></html>')
        (place / "captioned.html").write_text('<html><head><title>A debate</title></head><body><video src="talk.mp4"><track kind="subtitles" srclang="en" src="en.vtt">'
                                              '</video></body></html>')
        (place / "en.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nHad he married\n\n00:02.000 --> 00:03.500\na more <i>amiable</i> woman\n")
        super().__init__(("127.0.0.1", 0), partial(Pages, directory=str(place)))
        self.name, self.speaks = f"127.0.0.1:{self.server_port}", threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.keep_list("list.xml", self.listed())

    def keep_list(self, name, listed):
        items = "".join(f"<item><title>{title}</title><link>{url}</link></item>" for title, url in listed)
        (self.place / name).write_text(f'<?xml version="1.0"?><rss version="2.0"><channel><title>Debates</title><link>http://x/</link>{items}</channel></rss>')

    def listed(self):
        at = f"http://{self.name}"
        return [("Captioned", f"{at}/captioned.html"), ("Gone", f"{at}/gone.html"), ("Inside", "http://127.0.0.1:22/x"), ("Odd", "file:///etc/passwd"), ("Spoken", f"{at}/page.html")]


class Broadcaster(Site):
    """One that has a film with pictures as well, and broadcasts until it is shut down."""

    def __init__(self, place):
        film = ["-f", "lavfi", "-i", "testsrc=size=1280x720:rate=5:duration=9", "-movflags", "frag_keyframe"]
        (place / "film.mp4").write_bytes(made_by_ffmpeg(*film, format="mp4"))
        (place / "film.html").write_text('<html><head><title>A film</title></head><body><video src="film.mp4"></video></body></html>')
        (place / "live").mkdir()
        super().__init__(place)
        self.live = subprocess.Popen(["ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", str(SPOKEN), "-c:a", "aac", "-f", "hls", "-hls_time", "1",
                                      "-hls_list_size", "4", "-hls_flags", "delete_segments", str(place / "live" / "list.m3u8")])

    def shutdown(self):
        self.live.kill()
        self.live.wait()
        super().shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Broadcaster(tmp_path_factory.mktemp("site"))
    yield site
    site.shutdown()


@pytest.fixture(scope="module")
def house(site):
    house = House.of_ones_own(STT_ENGINES="assemblyai,openai", ASSEMBLYAI_API_KEY="sk-test", GATEWAY="1", EGRESS_ALLOW=site.name,
                              AUDIO_HOST_INTERVAL_MS="0", DIALECTS="localhost=saas-ia", LLM_VISION_MODEL="gpt-4o-mini")
    yield house
    check_and_stop(house)


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
    ask = lambda: asker.post(path, {"video_url": f"http://{site.name}/captioned.html", "language": "auto", "prefer_provider": "auto"})
    got = ask()
    if got.status == 202:                   # a slow machine: captions that take fifteen seconds are not waited for
        asker.follow(asker.get(got.headers["location"]).json()["job_id"])
        assert asker.delete(got.headers["location"]).status == 204
        watch, got = Watch(provider), ask()
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


@pytest.mark.parametrize("path", ["/api/transcription/stream/status", pytest.param("/api/youtube/stream/status", marks=deep)])
def test_whether_something_is_broadcast_is_asked_of_its_site(house, site, asker, path):
    url = f"http://{site.name}/page.html"
    got = wait_until(lambda: (answer := asker.post(path, {"stream_url": url})).status != 202 and answer, 120, "the site has told")
    assert got.status == 200, got
    assert got.json().pop("title").startswith("A talk")
    assert got.json() | {"title": None} == {"is_live": False, "was_live": False, "title": None, "uploader": None, "concurrent_viewers": None, "url": url, "error": None}
    assert asker.post(path, {"stream_url": "http://127.0.0.1:22/x"}).json()["error_code"] == "EGRESS_REFUSED"
    assert asker.post(path, {}).status == 422 and asker.post(path, {"stream_url": "x"}).status == 422


# --- lists of videos ---

LISTED = {"video_id", "title", "url", "transcript", "provider", "duration", "language", "success", "error", "metadata"}
PLAYLIST = "/api/transcription/playlist"


def someone(house):
    client = Client(house).register()
    client.token = token(house.secret, sub=client.id, plan="pro")
    return client


def the_list(asker, got):
    """The answer, or what it becomes."""
    assert got.status in (200, 202), got
    assert {"success", "total", "transcribed", "results", "error"} <= set(got.json())
    if got.status == 200:
        return got.json()
    assert got.json()["success"] is False and got.json()["status"] in ("pending", "processing") and got.headers["retry-after"] == "5"
    at = got.headers["location"]
    assert at == f"/api/v1/transcription/playlist/{got.json()['playlist_id']}"
    return wait_until(lambda: (one := asker.get(at).json())["success"] and one, 180, "the list is done")


@pytest.mark.parametrize("path", [PLAYLIST, pytest.param("/api/v1/youtube/playlist", marks=deep)])
def test_each_video_of_a_list_goes_its_own_way_and_one_that_fails_is_a_row(house, site, asker, provider, path):
    done = the_list(asker, asker.post(path, {"playlist_url": f"http://{site.name}/list.xml", "language": "en"}))
    assert done["success"] is True and (done["total"], done["transcribed"], done["error"], done["title"]) == (5, 2, None, "Debates"), done
    rows = done["results"]
    assert all(LISTED <= set(row) for row in rows) and [(row["title"], row["url"]) for row in rows] == site.listed()
    captioned, gone, inside, odd, said = rows
    assert captioned["transcript"] == "Had he married a more amiable woman" and captioned["provider"] == "captions" and captioned["language"] == "en" and captioned["success"] is True
    assert captioned["metadata"]["is_manual"] is True and captioned["metadata"].get("transcription_id") is None
    for row, code in ((gone, "VIDEO_UNAVAILABLE"), (inside, "EGRESS_REFUSED"), (odd, "EGRESS_REFUSED")):
        assert row["success"] is False and row["transcript"] is None and row["error"] and row["metadata"]["error_code"] == code, row
    assert said["success"] is True and said["provider"] == "assemblyai" and said["transcript"] and said["duration"] in (4, 5, 6) and said["error"] is None, said
    one = asker.get(f"/api/transcription/{said['metadata']['transcription_id']}").json()
    assert (one["status"], one["text"], one["video_url"], one["source_type"]) == ("completed", said["transcript"], f"http://{site.name}/page.html", "url")
    assert len(asker.get("/api/transcription").json()) == 1, "the others are no transcriptions"
    again = the_list(asker, asker.post(path, {"url": f"http://{site.name}/list.xml", "language": "en"}))
    assert again["playlist_id"] == done["playlist_id"], "a client that asks again because it heard nothing"
    assert someone(house).get(f"{PLAYLIST}/{done['playlist_id']}").status == 404
    assert asker.delete(f"/api/transcription/{one['id']}").status == 204
    left = asker.get(f"{PLAYLIST}/{done['playlist_id']}").json()["results"][4]
    assert left["success"] is False and left["transcript"] is None and left["metadata"]["error_code"] == "TRANSCRIPTION_UNKNOWN"


@deep
def test_of_a_list_only_so_many_are_taken(house, site, asker):
    done = the_list(asker, asker.post(PLAYLIST, {"playlist_url": f"http://{site.name}/list.xml", "max_videos": 1}))
    assert (done["total"], done["transcribed"], done["results"][0]["title"]) == (1, 1, "Captioned")


@deep
def test_a_list_that_cannot_be_read_is_told(house, site, asker):
    ask = lambda by=asker, **members: by.post(PLAYLIST, {"playlist_url": f"http://{site.name}/list.xml", **members})
    for url, code in ((f"http://{site.name}/gone.xml", "VIDEO_UNAVAILABLE"), ("http://127.0.0.1:22/list", "EGRESS_REFUSED"), ("http://169.254.169.254/list.xml", "EGRESS_REFUSED")):
        refused = ask(playlist_url=url)
        assert refused.status in (403, 422) and refused.json()["error_code"] == code, refused
    for members in ({"max_videos": 0}, {"max_videos": -1}, {"max_videos": 51}, {"max_videos": 10**12}, {"max_videos": "all"}, {"playlist_url": "file:///etc/passwd"}, {"playlist_url": ""},
                    {"playlist_url": None}, {"playlist_url": "http://x/" + "a" * 2048}, {"language": "???"}, {"odd": 1}):
        assert ask(someone(house), **members).status == 422, members          # five a minute of one
    assert asker.get(f"{PLAYLIST}/{asker.id}").status == 404 and asker.get(f"{PLAYLIST}/x").status == 422


LIVE = "state IN ('queued', 'running', 'waiting')"


WAITED_S = 25           # for the answer, then it is 202


def begun_list(house, asker, url):
    """A list that somebody asks for and waits for: its address, what will be the answer, and when they were surely still waiting."""
    answers, waiting = ThreadPoolExecutor(1), time.monotonic() + WAITED_S - 5
    answer = answers.submit(asker.post, PLAYLIST, {"playlist_url": url, "language": "en"})
    answers.shutdown(wait=False)
    [[id]] = wait_until(lambda: house.sql(f"SELECT id FROM playlists WHERE owner = '{asker.id}'"), 30, "the list is accepted")
    return f"{PLAYLIST}/{id}", answer, waiting


def test_a_list_is_cancelled_as_a_whole_and_nothing_of_it_goes_on(house, site, asker, provider):
    site.keep_list("three.xml", [("Captioned", f"http://{site.name}/captioned.html"), ("Spoken", f"http://{site.name}/page.html"), ("Again", f"http://{site.name}/page.html?again")])
    provider.script("stuck", path=CREATE, times=0)
    watch = Watch(provider)
    at, answer, waiting = begun_list(house, asker, f"http://{site.name}/three.xml")
    wait_until(lambda: watch.asked("GET /v2/transcript/") >= 2 and asker.get(at).json()["transcribed"] == 1, 180, "one has a text, and another is listened to")
    assert someone(house).post(f"{at}/cancel", {}).status == 404 and someone(house).become("admin").post(f"{at}/cancel", {}).status == 404
    assert asker.post(f"{PLAYLIST}/{asker.id}/cancel", {}).status == 404 and asker.post(f"{PLAYLIST}/x/cancel", {}).status == 422
    cancelled = asker.post(f"{at}/cancel", {})
    in_time = time.monotonic() < waiting
    assert cancelled.status == 200, cancelled
    done = cancelled.json()
    assert (done["success"], done["status"], done["total"], done["transcribed"]) == (True, "completed", 3, 1), done
    assert done["results"][0]["transcript"] == "Had he married a more amiable woman"
    for row in done["results"][1:]:
        assert row["success"] is False and row["transcript"] is None and row["error"] and row["metadata"]["error_code"] == "CANCELLED", row
    assert asker.post(f"{at}/cancel", {}).json() == done == asker.get(at).json()
    heard = answer.result(20)
    assert not in_time or (heard.status == 200 and heard.json() == done), "who waits for it is told"
    assert house.sql(f"SELECT count(*) FROM jobs WHERE owner = '{asker.id}' AND {LIVE}") == [["0"]]
    assert {one["error_code"] for one in asker.get("/api/transcription").json()} == {"CANCELLED"}
    wait_until(lambda: watch.asked("DELETE /v2/transcript/") == len(watch.performed(CREATE)), 30, "the engine is told as well")
    asked = [watch.asked(route) for route in ("POST /v2/transcript", "GET /v2/transcript/")]
    time.sleep(3)
    assert [watch.asked(route) for route in ("POST /v2/transcript", "GET /v2/transcript/")] == asked
    assert house.sql(f"SELECT count(*) FROM jobs WHERE owner = '{asker.id}' AND {LIVE}") == [["0"]]
    assert asker.get(at).json() == done
    for script in provider.call("GET", "/_sim/scripts"):
        provider.call("DELETE", f"/_sim/script/{script['id']}")
    again = the_list(asker, asker.post(PLAYLIST, {"playlist_url": f"http://{site.name}/three.xml", "language": "en"}))
    assert again["playlist_id"] != done["playlist_id"] and again["transcribed"] == 3, "who asks anew has not cancelled that"
    assert asker.post(f"{PLAYLIST}/{again['playlist_id']}/cancel", {}).json() == again, "what is done stays"


def test_a_list_that_is_cancelled_while_it_is_read_begins_nothing(house, site, asker):
    site.keep_list("silent.xml", site.listed())
    at, answer, waiting = begun_list(house, asker, f"http://{site.name}/silent.xml")
    wait_until(lambda: house.sql(f"SELECT state FROM jobs WHERE owner = '{asker.id}'") == [["running"]], 30, "it is read")
    done = asker.post(f"{at}/cancel", {}).json()
    in_time = time.monotonic() < waiting
    assert (done["success"], done["status"], done["results"]) == (False, "failed", []) and done["error"], done
    heard = answer.result(20)
    assert not in_time or heard.json()["error_code"] == "CANCELLED", "who waits for it is told"
    site.speaks.set()
    assert asker.post(f"{at}/cancel", {}).json() == done
    time.sleep(2)
    assert house.sql(f"SELECT kind, state FROM jobs WHERE owner = '{asker.id}'") == [["audio.playlist", "cancelled"]]


# --- broadcasts ---

CAPTURED = {"success", "file_path", "title", "duration_seconds", "file_size", "capture_method", "url", "transcript", "provider", "error"}
CAPTURE = "/api/transcription/stream/capture"


@pytest.mark.parametrize("path", [CAPTURE, pytest.param("/api/v1/youtube/stream/capture", marks=deep)])
def test_a_piece_of_a_broadcast_is_kept_and_heard(house, site, asker, provider, path, tmp_path):
    url = f"http://{site.name}/live/list.m3u8"
    got = asker.post(path, {"stream_url": url, "duration_seconds": 5})
    assert got.status in (200, 202) and CAPTURED <= set(got.json()), got
    if got.status == 202:                   # a slow machine
        assert got.json()["success"] is False and got.headers["location"] == f"/api/v1/transcription/{got.json()['transcription_id']}"
    piece = got.json()
    one = wait_until(lambda: (row := asker.get(f"/api/transcription/{piece['transcription_id']}").json())["status"] in ("completed", "failed") and row, 120, "it is heard")
    assert one["status"] == "completed" and one["video_url"] == url and one["engine"] == "assemblyai" and one["duration_seconds"] in (4, 5, 6), one
    if got.status == 200:
        assert piece["success"] is True and piece["transcript"] == one["text"] and piece["url"] == url and piece["capture_method"] == "ffmpeg" and piece["error"] is None
        assert 4.5 < piece["duration_seconds"] < 5.5 and piece["file_path"] == f"/api/v1/transcription/{one['id']}/recording"
    at = f"/api/v1/transcription/{one['id']}/recording"
    sound = asker.get(at)
    assert sound.status == 200 and sound.headers["content-type"] == "audio/mpeg" and len(sound.body) > 20_000
    assert got.status == 202 or piece["file_size"] == len(sound.body)
    assert 4.5 < float(probe(sound.body, tmp_path / "piece.mp3")["duration"]) < 5.5
    assert someone(house).get(at).status == 403 and someone(house).become("admin").get(at).status == 403
    assert asker.delete(f"/api/transcription/{one['id']}").status == 204 and asker.get(at).status == 404


def test_what_cannot_be_taken_of_a_broadcast_is_told(house, site, asker):
    ask = lambda by=asker, **members: by.post(CAPTURE, {"stream_url": f"http://{site.name}/live/list.m3u8", "duration_seconds": 2, **members})
    for url, code in (("http://127.0.0.1:22/list.m3u8", "EGRESS_REFUSED"), ("http://[::1]/list.m3u8", "EGRESS_REFUSED"), (f"http://{site.name}/gone.html", "VIDEO_UNAVAILABLE")):
        refused = ask(stream_url=url)
        assert refused.status in (403, 422) and refused.json()["error_code"] == code, refused
    for members in ({"duration_seconds": 0}, {"duration_seconds": 1801}, {"duration_seconds": -5}, {"duration_seconds": 2**63}, {"stream_url": "file:///etc/passwd"}, {"stream_url": ""}, {"stream_url": None}):
        assert ask(someone(house), **members).status == 422, members


# --- what a video shows ---

ANALYZE = "/api/transcription/video/analyze"


def picture_of(site, at_s):
    """The picture of the film at a moment, in bytes, as it is sent to who sees."""
    return subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-ss", str(at_s), "-i", str(site.place / "film.mp4"), "-frames:v", "1", "-vf", "scale=w='min(768,iw)':h=-2", "-map_metadata", "-1",
                           "-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1", "-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "-"],
                          capture_output=True, check=True).stdout


@pytest.mark.parametrize("path, page", [(ANALYZE, "film.mp4"), ("/api/v1/youtube/analyze", "film.html")])
def test_what_a_video_shows_is_said_by_who_sees_its_real_pictures(house, site, asker, provider, path, page):
    watch = Watch(provider)
    got = asker.post(path, {"video_url": f"http://{site.name}/{page}", "interval_seconds": 3, "max_frames": 10})
    assert got.status in (200, 202), got
    at = f"/api/v1/transcription/video/analyze/{got.json()['analysis_id']}"
    if got.status == 202:
        assert got.headers["location"] == at and got.json()["status"] == "processing" and got.json()["summary"] is None
    done = wait_until(lambda: (one := asker.get(at).json())["status"] != "processing" and one, 120, "it was looked at")
    assert done["status"] == "completed" and done["frames_analyzed"] == 3 and done["error"] is None and done["summary"] and done["provider"] == "gpt-4o-mini", done
    assert [one["timestamp"] for one in done["analyses"]] == [0, 3, 6] and "film" in done["title"]
    for one in done["analyses"]:
        picture = picture_of(site, one["timestamp"])
        assert one["description"] == f"An image of {len(picture)} bytes, SHA-256 {hashlib.sha256(picture).hexdigest()[:16]}.", one
    assert got.status == 202 or {name: got.json()[name] for name in done} == done
    assert len(watch.performed("/v1/chat/completions")) == 4, "one for each picture, and one for all"
    assert someone(house).get(at).status == 404 and someone(house).become("admin").get(at).status == 404


def test_what_cannot_be_looked_at_is_told(house, site, asker, provider):
    ask = lambda by=asker, **members: by.post(ANALYZE, {"video_url": f"http://{site.name}/film.mp4", "max_frames": 1, **members})
    for url, code in (("http://127.0.0.1:22/film.mp4", "EGRESS_REFUSED"), (f"http://{site.name}/gone.mp4", "VIDEO_UNAVAILABLE"), (f"http://{site.name}/list.xml", "VIDEO_PLAYLIST")):
        refused = ask(video_url=url)
        assert refused.status in (403, 422) and refused.json()["error_code"] == code, refused
    provider.script("400", path="/v1/chat/completions")
    assert ask().json()["error_code"] == "ENGINE_REFUSED"
    for members in ({"interval_seconds": 0}, {"interval_seconds": 3601}, {"max_frames": 0}, {"max_frames": 21}, {"max_frames": 1e9}, {"video_url": "file:///etc/passwd"}, {"video_url": ""}, {"video_url": None}):
        assert ask(someone(house), **members).status == 422, members
    assert asker.get(f"{ANALYZE}/{asker.id}").status == 404


def test_who_speaks_saas_ia_gets_its_words_of_what_is_wrong(house, site, asker):
    asker.host = "localhost"
    for path, member in ((PLAYLIST, "playlist_url"), ("/api/youtube/playlist", "playlist_url"), (CAPTURE, "stream_url"), ("/api/youtube/stream/capture", "stream_url"), (ANALYZE, "video_url"),
                         ("/api/youtube/analyze", "video_url")):
        refused = asker.open("POST", path, "{}", Content_Type="application/json")[1]
        detail = json.loads(refused.read())["detail"]
        assert refused.status == 422 and detail[0]["loc"] == ["body", member] and detail[0]["msg"], detail
