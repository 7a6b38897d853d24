"""Videos and recordings become text: accepted, followed, listed, corrected, deleted."""
import hashlib
import io
import json
import re
import threading
import uuid
import zipfile

import pytest

from house import deep, wait_until
from media import SPOKEN_WORDS, spoken
from palabre import Client, Wire, head

VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
NOT_A_VIDEO = "video_url must be a valid YouTube URL (youtube.com/watch?v=, youtu.be/, or youtube.com/embed/)"
MEMBERS = {"id", "user_id", "video_url", "language", "source_type", "original_filename", "status", "text", "confidence", "duration_seconds", "error",
           "retry_count", "speaker_count", "sentiment_score", "created_at", "updated_at", "completed_at"}
OURS = {"title", "detected_language", "engine", "model", "cost_micro", "error_code", "revision", "job_id", "metadata", "progress"}
BASE = "/api/transcription"


@pytest.fixture(autouse=True)
def nothing_is_fetched(house):
    """There is no way to YouTube from here: what is told of videos is what happens before."""
    house.expect('"kind":"audio.fetch"')


def upload(client, sound=None, name="réunion.wav", type="audio/wav", base=BASE, headers=(), **fields):
    return client.post_form(f"{base}/upload", [*fields.items(), ("file", (name, type, sound or spoken()))], **dict(headers))


def done(client, made):
    """A transcription that was accepted, once it has ended."""
    client.follow(made["job_id"])
    got = client.get(f"{BASE}/{made['id']}")
    assert got.status == 200, got
    return got.json()


@pytest.fixture(scope="module")
def heard(house):
    """A recording, transcribed once: (client, what POST answered, the result)."""
    client = Client(house).register()
    made = upload(client, language="en", engine="pocketsphinx")
    assert made.status == 201, made
    return client, made, done(client, made.json())


def put_rows(house, client, n, **columns):
    """Rows as they are once their jobs are over: for lists."""
    columns = {"status": "'completed'", "text": "'said ' || i", "title": "'Film ' || i", "confidence": "0.5", "duration_seconds": "60", **columns}
    names, values = ", ".join(columns), ", ".join(columns.values())
    house.sql(f"""INSERT INTO transcriptions (id, owner, job_id, asked, source_type, language, video_url, {names})
                  SELECT (substr(uuid_at(now() - interval '1 day')::text, 1, 14) || '7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '{client.id}', gen_random_uuid(), '',
                         'youtube', 'auto', 'https://youtu.be/' || lpad(i::text, 11, 'x'), {values} FROM generate_series(1, {n}) AS i""")


# --- a recording becomes text ---

def test_a_recording_is_accepted_at_once_and_answered_as_the_contract_says(heard, house):
    client, made, _ = heard
    said = made.json()
    assert made.headers["location"] == f"/api/v1/transcription/{said['id']}"
    assert set(said) == MEMBERS | OURS
    assert said["status"] == "pending" and said["user_id"] == client.id and said["language"] == "en"
    assert said["source_type"] == "upload" and said["original_filename"] == "réunion.wav" and said["video_url"] is None
    assert all(said[name] is None for name in ("text", "confidence", "duration_seconds", "error", "speaker_count", "sentiment_score", "completed_at"))
    assert said["progress"] == {"percent": 0, "step": None, "eta_seconds": None}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", said["created_at"])


def test_its_text_is_what_was_said(heard, house):
    _, made, result = heard
    assert result["status"] == "completed" and set(result) == MEMBERS | OURS
    assert len(SPOKEN_WORDS & set(result["text"].lower().split())) >= len(SPOKEN_WORDS) - 1, result["text"]
    assert result["duration_seconds"] == 6 and 0 < result["confidence"] <= 1
    assert result["engine"] == "pocketsphinx" and result["detected_language"] == "en" and result["metadata"] == {"mock": False}
    assert result["error"] is None and result["retry_count"] == 0 and result["revision"] == 0
    assert result["progress"] == {"percent": 100, "step": None, "eta_seconds": 0}
    assert made.json()["created_at"] < result["completed_at"] <= result["updated_at"]


def test_the_text_is_sealed_in_the_database(heard, house):
    _, _, result = heard
    (row,) = house.sql(f"SELECT text, words, segments FROM transcriptions WHERE id = '{result['id']}'")
    assert all(not text or text.startswith("pk1.") for text in row) and row[0] and row[1], row


