"""The transcription product as its users meet it: its front end, and the conversation its own documentation shows, word for word."""
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from media import SPOKEN
from shell import code_of, values_of

TOP = Path(__file__).resolve().parents[2]
VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
LIMITED = {"error": "rate_limit_exceeded", "message": "Rate limit exceeded: 5 per 1 minute",
           "detail": "Too many requests. Please wait before trying again.", "retry_after": "60 seconds"}


def test_the_conversation_of_its_documentation(shell):
    status, health = shell.type("curl http://localhost:8004/health")
    assert status == 200 and health["status"] == "healthy" and health["version"], health

    for page in ("docs", "redoc"):
        status, text = shell.type(f"curl http://localhost:8004/{page}")
        assert status == 200 and shell.header("Content-Type").startswith("text/html") and f"/docs/assets/{page}.js" in text, text

    status, user = shell.type("""curl -X POST http://localhost:8004/api/auth/register \\
  -H "Content-Type: application/json" \\
  -d '{"email": "test@test.com", "password": "Test123!"}'""")
    assert status == 201 and user["email"] == "test@test.com" and user["role"] == "user" and user["is_active"] is True and user["full_name"] is None, user

    status, pair = shell.type("""curl -X POST http://localhost:8004/api/auth/login \\
  -d "username=test@test.com&password=Test123!\"""")
    assert status == 200 and pair["token_type"] == "bearer", pair

    status, made = shell.type("""curl -X POST http://localhost:8004/api/transcription \\
  -H "Authorization: Bearer <token>" \\
  -H "Content-Type: application/json" \\
  -d '{"video_url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}'""".replace("<token>", pair["access_token"]))
    assert status == 201 and made["status"] == "pending" and made["video_url"] == VIDEO and made["language"] == "auto" and made["source_type"] == "youtube", made
    assert made["text"] is None and made["confidence"] is None and made["duration_seconds"] is None and made["user_id"] == user["id"]

    asked = time.monotonic()
    while True:
        status, one = shell.type(f"curl http://localhost:8004/api/transcription/{made['id']} -H 'Authorization: Bearer {pair['access_token']}'")
        assert status == 200 and one["status"] in ("pending", "processing", "completed"), one
        if one["status"] == "completed":
            break
        assert time.monotonic() < asked + 30, one
        time.sleep(2.1)                                     # 30 a minute
    assert one["text"].startswith("Ceci est une transcription SIMULÉE pour le test.") and VIDEO in one["text"]
    assert (one["confidence"], one["duration_seconds"]) == (0.95, 180) and one["metadata"]["mock"] is True and one["completed_at"].endswith("Z")

    bearer = f"-H 'Authorization: Bearer {pair['access_token']}'"
    status, me = shell.type(f"curl http://localhost:8004/api/auth/me {bearer}")
    assert status == 200 and all(me[name] == user[name] for name in ("id", "email", "role", "is_active", "full_name", "created_at")), me
    status, rows = shell.type(f"curl http://localhost:8004/api/transcription {bearer}")
    assert status == 200 and [row["id"] for row in rows] == [made["id"]]
    assert shell.type(f"curl -X DELETE http://localhost:8004/api/transcription/{made['id']} {bearer}") == (204, "")
    assert shell.type(f"curl http://localhost:8004/api/transcription/{made['id']} {bearer}")[0] == 404


def test_six_wrong_logins(shell):
    """With or without pauses: the window begins with the first."""
    command = """curl -X POST http://localhost:8004/api/auth/login \\
            -H "Content-Type: application/x-www-form-urlencoded" \\
            -d "username=nobody@example.com&password=wrong" -H 'X-Forwarded-For: 198.51.100.77'"""
    answers = [shell.type(command) for _ in range(6)]
    assert [status for status, _ in answers] == [401] * 5 + [429]
    assert answers[0][1]["detail"] == "Incorrect email or password"
    assert {name: answers[5][1][name] for name in LIMITED} == LIMITED
    assert (shell.header("Retry-After"), shell.header("X-RateLimit-Limit")) == ("60", "5/minute")


def test_the_examples_of_our_page_run_as_they_stand(shell):
    _, pair = shell.type("""curl http://localhost:8004/api/auth/register --json '{"email": "reader@example.org", "password": "Le pont 1234"}'""")
    shutil.copy(SPOKEN, shell.place / "meeting.wav")
    video, standing, progress, text = values_of(shell.run(code_of(TOP / "docs/TRANSCRIPTION.md"), TOKEN=pair["access_token"]))
    assert video["status"] == "pending" and video["video_url"] == "https://youtu.be/dQw4w9WgXcQ", video
    assert standing in ("pending", "processing", "completed") and 0 <= progress["percent"] <= 100 and (text is None) == (standing != "completed")


def test_its_front_end_goes_the_whole_way(house):
    email = f"front-{os.getpid()}@example.org"
    base = house.url.replace("127.0.0.1", "localhost")
    house.expect("VIDEO_|EGRESS|no network")                # the video is nowhere
    done = subprocess.run(["node", "--no-warnings", TOP / "tests/clients/saas-ia.mjs", base, email, "Front-1234", SPOKEN, VIDEO], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)

    assert seen["registered"]["email"] == email and seen["type"] == "bearer"
    assert seen["twice"] == {"status": 400, "message": "Email already registered", "list": None}
    assert seen["wrong"] == {"status": 401, "message": "Incorrect email or password", "list": None}
    assert seen["me"]["id"] == seen["registered"]["id"] and seen["me"]["is_active"] is True

    heard = seen["heard"]
    assert seen["uploaded"]["status"] == "pending" and seen["uploaded"]["source_type"] == "upload" and seen["uploaded"]["original_filename"] == Path(SPOKEN).name
    assert heard["status"] == "completed" and len(heard["text"].split()) > 10 and 0 < heard["confidence"] <= 1 and heard["duration_seconds"] > 3
    assert heard["error"] is None and heard["updated_at"] >= heard["created_at"]

    assert seen["empty"]["status"] == 422 and seen["empty"]["list"] == ["video_url: Field required"]
    assert seen["odd"]["status"] == 422 and "must be a valid YouTube URL (youtube.com/watch?v=, youtu.be/, or youtube.com/embed/)" in seen["odd"]["list"][0]
    assert seen["created"]["id"] == seen["again"]["id"], "what is sent twice is made once"

    assert seen["page"] == {"items": 1, "has_more": True, "first": seen["created"]["id"]}
    stats = seen["stats"]
    assert stats["total_transcriptions"] == 2 and stats["completed"] == 1 and len(stats["recent_transcriptions"]) == 2
    assert stats["recent_transcriptions"][0]["id"] == seen["created"]["id"]
    assert seen["refreshed"] == 1 and seen["listed"] == [seen["created"]["id"], seen["uploaded"]["id"]]
    assert seen["deleted"] is None and seen["gone"] == {"status": 404, "message": "Transcription job not found", "list": None}
    assert seen["nowhere"]["status"] == 422
    assert not [said for said in seen["statuses"] if int(said[-3:]) >= 500]
