/* The job core against a real database: what DESIGN.md section 3 promises, statement by statement. */
#include "app/test_jobs_tools.h"

#include <pthread.h>
#include <stdlib.h>

static void run_sql(struct ctx *cx, const char *name, const char *text, const char *id)
{
    static int n;                   /* a connection knows statements by name and address */
    struct sql *q = NEW(cx, struct sql);

    *q = (struct sql){ arena_fmt(cx->arena, "%s_%d", name, n++), text, NULL, 1 };
    CHECK_OK(pg_do(cx, q, ARGS(id)));
}

TEST_WITHIN(every_statement_prepares_and_fits_its_shape, 60)
{
    int checked;

    need_pg(cx);
    CHECK_OK(pg_check_all(cx, &checked));
    CHECK(checked > 15);
}

TEST(a_job_is_accepted_claimed_and_finished)
{
    need_pg(cx);
    struct ticket t = put(cx, "x.noop");
    struct job j = claim_one(cx, t.job_id, "w1");
    CHECK_INT(j.attempt, 1);
    CHECK_TEXT(j.input.text, "{\"a\": 1}");

    struct job_end end = { .job = &j, .result = "{\"b\":2}", .explain = "[{\"why\":1}]" };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(end.done);
    CHECK_TEXT(end.root_state, "succeeded");
    struct job after = find(cx, t.job_id);
    CHECK_TEXT(after.state, "succeeded");
    CHECK_TEXT(after.result.text, "{\"b\": 2}");
    CHECK(after.finished_at.ms && !after.due_at.ms);
}

TEST(a_job_is_claimed_once)
{
    need_pg(cx);
    struct ticket t = put(cx, "x.noop");
    struct jobs again = { 0 };

    claim_one(cx, t.job_id, "w1");
    CHECK_OK(jobs_claim(cx, "w2", &t.job_id, 1, &again));
    CHECK_INT(again.jobs.n, 0);
}

struct racer { pthread_t thread; struct pg *pg; const char *const *ids; size_t n; int got; };

static void *race(void *with)
{
    struct racer *r = with;
    struct ctx cx = { .arena = arena_new(), .pg = r->pg };
    struct jobs got = { 0 };

    for (int i = 0; i < 5; i++)
        if (jobs_claim(&cx, "racer", r->ids, r->n, &got) == OK)
            r->got += (int)got.jobs.n;
    arena_free(cx.arena);
    return NULL;
}

TEST(of_many_claimers_one_gets_each_job)
{
    const char *ids[20];
    struct racer racers[6];
    int sum = 0;

    need_pg(cx);
    for (size_t i = 0; i < COUNT(ids); i++)
        ids[i] = put(cx, "x.noop").job_id;
    for (size_t i = 0; i < COUNT(racers); i++) {
        racers[i] = (struct racer){ .pg = cx->pg, .ids = ids, .n = COUNT(ids) };
        pthread_create(&racers[i].thread, NULL, race, &racers[i]);
    }
    for (size_t i = 0; i < COUNT(racers); i++) {
        pthread_join(racers[i].thread, NULL);
        sum += racers[i].got;
    }
    CHECK_INT(sum, 20);
}

TEST(an_attempt_that_was_taken_over_can_write_nothing)
{
    need_pg(cx);
    struct ticket t = put(cx, "x.noop");
    struct job old = claim_one(cx, t.job_id, "w-dead");
    struct jobs over = { 0 };

    CHECK_OK(jobs_take_over(cx, "w2", &t.job_id, 1, &over));
    CHECK_INT(over.jobs.n, 1);
    CHECK_INT(over.jobs.at[0].attempt, 2);

    struct job_end end = { .job = &old, .result = "{}" };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(!end.done);
    end.error = fail(cx, ENGINE_DOWN, "x");
    CHECK_OK(job_fail(cx, &end));
    CHECK(!end.done);
    const struct job *olds[] = { &old };
    bool kept = true;
    CHECK_OK(jobs_renew(cx, olds, (int[]){ 50 }, 1, &kept));
    CHECK(!kept);
    struct effect effect;
    cx->job = &old;
    CHECK_FAILS(effect_begin(cx, "charge", EFFECT_KEYED, &effect), FENCED_OFF);
    CHECK_TEXT(find(cx, t.job_id).state, "running");
}

