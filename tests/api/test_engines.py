"""Engines, seen through questions: answers stream, providers fail in every way, others take over, costs are told."""
import itertools
import pathlib
import secrets
import sys
import time

import pytest

from house import TOP, deep
from media import SPOKEN_WORDS, is_silent, probe, spoken

sys.path.insert(0, str(TOP / "tests/simulator"))
from providers.texts import ACCENTED, TRANSCRIPTS      # noqa: E402

CHAT, HEAR, SPEAK = "/v1/chat/completions", "/v1/audio/transcriptions", "/v1/audio/speech"
MATERIAL = "La séance du conseil commence à neuf heures lundi. Le marché ferme à midi."
QUESTION = "À quelle heure commence la séance du conseil ?"
GROWTH_KIB = 96 * 1024
numbers = itertools.count(1)


def model_of(scenario):
    return f"sim-{scenario};tag={secrets.token_hex(4)}"


@pytest.fixture(autouse=True)
def no_script_is_left(simulator):
    """A script that nobody met tests nothing, and would meet the next test."""
    yield
    left = simulator.call("GET", "/_sim/scripts")
    for script in left:
        simulator.call("DELETE", f"/_sim/script/{script['id']}")
    assert not left


@pytest.fixture
def trusted(client):
    """The provider has just answered: what failed before this test no longer counts against it."""
    assert client.answer(client.ask({"text": "Un ?", "model": "sim-tokens;n=1", "mute": True}))["state"] == "succeeded"


def ask_model(client, scenario, **more):
    model = model_of(scenario)
    return model, client.answer(client.ask({"text": QUESTION, "model": model, "mute": True, **more}))


def step_of(result, name):
    return next(step for step in result["steps"] if step["step"] == name)


def why_of(client, result, step):
    steps = client.explain(result["job_id"])["steps"]
    return next(one["why"] for one in steps if one["step"] == step)


def outcomes(simulator, **wanted):
    return [line["outcome"] for line in simulator.ledger(**wanted)]


# --- answers come as they are made ---

def test_words_arrive_one_by_one(client):
    made = client.ask({"text": QUESTION, "model": model_of("delay;ms=120,tokens;n=12"), "mute": True})
    arrivals = []
    with client.stream(f"/api/v1/jobs/{made['job_id']}/events") as stream:
        for event in stream:
            if event.type == "token":
                arrivals.append(time.monotonic())
            if event.type == "step":
                break
    assert len(arrivals) >= 8
    assert arrivals[-1] - arrivals[0] > 0.7, "all came at once"


def test_an_answer_names_its_engine_model_usage_and_cost(client, simulator):
    made = client.ask({"text": f"Que dire {secrets.token_hex(4)} ?", "mute": True})
    result = client.answer(made)
    step = step_of(result, "llm")
    assert (step["engine"], step["model"]) == ("openai", "gpt-4o-mini")
    usage = client.job(client.explain(made["job_id"])["steps"][0]["job_id"])["result"]
    assert usage["prompt_tokens"] > 0 and usage["completion_tokens"] > 0
    micro = usage["prompt_tokens"] * 0.15 + usage["completion_tokens"] * 0.60       # dollars a million: millionths each
    assert abs(step["cost_micro"] - micro) <= 1
    assert result["cost_micro"] == step["cost_micro"]
    effect = client.explain(made["job_id"])["steps"][0]["effects"][0]
    assert effect["state"] == "done" and effect["cost_micro"] == step["cost_micro"]


def test_unknown_usage_costs_null_and_not_nothing(client):
    _, result = ask_model(client, "missing-usage")
    assert result["state"] == "succeeded" and step_of(result, "llm")["cost_micro"] is None


def test_each_question_is_charged_by_a_key_of_its_own(client, simulator):
    model = model_of("tokens;n=2")
    for _ in range(2):
        client.answer(client.ask({"text": QUESTION, "model": model, "mute": True}))
    lines = simulator.ledger(model=model)
    assert [line["outcome"] for line in lines] == ["performed", "performed"]
    assert len({line["key"] for line in lines}) == 2 and all(line["key"] for line in lines)


