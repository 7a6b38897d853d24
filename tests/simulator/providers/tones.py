"""Sound without a model: a tone whose length follows the text, which a transcription can read back."""
import asyncio
import math
import struct

RATE_HZ = 24_000
TONE_HZ = 400           # a whole number of samples to the period: any length is seamless
SECONDS_PER_CHAR = 0.06
MIN_SECONDS, MAX_SECONDS = 0.3, 30.0
ENCODED_SECONDS = 30
MP3_FRAME_BYTES = 144   # 48 kbit/s at 24 kHz: 72 * 48000 / 24000, without padding
MP3_FRAME_SECONDS = 576 / RATE_HZ
FADE_SAMPLES = 240
FFMPEG_LIMIT_S = 30

PERIOD = b"".join(struct.pack("<h", round(9000 * math.sin(2 * math.pi * at * TONE_HZ / RATE_HZ)))
                  for at in range(RATE_HZ // TONE_HZ))
ENCODINGS = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "48k", "-reservoir", "0", "-write_xing", "0", "-id3v2_version", "0",
            "-f", "mp3"],
    "opus": ["-c:a", "libopus", "-b:a", "24k", "-f", "ogg"],
    "aac": ["-c:a", "aac", "-b:a", "48k", "-f", "adts"],
    "flac": ["-c:a", "flac", "-f", "flac"],
}
encoded = {}


def seconds_for(text, speed=1.0):
    return min(max(len(text) * SECONDS_PER_CHAR / speed, MIN_SECONDS), MAX_SECONDS)


def pcm(seconds):
    periods = round(seconds * TONE_HZ)
    return PERIOD * periods


def wav(seconds, comment="", bogus=False):
    """The comment carries the text; it stands after the samples, where a plain reader never looks."""
    samples, note = pcm(seconds), comment_chunk(comment)
    riff, data = (0xFFFFFFFF, 0xFFFFFFFF) if bogus else (36 + len(samples) + len(note), len(samples))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16,
                       b"data", data)
    return head + samples + note


def comment_chunk(comment):
    if not comment:
        return b""
    text = comment.encode() + b"\0"
    text += b"\0" * (len(text) % 2)
    item = b"ICMT" + struct.pack("<I", len(text)) + text
    return b"LIST" + struct.pack("<I", 4 + len(item)) + b"INFO" + item


def read_wav(data):
    """(seconds, comment) of a WAV; None when it is none."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, bytes_per_s, samples, comment = 12, 0, 0, ""
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8:at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            bytes_per_s = struct.unpack_from("<I", body, 8)[0]
        elif name == b"data":
            samples = len(body)
        elif name == b"LIST" and body[:8] == b"INFOICMT":
            comment = body[12:].split(b"\0")[0].decode("utf-8", "replace")
        at += 8 + size + size % 2
    return (samples / bytes_per_s, comment) if bytes_per_s else None


async def encode(format, seconds):
    """The tone in a compressed format. ffmpeg runs once per format; MP3 is cut between frames, the others are whole."""
    if format not in encoded:
        encoded[format] = asyncio.ensure_future(run_ffmpeg(ENCODINGS[format]))
    data = await asyncio.shield(encoded[format])
    return data[:MP3_FRAME_BYTES * max(1, round(seconds / MP3_FRAME_SECONDS))] if format == "mp3" else data


async def run_ffmpeg(arguments):
    length = ENCODED_SECONDS if "mp3" in arguments else 2
    child = await asyncio.create_subprocess_exec(
        "ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "pipe:0", *arguments, "pipe:1",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(child.communicate(pcm(length)), FFMPEG_LIMIT_S)
    if child.returncode != 0 or not out:
        raise RuntimeError("ffmpeg failed to encode the tone")
    return out
