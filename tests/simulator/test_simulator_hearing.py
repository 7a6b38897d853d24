"""AssemblyAI and Deepgram as the simulator plays them: keys, states, faults, what is charged."""
import json
import math
import struct

from simclient import form

SAID = "Bonjour à tous. La séance est ouverte. Nous écoutons la première question."
KEY, TOKEN = "sk-test", "Token sk-test"


def wav(samples):
    data = struct.pack(f"<{len(samples)}h", *samples)
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16, b"data", len(data)) + data


def tone(seconds, hertz):
    return [round(9000 * math.sin(2 * math.pi * hertz * at / 16000)) for at in range(int(seconds * 16000))]


NOISY = wav(tone(3, 440))


def upload(simulator, sound=NOISY, key=KEY):
    return simulator.ask("POST", "/v2/upload", sound, Authorization=key, Content_Type="application/octet-stream")


def create(simulator, model="universal-2", url=None, **more):
    url = url or upload(simulator).json()["upload_url"]
    return simulator.post("/v2/transcript", {"audio_url": url, "speech_models": [model], "language_code": "fr", **more}, Authorization=KEY)


def look(simulator, made):
    return simulator.get(f"/v2/transcript/{made['id']}", Authorization=KEY)


def finished(simulator, model="universal-2", **more):
    made = create(simulator, model, **more).json()
    for _ in range(10):
        answer = look(simulator, made).json()
        if answer["status"] in ("completed", "error"):
            return answer
    raise AssertionError(answer)


def listen(simulator, query="model=nova-3&smart_format=true", sound=NOISY, key=TOKEN, type="audio/wav"):
    return simulator.ask("POST", "/v1/listen?" + query, sound, Authorization=key, Content_Type=type)


def test_a_key_with_a_scheme_is_refused_by_assemblyai(simulator):
    assert upload(simulator, key="Bearer sk-test").status == 401
    assert upload(simulator, key="other").json() == {"error": "Authentication error, API token missing/invalid"}
    assert upload(simulator).status == 200


def test_a_transcript_is_queued_processing_completed(simulator):
    made = create(simulator, speaker_labels=True).json()
    seen = [made["status"]] + [look(simulator, made).json()["status"] for _ in range(3)]
    assert seen == ["queued", "queued", "processing", "completed"]
    done = look(simulator, made).json()
    assert (done["text"], done["speech_model_used"], done["audio_duration"], done["language_code"]) == (SAID, "universal-2", 3, "fr")
    first = done["words"][0]
    assert (first["text"], first["start"], first["speaker"], first["channel"]) == ("Bonjour", 0, "A", None) and first["end"] > 200
    assert [one["speaker"] for one in done["utterances"]] == ["A", "A", "B"]
    assert finished(simulator)["utterances"] is None


def test_what_assemblyai_refuses(simulator):
    url = upload(simulator).json()["upload_url"]
    for wrong in ({"speech_models": []}, {"speech_models": ["universal-9"]}, {"language_detection": True}):
        assert create(simulator, url=url, **wrong).status == 400
    assert create(simulator, url="http://elsewhere/x").json() == {"error": "Cannot access uploaded file"}
    assert simulator.get("/v2/transcript/none", Authorization=KEY).status == 400


def test_faults_of_a_transcript(simulator):
    assert finished(simulator, "sim-terminal;text=Kaputt")["error"] == "Kaputt"
    nulls = finished(simulator, "sim-nulls")
    assert nulls["text"] is nulls["words"] is nulls["utterances"] is None
    stuck = create(simulator, "sim-stuck").json()
    assert [look(simulator, stuck).json()["status"] for _ in range(5)][-1] == "processing"
    refused = create(simulator, "sim-poll-refused;n=1;status=429;retry_after=2").json()
    answer = look(simulator, refused)
    assert (answer.status, answer.headers["retry-after"]) == (429, "2") and look(simulator, refused).status == 200


def test_the_list_is_newest_first_in_pages_and_knows_what_was_deleted(simulator):
    made = [create(simulator).json() for _ in range(3)]
    page = simulator.get("/v2/transcript?limit=2", Authorization=KEY).json()
    assert [one["id"] for one in page["transcripts"]] == [made[2]["id"], made[1]["id"]] and page["page_details"]["prev_url"]
    older = simulator.get(f"/v2/transcript?limit=1&before_id={made[1]['id']}", Authorization=KEY).json()
    assert older["transcripts"][0]["id"] == made[0]["id"] and older["transcripts"][0]["audio_url"] == made[0]["audio_url"]
    gone = simulator.ask("DELETE", f"/v2/transcript/{made[0]['id']}", b"", Authorization=KEY).json()
    assert (gone["text"], gone["audio_url"]) == ("Deleted by user.", "http://deleted_by_user")


