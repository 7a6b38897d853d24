"""Webhooks as their owners use them and as receivers meet them: signed, repeated, bounded, shown."""
import base64
import json
import secrets
import subprocess
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from house import TOP, wait_until
from media import spoken
from palabre import Client
from receiver import Receiver, certificate

DATA = {"id": "0193a6f0-0000-7000-8000-000000000001", "status": "completed", "language": "fr", "duration_seconds": 7, "error_code": None}
EVENT = "transcription.completed"
EXPECTED_S = 30


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver(slow_s=8)
    yield receiver
    receiver.stop()


class Hook:
    """A webhook of a client at a path of the receiver."""

    def __init__(self, client, receiver, *does, **members):
        self.client, self.receiver, self.name = client, receiver, secrets.token_hex(6)
        url = members.pop("url", None) or receiver.path(self.name, *does)
        made = client.post("/api/v1/webhooks", {"url": url, **members})
        assert made.status == 201, made
        self.made = made.json()
        self.id, self.secret = self.made["id"], self.made["secret"]
        self.at = f"/api/v1/webhooks/{self.id}"
        assert made.headers["location"] == self.at

    def got(self):
        return self.receiver.got(self.name)

    def show(self):
        return self.client.get(self.at).json()

    def deliveries(self, **query):
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return self.client.get(f"{self.at}/deliveries?{words}").json()["data"]

    def ended(self, n=1):
        """Its deliveries once none is pending, oldest first."""
        wait_until(lambda: len(self.deliveries(limit=100)) >= n and not self.deliveries(state="pending"), EXPECTED_S, "all deliveries ended")
        return self.deliveries(limit=100)[::-1]


def tell(client, type=EVENT, data=None):
    """What the database does when something happens. Gives how many webhooks are told."""
    text = json.dumps(data or DATA).replace("'", "''")
    return int(client.house.sql(f"SELECT webhooks_tell('{client.id}', '{type}', '{text}')")[0][0])


