"""Two versions side by side: work that a later version has put into the house."""
import json
import uuid

from house import wait_until


def put(house, kind, lane="live", **members):
    """A job and its ticket, as another process would write them."""
    id = str(uuid.uuid4())
    text = json.dumps(members).replace("'", "''")
    house.sql(f"WITH j AS (INSERT INTO jobs (id, root, kind, lane, input, due_at) VALUES ('{id}', '{id}', '{kind}', '{lane}', '{text}', "
              "clock_timestamp() + interval '60 s') RETURNING id, kind, lane) "
              "INSERT INTO outbox (job_id, kind, lane, put_at) SELECT id, kind, lane, clock_timestamp() - interval '1 minute' FROM j")
    return id


def row_of(house, id):
    return house.sql(f"SELECT state, coalesce(error, '-'), attempt FROM jobs WHERE id = '{id}'")[0]


def test_members_that_a_worker_does_not_know_are_passed_over(house):
    id = put(house, "tts.speak", text="Bonjour.", language="fr", mood="gay", prosody={"pitch": [1, 2]})
    wait_until(lambda: row_of(house, id)[0] not in ("queued", "running"), 30, "it has ended")
    assert row_of(house, id) == ["succeeded", "-", "1"]


def test_a_kind_that_a_worker_does_not_know_is_left_to_the_next_version(house):
    id = put(house, "tts.sing", text="La la.")
    wait_until(lambda: row_of(house, id)[1] != "-", 30, "somebody looked at it")
    state, error, attempt = row_of(house, id)
    assert (state, error, attempt) == ("queued", "KIND_TOO_NEW", "1")
    waits = house.sql(f"SELECT run_after >= created_at + interval '15 s' FROM jobs WHERE id = '{id}'")
    assert waits == [["t"]]
    house.sql(f"UPDATE jobs SET kind = 'tts.noop', run_after = NULL, due_at = clock_timestamp() WHERE id = '{id}'")    # the next version comes
    wait_until(lambda: row_of(house, id)[0] == "succeeded", 30, "it is done")
