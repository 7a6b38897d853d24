/* The effect ledger against a real database. */
#include "app/test_jobs_tools.h"

#include <pthread.h>

/* The ledger's row. */
static struct job effect_of(struct ctx *cx, const char *job, const char *name)
{
    static const struct sql find = { "test_effect", "SELECT state, result, error FROM effects WHERE job_id = $1::uuid AND name = $2", "job", 2 };
    struct job row = { 0 };
    bool found;

    CHECK_OK(pg_find(cx, &find, ARGS(job, name), &job_shape, &row, &found));
    CHECK(found);
    return row;
}

static struct job claim_begin(struct ctx *cx, const char *id, const char *kind)
{
    static const char *const name = "chat";
    struct jobs got = { 0 };

    CHECK_OK(jobs_claim_begin(cx, "w", &id, 1, &(struct first_effects){ &kind, &name, 1 }, &got));
    CHECK_INT(got.jobs.n, 1);
    return got.jobs.n ? got.jobs.at[0] : (struct job){ .id = id, .root = id, .kind = "" };
}

TEST(an_effect_is_done_once_over_attempts)
{
    struct effect first, second;
    struct jobs over = { 0 };

    need_pg(cx);
    struct ticket t = put(cx, "x.noop");
    struct job one = claim_one(cx, t.job_id, "w-dead");
    cx->job = &one;
    NEED_OK(effect_begin(cx, "chat", EFFECT_KEYED, &first));
    CHECK(!first.done && !first.begun);
    NEED_OK(effect_end(cx, &first, "{\"text\":\"hi\"}", 120));

    CHECK_OK(jobs_take_over(cx, "w2", &t.job_id, 1, &over));
    cx->job = &over.jobs.at[0];
    NEED_OK(effect_begin(cx, "chat", EFFECT_KEYED, &second));
    CHECK(second.done);
    CHECK_TEXT(second.result.text, "{\"text\": \"hi\"}");
    CHECK_TEXT(second.key, first.key);
    cx->job = &one;
    CHECK_FAILS(effect_end(cx, &first, "{}", 0), FENCED_OFF);
}

TEST(an_effect_may_end_in_the_commit_that_ends_its_job)
{
    struct effect effect, again;
    struct jobs over = { 0 };
    const char *root;

    need_pg(cx);
    struct job one = claim_one(cx, put_flow(cx, &root).job_id, "w-dead");
    cx->job = &one;
    NEED_OK(effect_begin(cx, "chat", EFFECT_KEYED, &effect));
    struct job_end end = { .job = &one, .result = "{\"said\":\"hi\"}", .effect = { "chat", "{\"text\":\"hi\"}", 120 } };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(end.done);
    CHECK_TEXT(end.next.kind, "y.two");
    CHECK_TEXT(effect_of(cx, one.id, "chat").result.text, "{\"text\": \"hi\"}");

    struct job late = claim_one(cx, end.next.job_id, "w-dead");     /* a worker that died before: begun, and repeated by the same key */
    cx->job = &late;
    NEED_OK(effect_begin(cx, "chat", EFFECT_KEYED, &effect));
    CHECK_OK(jobs_take_over(cx, "w2", &late.id, 1, &over));
    cx->job = &over.jobs.at[0];
    NEED_OK(effect_begin(cx, "chat", EFFECT_KEYED, &again));
    CHECK(!again.done && again.begun);
    CHECK_TEXT(again.key, effect.key);
    end = (struct job_end){ .job = &late, .result = "{}", .effect = { "chat", "{}", LONG_NONE } };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(!end.done);                               /* fenced off, and so is the end of its effect */
    CHECK_TEXT(effect_of(cx, late.id, "chat").state, "begun");
}

struct beginner { pthread_t thread; struct pg *pg; struct job *job; bool begun; };

static void *begin_effect(void *with)
{
    struct beginner *b = with;
    struct ctx cx = { .arena = arena_new(), .pg = b->pg, .job = b->job };
    struct effect effect;

    b->begun = effect_begin(&cx, "charge", EFFECT_ONCE, &effect) == OK && text_is(effect.name, "charge") && !effect.done;
    arena_free(cx.arena);
    return NULL;
}

TEST(effects_that_begin_together_are_fenced_one_by_one)
{
    struct beginner all[12];

    need_pg(cx);
    for (size_t i = 0; i < COUNT(all); i++) {
        struct job *job = NEW(cx, struct job);
        *job = claim_one(cx, put(cx, "x.noop").job_id, "w");
        job->attempt += i % 3 == 0;                 /* an attempt that is none */
        all[i] = (struct beginner){ .pg = cx->pg, .job = job };
    }
    for (size_t i = 0; i < COUNT(all); i++)
        pthread_create(&all[i].thread, NULL, begin_effect, &all[i]);
    for (size_t i = 0; i < COUNT(all); i++) {
        pthread_join(all[i].thread, NULL);
        CHECK_INT(all[i].begun, i % 3 != 0);
    }
}