def test_a_provider_reads_the_question_and_the_material(client, simulator):
    model, result = ask_model(client, "tokens;n=2", material=MATERIAL)
    assert result["state"] == "succeeded"
    asked = simulator.requests(model=model)[-1]["fields"]
    said = asked["messages"][-1]["content"]
    assert asked["stream"] is True and QUESTION in said and MATERIAL in said


# --- failures that pass ---

def test_a_busy_provider_is_left_alone_for_as_long_as_it_says(client, simulator):
    model, result = ask_model(client, "429;retry_after=1;times=1")
    assert result["state"] == "succeeded" and step_of(result, "llm")["attempt"] == 2
    refused, performed = simulator.ledger(model=model)
    assert (refused["outcome"], performed["outcome"]) == ("refused", "performed")
    assert performed["time"] - refused["time"] >= 1


@pytest.mark.parametrize("fault", ["500", "502", "503", "html", "hangup-before", "hangup-before;how=rst", "429-bare", "408"])
def test_what_was_refused_is_asked_again(client, simulator, trusted, fault):
    model, result = ask_model(client, f"{fault};times=1")
    assert result["state"] == "succeeded" and step_of(result, "llm")["attempt"] == 2, result
    assert outcomes(simulator, model=model) == ["refused", "performed"]


@pytest.mark.parametrize("fault", ["slow;ms=8000", "stall;after=4", "stall;after=0", "cut-fin;after=5", "cut-rst;after=5", "cut-fin;after=0",
                                   "hangup", "no-final-chunk,cut-fin;after=3"])
def test_what_was_cut_off_is_asked_again_and_charged_once(client, simulator, trusted, fault):
    """The same key: the provider gives the same answer again and charges nothing."""
    model = model_of(f"{fault};times=1")
    made = client.ask({"text": QUESTION, "model": model, "mute": True})
    result = client.answer(made)
    assert result["state"] == "succeeded" and step_of(result, "llm")["attempt"] == 2, result
    assert outcomes(simulator, model=model).count("performed") == 1
    told, at = client.follow(made["job_id"]), 0
    for index, event in enumerate(told):
        at = index if event.type == "answer.begin" else at
    assert "".join(event.data["text"] for event in told[at:] if event.type == "token") == result["answer"]


@pytest.mark.parametrize("fault", ["comments", "empty-data", "no-space", "crlf", "cr", "two-in-one;n=4", "many-writes", "crlf-split;ms=2", "missing-done",
                                   "slow;ms=800", "delay;ms=30", "ok", "slow-body;ms=1;bytes=20"])
def test_odd_but_lawful_streams_are_read(client, fault):
    _, plain = ask_model(client, "ok")
    _, result = ask_model(client, fault)
    assert result["state"] == "succeeded" and step_of(result, "llm")["attempt"] == 1, result
    assert result["answer"] == plain["answer"]


@pytest.mark.parametrize("fault", ["utf8-split;ms=5", "utf8-split-chunks;ms=5"])
def test_characters_divided_between_packets_stay_whole(client, fault):
    model, result = ask_model(client, fault)
    assert result["answer"] == ACCENTED
    told = client.follow(result["job_id"])
    assert "".join(event.data["text"] for event in told if event.type == "token") == ACCENTED


@pytest.mark.parametrize("fault", ["malformed", "truncated"])
def test_a_broken_chunk_is_skipped_and_told(client, fault):
    _, plain = ask_model(client, "ok")
    _, result = ask_model(client, fault)
    assert set(result["answer"].split()) <= set(plain["answer"].split())
    assert len(result["answer"].split()) >= len(plain["answer"].split()) - (fault == "truncated")
    assert "skipped" in [row["what"] for row in why_of(client, result, "llm")]


def test_an_answer_under_a_wrong_type_is_read_for_what_it_is(client):
    _, plain = ask_model(client, "ok")
    _, result = ask_model(client, "content-type;type=text/plain")
    assert result["answer"] == plain["answer"]


# --- another engine takes over ---

def ask_failing(client, simulator, *faults, **more):
    """A question without a model, of which the provider makes this; then the declared order goes on."""
    mark = f"marque{next(numbers)}x{secrets.token_hex(4)}"
    script = simulator.script(*faults, times=0, path=CHAT, contains=mark)
    try:
        asked = {"text": f"{QUESTION} {mark}", "material": MATERIAL, "mute": True, **more}
        return mark, client.answer(client.ask(asked))
    finally:
        simulator.call("DELETE", f"/_sim/script/{script['id']}")


