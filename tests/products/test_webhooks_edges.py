"""Webhooks: addresses that are none, and what is asked while something is still under way."""
import threading

import pytest

from house import wait_until
from receiver import Receiver
from test_webhooks import Hook, tell


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver(slow_s=4)
    yield receiver
    receiver.stop()


@pytest.mark.parametrize("url, why", [("https:///x", "no host"), ("https://?x", "no host"), (f"https://{'a' * 256}.example.org/", "no host"), ("https://[2606:2800::1/", "no host"),
                                      ("https://example.org:/x", "no such port"), ("https://example.org:123456/", "no such port"), ("https://example.org:8x/", "no such port"),
                                      ("https://example.org^/", "not made of"), ("https://[2606:2800::1]x/", "no such port"), ("https://me:pw@example.org/", "name a user"),
                                      ("ftp://example.org/", "not an http")])
def test_what_is_no_address_is_told_so(client, url, why):
    refused = client.post("/api/v1/webhooks", {"url": url})
    assert refused.status == 422 and refused.json()["error"] == "INPUT_INVALID" and why in refused.body.decode(), refused
    assert client.get("/api/v1/webhooks").json()["webhooks"] == []


def test_what_is_still_to_be_delivered_is_not_sent_again(client, receiver):
    hook = Hook(client, receiver, (503, {"Retry-After": "60"}))
    tell(client)
    wait_until(hook.got, 30, "it was tried once")
    delivery, = wait_until(lambda: [one for one in hook.deliveries(state="pending") if one["attempts"] == 1], 30, "and will be again")
    refused = client.post(f"{hook.at}/deliveries/{delivery['id']}/replay", {})
    assert refused.status == 409 and refused.json()["error"] == "DELIVERY_PENDING", refused
    assert len(hook.got()) == 1
    assert client.delete(hook.at).status == 204


def test_one_test_at_a_time(client, receiver):
    hook, answers = Hook(client, receiver, "slow"), []
    threads = [threading.Thread(target=lambda: answers.append(client.post(f"{hook.at}/test", {}))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200, 409, 409], answers
    assert {answer.json()["error"] for answer in answers if answer.status == 409} == {"WEBHOOK_TESTED"}
    assert next(answer for answer in answers if answer.status == 200).json()["state"] == "failed"
    assert len(hook.got()) == 1