TEST(a_job_of_a_living_worker_is_not_taken_over)
{
    struct ctx life = *cx;
    struct jobs over = { 0 };

    need_pg(cx);
    const char *worker = arena_fmt(cx->arena, "alive-%s", uuid_make(cx));
    struct arena *session = arena_new();
    NEED_OK(pg_hold(&life, session));
    NEED_OK(jobs_live(&life, worker));
    struct ticket t = put(cx, "x.noop");
    claim_one(cx, t.job_id, worker);
    CHECK_OK(jobs_take_over(cx, "w2", &t.job_id, 1, &over));
    CHECK_INT(over.jobs.n, 0);
    arena_free(session);            /* it dies: the server lets the lock go */
    for (int i = 0; i < 50 && !over.jobs.n; i++, clock_sleep_ms(20))
        CHECK_OK(jobs_take_over(cx, "w2", &t.job_id, 1, &over));
    CHECK_INT(over.jobs.n, 1);
}

TEST(a_failure_of_class_later_is_tried_again_and_then_fails)
{
    need_pg(cx);
    struct ticket t = put(cx, "x.noop");

    for (int attempt = 1; attempt <= ATTEMPTS_MOST; attempt++) {
        struct job j = claim_one(cx, t.job_id, "w1");
        struct job_end end = { .job = &j, .error = fail(cx, ENGINE_DOWN, "it did not answer") };
        CHECK_INT(j.attempt, attempt);
        CHECK_OK(job_fail(cx, &end));
        CHECK_TEXT(end.state, attempt < ATTEMPTS_MOST ? "queued" : "failed");
        struct jobs early = { 0 };
        if (attempt < ATTEMPTS_MOST && find(cx, t.job_id).run_after.ms > clock_wall_ms() + 50) {
            CHECK_OK(jobs_claim(cx, "w1", &t.job_id, 1, &early));
            CHECK_INT(early.jobs.n, 0);     /* not before its time */
        }
        run_sql(cx, "now_due", "UPDATE jobs SET run_after = now() - interval '1 s' WHERE id = $1::uuid", t.job_id);
    }
    struct job j = find(cx, t.job_id);
    CHECK_TEXT(j.error, "ENGINE_DOWN");
    CHECK_TEXT(j.error_text, err_title(E_ENGINE_DOWN));     /* texts of 5xx stay in the log */
}

TEST(a_failure_of_class_never_is_final_and_unsure_is_for_a_person)
{
    need_pg(cx);
    struct job a = claim_one(cx, put(cx, "x.noop").job_id, "w"), b = claim_one(cx, put(cx, "x.noop").job_id, "w");
    struct job_end one = { .job = &a, .error = fail(cx, MEDIA_UNREADABLE, "this is text") };
    struct job_end two = { .job = &b, .error = fail(cx, EFFECT_UNKNOWN, "who knows") };

    CHECK_OK(job_fail(cx, &one));
    CHECK_OK(job_fail(cx, &two));
    CHECK_TEXT(find(cx, a.id).state, "failed");
    CHECK_TEXT(find(cx, a.id).error_text, "this is text");
    CHECK_TEXT(find(cx, b.id).state, "unknown");
}