TEST(an_effect_that_may_have_happened_stops_what_cannot_be_asked)
{
    struct effect effect;
    struct jobs over = { 0 };

    need_pg(cx);
    struct ticket t = put(cx, "x.noop");
    struct job one = claim_one(cx, t.job_id, "w-dead");
    cx->job = &one;
    NEED_OK(effect_begin(cx, "call", EFFECT_ONCE, &effect));
    CHECK_OK(jobs_take_over(cx, "w2", &t.job_id, 1, &over));
    cx->job = &over.jobs.at[0];
    CHECK_FAILS(effect_begin(cx, "call", EFFECT_ONCE, &effect), EFFECT_UNKNOWN);
    NEED_OK(effect_begin(cx, "other", EFFECT_ASKED, &effect));
    CHECK(!effect.begun);
}

TEST(an_effect_known_to_have_failed_is_begun_anew)
{
    struct effect effect;

    need_pg(cx);
    struct job one = claim_one(cx, put(cx, "x.noop").job_id, "w");
    cx->job = &one;
    NEED_OK(effect_begin(cx, "call", EFFECT_ONCE, &effect));
    NEED_OK(effect_failed(cx, &effect, fail(cx, ENGINE_REFUSED, "no")));
    NEED_OK(effect_begin(cx, "call", EFFECT_ONCE, &effect));
    CHECK(!effect.done);
}

/* One commit claims and begins; the handler's beginning asks nobody, once. */
TEST(an_effect_begins_with_the_claim)
{
    const char *id = put(cx, "x.ask").job_id, *other = put(cx, "x.noop").job_id;
    struct effect effect;

    need_pg(cx);
    struct job j = claim_begin(cx, id, "x.ask");
    CHECK(!claim_begin(cx, other, "x.ask").begun);
    CHECK_TEXT(effect_of(cx, id, "chat").state, "begun");
    cx->job = &j;
    NEED_OK(effect_begin(cx, "chat", EFFECT_KEYED, &effect));
    CHECK(j.begun->used && !effect.done && !effect.begun);
    NEED_OK(effect_failed(cx, &effect, fail(cx, ENGINE_REFUSED, "no")));
    NEED_OK(effect_begin(cx, "chat", EFFECT_KEYED, &effect));       /* now the ledger is asked */
    CHECK_TEXT(effect_of(cx, id, "chat").state, "begun");
}

TEST(an_effect_begun_with_an_old_claim_still_sees_a_cancel)
{
    struct effect effect;

    need_pg(cx);
    struct job j = claim_begin(cx, put(cx, "x.ask").job_id, "x.ask");
    CHECK_OK(job_cancel(cx, j.id));
    j.begun->claimed_ms -= 1000;
    cx->job = &j;
    CHECK_FAILS(effect_begin(cx, "chat", EFFECT_KEYED, &effect), FENCED_OFF);
}

TEST(an_effect_begun_with_the_claim_and_not_needed_ends_with_the_job)
{
    need_pg(cx);
    struct job good = claim_begin(cx, put(cx, "x.ask").job_id, "x.ask"), bad = claim_begin(cx, put(cx, "x.ask").job_id, "x.ask");
    struct job_end ends[] = {
        { .job = &good, .result = "{}", .unused = "chat", .effect = { "other", "{}", LONG_NONE } },
        { .job = &bad, .error = fail(cx, ENGINE_REFUSED, "no"), .unused = "chat" },
    };

    CHECK_OK(jobs_succeed(cx, &ends[0], 1));
    CHECK_OK(job_fail(cx, &ends[1]));
    for (size_t i = 0; i < COUNT(ends); i++) {
        CHECK(ends[i].done);
        struct job kept = effect_of(cx, ends[i].job->id, "chat");
        CHECK_TEXT(kept.state, "failed");
        CHECK_TEXT(kept.error, "UNUSED");
    }
}

TEST(what_a_dead_attempt_began_is_closed_when_another_succeeds_without_it)
{
    struct jobs over = { 0 };

    need_pg(cx);
    struct job dead = claim_begin(cx, put(cx, "x.ask").job_id, "x.ask");
    CHECK_OK(jobs_take_over(cx, "w2", &dead.id, 1, &over));
    struct job_end end = { .job = &over.jobs.at[0], .result = "{}" };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(end.done);
    struct job left = effect_of(cx, dead.id, "chat");
    CHECK_TEXT(left.state, "failed");
    CHECK_TEXT(left.error, "LEFT");
}

/* A retry asked for goes on counting: its claims begin nothing, for what an attempt before did must be looked up. */
TEST(only_a_first_attempt_begins_an_effect_with_its_claim)
{
    struct ticket t;

    need_pg(cx);
    struct job j = claim_begin(cx, put(cx, "x.ask").job_id, "x.ask");
    struct job_end end = { .job = &j, .error = fail(cx, ENGINE_REFUSED, "no"), .unused = "chat" };
    CHECK_OK(job_fail(cx, &end));
    CHECK_OK(job_retry(cx, j.id, &t));
    CHECK(!claim_begin(cx, j.id, "x.ask").begun);
}

TEST(no_effect_begins_after_a_cancel)
{
    struct effect effect;

    need_pg(cx);
    struct job one = claim_one(cx, put(cx, "x.noop").job_id, "w");
    CHECK_OK(job_cancel(cx, one.id));
    cx->job = &one;
    CHECK_FAILS(effect_begin(cx, "call", EFFECT_KEYED, &effect), FENCED_OFF);
}
