/* The scheduler's looks, against a real database. What a due row becomes is tested with the job core. */
#include "test.h"

#include "app/jobs.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "lead.h"
#include "net/pg.h"

#include <stdlib.h>

struct count { int64_t number; };
extern const struct shape count_shape;
SHAPE(count, "How many.", FIELD(count, number, "Rows."));

static struct daemon nobody;            /* no relay, no events: what is told goes nowhere */

static void need_pg(struct ctx *cx)
{
    if (!cx->pg)
        skip("no PG_URL");
    cx->daemon = &nobody;
}

static err_t hold(struct ctx *cx, struct ctx *session, struct arena *a, bool *leads)
{
    *session = *cx;
    TRY(pg_hold(session, a));
    return lead_try(session, leads);
}

TEST(one_scheduler_leads_and_another_takes_over_when_it_dies)
{
    struct ctx one, two;
    struct arena *a = arena_new(), *b = arena_new();
    bool leads;

    need_pg(cx);
    NEED_OK(hold(cx, &one, a, &leads));
    CHECK(leads);
    CHECK_OK(lead_try(&one, &leads));       /* it still does */
    CHECK(leads);
    NEED_OK(hold(cx, &two, b, &leads));
    CHECK(!leads);
    arena_free(a);
    for (int i = 0; i < 100 && !leads; i++) {
        clock_sleep_ms(20);
        CHECK_OK(lead_try(&two, &leads));
    }
    CHECK(leads);
    arena_free(b);
}

static void make_due(struct ctx *cx, const char *id)
{
    static const struct sql due = { "make_due", "UPDATE jobs SET due_at = now() - interval '1 s' WHERE id = $1::uuid", NULL, 1 };

    CHECK_OK(pg_do(cx, &due, ARGS(id)));
}

TEST(a_look_finds_each_due_job_once)
{
    struct job_new n = { .kind = "x.noop" };
    struct ticket t;
    size_t found, all = 0;

    need_pg(cx);
    for (int i = 0; i < 7; i++) {
        n.id = uuid_make(cx);
        NEED_OK(job_put(cx, &n, &t));
        make_due(cx, n.id);
    }
    do {
        CHECK_OK(lead_look(cx, 3, &found));
        CHECK(found <= 3);
        all += found;
    } while (found);
    CHECK_INT(all, 7);
}

TEST(a_retry_is_ticketed_when_its_time_has_come)
{
    static const struct sql count = { "tickets_of", "SELECT count(*) AS number FROM outbox WHERE job_id = $1::uuid", NULL, 1 };
    struct job_new n = { .id = uuid_make(cx), .kind = "x.noop" };
    struct jobs got = { 0 };
    struct ticket t;
    size_t found;
    bool any;
    struct count tickets = { 0 };

    need_pg(cx);
    NEED_OK(job_put(cx, &n, &t));
    NEED_OK(jobs_claim(cx, "w", &n.id, 1, &got));
    struct job_end end = { .job = &got.jobs.at[0], .error = fail(cx, ENGINE_BUSY, "later") };
    NEED_OK(job_fail(cx, &end));
    CHECK_TEXT(end.state, "queued");
    make_due(cx, n.id);
    CHECK_OK(lead_look(cx, 500, &found));
    CHECK_INT(found, 1);
    CHECK_OK(pg_find(cx, &count, ARGS(n.id), &count_shape, &tickets, &any));
    CHECK_INT(tickets.number, 2);           /* the first, and the one of the retry */
}

TEST(old_idempotency_keys_are_forgotten)
{
    static const struct sql put = { "put_keys", "INSERT INTO idempotency_keys (caller, route, key, fingerprint, created_at) "
        "SELECT $1, 'r', i::text, 'f', now() - i * interval '13 hours' FROM generate_series(0, 3) i", NULL, 1 };
    static const struct sql left = { "left_keys", "SELECT count(*) AS number FROM idempotency_keys WHERE caller = $1", NULL, 1 };
    const char *caller = uuid_make(cx);
    struct count keys = { 0 };
    bool any;

    need_pg(cx);
    NEED_OK(pg_do(cx, &put, ARGS(caller)));
    CHECK_OK(lead_tidy(cx));
    CHECK_OK(pg_find(cx, &left, ARGS(caller), &count_shape, &keys, &any));
    CHECK_INT(keys.number, 2);
}
