"""Each fault of the simulator, seen at the level of bytes and arrivals."""
import json
import time
from email.utils import parsedate_to_datetime

import pytest

from simclient import Reply, chat_request, form, patiently, request_bytes

DONE = b"data: [DONE]\n\n"


# --- refusals ---

@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 413, 422, 500, 502, 503, 504, 520])
def test_any_status(simulator, status):
    reply = simulator.chat(f"sim-{status};message=Non.;code=why")
    assert (reply.status, reply.json()["error"]["message"], reply.json()["error"]["code"]) == (status, "Non.", "why")
    assert "retry-after" not in reply.headers


def test_too_many_requests(simulator):
    reply = simulator.chat("sim-429")
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")
    assert reply.json()["error"]["code"] == "rate_limit_exceeded"
    assert simulator.chat("sim-429;retry_after=7;retry_after_ms=20").headers["retry-after-ms"] == "20"
    date = parsedate_to_datetime(simulator.chat("sim-429-date;s=60").headers["retry-after"])
    assert 50 < date.timestamp() - time.time() <= 60
    assert "retry-after" not in simulator.chat("sim-429-bare").headers
    quota = simulator.chat("sim-429-quota")
    assert (quota.json()["error"]["code"], "retry-after" in quota.headers) == ("insufficient_quota", False)
    assert simulator.chat("sim-500;should_retry=false").headers["x-should-retry"] == "false"


def test_refusals_follow_the_dialect(simulator):
    kind, body = form([("file", ("a.wav", b"x")), ("model", "sim-429")])
    for dialect, member in (("whispercpp", "error"), ("speaches", "detail")):
        reply = simulator.ask("POST", f"/{dialect}/v1/audio/transcriptions", body, Content_Type=kind)
        assert reply.json() == {member: "Refused with 429 as asked."}


def test_a_proxy_answers_html(simulator):
    reply = simulator.chat("sim-html")
    assert (reply.status, reply.headers["content-type"], reply.body[:6]) == (502, "text/html", b"<html>")
    assert simulator.chat("sim-html;status=504").status == 504


def test_a_redirect_leads_to_another_host(simulator):
    reply = simulator.chat("sim-redirect")
    assert (reply.status, reply.headers["location"]) == (302, f"http://localhost:{simulator.port}/v1/chat/completions")
    reply = simulator.chat("sim-redirect;status=307;to=http:%2F%2Felsewhere.test%2F")
    assert (reply.status, reply.headers["location"]) == (307, "http://elsewhere.test/")


@pytest.mark.parametrize("scenario, end, outcome", [
    ("hangup-before", "eof", "refused"), ("hangup", "eof", "performed"), ("hangup;how=rst", "reset", "performed")])
def test_closed_without_a_byte(simulator, scenario, end, outcome):
    model = f"sim-{scenario};tag=silent"
    reply = simulator.chat(model)
    assert (reply.bytes, reply.end) == (b"", end)
    assert simulator.ledger(model=model)[0]["outcome"] == outcome


# --- other bytes ---

def test_a_malformed_event(simulator):
    events = simulator.chat("sim-malformed;after=2").chunks
    with pytest.raises(ValueError):
        json.loads(events[2][6:])
    assert json.loads(events[1][6:]) and json.loads(events[3][6:]) and events[-2] == DONE
    with pytest.raises(ValueError):
        simulator.chat("sim-malformed", stream=False).json()


def test_truncated_json_in_complete_http(simulator):
    reply = simulator.chat("sim-truncated", stream=False)
    assert len(reply.raw_body) == int(reply.headers["content-length"])
    with pytest.raises(ValueError):
        reply.json()
    with pytest.raises(ValueError):
        simulator.chat("sim-truncated").events()


def test_a_wrong_content_type(simulator):
    assert simulator.chat("sim-content-type").headers["content-type"] == "text/html"
    assert simulator.chat("sim-content-type;type=text%2Fplain", stream=False).headers["content-type"] == "text/plain"


def test_a_huge_body_is_valid(simulator):
    reply = simulator.chat("sim-huge-body;mib=3", stream=False)
    assert 3 << 20 < len(reply.body) < 4 << 20 and reply.json()["choices"]
    reply = simulator.chat("sim-huge-body;mib=3")
    assert 3 << 20 < len(reply.body) < 4 << 20 and reply.events()[-1] is None


def test_a_huge_line_is_valid(simulator):
    reply = simulator.chat("sim-huge-line;kib=1024")
    assert max(map(len, reply.chunks)) > 1 << 20 and reply.text().startswith("Vous demandez")