TEST(an_attempt_that_failed_because_a_neighbour_was_away_is_not_counted)
{
    need_pg(cx);
    struct job j = claim_one(cx, put(cx, "x.noop").job_id, "w");
    run_sql(cx, "last", "UPDATE jobs SET attempts_most = attempt WHERE id = $1::uuid", j.id);
    j.attempts_most = j.attempt;                    /* its last */
    struct job_end end = { .job = &j, .error = fail(cx, DISK_FULL, "no room") };
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.state, "queued");
    CHECK_INT(find(cx, j.id).attempts_most, j.attempt + 1);

    run_sql(cx, "now", "UPDATE jobs SET run_after = NULL WHERE id = $1::uuid", j.id);
    struct job last = claim_one(cx, j.id, "w");
    end = (struct job_end){ .job = &last, .error = fail(cx, ENGINE_BUSY, "not now") };
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.state, "failed");                /* what the work met by itself is */

    struct job often = claim_one(cx, put(cx, "x.noop").job_id, "w");
    often.attempt = often.attempts_most = ATTEMPTS_EVER;
    run_sql(cx, "often", "UPDATE jobs SET attempt = 60 WHERE id = $1::uuid", often.id);
    end = (struct job_end){ .job = &often, .error = fail(cx, PG_DOWN, "away") };
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.state, "failed");

    struct job waits = claim_one(cx, put(cx, "x.noop").job_id, "w");
    waits.attempt = waits.attempts_most = ATTEMPTS_EVER + 1;
    run_sql(cx, "waits", "UPDATE jobs SET attempt = 61 WHERE id = $1::uuid", waits.id);
    end = (struct job_end){ .job = &waits, .error = fail(cx, SITE_BUSY, "its turn has not come") };
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.state, "queued");                /* however often */
}

TEST(work_that_has_to_wait_for_its_turn_waits_as_long_as_it_says_and_is_not_counted)
{
    need_pg(cx);
    struct job j = claim_one(cx, put(cx, "x.noop").job_id, "w");
    struct job_end end = { .job = &j, .error = fail(cx, TURN_LATER, "others are before it") };

    j.attempt = j.attempts_most = 3 * ATTEMPTS_EVER;
    run_sql(cx, "queueing", "UPDATE jobs SET attempt = 180, attempts_most = 180 WHERE id = $1::uuid", j.id);
    end.error->retry_in_ms = 7200000;
    CHECK_OK(job_fail(cx, &end));
    struct job after = find(cx, j.id);
    int64_t late_ms = after.run_after.ms - clock_wall_ms() - 7200000;
    CHECK_TEXT(after.state, "queued");
    CHECK_INT(after.attempts_most, j.attempts_most + 1);
    CHECK(late_ms > -5000 && late_ms < 5000);           /* no jitter of the core's: that of an attempt so late is a minute */
}

TEST(an_end_that_the_database_did_not_take_is_not_told_as_one)
{
    need_pg(cx);
    struct job j = claim_one(cx, put(cx, "x.noop").job_id, "w");
    struct job_end end = { .job = &j, .error = fail(cx, ENGINE_REFUSED, "no") };
    struct ctx cut = *cx;
    cut.pg = pg_open(cx->arena, "postgresql://127.0.0.1:1/none", 1);
    CHECK_FAILS(job_fail(&cut, &end), PG_DOWN);
    CHECK(!end.done && !end.state);
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.state, "failed");
}

/* --- flows --- */

static struct job_end end_step(struct ctx *cx, const char *id, const char *result)
{
    struct job *j = NEW(cx, struct job);
    *j = claim_one(cx, id, "w");
    struct job_end end = { .job = j, .result = result };

    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(end.done);
    return end;
}

TEST(a_flow_goes_step_by_step_and_hands_results_on)
{
    const char *root;

    need_pg(cx);
    struct ticket t = put_flow(cx, &root);
    CHECK_TEXT(t.kind, "x.one");
    CHECK_TEXT(find(cx, root).state, "waiting");

    struct job_end one = end_step(cx, t.job_id, "{\"said\":\"hello\",\"long\":[1,2]}");
    CHECK_TEXT(one.next.kind, "y.two");
    CHECK_TEXT(one.root_state, "waiting");
    CHECK_TEXT(find(cx, one.next.job_id).input.text, "{\"text\": \"hello\", \"voice\": \"v\"}");

    struct job_end two = end_step(cx, one.next.job_id, "{\"file\":\"f\"}");
    CHECK_TEXT(find(cx, two.next.job_id).input.text, "{\"file\": \"f\", \"said\": \"hello\"}");
    CHECK_TEXT(one.next.lane, "live");              /* the flow's, but for a step with one of its own */
    CHECK_TEXT(two.next.lane, "quick");
    CHECK_INT(find(cx, root).percent, 66);
    struct job_end three = end_step(cx, two.next.job_id, "{}");
    CHECK_TEXT(three.root_state, "succeeded");
    CHECK_INT(three.next.outbox, 0);
    CHECK_TEXT(find(cx, root).state, "succeeded");
}