def test_only_the_create_is_charged(simulator):
    model = "sim-ok;tag=charged"
    finished(simulator, model)
    assert [line["path"] for line in simulator.ledger(model=model, outcome="performed")] == ["/v2/transcript"]
    assert not simulator.ledger(path="/v2/upload")
    routes = simulator.counts()["by_route"]
    assert routes["POST /v2/upload"] > 0 and routes["GET /v2/transcript/"] > 0


def test_deepgram_hears_bytes(simulator):
    reply = listen(simulator, "model=nova-3&smart_format=true&utterances=true&diarize=true&detect_language=true")
    answer = reply.json()
    channel = answer["results"]["channels"][0]
    best = channel["alternatives"][0]
    assert reply.headers["dg-request-id"] == answer["metadata"]["request_id"]
    assert (best["transcript"], channel["detected_language"], answer["metadata"]["duration"]) == (SAID, "fr", 3.0)
    assert best["words"][2]["word"] == "tous" and best["words"][2]["punctuated_word"] == "tous."
    assert {word["speaker"] for word in best["words"]} == {0, 1} and len(answer["results"]["utterances"]) == 3
    plain = listen(simulator, "model=nova-3&language=fr").json()["results"]
    assert "punctuated_word" not in plain["channels"][0]["alternatives"][0]["words"][0] and "utterances" not in plain


def test_silence_is_an_empty_transcript(simulator):
    best = listen(simulator, sound=wav([0] * 16000)).json()["results"]["channels"][0]["alternatives"][0]
    assert best["transcript"] == "" and best["words"] == []
    url = upload(simulator, wav([0] * 16000)).json()["upload_url"]
    assert finished(simulator, url=url)["text"] == ""


def test_errors_of_deepgram_come_in_two_families_and_as_text(simulator):
    assert listen(simulator, key="Bearer sk-test").json()["err_code"] == "INVALID_AUTH"
    for query in ("model=nova-9", "model=nova-3&keywords=a", "model=nova-3&language=fr&detect_language=true"):
        answer = listen(simulator, query)
        assert answer.status == 400 and answer.json()["category"] == "INVALID_QUERY_PARAMETER"
    assert listen(simulator, "model=sim-402").json()["err_code"] == "ASR_PAYMENT_REQUIRED"
    assert "retry-after" not in listen(simulator, "model=sim-429-bare").headers
    assert listen(simulator, "model=sim-404").body == b"Not Found\n"
    assert listen(simulator, sound=b"not a recording").status == 400


def test_words_that_stand_in_the_sound_are_heard(simulator):
    sound = wav([0] * 1600 + tone(0.3, 300) + [0] * 3200 + tone(0.3, 500) + [0] * 1600)
    words = listen(simulator, "model=sim-tones", sound).json()["results"]["channels"][0]["alternatives"][0]["words"]
    assert [(word["word"], word["start"], word["end"]) for word in words] == [("mot0", 0.1, 0.4), ("mot4", 0.6, 0.9)]
    kind, body = form([("file", ("a.wav", sound)), ("model", "sim-tones"), ("response_format", "verbose_json"), ("timestamp_granularities[]", "word")])
    answer = simulator.ask("POST", "/v1/audio/transcriptions", body, Content_Type=kind).json()
    assert answer["text"] == "mot0 mot4" and answer["words"][1]["start"] == 0.6


def test_recordings_may_be_larger_than_other_requests(simulator):
    sound = wav([1000] * (14 << 20))
    assert upload(simulator, sound).status == 200
    assert listen(simulator, sound=sound).json()["metadata"]["duration"] > 900
    assert simulator.ask("POST", "/v1/audio/transcriptions", sound, Content_Type="audio/wav").status == 413


def test_what_was_heard_is_json_in_utf8(simulator):
    assert json.loads(listen(simulator, "model=sim-say;text=%C3%A9t%C3%A9").body)["results"]["channels"][0]["alternatives"][0]["transcript"] == "été"
