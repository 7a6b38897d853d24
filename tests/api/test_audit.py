"""The audit log: who may look, what it holds, what it proves."""
import base64
import hashlib
import json
import subprocess
import time
import urllib.parse

import pytest

from house import wait_until
from palabre import Client, token

LOGS = "/api/v1/admin/audit-logs"


def of_role(house, role):
    client = Client(house).register()
    client.token = token(house.secret, sub=client.id, role=role)
    return client


@pytest.fixture
def admin(house):
    return of_role(house, "admin")


@pytest.fixture
def root(house):
    return of_role(house, "super_admin")


def entries(client, **query):
    answer = client.get(f"{LOGS}?{urllib.parse.urlencode(query)}")
    assert answer.status == 200, answer
    return answer.json()


def acts(client, **query):
    """What fits, but for the looks at the log itself: each look is one more."""
    return [row for row in entries(client, **query) if not row["action"].startswith("admin.audit.")]


def linked(client, **query):
    """The same, once each has its place in the sequence."""
    return wait_until(lambda: (rows := acts(client, **query)) and all(row["seq"] for row in rows) and rows, 20, "entries got their links")


def test_only_administrators_look_and_only_super_administrators_verify(house, nobody, client, admin, root):
    for path in ("", "/verify", "/1/proof", "/checkpoints", "/consistency?from_size=1"):
        assert nobody.get(LOGS + path).status == 401
        assert client.get(LOGS + path).status == 403
    assert admin.get(LOGS).status == 200 and admin.get(f"{LOGS}/verify").status == 403
    assert root.get(f"{LOGS}/verify").status == 200


def test_a_login_and_a_failed_login_are_told_and_no_password_is(house, admin):
    user = Client(house).register()
    assert user.post("/api/v1/auth/login", {"email": user.email, "password": user.password}).status == 200
    assert user.post("/api/v1/auth/login", {"email": user.email, "password": "not this one"}, User_Agent="a browser").status == 401
    rows = linked(admin, user_id=user.id)
    assert [(row["action"], row["outcome"]) for row in rows] == [("auth.login", "failure"), ("auth.login", "success"), ("auth.register", "success")]
    failed = rows[0]
    assert failed["resource"] == f"user/{user.id}" and failed["details"] == {"method": "password"} and failed["verified"] is True
    assert failed["ip"] == failed["ip_address"] == user.address and failed["user_agent"] == "a browser" and failed["identifier"] == user.email
    text = json.dumps(rows)
    assert user.password not in text and "not this one" not in text and user.token not in text
    dump = house.sql("SELECT string_agg(e::text, '') || string_agg(p::text, '') FROM audit_entries e FULL JOIN audit_personal p ON p.entry = e.id")
    assert user.password not in str(dump) and "not this one" not in str(dump)


def test_a_failed_login_of_nobody_is_told_with_the_name_that_was_typed(house, admin, nobody):
    assert nobody.post("/api/v1/auth/login", {"email": "nobody@example.org", "password": "x" * 9}).status == 401
    rows = entries(admin, action="auth.login", outcome="failure", limit=20)
    row = next(row for row in rows if row.get("identifier") == "nobody@example.org")
    assert "user_id" not in row and row["ip"] == nobody.address and row["resource"] == "user"


def test_who_reads_or_ends_what_is_not_his_own_is_told(house, client, admin):
    job = client.post("/api/v1/jobs", {"kind": "noop", "lane": "batch"}).json()["job_id"]
    wait_until(lambda: client.job(job)["state"] == "succeeded", 30, "the job ended")
    assert admin.get(f"/api/v1/jobs/{job}").status == 200
    assert admin.get(f"/api/v1/jobs/{job}/explain").status == 200
    asked = client.ask({"text": "Bonjour.", "model": "sim-delay;ms=150,tokens;n=30", "mute": True})["job_id"]
    cancelled = admin.post(f"/api/v1/jobs/{asked}/cancel", {})
    assert cancelled.status == 200, cancelled
    assert admin.post(f"/api/v1/jobs/{asked}/retry", {}).status == 202
    rows = [row for row in linked(admin, user_id=admin.id) if row["resource_type"] == "job"]
    assert [row["action"] for row in rows] == ["job.retry", "job.cancel", "job.read", "job.read"]
    assert rows[0]["resource_id"] == rows[1]["resource_id"] == asked and rows[2]["resource_id"] == job
    assert not [row for row in entries(admin, user_id=client.id) if row["resource_type"] == "job"]      # one's own is not


def test_entries_are_filtered_and_paged(house, admin):
    user = Client(house).register()
    for _ in range(3):
        user.post("/api/v1/auth/login", {"email": user.email, "password": user.password})
    assert len(entries(admin, user_id=user.id)) == 4
    assert len(entries(admin, user_id=user.id, action="auth")) == 4
    assert len(entries(admin, user_id=user.id, action="auth.login")) == 3
    assert len(entries(admin, user_id=user.id, action="aut")) == 0
    assert len(entries(admin, resource=f"user/{user.id}")) == 4
    assert len(entries(admin, user_id=user.id, resource="job")) == 0
    assert len(entries(admin, user_id=user.id, outcome="failure")) == 0
    first = entries(admin, user_id=user.id)[-1]["timestamp"]
    assert len(entries(admin, user_id=user.id, to=first[:23] + "Z")) == 0
    assert len(entries(admin, user_id=user.id, **{"from": "2020-01-01T00:00:00Z"})) == 4
    page = admin.get(f"{LOGS}?user_id={user.id}&limit=3")
    assert len(page.json()) == 3 and page.headers["x-total-count"] == "4" and f"offset=3&user_id={user.id}&limit=3" in page.headers["link"]
    last = admin.get(page.headers["link"].partition(">")[0][1:])
    assert len(last.json()) == 1 and "link" not in last.headers
    for query in ("limit=0", "limit=1001", "user_id=x", "from=yesterday", "outcome=maybe", "offset=-1"):
        assert admin.get(f"{LOGS}?{query}").status == 422, query


