"""POST /v1/audio/speech: a tone as long as the text, in the format asked."""
import base64

from common.answer import Refusal, event, events_answer
from common.scenario import TOLD, Fault
from common.server import Route
from providers import tones
from providers.openai import audio_answer, check_key, need_fields, refusal_answer, with_headers

MAX_CHARS = 4096
BLOCK_BYTES = 8192
TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav",
         "pcm": "audio/pcm"}


async def speak(request):
    text, format, speed = check(request)
    seconds = tones.seconds_for(text, speed)
    if format == "wav":
        data = tones.wav(seconds, text, bogus=bool(request.told("bogus-wav")))
    elif format == "pcm":
        data = tones.pcm(seconds)
    else:
        data = await tones.encode(format, seconds)
    blocks = [data[at:at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES)]
    if request.fields.get("stream_format") == "sse":
        return with_headers(request, events_answer(events_of(blocks, text)))
    return with_headers(request, audio_answer(TYPES[format], blocks))


def check(request):
    need_fields(request, "model", "input")
    fields = request.fields
    voice, format, speed = fields.get("voice"), fields.get("response_format", "mp3"), fields.get("speed", 1)
    if len(fields["input"]) > MAX_CHARS:
        raise Refusal(400, f"'input' is longer than {MAX_CHARS} characters.", "string_above_max_length", "input")
    if not (isinstance(voice, str) and voice) and not (isinstance(voice, dict) and voice.get("id")):
        raise Refusal(400, "you must provide a voice parameter", param="voice")
    if str(format) not in TYPES:
        raise Refusal(400, "Invalid value for 'response_format'.", "invalid_value", "response_format")
    if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not 0.25 <= speed <= 4:
        raise Refusal(400, "'speed' must be between 0.25 and 4.", "decimal_out_of_range", "speed")
    return fields["input"], format, speed


def events_of(blocks, text):
    events = [event({"type": "speech.audio.delta", "audio": base64.b64encode(block).decode()}) for block in blocks]
    tokens = len(text.split())
    done = {"type": "speech.audio.done", "usage": {"input_tokens": tokens, "output_tokens": 10 * tokens,
                                                    "total_tokens": 11 * tokens}}
    return [*events, event(done)]


FAULTS = [
    Fault("bogus-wav", TOLD, "speech: the sizes in the WAV's header are 0xFFFFFFFF", {}),
]

ROUTES = [
    Route("POST", "/v1/audio/speech", speak, refusal_answer, check_key),
]
