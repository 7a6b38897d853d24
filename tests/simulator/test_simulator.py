"""The simulator's endpoints, scenarios, ledger and HTTP, over raw sockets.

    /usr/bin/python3 -m pytest tests/simulator
"""
import base64
import hashlib
import json
import signal
import socket
import struct
import time

import pytest

from simclient import QUESTION, Simulator, chat_request, form, request_bytes

REPLY = "Vous demandez : « Quels sont les débats de la ». Voici la réponse du simulateur. Elle ne vient d'aucun modèle."
SCHEMA = {"type": "object", "properties": {"score": {"type": "integer", "minimum": 3}, "why": {"type": "string"},
                                           "level": {"enum": ["FAIBLE", "ELEVE"]},
                                           "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}}},
          "$defs": {"tag": {"type": "string", "maxLength": 4}}}
TOOL = {"type": "function", "function": {"name": "find", "parameters": {
    "type": "object", "properties": {"query": {"type": "string"}}}}}


def transcribe(simulator, *parts, path="/v1/audio/transcriptions", data=b"\0" * 32000, name="a.wav", **headers):
    kind, body = form([("file", (name, data)), *parts])
    return simulator.ask("POST", path, body, Content_Type=kind, **headers)


def speak(simulator, text="Bonjour le monde. Deux phrases.", model="tts-1", **more):
    return simulator.post("/v1/audio/speech", {"model": model, "voice": "nova", "input": text, **more})


# --- chat ---

def test_a_chat_answer_quotes_the_question(simulator):
    reply = simulator.chat(stream=False)
    answer = reply.json()
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": REPLY, "refusal": None}
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]
    assert "x_sim_unknown" in answer and answer["service_tier"] is None
    assert "“What is the plan?”" in simulator.chat(stream=False, text="What is the plan?").body.decode()


def test_a_streamed_answer_is_the_same_text(simulator):
    reply = simulator.chat(more={"stream_options": {"include_usage": True}})
    events = reply.events()
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.text() == REPLY
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert events[-3]["choices"][0]["finish_reason"] == "stop"
    assert events[-2]["choices"] == [] and events[-2]["usage"]["completion_tokens"] == len(events) - 4
    assert events[-1] is None and reply.chunks[-1] == b""
    assert all("usage" not in event for event in simulator.chat().events()[:-1])


def test_every_event_is_its_own_chunk(simulator):
    assert all(chunk.startswith(b"data: ") and chunk.endswith(b"\n\n") for chunk in simulator.chat().chunks[:-1])


def test_the_number_of_tokens_can_be_chosen_and_limited(simulator):
    assert len(simulator.chat("sim-tokens;n=100").events()) == 103
    assert len(simulator.chat("sim-tokens;n=10000").events()) == 10003
    limited = simulator.chat(stream=False, more={"max_completion_tokens": 3}).json()["choices"][0]
    assert (limited["message"]["content"], limited["finish_reason"]) == ("Vous demandez :", "length")


def test_schemas_are_obeyed(simulator):
    asked = {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}
    value = json.loads(simulator.chat(stream=False, more=asked).json()["choices"][0]["message"]["content"])
    assert value == {"score": 4, "why": REPLY, "level": "FAIBLE", "tags": ["Vous"]}
    asked = {"response_format": {"type": "json_object"}}
    assert json.loads(simulator.chat(more=asked).text()) == {"answer": REPLY}


def test_tools_are_called_and_their_answers_paired(simulator):
    asked = {"tools": [TOOL], "tool_choice": "required"}
    call = simulator.chat(stream=False, more=asked).json()["choices"][0]["message"]["tool_calls"][0]
    assert json.loads(call["function"]["arguments"]) == {"query": QUESTION}
    messages = [{"role": "user", "content": "x"}, {"role": "assistant", "content": None, "tool_calls": [call]}]
    answered = [*messages, {"role": "tool", "tool_call_id": call["id"], "content": "1"}]
    assert simulator.post("/v1/chat/completions", {"model": "m", "messages": answered}).status == 200
    for wrong in (messages, [*messages, {"role": "user", "content": "y"}], answered[:1] + answered[2:]):
        assert simulator.post("/v1/chat/completions", {"model": "m", "messages": wrong}).status == 400


