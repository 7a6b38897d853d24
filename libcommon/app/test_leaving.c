/* What goes, and what is left of it: a person who leaves, questions that are too old. */
#include "test.h"
#include "app/audit.h"
#include "app/jobs.h"
#include "app/leaving.h"
#include "app/persons.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/blob.h"
#include "net/pg.h"

#include <stdlib.h>

#define DAY_MS 86400000LL

struct leaving_text { const char *said; };
extern const struct shape leaving_text_shape;
SHAPE(leaving_text, "One value.", FIELD(leaving_text, said, "It."));

static const struct sql
    job_text = { "leaving_text", "SELECT input::text || coalesce(result::text, '') AS said FROM jobs WHERE id = $1::uuid", NULL, 1 },
    job_state = { "leaving_state", "SELECT state AS said FROM jobs WHERE id = $1::uuid", NULL, 1 },
    users_n = { "leaving_users", "SELECT count(*)::text AS said FROM users WHERE id = $1::uuid", NULL, 1 },
    asks_of = { "leaving_asks", "SELECT coalesce(string_agg(id::text, ' '), '') AS said FROM asks WHERE owner = $1::uuid", NULL, 1 };

static const char *tell(struct ctx *cx, const struct sql *q, const char *id)
{
    struct leaving_text row = { 0 };
    bool found;

    CHECK_OK(pg_find(cx, q, ARGS(id), &leaving_text_shape, &row, &found));
    return row.said;
}

static void need_all(struct ctx *cx)
{
    const char *place;

    if (!cx->pg)
        skip("no PG_URL");
    CHECK_OK(persons_open(cx, cx->arena, "old:MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=", &cx->persons));
    CHECK_OK(audit_keys_read(cx, "a key of the tests of 32 bytes and more", 1, NULL, &cx->audit));
    CHECK_OK(blob_workdir(cx, &place));
    CHECK_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s", place), &cx->blobs));
}

static const char *user_new(struct ctx *cx, const char *role)
{
    static const struct sql put = { "leaving_user", "INSERT INTO users (id, email, role) VALUES ($1::uuid, $1 || '@example.org', $2)", NULL, 2 };
    const char *id = uuid_make(cx);

    CHECK_OK(pg_do(cx, &put, ARGS(id, role)));
    return id;
}

/* A question with a recording whose work has ended, or goes on. */
struct asked { const char *id, *job_id, *file; };

static struct asked ask_new(struct ctx *cx, const char *owner, bool end)
{
    static const struct sql put = { "leaving_ask", "INSERT INTO asks (id, owner, job_id, text) VALUES ($1::uuid, $2::uuid, $3::uuid, $4)", NULL, 4 };
    struct asked a = { uuid_make(cx), uuid_make(cx), NULL };
    struct jobs claimed = { 0 };
    struct ticket t;
    const char *text;

    a.file = arena_fmt(cx->arena, "asks/%s/recording", a.id);
    CHECK_OK(blob_put(cx, a.file, (struct bytes){ "sound", 5 }));
    CHECK_OK(person_seal(cx, owner, (struct bytes){ "dit tout bas", 12 }, &text));
    CHECK_OK(pg_do(cx, &put, ARGS(a.id, owner, a.job_id, text)));
    struct job_new n = { .id = a.job_id, .kind = "x.noop", .owner = owner,
                         .input = arena_fmt(cx->arena, "{\"file\":\"%s\",\"text\":\"dit tout bas\"}", a.file) };
    CHECK_OK(job_put(cx, &n, &t));
    if (!end)
        return a;
    CHECK_OK(jobs_claim(cx, "w", &a.job_id, 1, &claimed));
    struct job_end done = { .job = &claimed.jobs.at[0], .result = "{\"file\":\"asks/none\"}" };
    CHECK_OK(jobs_succeed(cx, &done, 1));
    return a;
}

static bool is_stored(struct ctx *cx, const char *key)
{
    struct blob_info info;
    int fd;

    return blob_open(cx, key, &fd, &info) == OK;
}

TEST(what_a_job_works_on_is_sealed_in_its_row_and_opens_for_its_reader)
{
    need_all(cx);
    struct asked a = ask_new(cx, user_new(cx, "user"), false);
    struct job job = { 0 };
    bool found;

    CHECK(!strstr(tell(cx, &job_text, a.job_id), "tout bas"));
    CHECK_HAS(tell(cx, &job_text, a.job_id), a.file);
    NEED_OK(job_find(cx, a.job_id, &job, &found));
    NEED_OK(job_open(cx, job.owner, &job));
    CHECK_HAS(job.input.text, "dit tout bas");
}

