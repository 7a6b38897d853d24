"""What people say and get is sealed in the database, and goes when they do."""
import io
import json
import zipfile

from house import build_dir, run
from media import spoken
from palabre import Client

SAID = "Le marché couvert de la place ouvrira mardi à neuf heures précises."
QUESTION = "Quand ouvrira le marché couvert ?"
KEPT = """SELECT (SELECT count(*) FROM asks WHERE concat(text, question, material, text_begin, question_begin) LIKE '%{0}%')
 + (SELECT count(*) FROM jobs WHERE concat(input, steps, result) LIKE '%{0}%') + (SELECT count(*) FROM effects WHERE result::text LIKE '%{0}%')"""


def test_what_is_said_and_answered_is_not_readable_in_the_database(house, client):
    made = client.ask({"text": QUESTION, "material": SAID, "language": "fr", "engine": "extract", "report": True, "mute": True})
    got = client.answer(made)
    assert got["text"] == QUESTION and "mardi" in got["answer"], got
    assert [row["text"] for row in client.get("/api/v1/asks").json()] == [QUESTION]
    steps = client.explain(made["job_id"])["steps"]
    assert {step["state"] for step in steps} == {"succeeded"}
    assert client.get(f"/api/v1/ask/{made['id']}/report.pdf").status == 200
    for words in ("marché", "mardi"):
        assert house.sql(KEPT.format(words)) == [["0"]]


def test_a_person_leaves_and_cannot_be_read_any_more(house, client, stranger):
    made = client.ask({"text": QUESTION, "material": SAID, "language": "fr", "engine": "extract", "mute": True})
    client.answer(made)
    assert client.send("DELETE", "/api/v1/auth/me").status == 204
    assert client.get("/api/v1/auth/me").status == 401
    assert Client(house).post("/api/v1/auth/login", {"email": client.email, "password": client.password}).status == 401
    assert client.get(f"/api/v1/ask/{made['id']}").status == 401
    assert house.sql(f"SELECT wrapped IS NULL, erased_at IS NOT NULL FROM person_keys WHERE person = '{client.id}'") == [["t", "t"]]
    assert client.send("DELETE", "/api/v1/auth/me").status == 401
    assert stranger.get("/api/v1/auth/me").status == 200


def test_an_administrator_deletes_accounts_and_others_do_not(house, client, stranger):
    assert stranger.send("DELETE", f"/api/v1/admin/users/{client.id}").status == 403
    for role, status in (("admin", 403), ("super_admin", 204)):
        house.sql(f"UPDATE users SET role = '{role}' WHERE id = '{stranger.id}'")
        logged = Client(house).post("/api/v1/auth/login", {"email": stranger.email, "password": stranger.password})
        admin = Client(house, token=logged.json()["access_token"])
        assert admin.send("DELETE", f"/api/v1/admin/users/{client.id}").status == status
    assert admin.send("DELETE", f"/api/v1/admin/users/{client.id}").status == 404
    assert client.get("/api/v1/auth/me").status == 401


def test_the_keys_of_persons_go_over_to_a_new_master_key(house, client):
    client.answer(client.ask({"text": QUESTION, "material": SAID, "language": "fr", "engine": "extract", "mute": True}))
    ctl = build_dir() / "palabrectl"
    keys = house.daemons["gateway"].setting("PERSON_KEYS")
    audit = house.daemons["gateway"].setting("AUDIT_SECRET")
    new = "next:bmV4dG5leHRuZXh0bmV4dG5leHRuZXh0bmV4dG5leHQ="
    told = run(ctl, "keys", "rotate", env={"PG_URL": house.pg_url, "AUDIT_SECRET": audit, "PERSON_KEYS": f"{new},{keys}"})
    assert told.endswith(" 0 left\n"), told
    assert house.sql("SELECT DISTINCT master FROM person_keys WHERE wrapped IS NOT NULL") == [["next"]]
    back = run(ctl, "keys", "rotate", env={"PG_URL": house.pg_url, "AUDIT_SECRET": audit, "PERSON_KEYS": f"{keys},{new}"})
    assert back.endswith(" 0 left\n"), back
    assert [row["text"] for row in client.get("/api/v1/asks").json()] == [QUESTION]


def test_what_is_too_old_is_told_before_it_goes(house, client):
    client.answer(client.ask({"text": QUESTION, "material": SAID, "language": "fr", "engine": "extract", "mute": True}))
    told = run(build_dir() / "palabrectl", "retention", "--dry-run", "--json", env={"PG_URL": house.pg_url})
    assert '"asks":0' in told, told


def test_all_that_is_kept_of_a_person_is_given_as_a_zip(house, client, stranger):
    made = client.ask_raw(spoken(), "audio/wav", language="en", engine="extract", report="true").json()
    typed = client.ask({"text": QUESTION, "material": SAID, "language": "fr", "engine": "extract", "mute": True})
    stranger.ask({"text": "another's", "engine": "extract", "mute": True})
    answer = client.answer(made)
    client.answer(typed)
    got = client.get("/api/v1/auth/me/export")
    assert got.status == 200 and got.type == "application/zip", got
    with zipfile.ZipFile(io.BytesIO(got.body)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert json.loads(archive.read("account.json"))["email"] == client.email
        assert json.loads(archive.read("webhooks.json")) == {"webhooks": []}
        assert {name for name in names if name.startswith("asks/")} == {
            f"asks/{made['id']}.json", f"asks/{typed['id']}.json", f"asks/{typed['id']}.material.txt"}
        assert archive.read(f"asks/{typed['id']}.material.txt").decode() == SAID
        assert json.loads(archive.read(f"asks/{made['id']}.json"))["transcript"] == answer["transcript"]
        assert archive.read(f"files/asks/{made['id']}/recording") == spoken()
        files = [archive.read(name) for name in names if name.startswith("files/")]
    assert client.get(f"/api/v1/ask/{made['id']}/report.pdf").body in files
    assert client.get(f"/api/v1/ask/{made['id']}/audio").body in files
    assert not any(b"password" in file or b"argon2" in file for file in files)
    assert b"argon2" not in got.body