def test_parallel_tool_calls_are_interleaved(simulator):
    events = simulator.chat("sim-tool-calls;n=2", more={"tools": [TOOL]}).events()
    deltas = [event["choices"][0]["delta"] for event in events[:-1]]
    fragments = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert [fragment["index"] for fragment in fragments[:6]] == [0, 1, 0, 1, 0, 1]
    text = "".join(fragment["function"]["arguments"] for fragment in fragments if fragment["index"] == 1)
    assert json.loads(text) == {"query": QUESTION}


def test_of_an_image_only_its_bytes_are_told(simulator):
    ask = lambda url: simulator.chat(stream=False, more={"messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]}]})
    image = b"\xff\xd8\xff and more"
    said = ask("data:image/jpeg;base64," + base64.b64encode(image).decode()).json()["choices"][0]["message"]["content"]
    assert said == f"An image of {len(image)} bytes, SHA-256 {hashlib.sha256(image).hexdigest()[:16]}."
    for url in ("http://x/a.jpg", "data:image/jpeg;base64,AAAA", "data:image/jpeg;base64,***", "data:text/plain;base64,/9j/", "", None):
        assert ask(url).status == 400, url


@pytest.mark.parametrize("body", [
    b"{", b"[]", b"[" * 9000, b'{"model":"m"}', b'{"model":"m","messages":[]}', b'{"messages":[{"role":"user"}]}',
    b'{"model":"m","messages":[{"role":"robot"}]}', b'{"model":"\\ud800","messages":[{"role":"user"}]}',
    b'{"model":"m","messages":[{"role":"user"}],"temperature":1e999}',
    b'{"model":"m","messages":[{"role":"user"}],"tools":[1]}'])
def test_a_wrong_chat_request_is_refused_in_the_providers_shape(simulator, body):
    reply = simulator.ask("POST", "/v1/chat/completions", body)
    assert reply.status == 400
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


def test_dialects_have_their_own_errors(simulator):
    asked = chat_request("m", False, seed=1)
    assert simulator.post("/mistral/v1/chat/completions", asked).json()["object"] == "error"
    assert simulator.post("/vllm/v1/chat/completions", {}, Authorization=None).json()["error"]["code"] == 400
    assert simulator.post("/v1/chat/completions", asked, X_Sim_Dialect="nobody").status == 400


# --- keys ---

@pytest.mark.parametrize("key", ["Bearer sk-bad", "Basic sk-test", "sk-test", None])
def test_a_wrong_key_is_refused(simulator, key):
    reply = simulator.chat(Authorization=key)
    assert (reply.status, reply.json()["error"]["code"]) == (401, "invalid_api_key" if key else "missing_api_key")


def test_a_self_hosted_server_needs_no_key_but_checks_one(simulator):
    asked = chat_request("m", False)
    assert simulator.post("/llamacpp/v1/chat/completions", asked, Authorization=None).status == 200
    assert simulator.post("/llamacpp/v1/chat/completions", asked, Authorization="Bearer sk-bad").status == 401


# --- transcription and speech ---

def test_a_transcript_in_every_format(simulator):
    text = "Bonjour à tous. La séance est ouverte. Nous écoutons la première question."
    whisper = ("model", "whisper-1")
    assert transcribe(simulator, whisper).json()["text"] == text
    assert transcribe(simulator, whisper, ("response_format", "text")).body.decode() == text + "\n"
    srt = transcribe(simulator, whisper, ("response_format", "srt")).body.decode()
    assert srt.startswith("1\n00:00:00,000 --> 00:00:00,") and "\n\n2\n" in srt
    assert transcribe(simulator, whisper, ("response_format", "vtt")).body.startswith(b"WEBVTT\n\n00:00:00.000 --> ")
    granularity = "timestamp_granularities[]"
    asked = whisper, ("response_format", "verbose_json"), (granularity, "word"), (granularity, "segment")
    verbose = transcribe(simulator, *asked).json()
    assert (verbose["language"], verbose["duration"], len(verbose["segments"])) == ("french", 2.0, 3)
    assert verbose["words"][0] == {"word": "Bonjour", "start": 0.0, "end": verbose["words"][1]["start"]}
    assert "words" not in transcribe(simulator, *asked[:2]).json()
    assert "Good morning" in transcribe(simulator, whisper, ("language", "en")).json()["text"]


def test_what_was_spoken_is_transcribed(simulator):
    spoken = speak(simulator, "Le mot de passe est palabre.", response_format="wav").body
    verbose = transcribe(simulator, ("model", "sim-ok"), ("response_format", "verbose_json"), data=spoken).json()
    assert (verbose["text"], verbose["duration"]) == ("Le mot de passe est palabre.", 1.68)


def test_transcription_dialects(simulator):
    verbose = ("response_format", "verbose_json")
    whispercpp = transcribe(simulator, verbose, path="/inference", Authorization=None).json()
    assert whispercpp["segments"][0]["words"][0]["word"] == " Bonjour" and "words" not in whispercpp
    localai = transcribe(simulator, ("model", "m"), path="/localai/v1/audio/transcriptions").json()
    assert localai["segments"][0]["words"][0]["text"] == "Bonjour"
    speaches, stream = "/speaches/v1/audio/transcriptions", [("model", "m"), ("stream", "true")]
    assert transcribe(simulator, path=speaches).json()["detail"][0]["loc"] == ["body", "model"]
    assert transcribe(simulator, *stream, path=speaches).events()[-1]["type"] == "transcript.text.done"
    assert transcribe(simulator, *stream, path="/localai/v1/audio/transcriptions").events()[-1] is None
    kind, body = form([("response_format", "json")])
    error = simulator.ask("POST", "/inference", body, Content_Type=kind).json()
    assert error == {"error": "no 'file' field in the request"}


def test_forms_are_read_strictly(simulator):
    good = form([("model", "whisper-1"), ("file", ("a.wav", b"RIFF"))])
    kind, body = good
    wrong = [(kind.replace("=", "-"), body), (kind, body[:-6]), (kind, b"\r\n" + body), (kind, body + b"x"),
             (kind, body.replace(b"\r\n\r\n", b"\n\n")), (kind, body.replace(b'name="model"', b"name=model")),
             form([("model", "m"), ("model", "m"), ("file", ("a.wav", b"x"))]),
             *(form([("model", "m"), ("file", file)]) for file in
               ("no file name", ("a.wav", b""), ("a.exe", b"x"), ("noextension", b"x")))]
    assert simulator.ask("POST", "/v1/audio/transcriptions", good[1], Content_Type=good[0]).status == 200
    for kind, body in wrong:
        assert simulator.ask("POST", "/v1/audio/transcriptions", body, Content_Type=kind).status == 400, body


def test_speech_is_as_long_as_its_text(simulator):
    reply = speak(simulator, "x" * 50, response_format="wav")
    samples = struct.unpack("<I", reply.body[40:44])[0]
    assert (reply.headers["content-type"], reply.body[:4], samples) == ("audio/wav", b"RIFF", 50 * 6 * 48000 // 100)
    assert len(speak(simulator, "x" * 50, response_format="pcm", speed=2).body) == samples // 2
    mp3 = speak(simulator, "x" * 50)
    assert (mp3.headers["content-type"], mp3.body[:2], len(mp3.body)) == ("audio/mpeg", b"\xff\xf3", 125 * 144)
    assert speak(simulator, response_format="opus").body[:4] == b"OggS"
    assert speak(simulator, stream_format="sse").events()[-1]["type"] == "speech.audio.done"
    wrong = {"voice": ""}, {"speed": 9}, {"response_format": "au"}
    assert [speak(simulator, **given).status for given in wrong] == [400] * 3
    assert speak(simulator, "x" * 4097).status == 400


# --- embeddings, models ---

def embed(simulator, given, model="text-embedding-3-small", **more):
    return simulator.post("/v1/embeddings", {"model": model, "input": given, **more})


def test_embeddings(simulator):
    rows = embed(simulator, ["la séance est ouverte", "la séance est close", "budget 2026"]).json()["data"]
    near, same, far = (row["embedding"] for row in rows)
    product = [sum(a * b for a, b in zip(near, other)) for other in (same, far)]
    assert len(near) == 1536 and product[0] > 0.5 > product[1]
    coded = embed(simulator, "la séance est ouverte", encoding_format="base64").json()["data"][0]["embedding"]
    assert struct.unpack("<1536f", base64.b64decode(coded)) == pytest.approx(near, abs=1e-6)
    assert len(embed(simulator, [[1, 2], [3]], dimensions=8).json()["data"]) == 2
    assert [embed(simulator, wrong).status for wrong in ("", [], ["a", ""], None, {"a": 1})] == [400] * 5
    shuffled = embed(simulator, ["a", "b", "c"], "sim-shuffled").json()["data"]
    assert [row["index"] for row in shuffled] == [1, 0, 2]
    assert len(embed(simulator, "a", "sim-wrong-dimension").json()["data"][0]["embedding"]) == 7
    assert b"[NaN," in embed(simulator, "a", "sim-nan").body


def test_models_and_health(simulator):
    models = simulator.get("/v1/models").json()["data"]
    assert simulator.get("/v1/models/" + models[0]["id"]).json() == models[0]
    assert simulator.get("/v1/models/none").json()["error"]["code"] == "model_not_found"
    assert simulator.get("/health", Authorization=None).json() == {"status": "ok"}
    assert simulator.get("/whispercpp/health", X_Sim_Scenario="503").json() == {"status": "loading model"}
    assert simulator.get("/v1/chat/completions").status == 405 and simulator.get("/nowhere").status == 404


# --- scenarios ---

def test_a_script_is_met_n_times_by_what_it_matches(simulator):
    match = {"path": "/v1/chat/completions", "model": "scripted", "contains": "débats"}
    assert simulator.post("/_sim/script", {"match": match, "times": 2, "do": ["503"]}).status == 201
    assert simulator.chat("scripted", text="autre").status == 200
    assert [simulator.chat("scripted").status for _ in range(3)] == [503, 503, 200]


def test_a_script_can_be_for_each_nth_request_and_be_withdrawn(simulator):
    script = {"match": {"model": "third"}, "times": 0, "every": 3, "do": [{"fault": "500"}]}
    posted = simulator.post("/_sim/script", script).json()
    assert [simulator.chat("third").status for _ in range(6)] == [200, 200, 500, 200, 200, 500]
    assert posted["id"] in [script["id"] for script in simulator.get("/_sim/scripts").json()]
    assert simulator.ask("DELETE", f"/_sim/script/{posted['id']}", b"").status == 200
    assert [simulator.chat("third").status for _ in range(3)] == [200] * 3


def test_times_counts_each_request_by_itself(simulator):
    for text in ("un", "deux"):
        assert [simulator.chat("vendor/sim-500;times=1", text=text).status for _ in range(2)] == [500, 200]


@pytest.mark.parametrize("scenario", ["nonsense", "slow;s=1", "slow;ms=fast", "429,", "600"])
def test_an_unknown_scenario_is_an_error_of_the_test(simulator, scenario):
    assert "simulator" in simulator.chat(X_Sim_Scenario=scenario).json()
    assert simulator.post("/_sim/script", {"do": [scenario]}).status == 400


def test_requests_are_kept_for_assertions(simulator):
    simulator.chat("kept-one", traceparent="00-aa-bb-01")
    kept, = simulator.get("/_sim/requests?model=kept-one").json()
    assert kept["headers"]["traceparent"] == "00-aa-bb-01" and kept["fields"]["stream"] is True
    assert "cut-rst" in [row["name"] for row in simulator.get("/_sim/faults").json()]


# --- ledger ---

def outcomes(simulator, **wanted):
    return [line["outcome"] for line in simulator.ledger(**wanted)]


def test_a_key_is_performed_once_and_its_answer_repeated(simulator):
    first, second, quoted = (simulator.chat("once", Idempotency_Key=key) for key in ("k1", "k1", '"k1"'))
    assert first.body == second.body == quoted.body
    assert outcomes(simulator, model="once") == ["performed", "replayed", "replayed"]
    assert simulator.chat("once", text="autre", Idempotency_Key="k1").status == 422
    assert simulator.chat("once", text="autre", Idempotency_Key="k2").body != first.body
    line = simulator.ledger(model="once")[0]
    assert set(line) == {"n", "time", "path", "model", "key", "digest", "scenario", "outcome"}
    assert simulator.ledger(model="once", since=line["n"])[0]["outcome"] == "replayed"


def test_a_refusal_is_no_effect(simulator):
    model = "sim-429;times=1;tag=refusal"
    assert [simulator.chat(model, Idempotency_Key="refusal").status for _ in range(2)] == [429, 200]
    assert simulator.chat(model, Authorization="Bearer sk-bad").status == 401
    assert outcomes(simulator, model=model) == ["refused", "performed", "refused"]


def test_a_cut_answer_was_performed_and_is_replayed_whole(simulator):
    model = "sim-cut-fin;times=1;tag=ledger"
    cut, whole = (simulator.chat(model, Idempotency_Key="cut") for _ in range(2))
    assert whole.body.startswith(cut.body) and whole.events()[-1] is None
    assert outcomes(simulator, model=model) == ["performed", "cut", "replayed"]
    assert simulator.ledger(model=model)[1]["of"] == simulator.ledger(model=model)[0]["n"]


def test_a_replay_says_what_a_script_had_said(simulator):
    simulator.post("/_sim/script", {"match": {"model": "said"}, "do": ["say;text=Un%20secret", "cut-rst;after=2"]})
    simulator.chat("said", Idempotency_Key="said")
    assert simulator.chat("said", Idempotency_Key="said").text() == "Un secret"


def test_a_client_that_hangs_up_is_charged(simulator):
    asked = json.dumps(chat_request("sim-delay;ms=30;tag=gone", True)).encode()
    with simulator.connect() as peer:
        peer.sendall(request_bytes("POST", "/v1/chat/completions", asked, {}))
        peer.recv(10)
    end = time.monotonic() + 3
    while "cut" not in (seen := outcomes(simulator, model="sim-delay;ms=30;tag=gone")) and time.monotonic() < end:
        time.sleep(0.02)
    assert seen == ["performed", "cut"]


def test_another_boundary_is_the_same_request(simulator):
    parts = [("model", "boundary"), ("file", ("a.wav", b"RIFF"))]
    for boundary in (b"one", b"two"):
        kind, body = form(parts, boundary)
        reply = simulator.ask("POST", "/v1/audio/transcriptions", body, Content_Type=kind, Idempotency_Key="k")
        assert reply.status == 200
    assert outcomes(simulator, model="boundary") == ["performed", "replayed"]


def test_the_ledger_survives_a_kill(tmp_path):
    path = tmp_path / "ledger"
    first = Simulator("--ledger", str(path))
    said = first.chat("sim-say;text=Retenu", Idempotency_Key="k").body
    first.chat("twice"), first.chat("twice")
    assert first.post("/_sim/restart-safe", {}).json()["performed"] == 3
    assert first.chat("sim-say;text=Retenu", Idempotency_Key="k").body == said
    first.stop(signal.SIGKILL)
    with path.open("ab") as file:
        file.write(b'{"n": 5, "torn')
    second = Simulator("--ledger", str(path))
    assert second.chat("sim-say;text=Retenu", Idempotency_Key="k").body == said
    counts = second.counts()
    assert [counts[name] for name in ("performed", "replayed", "performed_twice", "keys")] == [3, 2, 1, 1]
    assert json.loads(path.read_bytes().split(b"\n")[-2])["outcome"] == "replayed"
    second.post("/_sim/reset", {})
    assert path.read_bytes() == b"" and second.counts()["lines"] == 0
    second.stop()


# --- HTTP ---

def test_connections_are_kept_and_requests_may_follow_at_once(simulator):
    asked = request_bytes("GET", "/health", b"", {"Connection": "keep-alive"})
    last = request_bytes("GET", "/health", b"", {})
    assert simulator_says(simulator, asked * 3 + last).count(b"HTTP/1.1 200 OK\r\n") == 4


def simulator_says(simulator, data):
    with simulator.connect() as peer:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        while more := peer.recv(65536):
            answer += more
    return answer


@pytest.mark.parametrize("data", [
    b"GET /health HTTP/1.1\nHost: x\n\n\r\n\r\n",
    b"GET /health HTTP/1.0\r\nHost: x\r\n\r\n", b"GET /health HTTP/1.1\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"GET /health HTTP/1.1\r\nHost : x\r\n\r\n",
    b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx",
    b"GET /health HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nshort", b"GET /x HT"])
def test_malformed_http_is_refused(simulator, data):
    assert simulator_says(simulator, data).startswith(b"HTTP/1.1 400 ")


def test_large_requests_are_refused(simulator):
    start = b"POST / HTTP/1.1\r\nHost: x\r\n"
    body = b"Content-Length: 99999999\r\n\r\n" + b"x" * 3_000_000
    assert simulator_says(simulator, start + body).startswith(b"HTTP/1.1 413 ")
    assert simulator_says(simulator, start + b"X: " + b"x" * 70_000).startswith(b"HTTP/1.1 431 ")
    assert simulator_says(simulator, start + b"A: b\r\n" * 101 + b"\r\n").startswith(b"HTTP/1.1 431 ")


def test_chunked_requests_and_expect_continue(simulator):
    body = json.dumps(chat_request("m", False)).encode()
    head = request_bytes("POST", "/v1/chat/completions", b"", {"Expect": "100-continue"})
    head = head.replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunked = b"%x;ext=1\r\n%b\r\n%x\r\n%b\r\n0\r\nTrailer: x\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])
    answer = simulator_says(simulator, head + chunked)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") and "débats".encode() in answer
