/* Two versions of a daemon on one database: columns added later, values that only one of them knows. */
#include "test.h"

#include "app/effects.h"
#include "app/jobs.h"
#include "data/uuid.h"
#include "net/pg.h"

static struct ticket put(struct ctx *cx)
{
    struct job_new n = { .kind = "x.noop", .input = "{\"a\":1}" };
    struct ticket t = { 0 };

    CHECK_OK(job_put(cx, &n, &t));
    return t;
}

/* One job from acceptance to its end, by the statements that its connections have prepared. */
static void live_a_life(struct ctx *cx)
{
    struct ticket t = put(cx);
    struct jobs got = { 0 };
    struct effect effect = { 0 };
    bool kept, found;
    int percent = 10;

    NEED_OK(jobs_claim(cx, "w", &t.job_id, 1, &got));
    CHECK_INT(got.jobs.n, 1);
    if (got.jobs.n != 1)
        return;
    const struct job *job = &got.jobs.at[0];
    CHECK_OK(jobs_renew(cx, &job, &percent, 1, &kept));
    CHECK(kept);
    cx->job = job;
    CHECK_OK(effect_begin(cx, "call", EFFECT_KEYED, &effect));
    CHECK_OK(effect_end(cx, &effect, "{\"said\":1}", 5));
    cx->job = NULL;
    struct job_end end = { .job = job, .result = "{\"b\":2}" };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(end.done);
    struct job after = { 0 };
    CHECK_OK(job_find(cx, t.job_id, &after, &found));
    CHECK_TEXT(after.state, "succeeded");
    CHECK_TEXT(after.result.text, "{\"b\": 2}");
}

static void run(struct ctx *cx, const char *text)
{
    static int n;                   /* a connection knows statements by name */
    struct sql *q = NEW(cx, struct sql);

    *q = (struct sql){ arena_fmt(cx->arena, "versions_%d", n++), text, NULL, 0 };
    CHECK_OK(pg_do(cx, q, NO_ARGS));
}

/* The migration of the next version runs while this one is at work: before, between and after. */
TEST(columns_added_later_do_not_disturb_who_does_not_know_them)
{
    static const char *const tables[] = { "jobs", "outbox", "effects" };

    if (!cx->pg)
        skip("no PG_URL");
    live_a_life(cx);
    for (size_t i = 0; i < COUNT(tables); i++) {
        run(cx, arena_fmt(cx->arena, "ALTER TABLE %s ADD COLUMN later text, ADD COLUMN later_counted bigint NOT NULL DEFAULT 7", tables[i]));
        live_a_life(cx);
    }
    for (size_t i = 0; i < COUNT(tables); i++) {
        run(cx, arena_fmt(cx->arena, "ALTER TABLE %s DROP COLUMN later, DROP COLUMN later_counted", tables[i]));
        live_a_life(cx);
    }
}

struct later_row { const char *id, *later; int64_t later_counted; };
extern const struct shape later_row_shape;
SHAPE(later_row, "A job as the next version reads it.",
    FIELD(later_row, id,            "The job."),
    FIELD(later_row, later,         "Unknown to the rows of before."),
    FIELD(later_row, later_counted, "Unknown to them as well."));

TEST(rows_written_before_a_column_was_added_are_read)
{
    struct later_row row = { .later_counted = LONG_NONE };
    bool found;

    if (!cx->pg)
        skip("no PG_URL");
    struct ticket t = put(cx);
    static const struct sql read = { "versions_read", "SELECT id, later, later_counted FROM jobs WHERE id = $1::uuid", "later_row", 1 };
    run(cx, "ALTER TABLE jobs ADD COLUMN later text, ADD COLUMN later_counted bigint");
    NEED_OK(pg_find(cx, &read, ARGS(t.job_id), &later_row_shape, &row, &found));
    CHECK(found && !row.later && row.later_counted == LONG_NONE);
    run(cx, "ALTER TABLE jobs DROP COLUMN later, DROP COLUMN later_counted");
}

TEST(a_lane_of_a_later_version_is_as_urgent_as_any)
{
    CHECK_INT(lane_named("express"), LIVE);
    CHECK_INT(lane_named("batch"), BATCH);
    CHECK_INT(lane_named(NULL), LIVE);
}

TEST(work_of_a_later_version_waits_for_a_worker_that_knows_it)
{
    struct err e = { .code = E_KIND_TOO_NEW, .text = "later", .where = "", .retry_after_ms = 15000 };
    struct jobs got = { 0 };
    bool found;

    if (!cx->pg)
        skip("no PG_URL");
    struct ticket t = put(cx);
    NEED_OK(jobs_claim(cx, "old", &t.job_id, 1, &got));
    struct job_end end = { .job = &got.jobs.at[0], .error = &e };
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.state, "queued");
    struct job row = { 0 };
    CHECK_OK(job_find(cx, t.job_id, &row, &found));
    CHECK(row.run_after.ms >= row.created_at.ms + 15000);
    CHECK_TEXT(row.error, "KIND_TOO_NEW");
}