def test_the_sound_made_for_the_engine_goes_and_the_recording_stays(heard, house):
    client, _, result = heard
    blobs = house.run_dir / "home"
    name = result["job_id"]
    wait_until(lambda: house.sql(f"SELECT count(*) FROM files_left WHERE key LIKE 'jobs/%/{name}-%'") == [["0"]], 30, "the sound is dropped")
    assert house.sql(f"SELECT result ->> 'file' IS NOT NULL FROM jobs WHERE root = '{name}' AND step = 'audio'") == [["t"]]
    files = [path for path in blobs.rglob("*") if name in str(path) or result["id"] in str(path)]
    assert [path.name for path in files if path.is_file()] == ["recording"], files


@pytest.mark.parametrize("name, type", [("a", "audio/webm;codecs=opus"), ("a.webm", "application/octet-stream"), ("a.M4A", "audio/x-m4a"), ("c:\\x\\a.mp3", "audio/mpeg")])
def test_types_are_taken_without_their_parameters(client, house, name, type):
    made = upload(client, name=name, type=type)
    assert made.status == 201 and made.json()["original_filename"] == name.rpartition("\\")[2], made
    assert client.delete(f"{BASE}/{made.json()['id']}").status == 204


@pytest.mark.parametrize("name, type", [("a.txt", "text/plain"), ("a.exe", "application/octet-stream"), ("a", "application/octet-stream"), ("a.mp3", "application/pdf")])
def test_what_is_no_recording_by_its_type_is_refused(client, house, name, type):
    refused = upload(client, name=name, type=type)
    assert refused.status == 400 and refused.json()["error"] == "FILE_TYPE_REFUSED"


def test_an_upload_without_a_file_or_with_a_wrong_language_is_refused(client, house):
    for parts in ([("language", "fr")], [("file", ("a.mp3", "audio/mpeg", b""))], [("file", "text")], [("language", "klingonese"), ("file", ("a.mp3", "audio/mpeg", b"x"))],
                  [("language", "???"), ("file", ("a.mp3", "audio/mpeg", b"x"))]):
        assert client.post_form(f"{BASE}/upload", parts).status == 422, parts
    assert client.get(BASE).json() == []


def test_what_is_no_recording_by_its_bytes_fails_in_words_and_may_be_tried_again(client, house):
    made = upload(client, b"this is no sound", name="a.mp3", type="audio/mpeg").json()
    failed = done(client, made)
    assert failed["status"] == "failed" and failed["error_code"] == "MEDIA_UNREADABLE" and failed["retry_count"] == 1
    assert failed["error"] == "Le fichier n'est ni un son ni une vidéo lisible" and failed["text"] is None and failed["completed_at"] is None
    assert client.get(f"{BASE}/{made['id']}", Accept_Language="en").json()["error"] == "The file is not audio or video that can be read"
    again = client.post(f"{BASE}/{made['id']}/retry", {})
    assert again.status == 202 and again.json()["status"] in ("pending", "processing") and again.json()["error"] is None
    wait_until(lambda: client.get(f"{BASE}/{made['id']}").json()["retry_count"] == 2, 60, "it fails again")
    assert client.delete(f"{BASE}/{made['id']}").status == 204


# --- a video ---

@pytest.mark.parametrize("url", [VIDEO, "http://youtube.com/watch?list=x&v=dQw4w9WgXcQ", "https://m.youtube.com/watch?v=dQw4w9WgXcQ&t=1", "https://youtu.be/dQw4w9WgXcQ?si=a",
                                 "https://www.youtube.com/embed/dQw4w9WgXcQ", "https://youtube.com/shorts/dQw4w9WgXcQ"])
def test_a_video_is_accepted(client, house, url):
    made = client.post(BASE, {"video_url": url})
    assert made.status == 201, made
    said = made.json()
    assert said["video_url"] == url and said["status"] in ("pending", "processing") and said["language"] == "auto" and said["source_type"] == "youtube"
    kinds = house.sql(f"SELECT kind, input ->> 'url' FROM jobs WHERE root = '{said['job_id']}' AND step IS NOT NULL")
    assert kinds == [["audio.fetch", url]]
    assert client.delete(f"{BASE}/{said['id']}").status == 204


@pytest.mark.parametrize("url", ["https://vimeo.com/1", "https://youtube.com/watch?v=short", "https://youtube.com.evil.org/watch?v=dQw4w9WgXcQ", "https://evil.org/?u=youtube.com/watch?v=dQw4w9WgXcQ",
                                 "ftp://youtube.com/watch?v=dQw4w9WgXcQ", "youtube.com/watch?v=dQw4w9WgXcQ", "https://user@youtu.be/dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQx", "x"])