TEST(a_flow_survives_an_optional_step_and_stops_at_another)
{
    const char *root;

    need_pg(cx);
    struct ticket t = put_flow(cx, &root);
    struct job_end one = end_step(cx, t.job_id, "{\"said\":\"x\"}");
    struct job two = claim_one(cx, one.next.job_id, "w");
    struct job_end end = { .job = &two, .error = fail(cx, ENGINE_REFUSED, "no") };
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.next.kind, "z.three");
    CHECK_TEXT(find(cx, end.next.job_id).input.text, "{\"said\": \"x\"}");

    struct job three = claim_one(cx, end.next.job_id, "w");
    end = (struct job_end){ .job = &three, .error = fail(cx, ENGINE_REFUSED, "no") };
    CHECK_OK(job_fail(cx, &end));
    CHECK_TEXT(end.root_state, "failed");
    CHECK_TEXT(find(cx, root).error, "ENGINE_REFUSED");

    struct ticket again = { 0 };
    CHECK_OK(job_retry(cx, root, &again));
    CHECK_TEXT(again.job_id, three.id);             /* it goes on where it failed */
    CHECK_TEXT(find(cx, root).state, "waiting");
    CHECK_TEXT(find(cx, two.id).state, "failed");
    struct job_end last = end_step(cx, again.job_id, "{}");
    CHECK_TEXT(last.root_state, "succeeded");
    CHECK_FAILS(job_retry(cx, root, &again), JOB_RUNNING);
}

TEST(a_cancelled_flow_is_over_for_its_worker)
{
    const char *root;

    need_pg(cx);
    struct ticket t = put_flow(cx, &root);
    struct job one = claim_one(cx, t.job_id, "w");
    CHECK_OK(job_cancel(cx, root));
    CHECK_TEXT(find(cx, root).state, "cancelled");
    CHECK_TEXT(find(cx, one.id).state, "cancelled");
    struct job_end end = { .job = &one, .result = "{\"said\":\"late\"}" };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(!end.done && !end.next.outbox);
    CHECK_FAILS(job_cancel(cx, root), JOB_ENDED);
    CHECK_FAILS(job_cancel(cx, uuid_make(cx)), JOB_UNKNOWN);
    CHECK_FAILS(job_cancel(cx, "../etc"), JOB_UNKNOWN);
}

TEST(several_are_cancelled_with_their_flows_and_what_is_over_stays)
{
    struct ticket other = { 0 };
    struct jobs ended = { 0 };
    const char *first, *second;
    bool missed;

    need_pg(cx);
    struct job over = claim_one(cx, put_flow(cx, &first).job_id, "w"), step = claim_one(cx, put_flow(cx, &second).job_id, "w");
    CHECK_OK(job_cancel(cx, first));
    CHECK_OK(job_put(cx, &(struct job_new){ .kind = "x.noop" }, &other));
    const char *ids[] = { second, other.job_id, first, step.id, uuid_make(cx) };
    NEED_OK(pg_begin(cx));
    CHECK_OK(jobs_stop(cx, ids, COUNT(ids), &ended, &missed));
    NEED_OK(pg_commit(cx));
    CHECK(!missed);
    CHECK_INT(ended.jobs.n, 3);             /* a flow, its step, a single one: each once */
    for (size_t i = 0; i < ended.jobs.n; i++)
        CHECK(!text_is(ended.jobs.at[i].id, over.id) && !text_is(ended.jobs.at[i].root, first));
    CHECK_TEXT(find(cx, step.id).state, "cancelled");
    CHECK_TEXT(find(cx, other.job_id).error, "CANCELLED");
    CHECK_OK(jobs_stop(cx, ids, 0, &ended, &missed));
    CHECK(!missed && !ended.jobs.n);
}

