"""Recordings, and what can be said about files that came back."""
import functools
import json
import pathlib
import re
import subprocess

# "Had he married a more amiable woman, he might have been made still more respectable than he was."
SPOKEN = pathlib.Path("/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0920.wav")
SPOKEN_WORDS = {"married", "amiable", "woman", "might", "made", "still", "more", "respectable"}
SILENT_DB = -60


@functools.cache
def spoken():
    return SPOKEN.read_bytes()


def tool(*command, data=b""):
    done = subprocess.run(command, input=data, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr[-1000:]
    return done


@functools.cache
def made_by_ffmpeg(*arguments, format):
    """A file from ffmpeg's own sources of sound and picture."""
    return tool("ffmpeg", "-v", "error", *arguments, "-f", format, "pipe:1").stdout


def silence(seconds):
    return made_by_ffmpeg("-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", str(seconds), format="wav")


@functools.cache
def spoken_then_silence(seconds):
    """Small to send, long to decode, quick to hear."""
    return tool("ffmpeg", "-v", "error", "-i", str(SPOKEN), "-af", f"apad=pad_dur={seconds}", "-c:a", "libopus", "-b:a", "12k",
                "-application", "lowdelay", "-f", "ogg", "pipe:1").stdout


@functools.cache
def spoken_often(times):
    return tool("ffmpeg", "-v", "error", "-stream_loop", str(times - 1), "-i", str(SPOKEN), "-f", "wav", "pipe:1").stdout


def silent_film():
    return made_by_ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:rate=5", "-t", "1", "-c:v", "mpeg4", format="matroska")


def wav_claiming(seconds, data_bytes):
    """The head of a WAV that long, with only so many bytes behind it."""
    size = seconds * 32000
    head = b"RIFF" + (size + 36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    head += (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + (16000).to_bytes(4, "little")
    head += (32000).to_bytes(4, "little") + (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
    return head + b"data" + size.to_bytes(4, "little") + bytes(data_bytes)


def probe(data, path):
    """What ffprobe says of a sound: {codec_name, duration ...}."""
    path.write_bytes(data)
    said = tool("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)).stdout
    found = json.loads(said)
    return {**found["streams"][0], **found["format"]}


def is_silent(path):
    said = tool("ffmpeg", "-nostats", "-i", str(path), "-af", "volumedetect", "-f", "null", "-").stderr.decode()
    return float(re.search(r"max_volume: (-?[\d.]+|-inf) dB", said)[1]) < SILENT_DB


def pdf_text(data):
    return tool("pdftotext", "-", "-", data=data).stdout.decode()


def pdf_info(data):
    lines = tool("pdfinfo", "-", data=data).stdout.decode().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def joined(text):
    """A text without its line ends and typography, to be looked for in another."""
    return re.sub(r"[\s\"“”«»'’-]+", " ", text).strip()
