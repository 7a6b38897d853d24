"""POST /v1/chat/completions: deterministic answers, whole or as events, with tools and schemas."""
import base64
import binascii
import hashlib
import json

from common.answer import Refusal, events_answer, json_answer, to_json
from common.faults import DONE
from common.scenario import TOLD, Fault
from common.server import Route
from providers.openai import CREATED, answer_id, check_key, common_headers, need_fields, refusal_answer
from providers.schemas import valid_instance
from providers.texts import exactly, reply_to, told_text, tokens_of

ROLES = {"developer", "system", "user", "assistant", "tool"}
MAX_TOKENS = 200_000
# Mistral's schemas are closed: an unknown member is an error there.
MISTRAL_FIELDS = set("""model messages temperature top_p max_tokens stream stop random_seed response_format tools
    tool_choice parallel_tool_calls presence_penalty frequency_penalty n prediction prompt_mode reasoning_effort
    safe_prompt metadata prompt_cache_key guardrails""".split())


def complete_chat(request):
    check(request)
    fields = request.fields
    calls = tool_calls_of(request)
    tokens = [] if calls or request.told("refusal") else tokens_to_say(request)
    tokens, finish = limit(fields, tokens, "tool_calls" if calls else "stop")
    finish = (request.told("finish") or {}).get("reason") or finish
    usage = usage_of(fields["messages"], len(tokens) + 9 * len(calls))
    if fields.get("stream") is True:
        return events_answer(list(events_of(request, tokens, calls, finish, usage)), common_headers(request))
    return whole_answer(request, tokens, calls, finish, usage)


# --- what is asked ---

def check(request):
    need_fields(request, "model")
    fields = request.fields
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, "Invalid 'messages': expected a non-empty array.", "empty_array", "messages")
    for message in messages:
        if not isinstance(message, dict) or str(message.get("role")) not in ROLES:
            raise Refusal(400, "Invalid value for a message's role.", "invalid_value", "messages")
    check_objects(fields.get("tools"), "tools")
    for message in messages:
        check_objects(message.get("tool_calls"), "tool_calls")
    check_tool_messages(messages)
    for message in messages:
        images_of(message)
    unknown = set(fields) - MISTRAL_FIELDS if request.dialect == "mistral" else None
    if unknown:
        raise Refusal(422, "Extra inputs are not permitted: " + ", ".join(sorted(unknown)), param=min(unknown))


def check_objects(items, name):
    """Tools and calls are lists of objects that hold a function with a name."""
    if items is None:
        return
    for item in items if isinstance(items, list) else [None]:
        function = item.get("function") if isinstance(item, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise Refusal(400, f"Invalid '{name}': expected a list of objects with a function.", "invalid_type", name)


def check_tool_messages(messages):
    """Every tool call is answered by one tool message, directly after the message that made it."""
    awaited = set()
    for message in messages:
        if message["role"] == "tool":
            if str(message.get("tool_call_id")) not in awaited:
                raise Refusal(400, "A 'tool' message must answer a preceding tool call.", param="messages")
            awaited.remove(str(message["tool_call_id"]))
            continue
        if awaited:
            break
        awaited = {str(call.get("id")) for call in message.get("tool_calls") or []}
    if awaited:
        raise Refusal(400, "A message with 'tool_calls' must be followed by tool messages.", param="messages")


def text_of(message):
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def images_of(message):
    """The bytes of the images of a message. What is no image in a data URL is refused: nobody fetches anything here."""
    content = message.get("content")
    images = []
    for part in content if isinstance(content, list) else []:
        if not isinstance(part, dict) or part.get("type") != "image_url":
            continue
        given = part.get("image_url")
        url = given.get("url") if isinstance(given, dict) else given
        kind, _, data = str(url).partition(";base64,")
        try:
            image = base64.b64decode(data, validate=True)
        except binascii.Error:
            image = b""
        if kind not in ("data:image/jpeg", "data:image/png") or not image.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
            raise Refusal(400, "Invalid image: expected a base64-encoded data URL with an image MIME type.", "invalid_image", "messages")
        images.append(image)
    return images


def seen_in(messages):
    """What is said of the images of the last message: nothing but what only their bytes tell."""
    return " ".join(f"An image of {len(image)} bytes, SHA-256 {hashlib.sha256(image).hexdigest()[:16]}." for image in images_of(messages[-1]))


def last_user_text(messages):
    return next((text_of(message) for message in reversed(messages) if message["role"] == "user"), "")


# --- what is answered ---

def tokens_to_say(request):
    told = request.told("tokens")
    text = told_text(request) or formatted(request.fields, seen_in(request.fields["messages"]) or reply_to(last_user_text(request.fields["messages"])))
    tokens = tokens_of(text)
    return exactly(tokens, min(told["n"], MAX_TOKENS)) if told else tokens


def formatted(fields, text):
    asked = fields.get("response_format")
    kind = asked.get("type") if isinstance(asked, dict) else None
    if kind == "json_object":
        return json.dumps({"answer": text}, ensure_ascii=False)
    if kind == "json_schema" and isinstance(asked.get("json_schema"), dict):
        return json.dumps(valid_instance(asked["json_schema"].get("schema"), text), ensure_ascii=False)
    return text


def limit(fields, tokens, finish):
    most = fields.get("max_completion_tokens") or fields.get("max_tokens")
    if isinstance(most, int) and 0 < most < len(tokens):
        return tokens[:most], "length"
    return tokens, finish


def tool_calls_of(request):
    """Calls when the client forces them, or when the scenario says so."""
    tools = [tool["function"] for tool in request.fields.get("tools") or []]
    choice, told = request.fields.get("tool_choice"), request.told("tool-calls")
    if isinstance(choice, dict):
        check_objects([choice], "tool_choice")
        tools = [tool for tool in tools if tool["name"] == choice["function"]["name"]]
    elif choice != "required" and not told:
        return []
    text = last_user_text(request.fields["messages"])
    count = told["n"] if told else 1
    return [call_of(tool, answer_id(request, f"call_{i}"), text) for i, tool in enumerate((tools * count)[:count])]


def call_of(tool, id, text):
    arguments = valid_instance(tool.get("parameters", {"type": "object"}), text)
    return {"id": id, "type": "function",
            "function": {"name": tool["name"], "arguments": json.dumps(arguments, ensure_ascii=False)}}


def usage_of(messages, completion_tokens):
    prompt_tokens = sum(len(text_of(message).split()) + 4 for message in messages)
    return {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0}}


