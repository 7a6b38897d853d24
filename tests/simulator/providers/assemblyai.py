"""AssemblyAI: POST /v2/upload, POST and GET /v2/transcript, GET and DELETE /v2/transcript/ID. Only POST /v2/transcript is charged."""
import hashlib
import time
import uuid

from common.answer import Refusal, json_answer
from common.scenario import TOLD, Fault
from common.server import Route
from providers.hearing import Kept, hear
from providers.openai import VALID_KEYS

MODELS = {"universal-3-5-pro", "universal-3-pro", "universal-2"}
LARGEST_BYTES = 2200 << 20
UPLOADS, TRANSCRIPTS_KEPT = 64, 2000
UPLOADS_BYTES = 256 << 20       # of sound that is kept

uploads = Kept(UPLOADS)         # url -> sound
transcripts = Kept(TRANSCRIPTS_KEPT)


def check_key(request):
    """The key stands alone: `Bearer KEY` is the usual mistake."""
    if request.headers.get("authorization") not in VALID_KEYS:
        raise Refusal(401, "Authentication error, API token missing/invalid")


def refusal_answer(request, refusal):
    return json_answer({"error": refusal.message}, refusal.status, refusal.headers)


# --- upload ---

def upload(request):
    if not request.body:
        raise Refusal(400, "Upload failed, please try again. The body is empty.")
    url = f"http://127.0.0.1:{request.port}/cdn/upload/{uuid.uuid4()}"
    uploads[url] = request.body
    while len(uploads) > 1 and sum(map(len, uploads.values())) > UPLOADS_BYTES:
        uploads.popitem(last=False)
    return json_answer({"upload_url": url, "x_sim_sha256": hashlib.sha256(request.body).hexdigest()})


# --- create ---

def create(request):
    asked = check(request)
    told = {name: request.told(name) for name in ("waits", "stuck", "terminal", "nulls", "poll-refused")}
    made = {"id": str(uuid.uuid4()), "asked": asked, "polls": 0, "told": told, "created": time.strftime("%Y-%m-%dT%H:%M:%S.000000", time.gmtime()),
            "refused": 0, "heard": hear(request, uploads[asked["audio_url"]], language_asked(asked)), "deleted": False}
    transcripts[made["id"]] = made
    return json_answer(shown(made))


def language_asked(asked):
    return asked.get("language_code", "" if asked.get("language_detection") else "en_us").partition("_")[0]


def check(request):
    asked = request.fields
    if request.flaw:
        raise Refusal(400, request.flaw)
    models = asked.get("speech_models")
    if not isinstance(models, list) or not models or not all(isinstance(name, str) for name in models):
        raise Refusal(400, "speech_models is required and must be a non-empty list")
    for name in models:
        if name not in MODELS and not name.startswith("sim-"):
            raise Refusal(400, f"Invalid speech model: {name}")
    if asked.get("language_detection") and "language_code" in asked:
        raise Refusal(400, "language_code and language_detection cannot be used together")
    if "prompt" in asked and "keyterms_prompt" in asked:
        raise Refusal(400, "prompt and keyterms_prompt cannot be used together")
    if asked.get("audio_url") not in uploads:
        raise Refusal(403, "Cannot access uploaded file")
    return asked


# --- what became of it ---

def look(request):
    made = find(request)
    refused = made["told"]["poll-refused"]
    if refused and made["refused"] < refused["n"]:
        made["refused"] += 1
        headers = [("Retry-After", refused["retry_after"])] if refused["retry_after"] else []
        raise Refusal(refused["status"], "Too Many Requests" if refused["status"] == 429 else "Server error", headers=headers)
    made["polls"] += 1
    return json_answer(shown(made))


def find(request):
    made = transcripts.get(request.path.rpartition("/")[2])
    if not made:
        raise Refusal(400, "Transcript lookup error, transcript id not found")
    return made


def status_of(made):
    told, polls = made["told"], made["polls"]
    waits = told["waits"] or {"queued": 1, "processing": 1}
    if polls <= waits["queued"]:
        return "queued"
    if told["stuck"] or polls <= waits["queued"] + waits["processing"]:
        return "processing"
    return "error" if told["terminal"] else "completed"


