"""A question is asked, spoken or typed, and everything that comes of it is read."""
import base64
import json
import re

import pytest

from house import wait_until
from media import SPOKEN_WORDS, is_silent, joined, pdf_info, pdf_text, probe, spoken
from palabre import Client

MATERIAL = """Le budget de la commune a été adopté lundi par le conseil municipal.
La rénovation de l'école coûtera 42 millions de francs et commencera en mars.
Le marché couvert sera fermé pendant les travaux de la place centrale.
"""
QUESTION = "Combien coûtera la rénovation de l'école ?"


@pytest.fixture(scope="module")
def spoken_ask(house):
    """The recorded question, asked once with everything: (client, what POST answered, the events, the result)."""
    client = Client(house).register()
    made = client.ask_raw(spoken(), "audio/wav", language="en", engine="extract", report="true")
    events = client.follow(made.json()["job_id"])
    return client, made, events, client.result(made.json()["id"])


def step_of(result, name):
    return next(step for step in result["steps"] if step["step"] == name)


def words_of(result):
    return set(result["transcript"]["text"].lower().split())


# --- what POST answers ---

def test_a_recording_is_accepted_with_202_and_told_where_to_look(spoken_ask, house):
    _, made, _, _ = spoken_ask
    said = made.json()
    assert made.status == 202
    assert made.headers["location"] == f"/api/v1/jobs/{said['job_id']}"
    assert said["state"] == "queued"
    assert said["events"] == f"/api/v1/jobs/{said['job_id']}/events"
    assert said["result"] == f"/api/v1/ask/{said['id']}"


# --- the events ---

def test_its_events_go_through_every_step_in_order(spoken_ask, house):
    _, _, events, _ = spoken_ask
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert events[0].type == "queued"
    assert events[-1].type == "done" and events[-1].data == {"state": "succeeded"}
    steps = [(event.data["step"], event.data["state"]) for event in events if event.type == "step"]
    assert steps == [(step, "succeeded") for step in ("audio", "stt", "llm", "tts", "document")]
    started = [event.data["step"] for event in events if event.type == "started"]
    assert started == ["audio", "stt", "llm", "tts", "document"]


def test_the_tokens_told_are_the_answer(spoken_ask, house):
    _, _, events, result = spoken_ask
    assert "".join(event.data["text"] for event in events if event.type == "token") == result["answer"]


def test_progress_of_a_step_only_grows(spoken_ask, house):
    _, _, events, _ = spoken_ask
    for step in ("audio", "stt", "tts"):
        percents = [event.data["percent"] for event in events if event.type == "progress" and event.data["step"] == step]
        assert percents == sorted(percents) and all(0 <= percent <= 100 for percent in percents)


# --- the transcript and the answer ---

def test_the_transcript_has_the_words_that_were_said(spoken_ask, house):
    _, _, _, result = spoken_ask
    heard = words_of(result)
    assert len(SPOKEN_WORDS & heard) >= len(SPOKEN_WORDS) - 1, heard
    assert result["transcript"]["language"] == "en"
    assert result["transcript"]["engine"] == "pocketsphinx"


def test_each_word_has_its_time_and_confidence(spoken_ask, house):
    _, _, _, result = spoken_ask
    transcript = result["transcript"]
    assert [word["word"] for word in transcript["words"]] == transcript["text"].split()
    at = 0
    for word in transcript["words"]:
        assert at <= word["start"] < word["end"] <= transcript["duration_s"] + 0.1, word
        assert 0 <= word["confidence"] <= 1, word
        at = word["start"]
    assert abs(transcript["duration_s"] - 6.05) < 0.1