def test_what_is_no_video_of_youtubes_is_refused(client, house, url):
    refused = client.post(BASE, {"video_url": url})
    assert refused.status == 422 and NOT_A_VIDEO in refused.body.decode(), refused


def test_requests_of_another_form_are_refused(client, house):
    for body in ({}, {"video_url": ""}, {"video_url": VIDEO, "language": "a language"}, {"video_url": VIDEO, "source_type": "upload"}, {"video_url": VIDEO, "source_type": "x"},
                 {"video_url": "https://youtu.be/" + "x" * 2048}, {"video_url": "http://", "source_type": "url"}, {"video_url": VIDEO, "surprise": 1}, [VIDEO]):
        assert client.post(BASE, body).status == 422, body
    other = Client(house).register()            # the limit is ten a minute
    assert other.post(BASE, b"{").status == 422
    assert other.post(BASE, b"x", Content_Type="text/plain").status == 415


def test_url_is_another_name_of_video_url(client, house):
    made = client.post(BASE, {"url": "https://media.example.org/talk.mp3", "source_type": "url", "language": "fr"})
    assert made.status == 201 and made.json()["video_url"] == "https://media.example.org/talk.mp3" and made.json()["language"] == "fr"
    assert client.delete(f"{BASE}/{made.json()['id']}").status == 204


# --- once ---

def test_a_repeated_post_gives_the_transcription_that_is_there(client, house):
    first = client.post(BASE, {"video_url": VIDEO}).json()
    again = client.post(BASE, {"video_url": VIDEO})
    assert again.status == 201 and again.json()["id"] == first["id"]
    other = client.post(BASE, {"video_url": VIDEO, "language": "fr"}).json()
    assert other["id"] != first["id"]
    house.sql(f"UPDATE transcriptions SET created_at = created_at - interval '11 s' WHERE id = '{first['id']}'")
    assert client.post(BASE, {"video_url": VIDEO}).json()["id"] != first["id"]


