"""What the OpenAI-compatible endpoints share: keys, error bodies and their dialects."""
import hashlib

from common.answer import Answer, Refusal, json_answer, text_answer

VALID_KEYS = {"sk-test"}
CREATED = 1795168800    # constant: the same request must give the same bytes, before and after a restart

# status -> (type, code) where a refusal does not say otherwise
KINDS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "permission_denied"),
    404: ("invalid_request_error", "model_not_found"),
    405: ("invalid_request_error", "method_not_supported"),
    408: ("timeout", "request_timeout"),
    409: ("conflict", "lock_timeout"),
    413: ("invalid_request_error", "request_too_large"),
    422: ("invalid_request_error", None),
    429: ("requests", "rate_limit_exceeded"),
    503: ("server_error", "overloaded"),
}


def openai_shape(status, refusal, kind, code):
    return {"error": {"message": refusal.message, "type": kind, "param": refusal.param, "code": code}}


def number_shape(status, refusal, kind, code):
    return {"error": {"message": refusal.message, "type": kind, "param": None, "code": status}}


def text_shape(status, refusal, kind, code):
    return {"error": refusal.message}


def detail_shape(status, refusal, kind, code):
    if status == 422:
        return {"detail": [{"loc": ["body", refusal.param or ""], "msg": refusal.message, "type": "value_error"}]}
    return {"detail": refusal.message}


def flat_shape(status, refusal, kind, code):
    return {"object": "error", "message": refusal.message, "type": kind, "param": refusal.param, "code": code}


# dialect -> (shape of errors, whether a key must be given). A dialect is also the first element of a path.
DIALECTS = {
    "openai": (openai_shape, True),
    "mistral": (flat_shape, True),
    "whispercpp": (text_shape, False),
    "speaches": (detail_shape, False),
    "localai": (number_shape, False),
    "vllm": (number_shape, False),
    "llamacpp": (number_shape, False),
}


def check_key(request):
    """A wrong key is refused by every dialect that knows keys, a missing one only where a key is needed."""
    given = request.headers.get("authorization")
    if request.dialect == "whispercpp" or (given is None and not DIALECTS[request.dialect][1]):
        return
    if given is None:
        raise Refusal(401, "You didn't provide an API key.", "missing_api_key")
    scheme, _, key = given.partition(" ")
    if scheme.lower() != "bearer" or key not in VALID_KEYS:
        raise Refusal(401, "Incorrect API key provided.")


def refusal_answer(request, refusal):
    shape = DIALECTS.get(request.dialect, DIALECTS["openai"])[0]
    default = "server_error" if refusal.status >= 500 else "invalid_request_error"
    kind, code = KINDS.get(refusal.status, (default, None))
    if request.dialect == "whispercpp" and refusal.status == 404:
        return text_answer(f"File Not Found ({request.path})", status=404)
    body = shape(refusal.status, refusal, refusal.kind or kind, refusal.code or code)
    return json_answer(body, refusal.status, [*refusal.headers, *common_headers(request)])


def common_headers(request):
    return [("x-request-id", f"req_{request.serial:08x}"), ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-remaining-requests", "9999"), ("x-ratelimit-reset-requests", "6ms")]


def answer_id(request, prefix):
    """The same for a replay; distinct for two requests that only look alike."""
    seed = request.plain_key or f"{request.digest}{request.serial}"
    return prefix + hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:24]


def need_fields(request, *names):
    """The members every request of an endpoint must have, as text."""
    if request.flaw:
        raise Refusal(400, request.flaw)
    for name in names:
        value = request.fields.get(name)
        if not isinstance(value, str) or not value:
            raise Refusal(400, f"you must provide a {name} parameter", param=name)


def with_headers(request, answer):
    answer.headers += common_headers(request)
    return answer


def audio_answer(content_type, pieces):
    return Answer(200, content_type, pieces, True)