@pytest.mark.parametrize("fault", ["400", "401", "403", "404", "422", "429-quota", "429-bare", "503", "html", "hangup-before", "redirect", "huge-body;mib=70",
                                   "empty-body", "error-as;type=text/event-stream"])
def test_the_next_engine_of_the_order_takes_over_and_says_why(client, house, simulator, trusted, fault):
    before = house.daemons["llm"].resident_kib()
    _, result = ask_failing(client, simulator, fault)
    assert result["state"] == "succeeded", result
    assert step_of(result, "llm")["engine"] == "extract" and "neuf heures" in result["answer"]
    why = {row["engine"]: row for row in why_of(client, result, "llm") if row["what"] in ("failed", "taken")}
    assert why["openai"]["what"] == "failed" and why["openai"]["why"]
    assert why["extract"] == {"engine": "extract", "what": "taken", "why": "those before it failed"}
    assert house.daemons["llm"].resident_kib() - before < GROWTH_KIB


def test_a_redirect_is_not_followed(client, simulator, trusted):
    mark, _ = ask_failing(client, simulator, "redirect;status=307")
    lines = [one for one in simulator.requests(path=CHAT) if mark in str(one.get("fields"))]
    assert len(lines) == 1


def test_an_engine_that_is_wanted_is_not_replaced(client, simulator):
    _, result = ask_failing(client, simulator, "400", engine="openai")
    assert (result["state"], result["error"]) == ("failed", "ENGINE_REFUSED")
    _, result = ask_failing(client, simulator, "400", engine="oracle")
    assert (result["state"], result["error"]) == ("failed", "ENGINE_REFUSED") and "oracle" in result["error_text"]


def test_a_provider_that_keeps_failing_is_left_alone_and_tried_again(client, simulator, trusted):
    for _ in range(5):
        ask_failing(client, simulator, "503")
    before = len(simulator.ledger(path=CHAT))
    _, result = ask_failing(client, simulator, "ok")
    assert step_of(result, "llm")["engine"] == "extract"
    assert len(simulator.ledger(path=CHAT)) == before, "it was asked all the same"
    model, result = ask_model(client, "tokens;n=3")         # waits until the provider may be tried again
    assert result["state"] == "succeeded" and outcomes(simulator, model=model) == ["performed"]
    _, result = ask_failing(client, simulator, "ok")
    assert step_of(result, "llm")["engine"] == "openai"


# --- speech to text ---

def hear(client, simulator, *faults, times=1, **more):
    if faults:
        simulator.script(*faults, times=times, path=HEAR)
    return client.answer(client.say(spoken(), **{"language": "fr", "engine": "extract", "mute": "true", **more}))


def test_what_the_embedded_engine_hears_is_sent_to_nobody(client, simulator):
    before = len(simulator.ledger(path=HEAR))
    result = hear(client, simulator, language="en")
    assert result["transcript"]["engine"] == "pocketsphinx" and len(SPOKEN_WORDS & set(result["transcript"]["text"].split())) > 5
    assert len(simulator.ledger(path=HEAR)) == before


def test_a_language_that_only_a_provider_knows_is_heard_by_it(client, simulator):
    result = hear(client, simulator)
    transcript = result["transcript"]
    assert (transcript["engine"], transcript["model"], transcript["language"]) == ("openai", "whisper-1", "fr")
    assert transcript["text"] == TRANSCRIPTS["fr"]
    assert [word["word"] for word in transcript["words"]][:3] == ["Bonjour", "à", "tous"]
    at = 0
    for word in transcript["words"]:
        assert at <= word["start"] <= word["end"] <= transcript["duration_s"] + 0.1
        at = word["start"]
    assert 0 < transcript["cost_micro"] <= 6000 and step_of(result, "stt")["cost_micro"] == transcript["cost_micro"]
    why = {row["engine"]: row["what"] for row in why_of(client, result, "stt")}
    assert why["openai"] == "taken" and why["pocketsphinx"] != "taken"