def test_looking_is_told_as_well(house, admin):
    entries(admin, limit=1)
    assert [row["action"] for row in entries(admin, user_id=admin.id, action="admin.audit")][:2] == ["admin.audit.read"] * 2


# --- what is proved; hashed here a second time, by another hand ---

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_of_path(leaf, index, size, path):
    """RFC 9162 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        assert sn
        if fn & 1 or fn == sn:
            r = sha(b"\1", p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha(b"\1", r, p)
        fn, sn = fn >> 1, sn >> 1
    assert not sn
    return r


def newest_covered(root, seq):
    """A proof of the entry, once a checkpoint covers it."""
    return wait_until(lambda: (answer := root.get(f"{LOGS}/{seq}/proof")).status == 200 and answer.json(), 30, "a checkpoint came")


def test_an_entry_is_proved(house, root, tmp_path):
    row = linked(root, user_id=root.id)[-1]
    proof = newest_covered(root, row["seq"])
    leaf = sha(b"\0", proof["record"].encode(), bytes.fromhex(proof["hash"]))
    assert leaf.hex() == proof["leaf"] and proof["hash"] == row["hash"]
    path = [bytes.fromhex(p) for p in proof["path"]]
    point = proof["checkpoint"]
    assert root_of_path(leaf, row["seq"] - 1, point["size"], path).hex() == point["root"]
    record = json.loads(proof["record"])
    assert record["action"] == "auth.register" and record["user_id"] == root.id and record["seq"] == row["seq"]
    assert proof["record"] == json.dumps(record, sort_keys=True, separators=(",", ":"))
    assert point["signature"] and len(point["signer"]) == 8
    text = f"palabre-audit\n{point['size']}\n{base64.b64encode(bytes.fromhex(point['root'])).decode()}\nchain {point['chain']}\nat {point['at']}\n"
    assert fits(house, text, point["signature"], tmp_path)
    assert not fits(house, text.replace("palabre", "palabra"), point["signature"], tmp_path)


def fits(house, text, signature, tmp_path):
    """As OpenSSL's own program says."""
    (tmp_path / "text").write_text(text)
    (tmp_path / "signature").write_bytes(bytes.fromhex(signature))
    (tmp_path / "key").write_text(house.audit_public_key)
    return not subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "signature"],
                              cwd=tmp_path, capture_output=True).returncode


def test_a_proof_of_nothing_is_refused(root):
    assert root.get(f"{LOGS}/999999999/proof").json()["error"] == "AUDIT_UNKNOWN"
    assert root.get(f"{LOGS}/x/proof").status == 404
    assert root.get(f"{LOGS}/0/proof").status == 404
    assert root.get(f"{LOGS}/1/proof?size=999999999").status == 404
    assert root.get(f"{LOGS}/consistency?from_size=999999999").status == 404


def test_checkpoints_follow_one_another(house, root, client):
    newest_covered(root, linked(root, user_id=root.id)[-1]["seq"])
    client.post("/api/v1/auth/login", {"email": client.email, "password": client.password})
    newest_covered(root, linked(root, user_id=client.id)[0]["seq"])
    points = root.get(f"{LOGS}/checkpoints?limit=1000").json()
    sizes = [point["size"] for point in points]
    assert len(sizes) >= 2 and sizes == sorted(set(sizes))
    growth = root.get(f"{LOGS}/consistency?from_size={sizes[0]}&to_size={sizes[-1]}").json()
    assert growth["from"] == points[0] and growth["to"] == points[-1]


def test_the_whole_log_is_verified(house, root):
    linked(root, user_id=root.id)
    verdict = root.get(f"{LOGS}/verify").json()
    assert verdict["valid"] is True and verdict["first_bad_seq"] is None and verdict["complete"] is True, verdict
    assert verdict["checked"] >= 1 and verdict["signatures"] == "checked"
    part = root.get(f"{LOGS}/verify?from_seq=2&to_seq=3").json()
    assert part["valid"] and part["checked"] == 2 and part["from_seq"] == 2 and part["to_seq"] == 3
    assert root.get(f"{LOGS}/verify?from_seq=3&to_seq=2").status == 422


def test_a_changed_byte_is_found_at_its_place(house, root):
    row = linked(root, user_id=root.id)[-1]
    change = ("BEGIN; ALTER TABLE audit_entries DISABLE TRIGGER audit_rows; UPDATE audit_entries SET action = '{}' WHERE id = '{}'; "
              "ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_rows; COMMIT")
    house.sql(change.format("auth.registes", row["id"]))
    try:
        verdict = root.get(f"{LOGS}/verify").json()
        assert verdict["valid"] is False and verdict["first_bad_seq"] == row["seq"], verdict
        changed = next(found for found in entries(root, user_id=root.id, limit=1000) if found["id"] == row["id"])
        assert changed["verified"] is False
    finally:
        house.sql(change.format("auth.register", row["id"]))
    assert root.get(f"{LOGS}/verify").json()["valid"] is True


def test_the_witness_has_every_checkpoint(house, root):
    newest_covered(root, linked(root, user_id=root.id)[-1]["seq"])
    time.sleep(1)
    kept = root.get(f"{LOGS}/checkpoints?limit=1000").json()
    lines = [json.loads(line) for line in (house.run_dir / "home/audit/witness").read_text().splitlines()]
    assert lines[:len(kept)] == kept[:len(lines)] and abs(len(lines) - len(kept)) <= 1