struct canceller { pthread_t thread; struct pg *pg; const char *id; bool good; };

static void *cancel(void *with)
{
    struct canceller *c = with;
    struct ctx cx = { .arena = arena_new(), .pg = c->pg };

    c->good = job_cancel(&cx, c->id) == OK;
    arena_free(cx.arena);
    return NULL;
}

TEST(a_cancel_that_waits_for_a_step_to_end_takes_the_next_step_along)
{
    const char *root, *next = uuid_make(cx);

    need_pg(cx);
    struct job one = claim_one(cx, put_flow(cx, &root).job_id, "w");
    struct canceller c = { .pg = cx->pg, .id = root };
    NEED_OK(pg_begin(cx));                  /* what the finisher does, slowly */
    run_sql(cx, "end", "UPDATE jobs SET state = 'succeeded', result = '{}', due_at = NULL WHERE id = $1::uuid", one.id);
    pthread_create(&c.thread, NULL, cancel, &c);
    clock_sleep_ms(200);
    run_sql(cx, "next", arena_fmt(cx->arena, "WITH r AS (UPDATE jobs SET percent = 50 WHERE id = $1::uuid RETURNING id) "
            "INSERT INTO jobs (id, root, step, place, kind) SELECT '%s', id, 'second', 1, 'x.noop' FROM r", next), root);
    NEED_OK(pg_commit(cx));
    pthread_join(c.thread, NULL);
    CHECK(c.good);
    CHECK_TEXT(find(cx, root).state, "cancelled");
    CHECK_TEXT(find(cx, next).state, "cancelled");
}

/* --- the clock --- */

static void look(struct ctx *cx)
{
    struct job_ends due = { 0 };

    for (int i = 0; i < 100; i++) {
        CHECK_OK(jobs_due(cx, 500, &due));
        if (!due.ends.n)
            return;
    }
}

TEST(an_ended_lease_returns_the_job_and_a_lost_ticket_is_written_again)
{
    need_pg(cx);
    struct ticket lost = put(cx, "x.noop"), held = put(cx, "x.noop");
    struct job j = claim_one(cx, held.job_id, "w-frozen");

    run_sql(cx, "age", "UPDATE jobs SET due_at = now() - interval '1 s' WHERE id = $1::uuid", lost.job_id);
    run_sql(cx, "age", "UPDATE jobs SET due_at = now() - interval '1 s' WHERE id = $1::uuid", held.job_id);
    run_sql(cx, "lose", "DELETE FROM outbox WHERE job_id = $1::uuid", lost.job_id);
    look(cx);
    CHECK_TEXT(find(cx, held.job_id).state, "queued");
    CHECK(find(cx, lost.job_id).due_at.ms > clock_wall_ms() + 30000);
    struct job again = claim_one(cx, held.job_id, "w2");
    CHECK_INT(again.attempt, 2);
    struct job_end end = { .job = &j, .result = "{}" };
    CHECK_OK(jobs_succeed(cx, &end, 1));
    CHECK(!end.done);
}

TEST(a_lease_that_ends_too_often_is_a_failure)
{
    need_pg(cx);
    struct ticket t = put(cx, "x.noop");

    for (int i = 0; i < ATTEMPTS_MOST; i++) {
        claim_one(cx, t.job_id, "w-crash");
        run_sql(cx, "age", "UPDATE jobs SET due_at = now() - interval '1 s' WHERE id = $1::uuid", t.job_id);
        look(cx);
    }
    CHECK_TEXT(find(cx, t.job_id).state, "failed");
    CHECK_TEXT(find(cx, t.job_id).error, "ATTEMPTS_SPENT");
}

TEST(a_passed_deadline_expires_a_flow_with_its_step)
{
    const char *root;

    need_pg(cx);
    struct ticket t = put_flow(cx, &root);
    run_sql(cx, "late", "UPDATE jobs SET deadline_at = now() - interval '1 s', due_at = now() - interval '1 s' WHERE root = $1::uuid", root);
    look(cx);
    CHECK_TEXT(find(cx, root).state, "expired");
    CHECK_TEXT(find(cx, t.job_id).state, "expired");
}