def shown(made):
    status, asked, heard = status_of(made), made["asked"], made["heard"]
    answer = {"id": made["id"], "status": status, "audio_url": asked["audio_url"], "language_code": asked.get("language_code"),
              "speech_models": asked["speech_models"], "speech_model_used": None, "text": None, "confidence": None, "audio_duration": None,
              "words": None, "utterances": None, "webhook_status_code": None, "webhook_auth": False, "throttled": None, "error": None,
              "x_sim_unknown": {"a": [1]}}
    if made["deleted"]:
        return answer | {"text": "Deleted by user.", "audio_url": "http://deleted_by_user"}
    if status == "error":
        return answer | {"error": made["told"]["terminal"]["text"]}
    if status != "completed":
        return answer
    answer |= {"audio_duration": round(heard["seconds"]), "language_code": asked.get("language_code") or heard["language"],
               "speech_model_used": next((name for name in asked["speech_models"] if name in MODELS), asked["speech_models"][0])}
    if made["told"]["nulls"]:
        return answer
    return answer | spoken(heard, bool(asked.get("speaker_labels")))


def spoken(heard, labels):
    utterances = [{"speaker": "AB"[sentence["speaker"]], "text": sentence["text"], "start": ms(sentence["start"]), "end": ms(sentence["end"]),
                   "confidence": 0.95, "words": [word_row(word, sentence, labels) for word in sentence["words"]]}
                  for sentence in heard["sentences"]]
    return {"text": heard["text"], "confidence": 0.95 if heard["text"] else 0.0,
            "words": [word for utterance in utterances for word in utterance["words"]], "utterances": utterances if labels else None}


def word_row(word, sentence, labels):
    return {"text": word["text"], "start": ms(word["start"]), "end": ms(word["end"]), "confidence": 0.95,
            "speaker": "AB"[sentence["speaker"]] if labels else None, "channel": None}


def ms(seconds):
    return round(seconds * 1000)


def list_all(request):
    limit = min(int(request.query.get("limit", "10")), 200)
    newest = list(reversed(transcripts.values()))
    before = request.query.get("before_id")
    if before:
        places = [place for place, made in enumerate(newest) if made["id"] == before]
        newest = newest[places[0] + 1:] if places else []
    page = newest[:limit]
    url = f"http://127.0.0.1:{request.port}/v2/transcript?limit={limit}"
    more = len(newest) > limit
    return json_answer({"page_details": {"limit": limit, "result_count": len(page), "current_url": url,
                                         "prev_url": f"{url}&before_id={page[-1]['id']}" if more else None, "next_url": None},
                        "transcripts": [{"id": made["id"], "resource_url": f"http://127.0.0.1:{request.port}/v2/transcript/{made['id']}",
                                         "status": status_of(made), "created": made["created"], "completed": None,
                                         "audio_url": "http://deleted_by_user" if made["deleted"] else made["asked"]["audio_url"], "error": None}
                                        for made in page]})


def delete(request):
    made = find(request)
    made["deleted"] = True
    return json_answer(shown(made))


FAULTS = [
    Fault("waits", TOLD, "assemblyai: so many polls say queued, then processing", {"queued": 1, "processing": 1}),
    Fault("stuck", TOLD, "assemblyai: a transcript that is never ready", {}),
    Fault("terminal", TOLD, "assemblyai: the transcript ends as an error", {"text": "Transcription failed, please resubmit."}),
    Fault("nulls", TOLD, "assemblyai: completed, and text, words, utterances are null", {}),
    Fault("poll-refused", TOLD, "assemblyai: the first N polls are refused", {"n": 1, "status": 429, "retry_after": "1"}),
]

ROUTES = [
    Route("POST", "/v2/upload", upload, refusal_answer, check_key, effect=False, max_body_bytes=LARGEST_BYTES),
    Route("POST", "/v2/transcript", create, refusal_answer, check_key),
    Route("GET", "/v2/transcript", list_all, refusal_answer, check_key, effect=False),
    Route("GET", "/v2/transcript/", look, refusal_answer, check_key, effect=False),
    Route("DELETE", "/v2/transcript/", delete, refusal_answer, check_key, effect=False),
]
