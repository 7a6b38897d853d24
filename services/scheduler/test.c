/* The scheduler's looks, against a real database. What a due row becomes is tested with the job core. */
#include "test.h"

#include "app/audit.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "audit.h"
#include "lead.h"
#include "net/blob.h"
#include "net/pg.h"

#include <stdlib.h>
#include <unistd.h>

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
    CHECK_OK(lead_tidy(cx, 0));
    CHECK_OK(pg_find(cx, &left, ARGS(caller), &count_shape, &keys, &any));
    CHECK_INT(keys.number, 2);
}

TEST(mailed_links_that_are_not_good_any_more_are_forgotten)
{
    static const struct sql put = { "put_links", "INSERT INTO users (id, email) VALUES ($1::uuid, $1::text || '@example.org')", NULL, 1 };
    static const struct sql put_tokens = { "put_tokens", "INSERT INTO account_tokens (hash, user_id, purpose, email, expires_at) SELECT $1::text || p, $1::uuid, p, 'a@b.c', "
        "clock_timestamp() + CASE p WHEN 'reset' THEN interval '-1 s' ELSE interval '1 hour' END FROM unnest(ARRAY['reset', 'verify']) p", NULL, 1 };
    static const struct sql left = { "left_links", "SELECT count(*) AS number FROM account_tokens WHERE user_id = $1::uuid AND purpose = 'verify' AND "
        "NOT EXISTS (SELECT FROM account_tokens WHERE user_id = $1::uuid AND purpose = 'reset')", NULL, 1 };
    const char *user = uuid_make(cx);
    struct count links = { 0 };
    bool any;

    need_pg(cx);
    NEED_OK(pg_do(cx, &put, ARGS(user)));
    NEED_OK(pg_do(cx, &put_tokens, ARGS(user)));
    CHECK_OK(lead_tidy(cx, 0));
    CHECK_OK(pg_find(cx, &left, ARGS(user), &count_shape, &links, &any));
    CHECK_INT(links.number, 1);
}

/* --- months of jobs --- */

static int64_t count_of(struct ctx *cx, const struct sql *q)
{
    struct count got = { -1 };
    bool any;

    CHECK_OK(pg_find(cx, q, NO_ARGS, &count_shape, &got, &any));
    return got.number;
}

static void put_old(struct ctx *cx, const char *day, const char *state)
{
    static const struct sql
        make = { "old_make", "SELECT partitions_make($1::date)", NULL, 1 },
        job = { "old_job", "INSERT INTO jobs (id, root, kind, state, due_at) SELECT id, id, 'x.old', $2, CASE WHEN $2 = 'queued' THEN now() + interval '1 day' END "
                "FROM (SELECT uuid_at($1::timestamptz) AS id) i", NULL, 2 },
        effect = { "old_effect", "INSERT INTO effects (job_id, name, attempt, state) VALUES (uuid_at($1::timestamptz), 'charge', 1, 'done')", NULL, 1 };

    NEED_OK(pg_do(cx, &make, ARGS(day)));
    NEED_OK(pg_do(cx, &job, ARGS(day, state)));
    NEED_OK(pg_do(cx, &effect, ARGS(day)));
}

TEST(old_months_of_jobs_go_as_a_whole_unless_one_of_them_is_not_over)
{
    static const struct sql
        old = { "old_jobs", "SELECT count(*) AS number FROM jobs WHERE kind = 'x.old'", NULL, 0 },
        effects = { "old_effects", "SELECT count(*) AS number FROM effects WHERE name = 'charge'", NULL, 0 },
        months = { "old_months", "SELECT count(*) AS number FROM pg_class WHERE relname IN ('jobs_2020_02', 'effects_2020_02', 'jobs_2020_03', 'effects_2020_03')", NULL, 0 },
        end = { "old_end", "UPDATE jobs SET state = 'cancelled', due_at = NULL WHERE kind = 'x.old'", NULL, 0 };

    need_pg(cx);
    put_old(cx, "2020-02-29", "succeeded");
    put_old(cx, "2020-03-01", "queued");
    CHECK_OK(lead_tidy(cx, 0));
    CHECK_INT(count_of(cx, &old), 2);
    CHECK_OK(lead_tidy(cx, 90));
    CHECK_INT(count_of(cx, &old), 1);
    CHECK_INT(count_of(cx, &effects), 1);
    CHECK_INT(count_of(cx, &months), 2);
    CHECK_OK(pg_do(cx, &end, NO_ARGS));
    CHECK_OK(lead_tidy(cx, 90));
    CHECK_INT(count_of(cx, &months), 0);
}