def whole_answer(request, tokens, calls, finish, usage):
    refused = request.told("refusal")
    message = {"role": "assistant", "content": None if calls or refused else "".join(tokens),
               "refusal": refused["text"] if refused else None}
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    answer = {"id": answer_id(request, "chatcmpl-"), "object": "chat.completion", "created": CREATED,
              "model": request.model, "choices": [choice], "usage": usage, "system_fingerprint": "fp_sim",
              "service_tier": None, "x_sim_unknown": {"ignore": ["me"]}}
    if request.told("missing-usage"):
        del answer["usage"]
    return json_answer(answer, headers=common_headers(request))


def events_of(request, tokens, calls, finish, usage):
    """Role, one event a token, finish, usage where asked, [DONE]."""
    options = request.fields.get("stream_options")
    asks_usage = isinstance(options, dict) and options.get("include_usage") is True
    asks_usage = asks_usage and not request.told("missing-usage")
    head = {"id": answer_id(request, "chatcmpl-"), "object": "chat.completion.chunk", "created": CREATED,
            "model": request.model, "system_fingerprint": "fp_sim", "x_sim_unknown": None}
    # The members that never change are written once: a long answer is made of thousands of events.
    before = b"data: " + to_json(head)[:-1] + b',"choices":'
    after = (b',"usage":null' if asks_usage else b"") + b"}\n\n"

    def choice(delta, reason=None):
        return before + to_json([{"index": 0, "delta": delta, "finish_reason": reason}]) + after

    yield choice({"role": "assistant", "content": None if calls else ""})
    start, _, end = choice({"content": "@@"}).partition(b'"@@"')
    for token in tokens:
        yield start + to_json(token) + end
    yield from map(choice, deltas_of_calls(calls))
    if request.told("refusal"):
        yield choice({"refusal": request.told("refusal")["text"]})
    last = choice({}, finish)
    if request.dialect == "mistral":    # usage unasked, in the event that ends the choice
        last = last[:-3] + b',"usage":' + to_json(usage) + b"}\n\n"
    yield last
    if asks_usage:
        yield before + b'[],"usage":' + to_json(usage) + b"}\n\n"
    yield DONE


def deltas_of_calls(calls):
    """Names first, then the arguments of all calls one character at a time, interleaved."""
    for index, call in enumerate(calls):
        yield {"tool_calls": [{"index": index, "id": call["id"], "type": "function",
                               "function": {"name": call["function"]["name"], "arguments": ""}}]}
    longest = max((len(call["function"]["arguments"]) for call in calls), default=0)
    for at in range(longest):
        for index, call in enumerate(calls):
            fragment = call["function"]["arguments"][at:at + 1]
            if fragment:
                yield {"tool_calls": [{"index": index, "function": {"arguments": fragment}}]}


FAULTS = [
    Fault("say", TOLD, "the text of the answer or transcript", {"text": ""}),
    Fault("tokens", TOLD, "exactly N tokens", {"n": 20}),
    Fault("finish", TOLD, "another finish_reason: length, content_filter", {"reason": "length"}),
    Fault("missing-usage", TOLD, "no usage", {}),
    Fault("tool-calls", TOLD, "N calls of the tools given, arguments in fragments", {"n": 1}),
    Fault("refusal", TOLD, "a refusal in the place of content", {"text": "Je ne peux pas répondre à cela."}),
]

ROUTES = [
    Route("POST", "/v1/chat/completions", complete_chat, refusal_answer, check_key),
]