def test_events_as_others_write_them(simulator):
    plain = simulator.chat("sim-ok").body.replace(b"sim-ok", b"")
    stems = {"comments": b": keep-alive\n\ndata: ", "empty-data": b"data:\n\ndata: ", "no-space": b"data:{"}
    for name, start in stems.items():
        assert simulator.chat("sim-" + name).body.startswith(start)
    assert simulator.chat("sim-comments").body.count(b": keep-alive\n\n") == plain.count(b"\n\n")
    crlf, cr = simulator.chat("sim-crlf").body, simulator.chat("sim-cr").body
    assert crlf.count(b"\r\n\r\n") == cr.count(b"\r\r") == plain.count(b"\n\n")
    assert b"\n" not in cr and b"\n" not in crlf.replace(b"\r\n", b"")


def test_two_events_in_one_write(simulator):
    chunks = simulator.chat("sim-two-in-one").chunks[:-1]
    assert [chunk.count(b"\n\n") for chunk in chunks[:-1]] == [2] * (len(chunks) - 1)


def test_an_error_in_band(simulator):
    reply = simulator.chat("sim-in-band-error;after=3")
    assert reply.status == 200 and len(reply.events()) == 4 and reply.events()[3]["error"]["type"] == "server_error"
    named = simulator.chat("sim-in-band-error;named=yes;done=yes")
    assert b"\n\nevent: error\ndata: " in named.body and named.body.endswith(DONE)
    assert simulator.chat("sim-in-band-error", stream=False).json()["error"]


def test_missing_parts(simulator):
    assert simulator.chat("sim-missing-done").events()[-1]["choices"][0]["finish_reason"] == "stop"
    asked = {"stream_options": {"include_usage": True}}
    assert not any(event and event.get("usage") for event in simulator.chat("sim-missing-usage", more=asked).events())
    assert "usage" not in simulator.chat("sim-missing-usage", stream=False).json()
    empty = simulator.chat("sim-empty-body")
    assert (empty.status, empty.headers["content-length"], empty.body) == (200, "0", b"")


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_finish_reasons(simulator, reason):
    assert simulator.chat(f"sim-finish;reason={reason}").events()[-2]["choices"][0]["finish_reason"] == reason


def test_a_refusal_of_the_model(simulator):
    assert simulator.chat("sim-refusal", stream=False).json()["choices"][0]["message"]["content"] is None
    events = simulator.chat("sim-refusal").events()[:-1]
    assert any(event["choices"][0]["delta"].get("refusal") for event in events)


def test_sound_that_is_none(simulator):
    def speak(model):
        asked = {"model": model, "voice": "nova", "input": "Bonjour", "response_format": "wav"}
        return simulator.post("/v1/audio/speech", asked)
    failure = speak("sim-error-as")
    assert (failure.headers["content-type"], "error" in failure.json()) == ("audio/mpeg", True)
    assert speak("sim-bogus-wav").body[4:8] == speak("sim-bogus-wav").body[40:44] == b"\xff" * 4
    assert speak("sim-empty-body").raw_body == b""


def test_transcripts_that_are_odd(simulator):
    def transcribe(model, *parts):
        kind, body = form([("file", ("a.wav", b"\0" * 32000)), ("model", model), *parts])
        return simulator.ask("POST", "/v1/audio/transcriptions", body, Content_Type=kind)
    verbose = ("response_format", "verbose_json")
    assert transcribe("sim-empty-segments", verbose).json()["segments"] == []
    assert all(row["start"] == row["end"] for row in transcribe("sim-equal-times", verbose).json()["segments"])
    assert transcribe("sim-language-code", verbose).json()["language"] == "fr"
    assert "words" not in transcribe("sim-no-words", verbose, ("timestamp_granularities[]", "word")).json()
    srt = transcribe("sim-odd-subtitles", ("response_format", "srt")).body
    assert srt.startswith(b"\xef\xbb\xbf1\r\n") and not srt.endswith(b"\n")
    events = transcribe("sim-done-differs,add-done", ("stream", "true")).events()
    assert events[-1] is None and events[-2]["text"] != "".join(event["delta"] for event in events[:-2])


# --- other sending ---

def test_the_first_byte_comes_late(simulator):
    assert simulator.chat("sim-slow;ms=150").arrivals[0][0] > 0.14
    late = simulator.chat("sim-503,slow;ms=150")
    assert late.status == 503 and late.arrivals[0][0] > 0.14