TEST(a_month_of_jobs_goes_with_their_files_but_those_of_a_transcription)
{
    static const struct sql
        files = { "old_files", "UPDATE jobs SET input = '{\"file\": \"old/in\"}', result = '{\"file\": \"old/out\"}' WHERE kind = 'x.old'", NULL, 0 },
        owner = { "old_owner", "INSERT INTO users (id, email) VALUES (uuid_at('2020-02-01'), 'old@example.org')", NULL, 0 },
        owned = { "old_owned", "INSERT INTO transcriptions (id, owner, job_id, asked, source_type, recording, language) "
                  "VALUES (uuid_at('2020-02-01'), uuid_at('2020-02-01'), uuid_at('2020-02-29'), '', 'upload', 'old/in', 'fr')", NULL, 0 },
        left = { "old_left", "SELECT count(*) AS number FROM files_left WHERE key LIKE 'old/%' AND drop_at <= clock_timestamp()", NULL, 0 },
        out = { "old_out", "SELECT count(*) AS number FROM files_left WHERE key = 'old/out'", NULL, 0 };

    need_pg(cx);
    put_old(cx, "2020-02-29", "succeeded");
    NEED_OK(pg_do(cx, &files, NO_ARGS));
    NEED_OK(pg_do(cx, &owner, NO_ARGS));
    NEED_OK(pg_do(cx, &owned, NO_ARGS));
    CHECK_OK(lead_tidy(cx, 90));
    CHECK_INT(count_of(cx, &left), 1);
    CHECK_INT(count_of(cx, &out), 1);
}

TEST(the_next_month_has_its_partitions_before_it_comes)
{
    static const struct sql months = { "new_months",
        "SELECT count(*) AS number FROM pg_class WHERE relname IN (to_char(now() AT TIME ZONE 'UTC', '\"jobs_\"YYYY_MM'), "
        "to_char((now() AT TIME ZONE 'UTC') + interval '1 month', '\"jobs_\"YYYY_MM'))", NULL, 0 };

    need_pg(cx);
    CHECK_OK(lead_tidy(cx, 90));
    CHECK_INT(count_of(cx, &months), 2);
}

/* --- the audit log --- */

static void audit_fresh(struct ctx *cx)
{
    static const struct sql reset = { "audit_reset", "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['audit_entries', 'audit_links', 'audit_nodes', 'audit_checkpoints'] LOOP "
        "EXECUTE format('ALTER TABLE %I DISABLE TRIGGER audit_rows', t); EXECUTE format('DELETE FROM %I', t); EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_rows', t); "
        "END LOOP; DELETE FROM audit_queue; END $$", NULL, 0 };

    CHECK_OK(audit_keys_read(cx, "a key of the tests of 32 bytes and more", 1, NULL, &cx->audit));
    CHECK_OK(pg_do(cx, &reset, NO_ARGS));
}

TEST(entries_get_links_a_checkpoint_and_a_line_of_the_witness)
{
    static const struct sql linked = { "audit_linked", "SELECT count(*) AS number FROM audit_links", NULL, 0 },
                            points = { "audit_points", "SELECT count(*) AS number FROM audit_checkpoints WHERE size = 3 AND signature IS NULL", NULL, 0 };
    char path[] = "/tmp/palabre-witness.XXXXXX", line[512] = "";
    struct scheduler_settings s = { .audit_checkpoint_s = 1, .audit_witness = path };
    int fd = mkstemp(path);
    bool more;

    need_pg(cx);
    audit_fresh(cx);
    for (int i = 0; i < 3; i++)
        NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing" }));
    CHECK(keep_links(cx, &more));
    CHECK(!more);                       /* fewer than one turn takes */
    CHECK_INT(count_of(cx, &linked), 3);
    keep_checkpoint(cx, &s);
    keep_checkpoint(cx, &s);            /* nothing new: no second one */
    CHECK_INT(count_of(cx, &points), 1);
    CHECK(read(fd, line, sizeof(line) - 1) > 0);
    CHECK(text_starts(line, "{\"size\":3,"));
    close(fd);
    unlink(path);
}

TEST(a_broken_log_is_logged_as_an_error_and_gets_no_checkpoint)
{
    static const struct sql cut = { "audit_cut", "DO $$ BEGIN ALTER TABLE audit_links DISABLE TRIGGER audit_rows; UPDATE audit_links SET leaf = hash WHERE seq = 2; "
        "ALTER TABLE audit_links ENABLE ALWAYS TRIGGER audit_rows; END $$", NULL, 0 },
        points = { "audit_points", "SELECT count(*) AS number FROM audit_checkpoints", NULL, 0 };
    struct scheduler_settings s = { .audit_checkpoint_s = 1 };
    bool more;

    need_pg(cx);
    audit_fresh(cx);
    for (int i = 0; i < 4; i++) {
        NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing" }));
        CHECK(keep_links(cx, &more));
        if (i == 2)
            keep_checkpoint(cx, &s);
    }
    CHECK_OK(pg_do(cx, &cut, NO_ARGS));
    expect_errors(1);
    keep_checkpoint(cx, &s);
    CHECK_INT(count_of(cx, &points), 1);
}