@pytest.mark.parametrize("fault", ["no-words", "empty-segments", "equal-times", "language-code", "slow;ms=600", "delay;ms=5"])
def test_transcripts_of_other_servers_are_read(client, simulator, fault):
    result = hear(client, simulator, fault)
    assert result["state"] == "succeeded" and result["transcript"]["text"] == TRANSCRIPTS["fr"], result


@pytest.mark.parametrize("fault", ["503", "429;retry_after=1", "hangup-before", "html"])
def test_a_transcription_that_was_refused_is_asked_again(client, simulator, fault):
    before = len(simulator.ledger(path=HEAR))
    result = hear(client, simulator, fault)
    assert result["state"] == "succeeded" and step_of(result, "stt")["attempt"] == 2
    assert outcomes(simulator, path=HEAR)[before:] == ["refused", "performed"]


@pytest.mark.parametrize("fault", ["cut-fin", "hangup", "truncated", "malformed"])
def test_a_transcription_that_was_lost_is_charged_once(client, simulator, fault):
    before = len(simulator.ledger(path=HEAR))
    result = hear(client, simulator, fault)
    assert result["state"] == "succeeded" and result["transcript"]["text"] == TRANSCRIPTS["fr"], result
    assert outcomes(simulator, path=HEAR)[before:].count("performed") == 1


def test_a_language_that_nobody_can_do_is_told(client, house, simulator):
    result = hear(client, simulator, "400", times=2)        # asked again in simpler words
    assert (result["state"], result["error"]) == ("failed", "ENGINE_REFUSED")
    assert step_of(result, "stt")["error"] == "ENGINE_REFUSED"


# --- text to speech ---

def speak(client, simulator, *faults, times=1, **more):
    if faults:
        simulator.script(*faults, times=times, path=SPEAK)
    before, text = len(simulator.ledger(path=SPEAK)), f"Dis bonjour {secrets.token_hex(4)}"
    result = client.answer(client.ask({"text": text, "engine": "extract", "voice": "alloy", **more}))
    assert len(simulator.ledger(path=SPEAK)) > before, "the provider was not asked"
    return result


@pytest.fixture
def trusted_voice(client, simulator):
    speak(client, simulator)


def heard(client, result, tmp_path):
    sound = client.get(result["audio"])
    said = probe(sound.body, tmp_path / "reply.mp3")
    assert said["codec_name"] == "mp3" and float(said["duration"]) > 0.5
    return not is_silent(tmp_path / "reply.mp3")


def test_a_voice_of_a_provider_speaks(client, simulator, tmp_path):
    result = speak(client, simulator)
    step = step_of(result, "tts")
    assert (step["engine"], step["model"]) == ("openai", "alloy") and step["cost_micro"] > 0
    assert heard(client, result, tmp_path)
    assert result["cost_micro"] == step["cost_micro"]


@pytest.mark.parametrize("fault", ["429-quota", "hangup-before", "html", *(pytest.param(fault, marks=deep) for fault in
                                   ("400", "401", "503", "error-as", "empty-body", "long-length", "cut-fin"))])
def test_the_embedded_voice_takes_over(client, simulator, trusted_voice, tmp_path, fault):
    result = speak(client, simulator, fault)
    assert result["state"] == "succeeded" and heard(client, result, tmp_path)
    assert step_of(result, "tts")["engine"] == "espeak"
    why = {row["engine"]: row["verdict"] for row in why_of(client, result, "tts")}
    assert why == {"openai": "failed", "espeak": "chosen"}


@pytest.mark.parametrize("fault", ["bogus-wav", "slow;ms=500", "delay;ms=10"])
def test_sound_that_comes_oddly_is_heard_all_the_same(client, simulator, trusted_voice, tmp_path, fault):
    result = speak(client, simulator, fault)
    assert step_of(result, "tts")["engine"] == "openai" and heard(client, result, tmp_path)


# --- secrets ---

def test_keys_of_providers_are_in_no_log_and_no_answer(client, house, simulator):
    _, result = ask_failing(client, simulator, "401")
    assert "sk-test" not in str(client.explain(result["job_id"])) + str(result)
    for log in pathlib.Path(house.run_dir / "log").iterdir():
        text = log.read_text(errors="replace")
        assert "sk-test" not in text and house.secret not in text and client.token not in text and client.password not in text
