"""LIST: the newest of ten thousand transcriptions. SPEECH: ten minutes of a recording become text, beside the recogniser by itself."""
import json
import statistics
import subprocess
import time
import uuid
from pathlib import Path

from ground import RUNS, say, tool
from loads_edge import must, start
from measure import load, measure, record, rows
from systems import USERS, token, user_id

OWNER, MANY, RATE = 1, 10_000, 200
TRANSCRIPTIONS = "/api/transcription"

# Fifty people have so many each: one alone may ask for the list twenty times a minute. Without the trigger that counts them, which in one
# transaction would make a row's half a million versions.
SEED = f"""
SET session_replication_role = replica;
INSERT INTO transcription_counts (owner, n) SELECT id, {MANY} FROM users;
INSERT INTO transcriptions (id, owner, job_id, asked, source_type, video_url, language, detected_language, engine, status, text, confidence, duration_seconds, created_at, completed_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ('00000000-0000-7000-8000-' || lpad(to_hex(i % {USERS} + 1), 12, '0'))::uuid,
       ('01900000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'))::uuid, md5(i::text), 'url', 'https://example.org/seance/' || i, 'fr', 'fr', 'openai', 'completed',
       repeat('La séance numéro ' || i || ' est ouverte. ', 20), 0.9, 600,
       timestamptz '2025-01-01 00:00:00+00' + i * interval '1 minute', timestamptz '2025-01-01 00:00:00+00' + i * interval '1 minute'
  FROM generate_series(1, {MANY * USERS}) i;
SET session_replication_role = origin
"""


def transcriptions(ground, ours, peer):
    start(ours, None)
    ours.clear()
    ours.sql(SEED)
    ours.sql("VACUUM ANALYZE")
    status, body, headers = ours.ask("GET", TRANSCRIPTIONS, token(user_id(OWNER)))
    must(status == 200 and len(json.loads(body)) >= 20 and headers["x-total-count"] == str(MANY), f"the list: {status} {headers}")
    say(f"LIST: a page has {len(json.loads(body))} transcriptions, {len(body.encode()):,} bytes")
    args = ("-p", ours.port, "-u", TRANSCRIPTIONS, "-t", ours.tokens, "-c", 16, "-d", 4, "-r", RATE)
    runs = [measure(ground, ours.groups(), lambda: load(*args), before=lambda: subprocess.run(["redis-cli", "-u", ours.env["REDIS_URL"], "flushdb"], check=True, stdout=subprocess.DEVNULL))
            for _ in range(RUNS)]
    record("LIST", "palabre", f"{MANY:,} transcriptions: paced {RATE}/s", runs)
    ours.sql("TRUNCATE transcriptions, transcription_counts CASCADE")
    ours.clear()


MODEL, BOOK = "/usr/share/pocketsphinx/model/en-us", "/usr/share/pocketsphinx/test/data/librivox"
SOUND_S, PIECE_S = 600, 300


def ten_minutes(ground):
    """A reader's voice again and again, as a WAV file and without its head."""
    wav, raw = ground.work / "speech.wav", ground.work / "speech.raw"
    parts = sorted(str(path) for path in Path(BOOK).glob("*.wav"))
    subprocess.run(["sox", *parts * 30, "-r", "16000", "-c", "1", "-b", "16", wav, "trim", "0", str(SOUND_S)], check=True)
    subprocess.run(["sox", wav, "-t", "raw", raw], check=True)
    return wav, raw


def upload(ours, wav):
    """The id of its transcription."""
    limit = f"w{uuid.uuid4().hex}"
    body = b"".join((f"--{limit}\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nen\r\n".encode(),
                     f"--{limit}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\n".encode(),
                     wav.read_bytes(), f"\r\n--{limit}--\r\n".encode()))
    status, said, _ = ours.ask("POST", TRANSCRIPTIONS + "/upload", token(user_id(OWNER)), body, headers={"Content-Type": f"multipart/form-data; boundary={limit}"})
    must(status in (201, 202), f"the upload: {status} {said}")
    return json.loads(said)["id"]


def heard(ours, wav) -> float:
    """Seconds from the file that is sent to the transcript that is stored."""
    began = time.monotonic()
    made = upload(ours, wav)
    while True:
        state = ours.sql(f"SELECT status FROM transcriptions WHERE id = '{made}'")[0][0]
        must(state != "failed" and time.monotonic() - began < 300, f"the transcription: {state}")
        if state == "completed":
            return time.monotonic() - began
        time.sleep(0.01)


def speech(ground, ours, peer):
    start(ours, None)
    ours.clear("audio.quick", "stt.quick")
    for service in ("scheduler", "audio"):
        ours.start(service)
    ours.start("stt", STT_ENGINES="pocketsphinx", WORKER_EXECUTORS="1", STT_IDLE_S="600")
    wav, raw = ten_minutes(ground)
    whole, alone = [], []
    heard(ours, wav)                        # the model is loaded
    for _ in range(RUNS):
        told = json.loads(tool("hear", MODEL, raw, PIECE_S))
        must(told["sound_s"] == SOUND_S and told["words"] > SOUND_S, f"the recogniser by itself: {told}")
        alone.append(told["seconds"])
        whole.append(heard(ours, wav))
    beyond = 100 * (statistics.median(w / a for w, a in zip(whole, alone)) - 1)
    rows.append({"workload": "SPEECH", "system": "palabre", "variant": "ten minutes", "s": statistics.median(whole), "engine_s": statistics.median(alone), "beyond": beyond})
    say(f"SPEECH: {statistics.median(whole):.2f} s from file to transcript, the engine alone {statistics.median(alone):.2f} s: {beyond:+.1f} %")
    ours.stop("stt", "audio", "scheduler")
    ours.sql("TRUNCATE transcriptions, transcription_counts CASCADE")
    ours.clear("audio.quick", "stt.quick")