def test_the_answer_speaks_of_what_was_heard_and_who_did_what_is_told(spoken_ask, house):
    _, _, _, result = spoken_ask
    assert result["state"] == "succeeded" and result["percent"] == 100
    assert result["transcript"]["text"] in result["answer"]
    assert [step["engine"] for step in result["steps"] if "engine" in step] == ["pocketsphinx", "extract", "espeak"]
    assert all(step["state"] == "succeeded" and step["attempt"] == 1 and step["ms"] >= 0 for step in result["steps"])
    assert result["cost_micro"] == 0 and step_of(result, "llm")["cost_micro"] == 0
    assert result["created_at"] < result["finished_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", result["created_at"])


def test_explain_tells_queue_worker_attempt_and_engine_of_each_step(spoken_ask, house):
    client, made, _, _ = spoken_ask
    explained = client.explain(made.json()["job_id"])
    assert explained["kind"] == "flow.ask" and explained["lane"] == "live" and explained["state"] == "succeeded"
    for step, service in zip(explained["steps"], ("audio", "stt", "llm", "tts", "document"), strict=True):
        lane = "quick" if service == "document" else "live"        # a report takes milliseconds
        assert step["queue"] == f"{service}.{lane}" and step["worker"].startswith(service + "@")
        assert step["attempt"] == 1 and step["waited_ms"] >= 0 and step["ran_ms"] >= 0
    heard = explained["steps"][1]
    assert heard["why"][0]["engine"] == "pocketsphinx" and heard["effects"][0]["state"] == "done"


# --- the spoken reply ---

def test_the_spoken_reply_is_an_mp3_that_can_be_heard(spoken_ask, house, tmp_path):
    client, _, _, result = spoken_ask
    sound = client.get(result["audio"])
    assert sound.status == 200 and sound.type == "audio/mpeg"
    said = probe(sound.body, tmp_path / "reply.mp3")
    assert said["codec_name"] == "mp3" and float(said["duration"]) > 3
    assert not is_silent(tmp_path / "reply.mp3")


def test_ranges_of_the_reply_are_its_bytes(spoken_ask, house):
    client, _, _, result = spoken_ask
    path = result["audio"]
    whole = client.get(path).body
    n = len(whole)
    for range_, part, said in (
            ("bytes=0-0", whole[:1], f"bytes 0-0/{n}"),
            (f"bytes={n - 1}-{n - 1}", whole[-1:], f"bytes {n - 1}-{n - 1}/{n}"),
            ("bytes=100-199", whole[100:200], f"bytes 100-199/{n}"),
            ("bytes=-10", whole[-10:], f"bytes {n - 10}-{n - 1}/{n}"),
            (f"bytes=-{n + 5}", whole, f"bytes 0-{n - 1}/{n}"),
            (f"bytes={n - 3}-", whole[-3:], f"bytes {n - 3}-{n - 1}/{n}"),
            (f"bytes={n - 3}-{n + 100}", whole[-3:], f"bytes {n - 3}-{n - 1}/{n}")):
        got = client.get(path, Range=range_)
        assert (got.status, got.headers["content-range"]) == (206, said), range_
        assert got.body == part, range_
    beyond = client.get(path, Range=f"bytes={n}-")
    assert beyond.status == 416 and beyond.headers["content-range"] == f"bytes */{n}"


def test_ranges_that_are_none_are_ignored(spoken_ask, house):
    client, _, _, result = spoken_ask
    whole = client.get(result["audio"]).body
    for range_ in ("bytes=5-2", "bytes=a-b", "lines=0-1", "bytes=", "bytes=0-1,5-6"):
        got = client.get(result["audio"], Range=range_)
        assert (got.status, got.body) == (200, whole), range_