TEST(of_a_person_who_left_nothing_is_left_but_that_there_was_work)
{
    need_all(cx);
    const char *person = user_new(cx, "user"), *other = user_new(cx, "user"), *sealed, *text;
    struct asked done = ask_new(cx, person, true), runs = ask_new(cx, person, false), others = ask_new(cx, other, true);
    int64_t pending;
    bool found;

    NEED_OK(person_seal(cx, person, (struct bytes){ "x", 1 }, &sealed));
    NEED_OK(person_leave(cx, person, &found));
    CHECK(found);
    CHECK_TEXT(tell(cx, &users_n, person), "0");
    CHECK_TEXT(tell(cx, &asks_of, person), "");
    NEED_OK(person_open(cx, person, sealed, &text));
    CHECK(!text);

    NEED_OK(erasures_work(cx, 10, &pending));       /* what runs is cancelled */
    CHECK(pending >= 1);
    NEED_OK(erasures_work(cx, 10, &pending));
    CHECK_INT(pending, 0);
    CHECK(!is_stored(cx, done.file) && !is_stored(cx, runs.file) && is_stored(cx, others.file));
    CHECK_TEXT(tell(cx, &job_text, done.job_id), "{}");
    CHECK_TEXT(tell(cx, &job_text, runs.job_id), "{}");
    CHECK_TEXT(tell(cx, &job_state, runs.job_id), "cancelled");
    CHECK_HAS(tell(cx, &job_text, others.job_id), others.file);
    NEED_OK(person_leave(cx, person, &found));
    CHECK(!found);
}

TEST(more_than_a_batch_of_a_person_goes_in_several)
{
    need_all(cx);
    const char *person = user_new(cx, "user");
    struct asked all[5];
    int64_t pending = 1;
    bool found;

    for (size_t i = 0; i < COUNT(all); i++)
        all[i] = ask_new(cx, person, true);
    NEED_OK(person_leave(cx, person, &found));
    NEED_OK(erasures_work(cx, 2, &pending));
    CHECK_INT(pending, 1);
    for (int i = 0; i < 3 && pending; i++)
        NEED_OK(erasures_work(cx, 2, &pending));
    CHECK_INT(pending, 0);
    for (size_t i = 0; i < COUNT(all); i++)
        CHECK(!is_stored(cx, all[i].file));
}

struct leaving_plan { const char *line; };
extern const struct shape leaving_plan_shape;
SHAPE(leaving_plan, "A line of a plan.", FIELD_AS(leaving_plan, line, "QUERY PLAN", "It."));

/* Among all jobs there are, which may be millions. */
TEST(the_work_of_a_person_is_found_by_an_index)
{
    static const struct sql dear = { "leaving_dear", "SET LOCAL enable_seqscan = off", NULL, 0 },
                            plan = { "leaving_plan", "EXPLAIN SELECT id FROM jobs WHERE owner = '018f0000-0000-7000-8000-000000000000' AND id = root AND state IN ('queued', 'running')", NULL, 0 };
    struct { LIST_OF(struct leaving_plan) lines; } got = { 0 };
    size_t by_owner = 0;

    need_all(cx);
    NEED_OK(pg_begin(cx));
    NEED_OK(pg_do(cx, &dear, NO_ARGS));
    NEED_OK(pg_list(cx, &plan, NO_ARGS, &leaving_plan_shape, &got.lines));
    pg_undo(cx);
    for (size_t i = 0; i < got.lines.n; i++) {
        CHECK(!strstr(got.lines.at[i].line, "Seq Scan"));
        by_owner += strstr(got.lines.at[i].line, "owner_idx") != NULL;
    }
    CHECK(by_owner >= 2);               /* this month's, the next one's ... */
}

TEST(the_last_super_admin_stays)
{
    need_all(cx);
    const char *first = user_new(cx, "super_admin"), *second = user_new(cx, "super_admin");
    bool found;

    CHECK_OK(person_leave(cx, first, &found));
    CHECK_FAILS(person_leave(cx, second, &found), LAST_SUPER_ADMIN);
    CHECK_TEXT(tell(cx, &users_n, second), "1");
}

TEST(questions_go_with_their_files_when_they_are_old_and_their_work_has_ended)
{
    need_all(cx);
    const char *person = user_new(cx, "user");
    struct asked done = ask_new(cx, person, true), runs = ask_new(cx, person, false);
    struct when now = { clock_wall_ms() - 1000 }, later = { clock_wall_ms() + 91 * DAY_MS };
    struct retained old;

    NEED_OK(retention_work(cx, now, 100, false, &old));
    CHECK(is_stored(cx, done.file));
    NEED_OK(retention_work(cx, later, 0, true, &old));
    CHECK(old.asks >= 1 && old.jobs >= 1 && old.files >= 1 && old.oldest.ms);
    CHECK(is_stored(cx, done.file));
    do
        NEED_OK(retention_work(cx, later, 1, false, &old));
    while (old.asks);
    CHECK(!is_stored(cx, done.file) && is_stored(cx, runs.file));
    CHECK_TEXT(tell(cx, &job_text, done.job_id), "{}");
    CHECK_TEXT(tell(cx, &asks_of, person), runs.id);
}