TEST(entries_of_the_audit_log_are_kept_for_seven_years_and_then_go_with_an_entry_that_says_so)
{
    static const struct sql
        make = { "retire_make", "SELECT audit_month_make('2019-02-01')", NULL, 0 },
        put = { "retire_put", "INSERT INTO audit_entries (id, at, action, type, outcome, details, key, seal) "
                "VALUES (uuid_at('2019-02-14'), '2019-02-14', 'a.b', 'thing', 'success', '{}', 1, decode(repeat('00', 32), 'hex'))", NULL, 0 },
        queue = { "retire_queue", "INSERT INTO audit_queue (entry) VALUES (uuid_at('2019-02-14'))", NULL, 0 },
        month = { "retire_month", "SELECT count(*) AS number FROM pg_class WHERE relname = 'audit_entries_2019_02'", NULL, 0 },
        told = { "retire_told", "SELECT count(*) AS number FROM audit_entries WHERE action = 'audit.retired'", NULL, 0 };
    int64_t born_ms, day_ms = 86400000;
    bool more;

    need_pg(cx);
    audit_fresh(cx);
    CHECK(clock_parse_iso("2019-03-01T00:00:00Z", 20, &born_ms));
    NEED_OK(pg_do(cx, &make, NO_ARGS));
    NEED_OK(pg_do(cx, &put, NO_ARGS));
    NEED_OK(pg_do(cx, &queue, NO_ARGS));
    CHECK_OK(lead_retire(cx, born_ms + 2557 * day_ms, 2557));
    CHECK_INT(count_of(cx, &month), 1);             /* its entry has no link yet */
    expect_errors(1);                               /* nobody of ours has sealed it */
    CHECK(keep_links(cx, &more));
    CHECK_OK(lead_retire(cx, born_ms + 9999 * day_ms, 0));
    CHECK_OK(lead_retire(cx, born_ms + 2556 * day_ms, 2557));
    CHECK_INT(count_of(cx, &month), 1);
    CHECK_INT(count_of(cx, &told), 0);
    CHECK_OK(lead_retire(cx, born_ms + 2557 * day_ms, 2557));
    CHECK_INT(count_of(cx, &month), 0);
    CHECK_INT(count_of(cx, &told), 1);
    CHECK_OK(lead_retire(cx, born_ms + 2600 * day_ms, 2557));
    CHECK_INT(count_of(cx, &told), 1);
}

TEST(an_end_that_is_cut_off_before_a_checkpoint_is_missed)
{
    static const struct sql cut = { "audit_cut_end", "DO $$ BEGIN ALTER TABLE audit_links DISABLE TRIGGER audit_rows; DELETE FROM audit_links WHERE seq = 3; "
        "ALTER TABLE audit_links ENABLE ALWAYS TRIGGER audit_rows; END $$", NULL, 0 };
    char path[] = "/tmp/palabre-witness.XXXXXX";
    struct scheduler_settings s = { .audit_checkpoint_s = 1, .audit_witness = path };
    bool more;

    need_pg(cx);
    audit_fresh(cx);
    close(mkstemp(path));
    CHECK(keep_head(cx, &s));           /* of an empty log there is nothing to say */
    for (int i = 0; i < 3; i++)
        NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing" }));
    CHECK(keep_links(cx, &more));
    CHECK(keep_head(cx, &s));
    CHECK(keep_head(cx, &s));
    CHECK_OK(pg_do(cx, &cut, NO_ARGS));
    expect_errors(1);
    CHECK(!keep_head(cx, &s));
    unlink(path);
    unlink(arena_fmt(cx->arena, "%s.heads", path));
}

/* --- what is to be forgotten --- */

TEST(questions_are_forgotten_by_a_clock_that_has_moved_on)
{
    static const struct sql
        user = { "forget_user", "INSERT INTO users (id, email) VALUES ($1::uuid, $1 || '@example.org')", NULL, 1 },
        put = { "forget_put", "INSERT INTO asks (id, owner, job_id, text) VALUES ($1::uuid, $2::uuid, $3::uuid, 'x')", NULL, 3 },
        left = { "forget_left", "SELECT count(*) AS number FROM asks", NULL, 0 };
    const char *owner = uuid_make(cx), *place;
    int64_t now_ms = clock_wall_ms(), day_ms = 86400000;

    need_pg(cx);
    NEED_OK(blob_workdir(cx, &place));
    NEED_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s", place), &cx->blobs));
    NEED_OK(pg_do(cx, &user, ARGS(owner)));
    for (int i = 0; i < 3; i++)
        NEED_OK(pg_do(cx, &put, ARGS(uuid_make(cx), owner, uuid_make(cx))));
    CHECK_OK(lead_forget(cx, now_ms, 90));
    CHECK_OK(lead_forget(cx, now_ms + 89 * day_ms, 90));
    CHECK_OK(lead_forget(cx, now_ms + 1000 * day_ms, 0));
    CHECK_INT(count_of(cx, &left), 3);
    CHECK_OK(lead_forget(cx, now_ms + 91 * day_ms, 90));
    CHECK_INT(count_of(cx, &left), 0);
}