def test_posts_at_the_same_time_make_one(client, house):
    ids = []
    threads = [threading.Thread(target=lambda: ids.append(client.post(BASE, {"video_url": VIDEO}).json()["id"])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6 and len(set(ids)) == 1, ids
    assert house.sql(f"SELECT count(*) FROM jobs WHERE owner = '{client.id}' AND id = root") == [["1"]]


def test_a_key_makes_one_whatever_the_time(client, house):
    key = uuid.uuid4().hex
    first = client.post(BASE, {"video_url": VIDEO}, Idempotency_Key=key)
    house.sql(f"UPDATE transcriptions SET created_at = created_at - interval '1 h' WHERE id = '{first.json()['id']}'")
    again = client.post(BASE, {"video_url": VIDEO}, Idempotency_Key=key)
    assert again.status == 201 and again.body == first.body and again.headers["idempotent-replayed"] == "true"
    assert client.post(BASE, {"video_url": VIDEO}, Idempotency_Key=uuid.uuid4().hex).json()["id"] != first.json()["id"]
    assert client.post(BASE, {"video_url": VIDEO, "language": "de"}, Idempotency_Key=key).status == 422


def test_the_same_recording_sent_twice_is_one(client, house):
    first, again = upload(client).json(), upload(client).json()
    assert first["id"] == again["id"]
    done(client, first)
    assert upload(client).json()["id"] != first["id"]


# --- whose ---

def test_others_are_refused_and_what_is_not_there_is_not_found(heard, stranger, nobody, house):
    _, _, result = heard
    for path, method in (("", "GET"), ("", "DELETE"), ("/cancel", "POST"), ("/retry", "POST"), ("/events", "GET")):
        refused = stranger.send(method, f"{BASE}/{result['id']}{path}")
        assert refused.status == 403 and refused.json()["detail"] == "Access denied", refused
        missing = stranger.send(method, f"{BASE}/{uuid.uuid4()}{path}")
        assert missing.status == 404 and missing.json()["detail"] == "Transcription job not found", missing
        assert nobody.send(method, f"{BASE}/{result['id']}{path}").status == 401
        assert stranger.send(method, f"{BASE}/not-a-uuid{path}").status in (404, 422)
    assert stranger.get(BASE).json() == []


def test_who_may_what_is_rows(heard, house):
    _, _, result = heard
    admin = Client(house).register().become("admin")
    assert admin.get(f"{BASE}/{result['id']}").json()["text"] == result["text"]
    assert admin.post(f"{BASE}/{result['id']}/cancel", {}).status == 403
    wait_until(lambda: house.sql(f"SELECT count(*) FROM audit_entries WHERE action = 'transcription.read' AND resource = '{result['id']}'") == [["1"]], 10, "it is told")
    rows = house.sql("SELECT role, string_agg(permission, ' ' ORDER BY permission) FROM role_permissions WHERE permission LIKE 'transcriptions:%' GROUP BY role ORDER BY role")
    own = "transcriptions:create {0}transcriptions:delete:own {1}transcriptions:read:own transcriptions:update:own"
    assert dict(map(tuple, rows)) == {role: own.format(*("transcriptions:delete ", "transcriptions:read ") if role == "admin" else ("", ""))
                                      for role in ("admin", "agent", "infirmier", "medecin", "secretaire", "user")}
    key = heard[0].post("/api/v1/auth/keys", {"name": "reads", "scopes": ["transcriptions:read:own"]}).json()["key"]
    program = Client(house, token=key)
    assert program.get(f"{BASE}/{result['id']}").status == 200 and program.post(BASE, {"video_url": VIDEO}).status == 403


# --- in parts ---

def begin(client, sound, **members):
    return client.post(f"{BASE}/uploads", {"size": len(sound), "filename": "a.wav", "type": "audio/wav", **members})


def append(client, upload_id, offset, data):
    return client.send("PATCH", f"{BASE}/uploads/{upload_id}", data, Upload_Offset=str(offset), Content_Type="application/octet-stream")


def test_a_recording_arrives_in_parts_at_any_gateway(client, house):
    sound = spoken()
    made = begin(client, sound, sha256=hashlib.sha256(sound).hexdigest())
    assert made.status == 201 and made.json()["offset"] == 0, made
    id = made.json()["id"]
    assert made.headers["location"] == f"/api/v1/transcription/uploads/{id}"
    for n, at in enumerate(range(0, len(sound), 50_000)):
        part = append(client.at(house.urls[n % len(house.urls)]), id, at, sound[at:at + 50_000])
        assert part.status == 200 and part.json()["offset"] == min(at + 50_000, len(sound)), part
    told = client.send("HEAD", f"{BASE}/uploads/{id}")
    assert told.status == 200 and told.headers["upload-offset"] == told.headers["upload-length"] == str(len(sound)) and not told.body
    done_ = client.post(f"{BASE}/uploads/{id}/complete", {"language": "en"})
    assert done_.status == 201 and done_.json()["original_filename"] == "a.wav", done_
    assert client.post(f"{BASE}/uploads/{id}/complete", {"language": "en"}).json()["id"] == done_.json()["id"]
    assert "amiable" in done(client, done_.json())["text"]
    parts = f"SELECT (SELECT count(*) FROM upload_parts WHERE upload = '{id}') + (SELECT count(*) FROM files_left WHERE key LIKE 'uploads/{id}/%')"
    wait_until(lambda: house.sql(parts) == [["0"]], 30, "the parts are dropped")
    assert [path for path in (house.run_dir / "home").rglob("*") if id in str(path) and path.is_file()] == []


def test_a_part_that_breaks_off_goes_on_where_it_was(client, house):
    sound = spoken()
    id = begin(client, sound).json()["id"]
    with Wire(client.url) as wire:
        wire.send(head(f"PATCH {BASE}/uploads/{id} HTTP/1.1", f"Authorization: Bearer {client.token}", "Upload-Offset: 0", f"Content-Length: {len(sound)}") + sound[:30_000])
        wire.half_close()
        wire.ended()
    here = wait_until(lambda: client.get(f"{BASE}/uploads/{id}").json()["offset"], 20, "what came is kept")
    assert 0 < here <= 30_000
    wrong = append(client, id, 0, sound[:10])
    assert wrong.status == 409 and wrong.headers["upload-offset"] == str(here), wrong
    assert append(client, id, here, sound[here:] + b"x").status == 413
    assert append(client, id, here, sound[here:]).json()["offset"] == len(sound)
    assert client.delete(f"{BASE}/uploads/{id}").status == 204 and client.get(f"{BASE}/uploads/{id}").status == 404


def test_what_is_not_whole_or_not_what_was_announced_is_refused(client, stranger, house):
    id = begin(client, b"12345", sha256="0" * 64).json()["id"]
    assert client.post(f"{BASE}/uploads/{id}/complete", {}).status == 409
    assert client.send("PATCH", f"{BASE}/uploads/{id}", b"12345").status == 422
    assert append(client, id, 0, b"12345").status == 200
    refused = client.post(f"{BASE}/uploads/{id}/complete", {})
    assert refused.status == 409 and hashlib.sha256(b"12345").hexdigest() in refused.json()["detail"], refused
    assert stranger.get(f"{BASE}/uploads/{id}").status == 404 and append(stranger, id, 5, b"x").status == 404 and stranger.delete(f"{BASE}/uploads/{id}").status == 404
    for body, status in (({"size": 0}, 422), ({"size": 500 * 2**20 + 1}, 413), ({"type": "text/plain"}, 400), ({"sha256": "z" * 64}, 422), ({"filename": ""}, 422)):
        assert begin(client, b"x", **body).status == status, body


@deep
def test_few_uploads_are_open_at_once_and_forgotten_ones_go(client, house):
    ids = [begin(client, b"x").json()["id"] for _ in range(5)]
    assert begin(client, b"x").status == 409
    assert append(client, ids[0], 0, b"x").status == 200
    house.sql(f"UPDATE uploads SET updated_at = now() - interval '25 h' WHERE owner = '{client.id}'")
    wait_until(lambda: house.sql(f"SELECT count(*) FROM uploads WHERE owner = '{client.id}'") == [["0"]], 90, "the scheduler drops them")
    assert begin(client, b"x").status == 201


# --- segments ---

def test_a_transcript_is_told_in_segments(heard, house):
    client, _, result = heard
    got = client.get(f"{BASE}/{result['id']}/segments").json()
    segments = got["segments"]
    assert got["revision"] == 0 and [row["n"] for row in segments] == list(range(len(segments)))
    assert " ".join(row["text"] for row in segments) == result["text"]
    assert all(a["start"] <= a["end"] <= b["start"] for a, b in zip(segments, segments[1:])) and segments[-1]["end"] <= result["duration_seconds"] + 1


def test_words_are_found_with_their_times(heard, house):
    client, _, result = heard
    got = client.get(f"{BASE}/{result['id']}/search?q=AMI%C3%80BLE%20%20woman").json()
    assert got["total"] == 1 and got["matches"][0]["match"] == "amiable woman" and 0 < got["matches"][0]["start"] < got["matches"][0]["end"] < 7, got
    assert client.get(f"{BASE}/{result['id']}/search?q=zebra").json()["matches"] == []
    assert client.get(f"{BASE}/{result['id']}/search?q=").status == 422 and client.get(f"{BASE}/{result['id']}/search").status == 422


@pytest.fixture(scope="module")
def corrected(house):
    """Somebody's own transcription, to be corrected."""
    client = Client(house).register()
    return client, done(client, upload(client, language="en").json())["id"]


def test_a_correction_counts_once_and_can_be_taken_back(corrected, house):
    client, id = corrected
    path = f"{BASE}/{id}"
    before = client.get(f"{path}/segments").json()["segments"]
    made = client.change("PATCH", f"{path}/segments/0", {"text": "Une première correction.", "speaker": "Éa", "revision": 0})
    assert made.status == 200, made
    assert made.json() == {"revision": 1, "segment": {**before[0], "text": "Une première correction.", "speaker": "Éa"}}
    late = client.change("PATCH", f"{path}/segments/0", {"text": "Trop tard.", "revision": 0})
    assert late.status == 409 and late.json()["error"] == "TRANSCRIPTION_CHANGED"
    now = client.get(path).json()
    assert now["revision"] == 1 and now["text"].startswith("Une première correction.")
    assert client.get(f"{path}/segments").json()["segments"][0]["speaker"] == "Éa"
    assert client.get(f"{path}/search?q=PREMIERE").json()["total"] == 1
    assert client.change("PATCH", f"{path}/segments/0", {"text": "Une autre.", "revision": 1}).json()["segment"]["speaker"] == "Éa"
    history = client.get(f"{path}/history").json()
    assert history["revision"] == 2 and [(edit["revision"], edit["text_before"], edit["text"]) for edit in history["edits"]] == [
        (2, "Une première correction.", "Une autre."), (1, before[0]["text"], "Une première correction.")]
    back = client.post(f"{path}/history/1/revert", {})
    assert back.status == 200 and back.json() == {"revision": 3, "segment": before[0]}, back
    assert client.get(path).json()["text"] == " ".join(row["text"] for row in before)
    (kept,) = house.sql(f"SELECT string_agg(concat(text, speaker, text_before, speaker_before), ' ') FROM transcription_edits WHERE transcription = '{id}'")
    assert "pk1." in kept[0] and "correction" not in kept[0] and "Éa" not in kept[0]


def test_corrections_that_do_not_fit_are_refused(corrected, stranger, house):
    client, id = corrected
    now = client.get(f"{BASE}/{id}").json()["revision"]
    for n, body, status in ((999, {"text": "x", "revision": now}, 404), (0, {"text": "x"}, 422), (0, {"revision": now}, 422), (0, {"text": "x" * 20001, "revision": now}, 422)):
        assert client.change("PATCH", f"{BASE}/{id}/segments/{n}", body).status == status, body
    assert client.post(f"{BASE}/{id}/history/999/revert", {}).status == 404
    assert stranger.change("PATCH", f"{BASE}/{id}/segments/0", {"text": "x", "revision": now}).status == 403
    for path in ("segments", "history", "search?q=x"):
        assert stranger.get(f"{BASE}/{id}/{path}").status == 403
    assert stranger.post(f"{BASE}/{id}/history/1/revert", {}).status == 403


def test_corrections_at_the_same_time_are_one_after_the_other(corrected, house):
    client, id = corrected
    now, statuses = client.get(f"{BASE}/{id}").json()["revision"], []
    threads = [threading.Thread(target=lambda n=n: statuses.append(client.change("PATCH", f"{BASE}/{id}/segments/0", {"text": f"{n}", "revision": now}).status)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409, 409] and client.get(f"{BASE}/{id}").json()["revision"] == now + 1


def test_what_has_no_text_yet_has_no_segments(client, house):
    made = client.post(BASE, {"video_url": VIDEO}).json()
    for path in ("segments", "search?q=x"):
        assert client.get(f"{BASE}/{made['id']}/{path}").status == 409
    assert client.get(f"{BASE}/{made['id']}/history").json() == {"revision": 0, "edits": []}
    assert client.delete(f"{BASE}/{made['id']}").status == 204


# --- the list ---

def test_the_list_is_a_bare_array_newest_first_and_pages(client, house):
    put_rows(house, client, 7)
    rows = client.get(BASE)
    assert [row["title"] for row in rows.json()] == [f"Film {i}" for i in range(7, 0, -1)]
    assert set(rows.json()[0]) == MEMBERS | OURS and rows.json()[0]["text"] == "said 7"
    assert {name: rows.headers[name] for name in ("x-total-count", "x-skip", "x-limit", "x-has-more")} == {"x-total-count": "7", "x-skip": "0", "x-limit": "100", "x-has-more": "false"}
    page = client.get(f"{BASE}?skip=2&limit=3")
    assert [row["title"] for row in page.json()] == ["Film 5", "Film 4", "Film 3"] and page.headers["x-has-more"] == "true"
    assert page.headers["link"] == '</api/v1/transcription?skip=5&limit=3>; rel="next"'
    last = client.get(page.headers["link"][1:].partition(">")[0])
    assert [row["title"] for row in last.json()] == ["Film 2", "Film 1"] and last.headers["x-has-more"] == "false" and "link" not in last.headers
    beyond = client.get(f"{BASE}?skip=9")
    assert beyond.json() == [] and beyond.headers["x-total-count"] == "7"
    enveloped = client.get(f"{BASE}?envelope=1&limit=2").json()
    assert [row["title"] for row in enveloped["items"]] == ["Film 7", "Film 6"] and {**enveloped, "items": 0} == {"items": 0, "total": 7, "skip": 0, "limit": 2, "has_more": True}
    for query in ("limit=0", "limit=1001", "skip=-1", "status=x", "limit=a"):
        assert client.get(f"{BASE}?{query}").status == 422, query


def test_the_list_is_filtered(client, house):
    put_rows(house, client, 4, status="CASE WHEN i < 3 THEN 'failed' ELSE 'completed' END", error_code="CASE WHEN i < 3 THEN 'MEDIA_SILENT' END")
    pending = client.post(BASE, {"video_url": VIDEO}).json()
    assert [row["title"] for row in client.get(f"{BASE}?status=failed").json()] == ["Film 2", "Film 1"]
    assert client.get(f"{BASE}?status=completed&limit=1").headers["x-total-count"] == "2"
    waiting = client.get(f"{BASE}?status=pending").json() + client.get(f"{BASE}?status=processing").json()
    assert [row["id"] for row in waiting] == [pending["id"]]
    assert [row["title"] for row in client.get(f"{BASE}?q=film%203").json()] == ["Film 3"]
    assert [row["id"] for row in client.get(f"{BASE}?q=DQW4w9").json()] == [pending["id"]]
    assert client.get(f"{BASE}?q=%25").json() == [] and client.get(f"{BASE}?q=film%203&status=failed").headers["x-total-count"] == "0"


def test_numbers_are_of_the_caller(client, stranger, house):
    empty = client.get(f"{BASE}/stats").json()
    assert empty == {"total_transcriptions": 0, "completed": 0, "failed": 0, "pending": 0, "processing": 0, "total_duration_seconds": 0, "avg_confidence": None,
                     "recent_transcriptions": []}
    put_rows(house, client, 6, status="CASE WHEN i = 1 THEN 'failed' ELSE 'completed' END", confidence="CASE WHEN i > 2 THEN i * 0.125 END")
    put_rows(house, stranger, 0)
    got = client.get(f"{BASE}/stats").json()
    assert (got["total_transcriptions"], got["completed"], got["failed"], got["pending"], got["processing"]) == (6, 5, 1, 0, 0)
    assert got["total_duration_seconds"] == 360 and got["avg_confidence"] == pytest.approx(0.5625)
    assert [row["status"] for row in got["recent_transcriptions"]] == ["completed"] * 5
    assert set(got["recent_transcriptions"][0]) == {"id", "video_url", "status", "created_at"}


# --- ends ---

def test_a_deleted_transcription_leaves_nothing(client, house):
    made = upload(client).json()
    done(client, made)
    assert client.delete(f"{BASE}/{made['id']}/").status == 204
    assert client.get(f"{BASE}/{made['id']}").status == 404 and client.delete(f"{BASE}/{made['id']}").status == 404
    assert house.sql(f"SELECT count(*) FROM jobs WHERE root = '{made['job_id']}' AND (input <> '{{}}' OR result IS NOT NULL OR steps IS NOT NULL)") == [["0"]]
    left = [path for path in (house.run_dir / "home").rglob("*") if path.is_file() and (made["id"] in str(path) or made["job_id"] in str(path))]
    assert left == []


def test_a_running_one_is_cancelled_and_what_was_cancelled_may_be_tried_again(client, house):
    made = client.post(BASE, {"video_url": VIDEO}).json()           # nobody fetches it soon
    ended = client.post(f"{BASE}/{made['id']}/cancel", {})
    assert ended.status == 200 and ended.json()["status"] == "failed" and ended.json()["error_code"] == "CANCELLED", ended
    assert client.post(f"{BASE}/{made['id']}/cancel", {}).status == 409
    assert client.post(f"{BASE}/{made['id']}/retry", {}).json()["status"] in ("pending", "processing")
    assert client.post(f"{BASE}/{made['id']}/retry", {}).status == 409
    assert client.delete(f"{BASE}/{made['id']}").status == 204
    assert house.sql(f"SELECT DISTINCT state FROM jobs WHERE root = '{made['job_id']}'") == [["cancelled"]]


def test_what_its_retry_would_read_is_gone_so_it_begins_anew(client, house):
    made = upload(client, engine="pocketsphinx", language="fr").json()      # which it does not know
    assert done(client, made)["error_code"] == "LANGUAGE_REFUSED"
    (sound,) = house.sql(f"SELECT key FROM files_left WHERE key LIKE 'jobs/%/{made['job_id']}-%'")
    house.sql(f"UPDATE files_left SET drop_at = now() WHERE key = '{sound[0]}'")
    wait_until(lambda: house.sql(f"SELECT count(*) FROM files_left WHERE key = '{sound[0]}'") == [["0"]], 30, "the sound is dropped")
    again = client.post(f"{BASE}/{made['id']}/retry", {})
    assert again.status == 202 and again.json()["job_id"] != made["job_id"] and again.json()["status"] in ("pending", "processing"), again
    assert done(client, again.json())["error_code"] == "LANGUAGE_REFUSED"
    assert house.sql(f"SELECT count(*) FROM jobs WHERE root = '{made['job_id']}' AND (input <> '{{}}' OR steps IS NOT NULL)") == [["0"]]
    assert house.sql(f"SELECT input ->> 'engine' FROM jobs WHERE root = '{again.json()['job_id']}' AND step = 'stt'") == [["pocketsphinx"]]


def test_the_log_tells_how_it_ended(heard, house):
    _, _, result = heard
    line = wait_until(lambda: next((line for line in house.daemons["scheduler"].text().splitlines() if "transcription_completed" in line and result["id"] in line), None), 20, "it is told")
    told = json.loads(line)
    assert told["event"] == "transcription_completed" and told["user_id"] == result["user_id"] and abs(told["text_length"] - len(result["text"])) < 3
    assert result["text"] not in line


def test_a_person_takes_their_transcriptions_along_and_leaves_none(client, house):
    made = upload(client, language="en").json()
    got = done(client, made)
    assert client.change("PATCH", f"{BASE}/{made['id']}/segments/0", {"text": "Corrigé.", "revision": 0}).status == 200
    archive = zipfile.ZipFile(io.BytesIO(client.get("/api/v1/auth/me/export").body))
    assert archive.read(f"files/transcriptions/{made['id']}/recording") == spoken()
    kept = json.loads(archive.read(f"transcriptions/{made['id']}.json"))
    assert kept["id"] == made["id"] and kept["text"].startswith("Corrigé.") and kept["text"] != got["text"]
    assert json.loads(archive.read(f"transcriptions/{made['id']}.segments.json"))["segments"][0]["text"] == "Corrigé."
    assert json.loads(archive.read(f"transcriptions/{made['id']}.history.json"))["edits"][0]["text"] == "Corrigé."
    assert client.delete("/api/v1/auth/me").status == 204
    assert house.sql(f"SELECT count(*) FROM transcriptions WHERE id = '{made['id']}'") == [["0"]]
    files = lambda: [path for path in (house.run_dir / "home").rglob("*") if made["id"] in str(path) and path.is_file()]
    wait_until(lambda: not files(), 30, "the recording goes")


def test_addresses_of_youtube_are_told_from_others(client, house):
    path = "/api/youtube/validate"
    assert client.post(path, {"video_url": VIDEO}).json() == {"valid": True, "video_id": "dQw4w9WgXcQ", "url": VIDEO}
    assert client.post(path, {"url": "https://vimeo.com/1"}).json() == {"valid": False, "video_id": None, "url": "https://vimeo.com/1"}
    assert client.post(path, {}).status == 422


def test_its_events_are_those_of_its_job(heard, house):
    client, _, result = heard
    with client.stream(f"{BASE}/{result['id']}/events") as stream:
        events = stream.until("done")
    assert [(event.data["step"], event.data["state"]) for event in events if event.type == "step"] == [("audio", "succeeded"), ("stt", "succeeded")]
    with client.stream(f"{BASE}/{result['id']}/events", after=events[1].id) as stream:
        assert [event.id for event in stream.until("done")] == [event.id for event in events[2:]]


@pytest.mark.parametrize("path", [f"{BASE}/metadata", "/api/youtube/metadata"])
def test_what_a_site_tells_is_asked_of_public_addresses_only(client, house, path):
    house.expect('"kind":"audio.look"')
    refused = client.post(path, {"video_url": "http://127.0.0.1:1/film.mp4"})
    assert refused.status == 422 and refused.json()["error"] == "EGRESS_REFUSED", refused
    for body in ({}, {"video_url": "film"}, {"video_url": ""}):
        assert client.post(path, body).status == 422, body


def test_without_a_model_that_sees_a_video_is_not_even_fetched(client, house):
    house.expect('"kind":"llm.sees"')
    refused = client.post(f"{BASE}/video/analyze", {"video_url": "http://127.0.0.1:1/film.mp4"})
    assert refused.status == 503 and refused.json()["error"] == "SIGHT_DISABLED" and "LLM_VISION_MODEL" in refused.json()["message"], refused


def test_a_recording_is_given_back_to_its_owner(client, house, heard):
    owner, _, result = heard
    at = f"{BASE}/{result['id']}/recording"
    given = owner.get(at)
    assert given.status == 200 and given.body == spoken() and given.headers["content-type"] == "audio/wav"
    assert owner.get(at, Range="bytes=0-3").body == b"RIFF" and owner.get(at, If_None_Match=given.headers["etag"]).status == 304
    assert client.get(at).status == 403 and client.become("admin").get(at).status == 403
    assert client.get(f"{BASE}/{client.id}/recording").status == 404