@patiently
def test_each_event_is_delayed(simulator):
    arrivals = simulator.chat("sim-delay;ms=20,tokens;n=6").arrivals
    gaps = [later[0] - sooner[0] for sooner, later in zip(arrivals[1:], arrivals[2:])]
    assert len(arrivals) >= 9 and sorted(gaps)[len(gaps) // 2] > 0.018


@patiently
def test_a_body_drips(simulator):
    reply = simulator.chat("sim-slow-body;ms=1;bytes=40", stream=False)
    parts = [len(data) for _, data in reply.arrivals[1:]]
    assert reply.json() and len(parts) > 10 and sorted(parts)[len(parts) // 2] == 40


@patiently
def test_a_stall_ends_or_does_not(simulator):
    arrivals = simulator.chat("sim-stall;ms=200;after=3").arrivals
    assert max(later[0] - sooner[0] for sooner, later in zip(arrivals, arrivals[1:])) > 0.19
    with simulator.connect() as peer:
        body = json.dumps(chat_request("sim-stall;after=3", True)).encode()
        peer.sendall(request_bytes("POST", "/v1/chat/completions", body, {}))
        reply = Reply(peer, timeout_s=0.3)
    assert (reply.end, len(reply.chunks)) == ("timeout", 3)


@pytest.mark.parametrize("how, end", [("fin", "eof"), ("rst", "reset")])
def test_a_stream_is_cut_inside_an_event(simulator, how, end):
    reply = simulator.chat(f"sim-cut-{how};after=3")
    assert (reply.end, len(reply.chunks)) == (end, 3)
    assert b"data: " in reply.raw_body.rpartition(b"\n\n")[2] and not reply.raw_body.endswith(b"\r\n")
    whole = simulator.chat(f"sim-cut-{how}", stream=False)
    assert (whole.end, 0 < len(whole.raw_body) < int(whole.headers["content-length"])) == (end, True)


def test_the_length_is_a_lie(simulator):
    reply = simulator.chat("sim-long-length;by=50", stream=False)
    missing = int(reply.headers["content-length"]) - len(reply.raw_body)
    assert (reply.end, missing, "choices" in reply.json()) == ("eof", 50, True)
    assert "transfer-encoding" not in simulator.chat("sim-long-length").headers


def test_the_final_chunk_is_missing(simulator):
    for stream in (True, False):
        reply = simulator.chat("sim-no-final-chunk", stream=stream)
        assert (reply.end, reply.headers["transfer-encoding"]) == ("eof", "chunked")
        assert reply.body and not reply.raw_body.endswith(b"0\r\n\r\n")


def has_whole_characters(data):
    try:
        return data.decode() is not None
    except UnicodeDecodeError:
        return False


@patiently
def test_characters_are_divided_between_writes(simulator):
    reply = simulator.chat("sim-utf8-split;ms=10")
    assert reply.text() == "Déjà vu : 3 € et un sourire 😀, reçu à Libreville."
    assert all(map(has_whole_characters, reply.chunks))
    # é à ç à: one cut each, €: two, 😀: three
    broken = [data for _, data in reply.arrivals if not has_whole_characters(data)]
    assert any(data[0] & 0xC0 == 0x80 for data in broken) and len(broken) >= 4 * 2 + 3


def test_characters_are_divided_between_chunks(simulator):
    reply = simulator.chat("sim-utf8-split-chunks;ms=1")
    assert "😀".encode() not in reply.raw_body and reply.text().endswith("😀, reçu à Libreville.")
    assert len([chunk for chunk in reply.chunks if chunk and chunk[0] & 0xC0 == 0x80]) == 9
    assert "transfer-encoding" in simulator.chat("sim-utf8-split-chunks;ms=1", stream=False).headers


@patiently
def test_line_ends_are_divided(simulator):
    reply = simulator.chat("sim-crlf-split;ms=5,tokens;n=3")
    assert reply.body.count(b"\r\n\r\n") == 6 and len(reply.arrivals) > 12
    assert any(data.startswith(b"\n") for _, data in reply.arrivals)


@patiently
def test_an_event_comes_in_five_writes(simulator):
    reply = simulator.chat("sim-many-writes;ms=4,tokens;n=3")
    assert len(reply.arrivals) >= 6 * 5 and len(reply.events()) == 6


def test_faults_can_be_joined(simulator):
    reply = simulator.chat(X_Sim_Scenario="comments,missing-done,cut-fin;after=5")
    assert reply.end == "eof" and reply.body.count(b": keep-alive") == 5