def test_conditions_on_the_reply(spoken_ask, house):
    client, _, _, result = spoken_ask
    path = result["audio"]
    whole = client.get(path)
    etag, date = whole.headers["etag"], whole.headers["last-modified"]
    assert whole.headers["accept-ranges"] == "bytes" and "no-store" not in whole.headers["cache-control"]
    for same in (etag, f'"other", {etag}', "*", "W/" + etag):
        kept = client.get(path, If_None_Match=same)
        assert (kept.status, kept.body) == (304, b""), same
        assert kept.headers["etag"] == etag
    assert client.get(path, If_None_Match='"other"').status == 200
    assert client.get(path, If_Modified_Since=date).status == 304
    assert client.get(path, If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status == 200
    assert client.get(path, Range="bytes=0-9", If_Range=etag).status == 206
    assert client.get(path, Range="bytes=0-9", If_Range=date).status == 206
    assert client.get(path, Range="bytes=0-9", If_Range='"other"').status == 200


def test_head_tells_what_get_would(spoken_ask, house):
    client, _, _, result = spoken_ask
    got, told = client.get(result["audio"]), client.send("HEAD", result["audio"])
    assert told.status == 200 and told.body == b""
    for name in ("content-length", "content-type", "etag", "accept-ranges", "last-modified"):
        assert told.headers[name] == got.headers[name], name


# --- the report ---

def test_the_report_is_a_pdf_with_title_answer_and_transcript(spoken_ask, house):
    client, made, _, result = spoken_ask
    report = client.get(result["report"])
    assert report.status == 200 and report.type == "application/pdf"
    assert 'filename="report.pdf"' in report.headers["content-disposition"]
    text = joined(pdf_text(report.body))
    assert joined(result["answer"].split("\n")[0]) in text
    assert joined(result["transcript"]["text"]) in text
    assert made.json()["id"] in pdf_text(report.body)
    info = pdf_info(report.body)
    assert info["Title"] == "Report" and int(info["Pages"]) >= 1 and info["Author"] == "Palabre"


# --- other ways to ask ---

def test_a_form_asks_with_material_and_voice(client):
    parts = [("audio", ("question.wav", "audio/wav", spoken())), ("question", "What kind of woman should he have married?"),
             ("material", "He should have married an amiable woman.\nThe weather was fine that day."), ("language", "en"),
             ("engine", "extract"), ("voice", "en-gb")]
    result = client.answer(client.post_form("/api/v1/ask", parts).json())
    assert result["state"] == "succeeded", result
    assert result["question"] == "What kind of woman should he have married?"
    assert "amiable woman" in result["answer"]
    assert step_of(result, "tts")["model"] == "en-gb"
    assert "report" not in result


def test_a_form_takes_its_material_from_a_file(client):
    parts = [("text", QUESTION), ("material", ("conseil.txt", "text/plain", MATERIAL.encode())), ("engine", "extract"),
             ("mute", "true"), ("report", "true")]
    result = client.answer(client.post_form("/api/v1/ask", parts).json())
    assert "42 millions" in result["answer"]
    assert "audio" not in result and [step["step"] for step in result["steps"]] == ["llm", "document"]


def test_a_french_text_gets_a_french_answer_and_voice(client):
    result = client.answer(client.ask({"text": QUESTION, "material": MATERIAL, "engine": "extract", "report": True}))
    assert result["language"] == "fr"
    assert "La rénovation de l'école coûtera 42 millions de francs" in result["answer"]
    assert step_of(result, "tts")["model"].startswith("fr")
    report = client.get(result["report"])
    assert "42 millions" in joined(pdf_text(report.body)).replace("\u202f", " ").replace("\xa0", " ")
    assert pdf_info(report.body)["Title"] == "Compte rendu"


def test_an_english_text_gets_an_english_answer(client):
    result = client.answer(client.ask({"text": "When does the meeting of the council begin on Monday?", "engine": "extract",
                                       "material": "The meeting of the council begins at nine on Monday.", "mute": True}))
    assert result["language"] == "en" and "begins at nine" in result["answer"]


def test_no_reply_is_spoken_when_muted(client):
    result = client.answer(client.ask({"text": QUESTION, "engine": "extract", "mute": True}))
    assert "audio" not in result
    assert client.get(f"/api/v1/ask/{result['id']}/audio").status == 404
    assert client.get(f"/api/v1/ask/{result['id']}/report.pdf").status == 404


def test_files_that_may_still_come_are_not_ready(client, simulator):
    made = client.ask({"text": QUESTION, "model": "sim-slow;ms=1500"})
    early = client.get(f"/api/v1/ask/{made['id']}/audio")
    assert early.status == 409 and early.json()["error"] == "FILE_NOT_READY"
    result = client.answer(made)
    assert client.get(result["audio"]).status == 200


def test_a_question_is_followed_on_the_same_connection(client):
    body = json.dumps({"text": QUESTION, "engine": "extract", "material": MATERIAL}).encode()
    headers = {"Content_Type": "application/json", "Accept": "text/event-stream"}
    with client.stream("/api/v1/ask", method="POST", body=body, **headers) as stream:
        asked, job = stream.headers["x-ask-id"], stream.headers["location"].rpartition("/")[2]
        events = stream.until("done")
    assert events[0].data == {"job": job}
    assert "".join(event.data["text"] for event in events if event.type == "token") == client.result(asked)["answer"]
    assert b"".join(event.raw for event in events) == b"".join(event.raw for event in client.follow(job))


def test_what_was_heard_can_be_in_another_container(client):
    from media import tool
    ogg = tool("ffmpeg", "-v", "error", "-i", "pipe:0", "-c:a", "libopus", "-f", "ogg", "pipe:1", data=spoken()).stdout
    result = client.answer(client.ask_raw(ogg, "audio/ogg", language="en", engine="extract", mute="true").json())
    assert len(SPOKEN_WORDS & words_of(result)) >= len(SPOKEN_WORDS) - 3, result["transcript"]["text"]


# --- the list ---

@pytest.fixture(scope="module")
def three_asks(house):
    client = Client(house).register()
    made = [client.ask({"text": f"Question {n}", "engine": "extract", "mute": True})["id"] for n in range(3)]
    wait_until(lambda: all(row["state"] == "succeeded" for row in client.get("/api/v1/asks").json()), 60, "all answered")
    return client, made[::-1]


def test_the_list_is_bare_and_newest_first(three_asks, house):
    client, newest_first = three_asks
    got = client.get("/api/v1/asks")
    assert [row["id"] for row in got.json()] == newest_first
    assert got.headers["x-total-count"] == "3" and "link" not in got.headers
    assert all(row["state"] == "succeeded" and row["percent"] == 100 for row in got.json())


def test_the_list_is_paged_by_cursor(three_asks, house):
    client, newest_first = three_asks
    first = client.get("/api/v1/asks?limit=2")
    assert [row["id"] for row in first.json()["data"]] == newest_first[:2]
    assert first.json()["has_more"] is True and first.headers["x-total-count"] == "3"
    cursor = first.json()["next_cursor"]
    link = re.fullmatch(r'<([^>]+)>; rel="next"', first.headers["link"])[1]
    for path in (link, f"/api/v1/asks?limit=2&cursor={cursor}"):
        second = client.get(path)
        assert [row["id"] for row in second.json()["data"]] == newest_first[2:]
        assert second.json()["has_more"] is False and "link" not in second.headers
        assert second.headers["x-total-count"] == "3"


def test_a_list_of_nothing_is_an_empty_list(client):
    got = client.get("/api/v1/asks")
    assert got.json() == [] and got.headers["x-total-count"] == "0"


def test_who_i_am(client):
    me = client.get("/api/v1/auth/me").json()
    assert me["id"] == client.id and me["email"] == client.email and me["role"] == "user" and me["name"] == "Éa"
    assert not {"password", "password_hash"} & set(me)
    claims = json.loads(base64.urlsafe_b64decode(client.token.split(".")[1] + "=="))
    assert claims["sub"] == client.id and client.password not in json.dumps(claims) and "hash" not in json.dumps(claims)
