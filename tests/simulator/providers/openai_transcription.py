"""POST /v1/audio/transcriptions in the dialects openai, whispercpp, speaches and localai; POST /inference."""
import math

from common.answer import Refusal, event, events_answer, json_answer, text_answer
from common.faults import DONE
from common.scenario import TOLD, Fault
from common.server import Route
from providers import hearing, tones
from providers.openai import check_key, need_fields, refusal_answer, with_headers
from providers.texts import TRANSCRIPTS, language_of, sentences_of, told_text, tokens_of

EXTENSIONS = {"flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "oga", "opus", "wav", "webm"}
FORMATS = {
    "openai": {"json", "text", "srt", "verbose_json", "vtt", "diarized_json"},
    "whispercpp": {"json", "text", "srt", "verbose_json", "vtt"},
    "speaches": {"json", "text", "srt", "verbose_json", "vtt"},
    "localai": {"json", "text", "srt", "verbose_json", "vtt", "lrc"},
}
LANGUAGE_NAMES = {"fr": "french", "en": "english", "es": "spanish", "pt": "portuguese"}
ASSUMED_BYTES_PER_S = 16_000    # for a file whose length we do not read


def transcribe(request):
    check(request)
    transcript = transcript_of(request)
    if request.fields.get("stream") == "true" and request.model != "whisper-1" and request.dialect != "whispercpp":
        return with_headers(request, events_answer(events_of(request, transcript)))
    return with_headers(request, WRITERS[format_of(request)](request, transcript))


def transcribe_by_whispercpp(request):
    request.dialect = "whispercpp"
    return transcribe(request)


# --- what is asked ---

def dialect_of(request):
    return request.dialect if request.dialect in FORMATS else "openai"


def format_of(request):
    default = "verbose_json" if dialect_of(request) == "localai" else "json"
    return request.fields.get("response_format", default)


def check(request):
    dialect = dialect_of(request)
    if dialect == "whispercpp":
        if request.flaw or "file" not in request.files:
            raise Refusal(400, "no 'file' field in the request")
        if not request.files["file"].data:
            raise Refusal(400, "failed to read audio data")
    else:
        check_parts(request, dialect)
    if format_of(request) not in FORMATS[dialect]:
        raise Refusal(422 if dialect == "speaches" else 400, "Invalid value for 'response_format'.", "invalid_value",
                      "response_format")
    if dialect == "openai":
        check_format(request.model, format_of(request), request.fields)


def check_format(model, format, fields):
    """What OpenAI's models can write."""
    if "timestamp_granularities[]" in fields and format != "verbose_json":
        raise Refusal(400, "timestamp_granularities needs verbose_json.", param="timestamp_granularities")
    if model.startswith("gpt-4o") and format not in ("json", "text", "diarized_json"):
        raise Refusal(400, f"response_format '{format}' is not compatible with model '{model}'.", "unsupported_value",
                      "response_format")


def check_parts(request, dialect):
    missing = 422 if dialect == "speaches" else 400
    if request.flaw:
        raise Refusal(missing, request.flaw)
    if "file" not in request.files:
        raise Refusal(missing, "you must provide a file part with a file name", param="file")
    if not request.fields.get("model"):
        raise Refusal(missing, "you must provide a model parameter", param="model")
    file = request.files["file"]
    if not file.data:
        raise Refusal(400, "Audio file is too short. Minimum audio length is 0.1 seconds.", "audio_too_short", "file")
    if file.name.rpartition(".")[2].lower() not in EXTENSIONS or "." not in file.name:
        raise Refusal(400, f"Invalid file format. Supported formats: {sorted(EXTENSIONS)}", param="file")


# --- the transcript ---

def transcript_of(request):
    """{"text", "language", "seconds", "segments": [{start, end, text, words: [{word, start, end}]}]}"""
    seconds, spoken = tones.read_wav(request.files["file"].data) or (
        len(request.files["file"].data) / ASSUMED_BYTES_PER_S, "")
    asked = request.fields.get("language", "")
    if request.told("tones"):
        return of_tones(request, seconds)
    said = told_text(request) or spoken
    language = asked if asked and asked != "auto" else language_of(said)
    text = said or TRANSCRIPTS.get(language, TRANSCRIPTS["fr"])
    segments = segments_of(text, seconds)
    if request.told("empty-segments"):
        segments = []
    if request.told("equal-times"):
        for segment in segments:
            segment["end"] = segment["start"]
    return {"text": text, "language": language, "seconds": round(seconds, 2), "segments": segments}


def of_tones(request, seconds):
    """What stands in the sound itself, for tests of what is cut and joined."""
    heard = hearing.of_tones(request.files["file"].data)
    for sentence in heard["sentences"]:
        sentence["words"] = [{"word": word["text"], "start": word["start"], "end": word["end"]} for word in sentence["words"]]
    return {"text": heard["text"], "language": "fr", "seconds": round(seconds, 2), "segments": heard["sentences"]}


def segments_of(text, seconds):
    """A sentence each; the time is shared out by characters."""
    sentences = sentences_of(text)
    pace = seconds / max(1, sum(map(len, sentences)))
    segments, at = [], 0.0
    for sentence in sentences:
        end = at + pace * len(sentence)
        segments.append({"start": round(at, 2), "end": round(end, 2), "text": sentence,
                         "words": words_of(sentence, at, pace)})
        at = end
    return segments


def words_of(sentence, at, pace):
    words = []
    for token in tokens_of(sentence):
        end = at + pace * len(token)
        word = token.strip().strip(".,;:!?«»“”")
        if word:
            words.append({"word": word, "start": round(at, 2), "end": round(end, 2)})
        at = end
    return words


# --- how it is written ---

def write_json(request, transcript):
    if request.dialect in ("whispercpp", "speaches"):
        return json_answer({"text": transcript["text"] + ("\n" if request.dialect == "whispercpp" else "")})
    return json_answer({"text": transcript["text"], "usage": usage_of(transcript), "x_sim_unknown": None})


def usage_of(transcript):
    return {"type": "duration", "seconds": math.ceil(transcript["seconds"])}


def write_verbose(request, transcript):
    dialect = dialect_of(request)
    asked = request.fields.get("timestamp_granularities[]", [])
    has_words = (dialect in ("whispercpp", "localai") or "word" in asked) and not request.told("no-words")
    as_code = request.told("language-code") or dialect in ("speaches", "localai")
    language = transcript["language"]
    answer = {"task": "transcribe", "language": language if as_code else LANGUAGE_NAMES.get(language, language),
              "duration": transcript["seconds"], "text": transcript["text"],
              "segments": [segment_row(dialect, index, segment, has_words)
                           for index, segment in enumerate(transcript["segments"])]}
    if has_words and dialect in ("openai", "speaches"):
        answer["words"] = [word for segment in transcript["segments"] for word in segment["words"]]
    if dialect == "whispercpp":
        answer |= {"detected_language": answer["language"], "detected_language_probability": 0.98,
                   "language_probabilities": {language: 0.98}}
    if dialect == "openai":
        answer["usage"] = usage_of(transcript)
    return json_answer(answer)


def segment_row(dialect, index, segment, has_words):
    row = {"id": index, "seek": 0, "start": segment["start"], "end": segment["end"], "text": " " + segment["text"],
           "tokens": [50364 + index], "temperature": 0.0, "avg_logprob": -0.2, "no_speech_prob": 0.01}
    if dialect != "whispercpp":
        row["compression_ratio"] = 0.9
    if has_words and dialect == "whispercpp":
        row["words"] = [{**word, "word": " " + word["word"], "t_dtw": -1, "probability": 0.9}
                        for word in segment["words"]]
    elif has_words and dialect == "localai":
        row["words"] = [{"text": word["word"], "start": word["start"], "end": word["end"]}
                        for word in segment["words"]]
    return row


def diarized(transcript):
    rows = [{"type": "transcript.text.segment", "id": f"seg_{i}", "start": segment["start"], "end": segment["end"],
             "text": segment["text"], "speaker": "AB"[i % 2]} for i, segment in enumerate(transcript["segments"])]
    return {"task": "transcribe", "duration": transcript["seconds"], "text": transcript["text"], "segments": rows,
            "usage": usage_of(transcript)}


def write_text(request, transcript):
    kind = "text/html; charset=utf-8" if request.dialect == "whispercpp" else "text/plain; charset=utf-8"
    return text_answer(transcript["text"] + "\n", kind)


def clock(seconds, mark):
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"


def cues(transcript, mark):
    return [f"{clock(segment['start'], mark)} --> {clock(segment['end'], mark)}\n{segment['text']}\n"
            for segment in transcript["segments"]]


def write_srt(request, transcript):
    blocks = [f"{i}\n{cue}" for i, cue in enumerate(cues(transcript, ","), 1)]
    kind = "application/x-subrip" if request.dialect == "whispercpp" else "text/plain; charset=utf-8"
    return text_answer(subtitle_bytes(request, "\n".join(blocks)), kind)


def write_vtt(request, transcript):
    text = "WEBVTT\n\n" + "\n".join(cues(transcript, "."))
    return text_answer(subtitle_bytes(request, text), "text/vtt; charset=utf-8")


def write_lrc(request, transcript):
    lines = [f"[{int(s['start'] // 60):02}:{s['start'] % 60:05.2f}] {s['text']}\n" for s in transcript["segments"]]
    return text_answer("".join(lines))


def subtitle_bytes(request, text):
    odd = request.told("odd-subtitles")
    if not odd:
        return text
    text = text.rstrip("\n") if odd["no_end"] else text
    text = text.replace("\n", "\r\n") if odd["crlf"] else text
    return ("\ufeff" if odd["bom"] else "") + text


def events_of(request, transcript):
    text = transcript["text"]
    deltas = [event({"type": "transcript.text.delta", "delta": token}) for token in tokens_of(text)]
    final = text + " (corrigé)" if request.told("done-differs") else text
    done = {"type": "transcript.text.done", "text": final}
    if request.dialect == "openai":
        done["usage"] = {"type": "tokens", "input_tokens": 14, "output_tokens": len(deltas),
                         "total_tokens": 14 + len(deltas)}
    ends = request.dialect == "localai" or request.told("add-done")
    return [*deltas, event(done), *([DONE] if ends else [])]


WRITERS = {"json": write_json, "verbose_json": write_verbose, "text": write_text, "srt": write_srt, "vtt": write_vtt,
           "lrc": write_lrc, "diarized_json": lambda request, transcript: json_answer(diarized(transcript))}

FAULTS = [
    Fault("no-words", TOLD, "transcription: verbose_json without words", {}),
    Fault("empty-segments", TOLD, "transcription: a text but no segments", {}),
    Fault("equal-times", TOLD, "transcription: segments end when they start", {}),
    Fault("language-code", TOLD, "transcription: the language as a code, not as a name", {}),
    Fault("odd-subtitles", TOLD, "transcription: srt and vtt as editors leave them",
          {"bom": True, "crlf": True, "no_end": True}),
    Fault("done-differs", TOLD, "transcription: the final text is not the sum of the deltas", {}),
    Fault("add-done", TOLD, "transcription: the stream ends by [DONE]", {}),
]

ROUTES = [
    Route("POST", "/v1/audio/transcriptions", transcribe, refusal_answer, check_key),
    Route("POST", "/inference", transcribe_by_whispercpp, refusal_answer, None),
]