TEST(a_released_lease_does_not_cost_an_attempt)
{
    need_pg(cx);
    struct job j = claim_one(cx, put(cx, "x.noop").job_id, "w");
    const struct job *jobs[] = { &j };
    struct tickets tickets = { 0 };

    CHECK_OK(jobs_release(cx, jobs, 1, &tickets));
    CHECK_INT(tickets.tickets.n, 1);
    struct job after = find(cx, j.id);
    CHECK_TEXT(after.state, "queued");
    CHECK_INT(after.attempts_most - after.attempt, ATTEMPTS_MOST);
}

TEST(backoff_is_jittered_bounded_and_obeys_the_other_side)
{
    int64_t most = 0;

    for (int i = 0; i < 1000; i++) {
        int64_t ms = job_backoff_ms(1, 0), late = job_backoff_ms(30, 5000);
        CHECK(ms >= 0 && ms < 1000);
        CHECK(late >= 5000 && late < 65000);
        most = ms > most ? ms : most;
    }
    CHECK(most > 500);
}

/* --- transactions --- */

TEST(a_transaction_left_open_is_rolled_back_with_its_arena)
{
    struct ctx brief = *cx;
    struct job j = { 0 };
    bool found;

    need_pg(cx);
    brief.arena = arena_new();
    NEED_OK(pg_begin(&brief));
    char *id = arena_fmt(cx->arena, "%s", put(&brief, "x.noop").job_id);
    arena_free(brief.arena);
    CHECK_OK(job_find(cx, id, &j, &found));
    CHECK(!found);
}

TEST(a_job_and_its_domain_rows_are_one_promise)
{
    struct job_new n = { .id = uuid_make(cx), .kind = "x.noop" };
    struct ticket t = { 0 };
    struct job j = { 0 };
    bool found;

    need_pg(cx);
    NEED_OK(pg_begin(cx));
    CHECK_OK(job_put(cx, &n, &t));
    pg_undo(cx);
    CHECK_OK(job_find(cx, n.id, &j, &found));
    CHECK(!found && !t.outbox);
    NEED_OK(pg_begin(cx));
    CHECK_OK(job_put(cx, &n, &t));
    NEED_OK(pg_commit(cx));
    CHECK_TEXT(t.job_id, n.id);                     /* filled by the commit */
    CHECK(t.outbox);
    CHECK_OK(job_find(cx, n.id, &j, &found));
    CHECK(found);
}

/* --- group commit --- */

struct acceptor { pthread_t thread; struct pg *pg; int accepted, refused; bool poison; };

static void *accept_many(void *with)
{
    struct acceptor *a = with;

    for (int i = 0; i < 50; i++) {
        struct ctx cx = { .arena = arena_new(), .pg = a->pg };
        struct job_new n = { .id = uuid_make(&cx), .kind = "x.noop", .input = a->poison ? "not json" : "{}" };
        struct ticket t = { 0 };
        bool found = false;
        struct job j = { 0 };
        if (job_put(&cx, &n, &t))
            a->refused++;
        else if (t.outbox && job_find(&cx, n.id, &j, &found) == OK && found && text_is(j.state, "queued"))
            a->accepted++;
        arena_free(cx.arena);
    }
    return NULL;
}

TEST_WITHIN(accepts_that_share_a_commit_are_each_accepted_or_refused_alone, 60)
{
    struct acceptor all[8];

    need_pg(cx);
    for (size_t i = 0; i < COUNT(all); i++) {
        all[i] = (struct acceptor){ .pg = cx->pg, .poison = i == 3 };
        pthread_create(&all[i].thread, NULL, accept_many, &all[i]);
    }
    for (size_t i = 0; i < COUNT(all); i++) {
        pthread_join(all[i].thread, NULL);
        CHECK_INT(all[i].accepted, i == 3 ? 0 : 50);
        CHECK_INT(all[i].refused, i == 3 ? 50 : 0);
    }
}
