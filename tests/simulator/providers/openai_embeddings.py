"""POST /v1/embeddings and GET /v1/models: vectors of hashed trigrams, so that similar texts are neighbours."""
import base64
import math
import struct
import zlib

from common.answer import Refusal, json_answer
from common.scenario import TOLD, Fault
from common.server import Route
from providers.openai import check_key, common_headers, need_fields, refusal_answer

SIZES = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "mistral-embed": 1024}
MAX_INPUTS = 2048
MAX_SIZE = 4096
MODELS = ["gpt-4o-mini", "whisper-1", "gpt-4o-transcribe", "tts-1", *SIZES]
MODEL_CREATED = 1721172741


def embed(request):
    need_fields(request, "model")
    inputs = inputs_of(request.fields.get("input"))
    size = size_of(request)
    as_base64 = request.fields.get("encoding_format") == "base64"
    rows = [{"object": "embedding", "index": index, "embedding": encode(vector(text, size), as_base64)}
            for index, text in enumerate(inputs)]
    if request.told("nan"):
        rows[0]["embedding"] = [math.nan] * size
    if request.told("shuffled"):
        rows = rows[1::2] + rows[0::2]
    tokens = sum(len(text.split()) for text in inputs)
    return json_answer({"object": "list", "model": request.model, "data": rows,
                        "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}, headers=common_headers(request))


def inputs_of(given):
    """A text, a list of texts, a list of tokens, or a list of lists of tokens; as texts."""
    if isinstance(given, list) and given and all(isinstance(item, int) for item in given):
        given = [given]
    inputs = given if isinstance(given, list) else [given]
    if not inputs or len(inputs) > MAX_INPUTS:
        raise Refusal(400, f"'input' must have 1 to {MAX_INPUTS} items.", param="input")
    texts = [" ".join(map(str, item)) if isinstance(item, list) else item for item in inputs]
    if not all(isinstance(text, str) and text for text in texts):
        raise Refusal(400, "'$.input' is invalid: an empty text or another type.", param="input")
    return texts


def size_of(request):
    size = request.fields.get("dimensions", request.fields.get("output_dimension", SIZES.get(request.model, 1536)))
    if not isinstance(size, int) or not 1 <= size <= MAX_SIZE:
        raise Refusal(400, "Invalid value for 'dimensions'.", param="dimensions")
    told = request.told("wrong-dimension")
    return told["n"] if told else size


def vector(text, size):
    values = [0.0] * size
    padded = f"  {text.lower()} "
    for at in range(len(padded) - 2):
        code = zlib.crc32(padded[at:at + 3].encode())
        values[code % size] += 1.0 if code & 0x80000000 else -1.0
    norm = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / norm for value in values]


def encode(values, as_base64):
    if as_base64:
        return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    return [round(value, 7) for value in values]


def model_row(name):
    return {"id": name, "object": "model", "created": MODEL_CREATED, "owned_by": "system", "shutdown_date": None}


def list_models(request):
    rows = [model_row(name) for name in MODELS]
    return json_answer({"object": "list", "data": rows}, headers=common_headers(request))


def find_model(request):
    name = request.path.removeprefix("/v1/models/")
    if name not in MODELS:
        raise Refusal(404, f"The model '{name[:100]}' does not exist or you do not have access to it.", param="model")
    return json_answer(model_row(name), headers=common_headers(request))


def health(request):
    return json_answer({"status": "ok"})


def health_refusal(request, refusal):
    """Servers that are still loading say so in their own words."""
    if request.dialect == "whispercpp":
        return json_answer({"status": "loading model"}, refusal.status)
    return refusal_answer(request, refusal)


FAULTS = [
    Fault("shuffled", TOLD, "embeddings: rows in another order than the inputs", {}),
    Fault("wrong-dimension", TOLD, "embeddings: N numbers whatever was asked", {"n": 7}),
    Fault("nan", TOLD, "embeddings: the first vector is NaN, which is not JSON", {}),
]

ROUTES = [
    Route("POST", "/v1/embeddings", embed, refusal_answer, check_key),
    Route("GET", "/v1/models", list_models, refusal_answer, check_key, effect=False),
    Route("GET", "/v1/models/", find_model, refusal_answer, check_key, effect=False),
    Route("GET", "/health", health, health_refusal, None, effect=False),
]
