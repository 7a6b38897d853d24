"""LIST: a page of one person's ten thousand transcriptions, at a constant rate. SPEECH: ten minutes of speech from their upload to the text in
the database, and what of that the engine takes."""
import json
import subprocess
import time
import urllib.request
import uuid
from pathlib import Path

from ground import say
from loads_edge import in_turn, must, start
from measure import load, record, rows
from systems import token, user_id

ROWS, RATE, WHO = 10_000, 200, 7
LIST = "/api/v1/transcription?limit=20"
SPEECH = Path("/usr/share/pocketsphinx/test/data/librivox")
SPEECH_S = 600

SEED = f"""
INSERT INTO transcriptions (id, owner, job_id, asked, source_type, video_url, title, language, detected_language, engine, status, text, confidence, duration_seconds, completed_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '{user_id(WHO)}', ('01900000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'))::uuid, 'asked ' || i, 'url',
       'https://example.org/videos/' || i || '.mp4', 'Séance ' || i, 'auto', 'fr', 'openai', 'completed', repeat('La séance est ouverte, nous passons au vote. ', 40), 0.9, 600,
       clock_timestamp()
  FROM generate_series(1, {ROWS}) i
"""


def check_list(ours, good):
    status, body, head = ours.ask("GET", LIST, good)
    page = json.loads(body)
    must(status == 200 and len(page) == 20 and page[0]["title"] == f"Séance {ROWS}" and len(page[0]["text"]) > 1000, f"the list: {status} {body[:200]}")
    must(head.get("x-total-count") == str(ROWS), f"the number of all: {head}")


def lists(ground, ours, peer):
    start(ours, None)
    ours.sql("TRUNCATE transcriptions CASCADE")
    ours.sql(SEED)
    ours.sql("VACUUM ANALYZE transcriptions")
    good = token(user_id(WHO))
    check_list(ours, good)
    tokens = ground.work / "one-token"
    tokens.write_text(good + "\n")
    args = ("-p", ours.port, "-m", "GET", "-u", LIST, "-t", tokens, "-c", 16)
    load(*args, "-d", 1)
    for (system, variant), runs in in_turn(ground, [(ours, f"{ROWS} of one person: paced {RATE}/s", LIST)], lambda s, r: load(*args, "-d", 5, "-r", RATE)).items():
        record("LIST", system.name, variant, runs)
    ours.sql("TRUNCATE transcriptions CASCADE")


# --- speech ---

def speech(ground) -> Path:
    """Sentences of a reader, over and over, with pauses between them."""
    path = ground.work / "speech.wav"
    pieces = sorted(SPEECH.glob("*.wav"))
    must(pieces, f"no recordings in {SPEECH}")
    subprocess.run(["sox", *map(str, pieces), str(path), "pad", "0", "0.7", "repeat", "60", "trim", "0", str(SPEECH_S)], check=True)
    return path


def upload(ours, path, good) -> dict:
    mark = uuid.uuid4().hex
    body = b"".join((f"--{mark}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n".encode() + value + b"\r\n" for name, more, value in (
        ("language", "", b"en"), ("file", "; filename=\"speech.wav\"\r\nContent-Type: audio/wav", path.read_bytes())))) + f"--{mark}--\r\n".encode()
    asked = urllib.request.Request(ours.url("/api/v1/transcription/upload"), body, {"Authorization": f"Bearer {good}", "Content-Type": f"multipart/form-data; boundary={mark}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


def transcribed(ours, made, good) -> dict:
    while True:
        one = json.loads(ours.ask("GET", f"/api/v1/transcription/{made['id']}", good)[1])
        if one["status"] not in ("pending", "processing"):
            must(one["status"] == "completed", f"a transcription: {one}")
            return one
        time.sleep(0.2)


ENGINE_S = """
SELECT sum(extract(epoch FROM e.ended_at - e.begun_at)), count(*), max(extract(epoch FROM t.completed_at - t.created_at))
  FROM transcriptions t JOIN jobs j ON j.root = t.job_id AND j.step = 'stt' JOIN effects e ON e.job_id = j.id
 WHERE t.id = '{id}'"""


def speech_to_text(ground, ours, peer):
    """What is around the engine: upload, conversion, cutting, checkpoints, storing."""
    ours.stop()
    for service in ("gateway", "audio", "stt", "scheduler"):
        ours.start(service, STT_ENGINES="pocketsphinx")
    good, path = token(user_id(WHO)), speech(ground)
    began = time.monotonic()
    made = upload(ours, path, good)
    one = transcribed(ours, made, good)
    whole = time.monotonic() - began
    engine, pieces, _ = (float(v) for v in ours.sql(ENGINE_S.format(id=made["id"]))[0])
    must(one["duration_seconds"] == SPEECH_S and len(one["text"].split()) > 500, f"a transcription: {one['duration_seconds']} s, {len(one['text'])} bytes")
    rows.append({"workload": "SPEECH", "system": "palabre", "variant": f"{SPEECH_S} s from the upload to the stored text, pocketsphinx", "rps": SPEECH_S / whole,
                 "note_engine_s": engine, "note_pieces": pieces, "note_beside_the_engine_percent": 100 * (whole - engine) / engine})
    say(f"SPEECH: {whole:.1f} s, of them {engine:.1f} in the engine ({pieces:.0f} pieces): {100 * (whole - engine) / engine:.1f} % beside it")
    ours.stop("audio", "stt", "scheduler")
    ours.sql("TRUNCATE transcriptions CASCADE")
    ours.clear("audio.batch", "stt.batch")