def verified_by_library(secret, attempts):
    """What the npm library of the specification says."""
    messages = [{"headers": got.headers, "body": base64.b64encode(got.body).decode()} for got in attempts]
    done = subprocess.run(["node", TOP / "tests/clients/webhooks.mjs"], input=json.dumps({"secret": secret, "messages": messages}), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- what comes to a receiver ---

def test_an_event_is_told_signed_to_who_wants_it(client, receiver):
    hook, other = Hook(client, receiver, 204, events=[EVENT]), Hook(client, receiver, events=["transcription.failed"])
    all_of_them = Hook(client, receiver, events=["transcription.*"])
    assert tell(client) == 2
    delivery = hook.ended()[0]
    assert (delivery["state"], delivery["attempts"], delivery["status_code"]) == ("delivered", 1, 204)
    got, = hook.got()
    assert got.signed_by(hook.secret) and not got.signed_by(other.secret)
    assert got.headers["content-type"] == "application/json" and got.headers["user-agent"].startswith("palabre/")
    assert got.id == delivery["message"] and got.id.startswith("msg_") and "." not in got.id
    event = got.json()
    assert event["type"] == EVENT and event["data"] == DATA
    assert abs(datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")).timestamp() - time.time()) < 60
    all_of_them.ended()
    assert all_of_them.got()[0].id == got.id and all_of_them.got()[0].body == got.body
    assert not other.got() and not other.deliveries()
    assert verified_by_library(hook.secret, [got]) == [{"event": event}]
    assert verified_by_library(other.secret, [got])[0]["refused"] == "WebhookVerificationError"
    got.body = got.body.replace(b"completed", b"complated", 1)
    assert "refused" in verified_by_library(hook.secret, [got])[0]


def test_a_transcription_that_ends_is_told(client, receiver):
    """By the database: nobody of the house calls for it."""
    hook = Hook(client, receiver)
    fields = [("language", "en"), ("engine", "pocketsphinx")]
    well = client.post_form("/api/transcription/upload", [*fields, ("file", ("speech.wav", "audio/wav", spoken()))]).json()
    client.follow(well["job_id"])
    wait_until(hook.got, EXPECTED_S, "the end is told")
    told = hook.got()[0].json()
    assert told["type"] == EVENT and hook.got()[0].signed_by(hook.secret)
    assert told["data"] == {"id": well["id"], "status": "completed", "language": "en", "duration_seconds": 6, "error_code": None}
    broken = client.post_form("/api/transcription/upload", [*fields, ("file", ("broken.mp3", "audio/mpeg", b"this is no sound"))]).json()
    client.follow(broken["job_id"])
    wait_until(lambda: len(hook.got()) == 2, EXPECTED_S, "the failure is told")
    told = hook.got()[1].json()
    assert told["type"] == "transcription.failed"
    assert (told["data"]["id"], told["data"]["status"], told["data"]["error_code"]) == (broken["id"], "failed", "MEDIA_UNREADABLE")


def test_who_has_no_webhook_tells_nobody(client, stranger, receiver):
    Hook(stranger, receiver)
    assert tell(client) == 0
    assert client.house.sql(f"SELECT count(*) FROM webhook_messages WHERE owner = '{client.id}'") == [["0"]]


def test_what_happened_and_was_taken_back_is_not_told(client, receiver):
    hook = Hook(client, receiver)
    client.house.sql(f"BEGIN; SELECT webhooks_tell('{client.id}', '{EVENT}', '{{}}'); ROLLBACK")
    tell(client)
    assert len(hook.ended()) == len(hook.got()) == 1


def test_each_way_to_fail_is_tried_again_under_the_same_id(client, receiver):
    ways = [301, 400, 500, 503, "close"]
    hook = Hook(client, receiver, *ways, 200)
    tell(client)
    delivery, = hook.ended()
    assert delivery["state"] == "delivered" and delivery["attempts"] == len(ways) + 1
    got = hook.got()
    assert len({one.id for one in got}) == 1 and len({one.body for one in got}) == 1 and len(got) == len(ways) + 1
    assert all(one.signed_by(hook.secret) for one in got) and all("event" in told for told in verified_by_library(hook.secret, got))
    whole = client.get(f"{hook.at}/deliveries/{delivery['id']}").json()
    assert [one["status_code"] for one in whole["history"]] == [301, 400, 500, 503, None, 200]
    assert [one["n"] for one in whole["history"]] == [1, 2, 3, 4, 5, 6] and whole["payload"] == got[0].json()
    shown = hook.show()
    assert shown["enabled"] and shown["failures"] == 0 and "failing_since" not in shown and shown["delivered_at"]


def test_a_receiver_that_is_slow_or_says_too_much_is_cut_off(client, receiver):
    slow, huge = Hook(client, receiver, "slow", 200), Hook(client, receiver, "huge")
    tell(client)
    one, = slow.ended()
    assert one["state"] == "delivered" and one["attempts"] == 2
    first = client.get(f"{slow.at}/deliveries/{one['id']}").json()["history"][0]
    assert first["status_code"] is None and 1900 <= first["duration_ms"] < 4000      # WEBHOOK_TIMEOUT_MS
    one, = huge.ended()
    assert (one["state"], one["attempts"], one["status_code"]) == ("delivered", 1, 200)


def test_time_that_a_receiver_asks_for_is_given(client, receiver):
    for status, value, least in ((429, "2", 2), (502, "2", 2), (504, "date", 2)):
        date = (datetime.now(timezone.utc) + timedelta(seconds=6)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        hook = Hook(client, receiver, (status, {"Retry-After": date if value == "date" else value}), 200)
        tell(client)
        assert hook.ended()[0]["state"] == "delivered"
        first, second = hook.got()
        assert second.at - first.at >= least, (status, value)
        client.delete(hook.at)


def test_who_answers_410_is_not_told_any_more(client, receiver):
    hook = Hook(client, receiver, 410)
    tell(client)
    assert hook.ended()[0]["state"] == "failed"
    assert (hook.show()["enabled"], hook.show()["disabled_reason"]) == (False, "gone")
    assert tell(client) == 0 and len(hook.got()) == 1
    again = client.change("PATCH", hook.at, {"enabled": True}).json()
    assert again["enabled"] and "disabled_reason" not in again and again["failures"] == 0


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(client, tmp_path):
    tls = Receiver(certificate=certificate(tmp_path))
    hook = Hook(client, tls)
    told = client.post(f"{hook.at}/test", {}).json()
    assert told["state"] == "failed" and told["status_code"] is None and told["error"]
    assert not hook.got()
    tls.stop()


def test_after_all_attempts_a_delivery_has_failed_and_can_be_sent_again(client, receiver):
    hook = Hook(client, receiver, 500)
    tell(client)
    delivery, = hook.ended()
    assert (delivery["state"], delivery["attempts"], delivery["status_code"]) == ("failed", 7, 500)      # WEBHOOK_SCHEDULE of daemons.env
    assert delivery["ended_at"] and "next_at" not in delivery
    receiver.paths[f"/{hook.name}"].does[:] = [200]
    replayed = client.post(f"{hook.at}/deliveries/{delivery['id']}/replay", {})
    assert replayed.status == 202 and replayed.json()["message"] == delivery["message"]
    after, = hook.ended()
    assert (after["state"], after["attempts"]) == ("delivered", 8)
    assert len({got.id for got in hook.got()}) == 1 and hook.got()[-1].signed_by(hook.secret)


def test_all_that_failed_is_sent_again_at_once(client, receiver):
    hook = Hook(client, receiver, 410)
    for _ in range(3):
        tell(client)
        hook.ended()
        client.change("PATCH", hook.at, {"enabled": True})
    receiver.paths[f"/{hook.name}"].does[:] = [200]
    later = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    assert client.post(f"{hook.at}/replay", {"since": later}).json() == {"replayed": 0, "more": False}
    sent = client.post(f"{hook.at}/replay", {"since": "2020-01-01T00:00:00Z"})
    assert (sent.status, sent.json()) == (202, {"replayed": 3, "more": False})
    assert [one["state"] for one in hook.ended(3)] == ["delivered"] * 3
    assert client.post(f"{hook.at}/replay", {}).status == 422


# --- dead and slow ones beside others ---

def test_dead_and_slow_receivers_do_not_hold_up_others(client, stranger, receiver):
    slow = [Hook(client, receiver, "slow") for _ in range(6)]
    for _ in range(3):
        tell(client)                # 18 deliveries, each of which holds a seat for as long as an attempt may last
    wait_until(lambda: sum(len(hook.got()) for hook in slow) >= 4, EXPECTED_S, "the slow ones are asked")
    time.sleep(3)
    well = Hook(stranger, receiver)
    took = []
    for _ in range(5):
        began = time.monotonic()
        tell(stranger)
        n = len(took) + 1
        wait_until(lambda: len(well.got()) == n, EXPECTED_S, "it is told")
        took.append(well.got()[-1].at - began)
    assert max(took) < 5, took         # in their line it would be 12
    for hook in slow:
        client.delete(hook.at)


def test_a_crowd_for_one_address_is_delivered_few_at_a_time_each_once(client, receiver):
    hook = Hook(client, receiver)
    client.house.sql(f"SELECT webhooks_tell('{client.id}', '{EVENT}', jsonb_build_object('n', n)) FROM generate_series(1, 60) n")
    assert all(one["state"] == "delivered" and one["attempts"] == 1 for one in hook.ended(60))
    assert sorted(got.json()["data"]["n"] for got in hook.got()) == list(range(1, 61))
    assert receiver.most[f"/{hook.name}"] <= 2


# --- owners ---

def test_a_secret_is_told_once_and_kept_sealed(client, receiver):
    hook = Hook(client, receiver, description="Écoute")
    assert hook.secret.startswith("whsec_") and len(base64.b64decode(hook.secret[6:])) == 32
    assert hook.made["events"] == ["*"] and hook.made["enabled"] is True
    for told in (hook.show(), client.get("/api/v1/webhooks").json()["webhooks"][0], client.change("PATCH", hook.at, {"description": "x"}).json()):
        assert "secret" not in told and hook.secret not in json.dumps(told)
    assert client.house.sql(f"SELECT secret LIKE 'pk1.%', position('{hook.secret}' IN secret) FROM webhook_endpoints WHERE id = '{hook.id}'") == [["t", "0"]]


def test_while_a_secret_is_changed_both_sign(client, receiver):
    hook = Hook(client, receiver)
    rotated = client.post(f"{hook.at}/rotate", {}).json()
    assert rotated["secret"] != hook.secret and rotated["old_until"]
    tell(client)
    hook.ended()
    got = hook.got()[0]
    assert got.signed_by(hook.secret) and got.signed_by(rotated["secret"])
    assert all("event" in verified_by_library(secret, [got])[0] for secret in (hook.secret, rotated["secret"]))
    client.house.sql(f"UPDATE webhook_endpoints SET old_until = now() WHERE id = '{hook.id}'")
    tell(client)
    hook.ended(2)
    assert hook.got()[1].signed_by(rotated["secret"]) and not hook.got()[1].signed_by(hook.secret)
    assert "old_until" not in hook.show()


def test_a_test_tells_at_once_what_came_of_it(client, receiver):
    hook = Hook(client, receiver, 200, 418, events=["transcription.failed"])
    told = client.post(f"{hook.at}/test", {})
    assert told.status == 200 and (told.json()["state"], told.json()["status_code"], told.json()["type"]) == ("delivered", 200, "webhook.test")
    told = client.post(f"{hook.at}/test", {}).json()
    assert (told["state"], told["status_code"], told["attempts"]) == ("failed", 418, 1)
    assert [got.json()["type"] for got in hook.got()] == ["webhook.test"] * 2 and hook.got()[0].signed_by(hook.secret)
    assert hook.show()["failures"] == 0
    client.change("PATCH", hook.at, {"enabled": False})
    assert hook.show()["disabled_reason"] == "owner"
    assert client.post(f"{hook.at}/test", {}).json()["status_code"] == 418


@pytest.mark.parametrize("url", ["http://93.184.216.34/", "https://10.0.0.1/", "https://localhost/", "https://169.254.169.254/latest", "https://2130706433/", "https://[::1]/",
                                 "https://user:pw@example.org/", "ftp://example.org/", "https://exa\\mple.org/", "https://example.org/#x", "x", ""])
def test_addresses_that_nobody_may_tell_are_refused(client, url):
    refused = client.post("/api/v1/webhooks", {"url": url})
    assert refused.status == 422 and refused.json()["error"] in ("INPUT_INVALID", "EGRESS_REFUSED"), refused
    assert client.get("/api/v1/webhooks").json() == {"webhooks": []}


def test_a_name_of_a_private_address_is_refused_when_it_is_connected_to(client, receiver):
    hook = Hook(client, receiver, url=f"https://localhost.localdomain:{receiver.server.server_address[1]}/x")
    told = client.post(f"{hook.at}/test", {}).json()
    assert told["state"] == "failed" and told["status_code"] is None


def test_events_are_listed_and_others_refused(client, receiver):
    types = [event["type"] for event in client.get("/api/v1/webhooks/events").json()["events"]]
    assert types == ["transcription.completed", "transcription.failed", "webhook.test"]
    url = receiver.path("unused")
    for events in (["nothing"], ["webhook.test"], ["*.*"], ["transcription"], [".*"], ["transcription.completed", "x"]):
        assert client.post("/api/v1/webhooks", {"url": url, "events": events}).status == 422, events


def test_an_account_has_so_many_webhooks_and_no_more(client, receiver):
    for _ in range(20):
        Hook(client, receiver)
    more = client.post("/api/v1/webhooks", {"url": receiver.path("more")})
    assert more.status == 409 and more.json()["error"] == "WEBHOOKS_MOST" and more.json()["message"] == "Ce compte a déjà le nombre maximal de webhooks"
    listed = client.get("/api/v1/webhooks").json()["webhooks"]
    assert len(listed) == 20 and [one["id"] for one in listed] == sorted(one["id"] for one in listed)


def test_what_is_ones_own_is_not_anothers(client, stranger, receiver):
    hook = Hook(client, receiver)
    tell(client)
    delivery, = hook.ended()
    assert stranger.get("/api/v1/webhooks").json() == {"webhooks": []}
    for verb, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate"), ("POST", "/replay"), ("GET", "/deliveries"),
                       ("GET", f"/deliveries/{delivery['id']}"), ("POST", f"/deliveries/{delivery['id']}/replay")):
        body = {"since": "2020-01-01T00:00:00Z"} if path == "/replay" else {}
        refused = stranger.change(verb, hook.at + path, body) if verb in ("PATCH", "POST") else stranger.send(verb, hook.at + path)
        assert refused.status == 404 and refused.json()["error"] in ("WEBHOOK_UNKNOWN", "DELIVERY_UNKNOWN"), (verb, path, refused)
    other = Hook(stranger, receiver)
    assert stranger.get(f"{other.at}/deliveries/{delivery['id']}").status == 404
    assert client.get(f"{hook.at}/deliveries/{uuid.uuid4()}").status == 404


def test_deliveries_come_in_pages_by_their_state(client, receiver):
    hook = Hook(client, receiver)
    client.house.sql(f"SELECT webhooks_tell('{client.id}', '{EVENT}', '{{}}') FROM generate_series(1, 5)")
    hook.ended(5)
    seen, cursor = [], ""
    while True:
        page = client.get(f"{hook.at}/deliveries?limit=2{cursor}")
        assert page.headers["x-total-count"] == "5"
        seen += [one["id"] for one in page.json()["data"]]
        if not page.json()["has_more"]:
            break
        cursor = f"&cursor={page.json()['next_cursor']}"
        assert cursor in page.headers["link"]
    assert len(seen) == len(set(seen)) == 5 and seen == sorted(seen, reverse=True)
    assert hook.deliveries(state="failed") == [] and len(hook.deliveries(state="delivered")) == 5
    assert client.get(f"{hook.at}/deliveries?state=lost").status == 422


def test_a_webhook_is_changed_and_taken_away_with_what_it_had(client, receiver):
    hook = Hook(client, receiver)
    url = receiver.path("moved")
    moved = client.change("PATCH", hook.at, {"url": url, "events": ["transcription.failed"]}).json()
    assert moved["url"] == url and moved["events"] == ["transcription.failed"] and moved["enabled"]
    assert client.change("PATCH", hook.at, {"url": "https://127.0.0.2/"}).status == 422
    assert client.change("PATCH", hook.at, {"enabled": "perhaps"}).status == 422
    assert tell(client) == 0 and tell(client, "transcription.failed") == 1
    wait_until(lambda: receiver.got("moved"), EXPECTED_S, "it is told at its new address")
    assert client.delete(hook.at).status == 204 and client.delete(hook.at).status == 404
    assert client.house.sql(f"SELECT count(*) FROM webhook_deliveries WHERE endpoint = '{hook.id}'") == [["0"]]


def test_what_is_done_to_webhooks_is_in_the_audit_log(client, receiver):
    hook = Hook(client, receiver)
    client.post(f"{hook.at}/rotate", {})
    client.change("PATCH", hook.at, {"enabled": False})
    client.delete(hook.at)
    rows = client.house.sql(f"SELECT action FROM audit_entries WHERE type = 'webhook' AND resource = '{hook.id}' ORDER BY id")
    assert [row[0] for row in rows] == ["webhook.created", "webhook.rotated", "webhook.changed", "webhook.deleted"]


def test_a_cancelled_job_ends_its_delivery_and_a_retry_begins_it_anew(client, receiver):
    hook = Hook(client, receiver, (429, {"Retry-After": "600"}), 200)
    tell(client)
    wait_until(hook.got, EXPECTED_S, "it is told")
    job = wait_until(lambda: client.house.sql(f"SELECT d.job_id FROM webhook_deliveries d JOIN jobs j ON j.id = d.job_id WHERE d.endpoint = '{hook.id}' AND j.state = 'queued'"),
                     EXPECTED_S, "it waits")[0][0]
    assert client.post(f"/api/v1/jobs/{job}/cancel", {}).status == 200
    assert hook.ended()[0]["state"] == "failed"
    assert client.post(f"/api/v1/jobs/{job}/retry", {}).status == 202
    assert hook.deliveries()[0]["state"] == "pending"       # the pause that was asked for lasts
    client.delete(hook.at)


def test_who_leaves_is_told_nothing_more(house, receiver):
    leaver = Client(house).register()
    hook = Hook(leaver, receiver, (429, {"Retry-After": "600"}))
    tell(leaver)
    wait_until(hook.got, EXPECTED_S, "it is told")
    assert leaver.delete("/api/v1/auth/me").status == 204
    for table, column in (("webhook_endpoints", "owner"), ("webhook_messages", "owner")):
        assert house.sql(f"SELECT count(*) FROM {table} WHERE {column} = '{leaver.id}'") == [["0"]]
