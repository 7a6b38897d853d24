"""Deepgram: POST /v1/listen with the bytes of a recording."""
import hashlib

from common.answer import Refusal, json_answer, text_answer
from common.server import Route
from providers.hearing import hear
from providers.openai import VALID_KEYS

LARGEST_BYTES = 2000 << 20
TRUE = "true"
CODES = {400: "Bad Request", 401: "INVALID_AUTH", 402: "ASR_PAYMENT_REQUIRED", 403: "INSUFFICIENT_PERMISSIONS", 429: "TOO_MANY_REQUESTS"}


def request_id(request):
    return f"8f0c6c1e-0f4e-4c0c-9b0a-{request.serial:012x}"


def headers_of(request):
    return [("dg-request-id", request_id(request))]


def check_key(request):
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Token" or key not in VALID_KEYS:
        raise Refusal(401, "Invalid credentials.", "INVALID_AUTH")


def refusal_answer(request, refusal):
    """Two families of bodies, and plain text for some 404s."""
    headers = [*refusal.headers, *headers_of(request)]
    if refusal.status == 404:
        return text_answer("Not Found\n", status=404)
    if refusal.kind == "category":
        body = {"category": refusal.code, "message": refusal.message, "details": "", "request_id": request_id(request)}
    else:
        body = {"err_code": refusal.code or CODES.get(refusal.status, "INTERNAL_SERVER_ERROR"), "err_msg": refusal.message,
                "request_id": request_id(request)}
    return json_answer(body, refusal.status, headers)


def invalid(message):
    return Refusal(400, message, "INVALID_QUERY_PARAMETER", kind="category")


def listen(request):
    check(request)
    asked = request.query
    language = asked.get("language", "")
    heard = hear(request, request.body, language.partition("-")[0])
    with_speakers = asked.get("diarize") == TRUE
    words = [word_row(word, sentence, with_speakers, written(asked)) for sentence in heard["sentences"] for word in sentence["words"]]
    channel = {"alternatives": [{"transcript": heard["text"], "confidence": 0.97 if words else 0.0, "words": words}]}
    if asked.get("detect_language") == TRUE:
        channel |= {"detected_language": heard["language"], "language_confidence": 0.99}
    results = {"channels": [channel]}
    if asked.get("utterances") == TRUE:
        results["utterances"] = [utterance_row(sentence, with_speakers, place) for place, sentence in enumerate(heard["sentences"])]
    return json_answer({"metadata": metadata(request, heard["seconds"]), "results": results}, headers=headers_of(request))


def check(request):
    asked, model = request.query, request.query.get("model", "base-general")
    if request.headers.get("content-type", "").startswith("application/json"):
        raise invalid("this simulator hears bytes, not URLs")
    if not model.startswith(("nova-3", "nova-2", "enhanced", "base", "sim-")):
        raise invalid(f"No such model: {model}")
    if model.startswith("nova-3") and "keywords" in asked:
        raise invalid("Keywords are not supported with nova-3; use keyterm.")
    if "detect_language" in asked and "language" in asked:
        raise invalid("language and detect_language cannot be used together")
    if request.body and request.body[:4] not in (b"RIFF", b"OggS", b"fLaC") and not request.body.startswith(b"ID3"):
        raise Refusal(400, "Bad Request: failed to process audio: corrupt or unsupported data")


def written(asked):
    return asked.get("smart_format") == TRUE or asked.get("punctuate") == TRUE


def word_row(word, sentence, with_speakers, is_written):
    row = {"word": word["text"].strip(".,;:!?«»").lower(), "start": word["start"], "end": word["end"], "confidence": 0.97}
    if is_written:
        row["punctuated_word"] = word["text"]
    if with_speakers:
        row |= {"speaker": sentence["speaker"], "speaker_confidence": 0.71}
    return row


def utterance_row(sentence, with_speakers, place):
    row = {"start": sentence["start"], "end": sentence["end"], "confidence": 0.97, "channel": 0, "transcript": sentence["text"], "words": [],
           "id": f"c1d2e3f4-0a1b-4c2d-8e3f-{place:012x}"}
    return row | {"speaker": sentence["speaker"]} if with_speakers else row


def metadata(request, seconds):
    return {"transaction_key": "deprecated", "request_id": request_id(request), "sha256": hashlib.sha256(request.body).hexdigest(),
            "created": "2026-11-20T10:00:00.000Z", "duration": seconds, "channels": 1, "models": ["0aa"],
            "model_info": {"0aa": {"name": "general-nova-3", "version": "2026-10-01.0", "arch": "nova-3"}}}


ROUTES = [
    Route("POST", "/v1/listen", listen, refusal_answer, check_key, max_body_bytes=LARGEST_BYTES),
]
