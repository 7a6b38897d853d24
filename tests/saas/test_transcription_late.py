"""Transcriptions when somebody is away, late or has lost something: what a site tells, and documents that are made anew."""
import json
import pathlib
import signal
import threading

import pytest

from fixtures import check_and_stop
from house import House, deep, wait_until
from media import spoken
from palabre import Client, Wire, head
from test_transcribing import Site

BASE = "/api/transcription"
VIDEO = {"@context": "https://schema.org", "@type": "VideoObject", "name": "Séance du 9 juin", "description": "Ce qui fut dit.", "uploadDate": "2024-06-09", "duration": "PT6S",
         "author": "Le greffe", "interactionStatistic": [{"@type": "InteractionCounter", "interactionType": "https://schema.org/WatchAction", "userInteractionCount": 1234}],
         "hasPart": [{"@type": "Clip", "name": "Ouverture", "startOffset": 0, "endOffset": 2}, {"@type": "Clip", "name": "Suite", "startOffset": 2, "endOffset": 6}]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    site = Site(place)
    described = json.dumps({**VIDEO, "contentUrl": f"http://{site.name}/talk.mp4"})
    for name in ("described.html", "silent.html"):
        (place / name).write_text(f'<html><head><title>x</title><script type="application/ld+json">{described}</script></head></html>')
    yield site
    site.shutdown()


@pytest.fixture(scope="module")
def house(site):
    house = House.of_ones_own(EGRESS_ALLOW=site.name, AUDIO_HOST_INTERVAL_MS="0", GATEWAY="1", LLM="0", TTS="0", NOTIFY="0")
    yield house
    check_and_stop(house)


@pytest.fixture(scope="module")
def heard(house):
    """A recording that was transcribed: (client, its path, its id)."""
    client = Client(house).register()
    made = client.post_form(f"{BASE}/upload", [("language", "en"), ("engine", "pocketsphinx"), ("file", ("a.wav", "audio/wav", spoken()))])
    assert made.status == 201, made
    client.follow(made.json()["job_id"])
    return client, f"{BASE}/{made.json()['id']}", made.json()["id"]


def pdf(heard, **query):
    client, path, _ = heard
    return client.get(f"{path}/export/pdf?" + "&".join(f"{name}={value}" for name, value in query.items()))


def document_of(house, heard, form):
    """(job, file) of a document that was made."""
    rows = house.sql(f"""SELECT j.id, j.result ->> 'file' FROM transcription_exports e JOIN jobs j ON j.id = e.job_id
                         WHERE e.transcription = '{heard[2]}' AND e.form = '{form}'""")
    assert len(rows) == 1, rows
    return rows[0]


# --- what a site tells ---

def test_what_a_site_tells_of_a_video_is_answered(client, site, house):
    got = client.post(f"{BASE}/metadata", {"video_url": f"http://{site.name}/described.html"})
    assert got.status == 200, got
    told = got.json()
    assert (told["title"], told["description"], told["uploader"]) == ("Séance du 9 juin", "Ce qui fut dit.", "Le greffe")
    assert (told["duration_seconds"], told["view_count"], told["upload_date"], told["is_live"]) == (6, 1234, "20240609", False)
    assert told["like_count"] is None and told["thumbnail"] is None and told["channel_url"] is None
    assert told["chapters"] == [{"title": "Ouverture", "start_time": 0, "end_time": 2}, {"title": "Suite", "start_time": 2, "end_time": 6}]


@deep
def test_what_a_site_does_not_tell_is_null(client, site, house):
    bare = client.post(f"{BASE}/metadata", {"url": f"http://{site.name}/page.html"}).json()
    assert "A talk" in bare["title"] and bare["duration_seconds"] is None and bare["chapters"] == []


def test_what_a_site_does_not_have_has_a_name(client, site, house):
    house.expect('"kind":"audio.look"')
    missing = client.post(f"{BASE}/metadata", {"video_url": f"http://{site.name}/nothing.html"})
    assert missing.json()["error"] == "VIDEO_UNAVAILABLE", missing


def test_who_waits_at_a_gateway_that_leaves_is_told_where_to_look(site, house):
    leaving = house.daemons["gateway"].beside("palabre-gateway-leaving")
    house.retired.append(leaving)
    client, url, answers = Client(house).register(), f"http://{site.name}/silent.html", {}
    asks = {"metadata": {"video_url": url}, "stream/status": {"stream_url": url}, "auto-chapter": {"video_url": url}}
    threads = [threading.Thread(target=lambda path=path, ask=ask: answers.update({path: client.at(leaving.url).post(f"{BASE}/{path}", ask)})) for path, ask in asks.items()]
    for thread in threads:
        thread.start()
    wait_until(lambda: house.sql(f"SELECT count(*) FROM jobs WHERE owner = '{client.id}'") == [["3"]], 20, "all of them are asked")
    leaving.end(signal.SIGTERM)
    for thread in threads:
        thread.join()
    for path, answer in answers.items():
        assert answer.status == 202 and answer.headers["retry-after"] == "5", (path, answer)
    made = answers.pop("auto-chapter")
    assert made.headers["location"] == f"/api/v1/transcription/{made.json()['transcription_id']}" and made.json()["status"] == "pending" and made.json()["chapters"] == []
    assert client.delete(made.headers["location"]).status == 204
    site.speaks.set()
    for path, answer in answers.items():
        told = answer.json()
        assert answer.headers["location"] == f"/api/v1/jobs/{told['job_id']}" and told["status"] in ("queued", "running") and told["title"] is None, (path, answer)
        client.follow(told["job_id"])
        assert client.job(told["job_id"])["state"] == "succeeded"


# --- a worker that is away ---

@deep
def test_who_waits_too_long_is_told_where_to_look_and_nothing_is_lost(heard, site, house):
    client, answers = heard[0], {}
    asks = {"video": lambda: client.post(f"{BASE}/metadata", {"video_url": f"http://{site.name}/described.html"}), "pdf": lambda: pdf(heard, language="en")}
    for name in ("audio", "document"):
        house.daemons[name].end(signal.SIGTERM)
    threads = [threading.Thread(target=lambda name=name, ask=ask: answers.update({name: ask()})) for name, ask in asks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("audio", "document"):
        house.daemons[name].start_again()
    for name, answer in answers.items():
        assert answer.status == 202 and answer.headers["retry-after"] == "5", (name, answer)
        job = answer.json()["job_id"]
        assert answer.headers["location"] == f"/api/v1/jobs/{job}"
        assert answer.json()["status" if name == "video" else "state"] in ("queued", "running")
        client.follow(job)
        assert client.job(job)["state"] == "succeeded"
    assert pdf(heard, language="en").body.startswith(b"%PDF-")
    assert document_of(house, heard, "pdf-11en")[0] == answers["pdf"].json()["job_id"], "it is not made twice"


# --- documents ---

def test_a_document_whose_file_is_gone_is_made_anew(heard, house):
    assert pdf(heard, language="fr").body.startswith(b"%PDF-")
    job, file = document_of(house, heard, "pdf-11fr")
    pathlib.Path(house.run_dir, "home/blobs", file).unlink()
    again = pdf(heard, language="fr")
    assert again.status == 200 and again.body.startswith(b"%PDF-"), again
    assert document_of(house, heard, "pdf-11fr")[0] != job


def test_a_document_that_could_not_be_made_is_tried_again_by_who_asks_again(heard, house):
    assert pdf(heard, language="fr", timestamps=0).status == 200
    job, _ = document_of(house, heard, "pdf-01fr")
    house.sql(f"UPDATE jobs SET state = 'failed', error = 'CHILD_FAILED', result = NULL WHERE id = '{job}'")
    assert pdf(heard, language="fr", timestamps=0).body.startswith(b"%PDF-")
    assert document_of(house, heard, "pdf-01fr")[0] != job


def test_many_who_want_a_document_at_once_get_one_made(heard, house):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(pdf(heard, language="fr", speakers=0))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 4 and len({answer.body for answer in answers}) == 1, answers
    document_of(house, heard, "pdf-10fr")


# --- uploads in parts ---

def test_two_who_send_the_same_part_are_one_and_a_conflict(client, house):
    made = client.post(f"{BASE}/uploads", {"size": 100_000, "filename": "a.wav", "type": "audio/wav"}).json()
    statuses = []

    def send():
        statuses.append(client.send("PATCH", f"{BASE}/uploads/{made['id']}", bytes(60_000), Upload_Offset="0", Content_Type="application/octet-stream").status)
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    assert client.get(f"{BASE}/uploads/{made['id']}").json()["offset"] == 60_000
    kept = lambda: len([path for path in (house.run_dir / "home").rglob("*") if f"uploads/{made['id']}/" in str(path) and path.is_file()])
    wait_until(lambda: kept() == 1, 30, "what lost the race is dropped")


def test_who_begins_many_uploads_at_once_has_no_more_open_than_others(client, house):
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(client.post(f"{BASE}/uploads", {"size": 10, "filename": "a.wav", "type": "audio/wav"}).status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] * 5 + [409] * 3, statuses


def test_a_part_that_breaks_off_before_it_began_changes_nothing(client, house):
    made = client.post(f"{BASE}/uploads", {"size": 10, "filename": "a.wav", "type": "audio/wav"}).json()
    path = f"{BASE}/uploads/{made['id']}"
    for offset in ("", "x", "-1", "1e3"):
        assert client.send("PATCH", path, b"12345", Upload_Offset=offset).status == 422, offset
    assert client.send("PATCH", path, b"", Upload_Offset="0").json()["offset"] == 0
    house.sql(f"UPDATE uploads SET parts = 10000 WHERE id = '{made['id']}'")
    assert client.send("PATCH", path, b"12345", Upload_Offset="0").status == 409
    assert client.get(path).json()["offset"] == 0


def test_what_is_longer_than_was_announced_is_refused_also_in_chunks(client, house):
    made = client.post(f"{BASE}/uploads", {"size": 10, "filename": "a.wav", "type": "audio/wav"}).json()
    chunked = head(f"PATCH {BASE}/uploads/{made['id']} HTTP/1.1", f"Authorization: Bearer {client.token}", "Upload-Offset: 0", "Transfer-Encoding: chunked")
    with Wire(client.url) as wire:
        wire.send(chunked + b"b\r\n12345678901\r\n0\r\n\r\n")
        assert wire.answer().status == 413
    assert client.get(f"{BASE}/uploads/{made['id']}").json()["offset"] == 0
    with Wire(client.url) as wire:
        wire.send(head(f"POST {BASE}/upload HTTP/1.1", f"Authorization: Bearer {client.token}", "Content-Type: multipart/form-data; boundary=x", f"Content-Length: {600 * 2**20}"))
        assert wire.answer().status == 413, "before it is sent"


def test_the_same_recording_in_parts_twice_is_one_transcription(client, stranger, house):
    sound, ids = spoken(), []
    for _ in range(2):
        path = f"{BASE}/uploads/" + client.post(f"{BASE}/uploads", {"size": len(sound), "filename": "a.wav", "type": "audio/wav"}).json()["id"]
        assert client.send("PATCH", path, sound, Upload_Offset="0").status == 200
        assert stranger.post(f"{path}/complete", {}).status == 404
        ids.append(client.post(f"{path}/complete", {"language": "en"}).json()["id"])
    assert ids[0] == ids[1]
    assert client.post(f"{path}/complete", {"language": "en"}).json()["id"] == ids[0]
    client.delete(f"{BASE}/{ids[0]}")


# --- lists ---

def test_the_link_to_the_next_page_finds_what_the_query_asked_for(client, house):
    house.sql(f"""INSERT INTO transcriptions (id, owner, job_id, asked, source_type, language, video_url, status, text, title)
                  SELECT gen_random_uuid(), '{client.id}', gen_random_uuid(), '', 'youtube', 'auto', 'https://youtu.be/' || i, 'completed', '', 'Débat n° ' || i || ' & suite'
                    FROM generate_series(1, 3) AS i""")
    page = client.get(f"{BASE}?q=d%C3%A9bat%20n%C2%B0&status=completed&limit=2")
    assert page.headers["link"] == '</api/v1/transcription?skip=2&limit=2&status=completed&q=d%C3%A9bat%20n%C2%B0>; rel="next"', page.headers
    rest = client.get(page.headers["link"][1:].partition(">")[0])
    assert len(page.json()) == 2 and len(rest.json()) == 1 and rest.headers["x-total-count"] == "3"
    assert len(client.get(f"{BASE}?q=%26%20suite").json()) == 3


# --- jobs that are older than jobs are kept ---

@deep
def test_a_transcription_outlives_its_job_and_may_still_be_tried_again(client, house):
    made = client.post_form(f"{BASE}/upload", [("language", "fr"), ("engine", "pocketsphinx"), ("file", ("a.wav", "audio/wav", spoken()))]).json()
    client.follow(made["job_id"])
    path = f"{BASE}/{made['id']}"
    assert client.get(path).json()["error_code"] == "LANGUAGE_REFUSED"
    house.sql(f"DELETE FROM jobs WHERE root = '{made['job_id']}'")
    told = client.get(f"{path}/events")
    assert told.status == 404 and told.json()["error"] == "JOB_UNKNOWN", told
    again = client.post(f"{path}/retry", {})
    assert again.status == 202 and again.json()["job_id"] != made["job_id"], again
    client.follow(again.json()["job_id"])
    ended = client.get(path).json()
    assert ended["status"] == "completed" and ended["engine"] == "openai", "the wish for an engine has gone with the job"
    house.sql(f"DELETE FROM jobs WHERE root = '{again.json()['job_id']}'")
    assert client.delete(path).status == 204 and client.get(path).status == 404
