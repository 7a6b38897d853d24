/* Jobs against a real database: what is listed, shown, retried, cancelled, followed. */
#include "test_tools.h"
#include "app/events.h"
#include "app/worker.h"
#include "base/clock.h"
#include "data/json.h"
#include "net/redis.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define NOBODY "0192a3b4-0000-7000-8000-000000000000"

static size_t lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static const char *state_of(struct ctx *cx, const char *id) { return sql_text(cx, "SELECT state FROM jobs WHERE id = $1::uuid", id); }
static const char *tickets_of(struct ctx *cx, const char *id) { return sql_text(cx, "SELECT count(*) FROM outbox WHERE job_id = $1::uuid", id); }

/* --- looking --- */

TEST(jobs_are_filtered_by_state_kind_and_owner)
{
    need_pg(cx);
    sql_do(cx, "INSERT INTO users (id, email) VALUES ($1::uuid, $2)", "0192a3b4-0000-7000-8000-00000000000a", ALINE);
    const char *hers = make_job(cx, "tts.speak", "0192a3b4-0000-7000-8000-00000000000a");
    const char *other = make_job(cx, "ttsx.speak", NULL), *flow = make_flow(cx);

    CHECK_INT(lines(TELL("jobs", "list").out), 5);
    struct told told = TELL("jobs", "list", "--roots");
    CHECK_INT(lines(told.out), 4);
    CHECK(strstr(told.out, flow) < strstr(told.out, other) && strstr(told.out, other) < strstr(told.out, hers));
    told = TELL("jobs", "list", "--kind", "tts");
    CHECK_INT(lines(told.out), 2);
    CHECK_HAS(told.out, hers);
    CHECK_HAS(told.out, ALINE);
    CHECK_INT(lines(TELL("jobs", "list", "--kind", "tts.speak").out), 2);
    CHECK_INT(lines(TELL("jobs", "list", "--kind", "%").out), 1);
    CHECK_HAS(TELL("jobs", "list", "--state=waiting").out, flow);
    CHECK_INT(lines(TELL("jobs", "list", "--state=running").out), 1);
    told = TELL("jobs", "list", "--owner", "ALINE@example.org", "--json");
    CHECK_INT(lines(told.out), 1);
    CHECK_OK(json_check(cx, told.out, strlen(told.out) - 1));
    CHECK_HAS(told.out, hers);
    CHECK(!strstr(told.out, "private"));
    told = TELL("jobs", "list", "--owner", "bob@example.org");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "there is no account bob@example.org");
}

TEST(pages_of_jobs_meet_without_gap_or_repeat)
{
    const char *ids[7], *before = NULL;
    size_t met = 0;

    need_pg(cx);
    for (size_t i = 0; i < COUNT(ids); i++)
        ids[i] = make_job(cx, "tts.speak", NULL);
    while (met < COUNT(ids)) {
        struct told told = before ? TELL("jobs", "list", "--json", "--limit=3", "--before", before) : TELL("jobs", "list", "--json", "--limit=3");
        size_t n = lines(told.out);
        CHECK_INT(n, met < 6 ? 3 : 1);
        if (!n)
            return;
        for (size_t i = 0; i < n; i++)
            CHECK_HAS(told.out, arena_fmt(cx->arena, "{\"id\":\"%s\"", ids[COUNT(ids) - 1 - met - i]));
        met += n;
        before = ids[COUNT(ids) - met];
    }
    CHECK_TEXT(TELL("jobs", "list", "--json", "--before", before).out, "");
}

TEST(a_flow_is_shown_with_steps_effects_reasons_and_errors)
{
    need_pg(cx);
    const char *flow = make_flow(cx), *step = step_of(cx, flow);
    sql_do(cx, "UPDATE jobs SET state = 'running', attempt = 2, worker = 'stt@host:1', input = '{\"text\":\"private words\"}', "
               "explain = '[{\"engine\":\"openai\",\"why\":\"no key\"},{\"engine\":\"pocketsphinx\"}]', error = 'ENGINE_DOWN', "
               "error_text = E'it said \\x1b[2J', due_at = '2030-01-02T03:04:05Z' WHERE id = $1::uuid", step, NULL);
    sql_do(cx, "INSERT INTO effects (job_id, name, attempt, state) VALUES ($1::uuid, 'hear-openai-0', 2, 'begun')", step, NULL);
    struct told told = TELL("jobs", "show", step);
    CHECK_INT(told.status, 0);
    static const char *const parts[] = { "kind           flow.ask", "state          waiting", "Steps\n", "hear", "stt@host:1", "2030-01-02T03:04:05Z",
                                         "ENGINE_DOWN", "it said ?[2J", "Effects\n", "hear-openai-0", "begun", "Why\n", "no key", "pocketsphinx" };
    for (size_t i = 0; i < COUNT(parts); i++)
        CHECK_HAS(told.out, parts[i]);
    CHECK(!strchr(told.out, '\x1b') && !strstr(told.out, "private"));
    CHECK_HAS(TELL("jobs", "show", "--data", flow).out, flow);
    told = TELL("jobs", "show", "--json", flow);
    CHECK_INT(lines(told.out), 1);
    CHECK_OK(json_check(cx, told.out, strlen(told.out) - 1));
    CHECK_HAS(told.out, "\"lease_until\":\"2030-01-02T03:04:05Z\"");
    CHECK_HAS(told.out, "\"cost_micro\":null");
    CHECK(!strstr(told.out, "private"));
    CHECK_HAS(TELL("jobs", "show", "--json", "--data", flow).out, "private words");
    told = TELL("jobs", "show", NOBODY);
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "there is no job " NOBODY);
}

TEST(counts_are_by_service_lane_and_state)
{
    need_pg(cx);
    make_job(cx, "tts.speak", NULL), make_job(cx, "tts.speak", NULL), make_flow(cx);
    sql_do(cx, "UPDATE jobs SET created_at = created_at - interval '90 s' WHERE kind LIKE 'tts%'", NULL, NULL);
    sql_do(cx, "UPDATE jobs SET run_after = clock_timestamp() + interval '1 h' WHERE kind LIKE 'stt%'", NULL, NULL);
    struct told told = TELL("jobs", "counts", "--json");
    CHECK_HAS(told.out, "{\"service\":\"flow\",\"lane\":\"live\",\"state\":\"waiting\",\"jobs\":1,\"oldest_s\":null}\n");
    CHECK_HAS(told.out, "{\"service\":\"stt\",\"lane\":\"live\",\"state\":\"queued\",\"jobs\":1,\"oldest_s\":null}\n");
    CHECK_HAS(told.out, "{\"service\":\"tts\",\"lane\":\"live\",\"state\":\"queued\",\"jobs\":2,\"oldest_s\":9");
    CHECK_HAS(told.out, "{\"service\":\"tts\",\"lane\":\"live\",\"state\":\"unsent\",\"jobs\":2,\"oldest_s\":");
    CHECK_INT(lines(TELL("jobs", "counts").out), 6);
}

TEST(the_dead_are_listed_with_the_step_that_failed)
{
    need_pg(cx);
    const char *flow = make_flow(cx), *single = make_job(cx, "tts.speak", NULL), *doubtful = make_job(cx, "telephony.call", NULL);
    fail_job(cx, step_of(cx, flow), "failed", "ENGINE_DOWN", "'no answer'");
    fail_job(cx, single, "failed", "LANGUAGE_REFUSED", NULL);
    fail_job(cx, doubtful, "unknown", "EFFECT_UNKNOWN", NULL);
    fail_job(cx, make_job(cx, "tts.speak", NULL), "cancelled", "CANCELLED", NULL);
    struct told told = TELL("jobs", "dead");
    CHECK_INT(lines(told.out), 4);
    CHECK(strstr(told.out, doubtful) < strstr(told.out, single) && strstr(told.out, single) < strstr(told.out, flow));
    CHECK_HAS(told.out, "flow.ask        stt.transcribe  failed");
    CHECK_HAS(told.out, "no answer");
    CHECK_INT(lines(TELL("jobs", "dead", "--limit=2", "--json").out), 2);
    CHECK_HAS(TELL("jobs", "dead", "--kind", "stt", "--json").out, flow);
    CHECK_INT(lines(TELL("jobs", "dead", "--kind", "stt", "--json").out), 1);
    CHECK_HAS(TELL("jobs", "dead", "--error", "LANGUAGE_REFUSED", "--json").out, single);
}

/* --- retrying --- */

TEST(a_retry_queues_the_step_that_failed_and_leaves_a_ticket)
{
    need_pg(cx);
    const char *flow = make_flow(cx), *step = step_of(cx, flow);
    sql_do(cx, "TRUNCATE outbox", NULL, NULL);
    fail_job(cx, step, "failed", "ENGINE_DOWN", NULL);
    struct told told = TELL("jobs", "retry", flow);
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.out, arena_fmt(cx->arena, "queued %s: stt.transcribe of %s\n", step, flow));
    CHECK_TEXT(state_of(cx, step), "queued");
    CHECK_TEXT(state_of(cx, flow), "waiting");
    CHECK_TEXT(tickets_of(cx, step), "1");
    CHECK_TEXT(sql_text(cx, "SELECT attempts_most - attempt FROM jobs WHERE id = $1::uuid", step), "5");
}

TEST(what_cannot_be_retried_is_told_and_keeps_no_other_from_it)
{
    need_pg(cx);
    const char *queued = make_job(cx, "tts.speak", NULL), *failed = make_job(cx, "tts.speak", NULL);
    fail_job(cx, failed, "failed", "ENGINE_DOWN", NULL);
    struct told told = TELL("jobs", "retry", NOBODY, queued, failed);
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "no job " NOBODY);
    CHECK_HAS(told.err, arena_fmt(cx->arena, "job %s is queued", queued));
    CHECK_TEXT(told.out, arena_fmt(cx->arena, "queued %s: tts.speak of %s\n", failed, failed));
    CHECK_TEXT(state_of(cx, failed), "queued");
    told = TELL("jobs", "retry", failed);
    CHECK_INT(told.status, 1);
    CHECK_TEXT(tickets_of(cx, failed), "2");            /* of its acceptance and of one retry */
}

TEST(a_dry_run_changes_nothing)
{
    need_pg(cx);
    const char *failed = make_job(cx, "tts.speak", NULL), *queued = make_job(cx, "tts.speak", NULL);
    fail_job(cx, failed, "failed", "ENGINE_DOWN", NULL);
    const char *before = sql_text(cx, "SELECT string_agg(j::text, '' ORDER BY id) || (SELECT count(*) FROM outbox) FROM jobs j", NULL);
    struct told told = TELL("jobs", "retry", "--dead", "--dry-run");
    CHECK_TEXT(told.out, arena_fmt(cx->arena, "would retry %s tts.speak (ENGINE_DOWN)\n1 would be queued\n", failed));
    CHECK_INT(TELL("jobs", "retry", "--dry-run", failed).status, 0);
    CHECK_INT(TELL("jobs", "retry", "--dry-run", queued).status, 1);
    CHECK_TEXT(sql_text(cx, "SELECT string_agg(j::text, '' ORDER BY id) || (SELECT count(*) FROM outbox) FROM jobs j", NULL), before);
}

/* What ended unknown may have rung a telephone: only who says so does it twice. */
TEST(retrying_the_dead_goes_by_error_and_kind_and_leaves_the_unknown_alone)
{
    need_pg(cx);
    const char *a = make_job(cx, "tts.speak", NULL), *b = make_job(cx, "stt.transcribe", NULL), *c = make_flow(cx),
               *doubtful = make_job(cx, "telephony.call", NULL);
    fail_job(cx, a, "failed", "ENGINE_DOWN", NULL);
    fail_job(cx, b, "failed", "MEDIA_SILENT", NULL);
    fail_job(cx, step_of(cx, c), "failed", "ENGINE_DOWN", NULL);
    fail_job(cx, doubtful, "unknown", "EFFECT_UNKNOWN", NULL);
    CHECK_HAS(TELL("jobs", "retry", "--dead", "--error", "MEDIA_SILENT", "--kind", "tts").out, "0 queued\n");
    CHECK_HAS(TELL("jobs", "retry", "--dead", "--error", "ENGINE_DOWN", "--kind", "stt").out, "1 queued\n");
    CHECK_TEXT(state_of(cx, c), "waiting");
    CHECK_TEXT(state_of(cx, b), "failed");
    struct told told = TELL("jobs", "retry", "--dead", "--limit=1");
    CHECK_HAS(told.err, "there may be more");
    CHECK_TEXT(state_of(cx, b), "queued");              /* the last to end */
    CHECK_HAS(TELL("jobs", "retry", "--dead").out, "1 queued\n");
    CHECK_TEXT(state_of(cx, a), "queued");
    CHECK_TEXT(state_of(cx, doubtful), "unknown");
    CHECK_HAS(TELL("jobs", "retry", "--dead", "--unknown").out, "1 queued\n");
    CHECK_TEXT(state_of(cx, doubtful), "queued");
}

/* --- cancelling --- */

static const char *last_event(struct ctx *cx, const char *topic)
{
    struct event_batch *batches;
    struct event e = { 0 };
    size_t n;

    CHECK_OK(events_read(cx, topic, 0, 100, &batches, &n));
    if (!n)
        return "";
    while (event_next(&batches[n - 1].lines, &e))
        ;
    return arena_fmt(cx->arena, "%.*s %.*s", (int)e.type.n, e.type.at, (int)e.data.n, e.data.at);
}

static void on_message(void *with, const char *channel, struct bytes message)
{
    char *heard = with;

    (void)channel;
    if (!message.at)
        __atomic_store_n(&heard[63], 1, __ATOMIC_RELEASE);
    else if (message.n < 60)
        memcpy(heard, message.at, message.n);
}

struct listening { struct feed *feed; bool stop; };
static void again(void *with) { (void)with; }
static void *listen_on(void *with)
{
    struct listening *l = with;

    feed_run(l->feed, &l->stop, again);
    return NULL;
}

TEST(a_cancel_ends_the_whole_flow_and_tells_workers_and_listeners)
{
    char heard[64] = "";
    pthread_t thread;

    need_pg(cx);
    if (!cx->redis)
        skip("no REDIS_URL");
    const char *flow = make_flow(cx), *step = step_of(cx, flow);
    struct listening l = { feed_open(cx->arena, getenv("REDIS_URL"), on_message, heard), false };
    feed_add(l.feed, CANCEL_CHANNEL);
    pthread_create(&thread, NULL, listen_on, &l);
    for (int i = 0; i < 100 && !__atomic_load_n(&heard[63], __ATOMIC_ACQUIRE); i++)
        usleep(20000);
    struct told told = TELL("jobs", "cancel", step);
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.err, "");
    CHECK_TEXT(told.out, arena_fmt(cx->arena, "cancelled %s\n", flow));
    CHECK_TEXT(state_of(cx, flow), "cancelled");
    CHECK_TEXT(state_of(cx, step), "cancelled");
    CHECK_TEXT(last_event(cx, flow), "done {\"state\":\"cancelled\",\"error\":\"CANCELLED\"}");
    usleep(100000);
    __atomic_store_n(&l.stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    heard[63] = '\0';
    CHECK_TEXT(heard, flow);
}

TEST(a_cancel_of_what_has_ended_fails_and_the_others_are_cancelled)
{
    need_pg(cx);
    const char *ended = make_job(cx, "tts.speak", NULL), *live = make_job(cx, "tts.speak", NULL);
    fail_job(cx, ended, "failed", "ENGINE_DOWN", NULL);
    struct told told = TELL("jobs", "cancel", ended, NOBODY, live);
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, arena_fmt(cx->arena, "job %s has failed already", ended));
    CHECK_HAS(told.err, "no job " NOBODY);
    CHECK_TEXT(state_of(cx, live), "cancelled");
    CHECK_TEXT(state_of(cx, ended), "failed");
}

TEST(a_cancel_holds_without_redis)
{
    need_pg(cx);
    const char *a = make_job(cx, "tts.speak", NULL), *b = make_job(cx, "tts.speak", NULL), *c = make_job(cx, "tts.speak", NULL);
    unsetenv("REDIS_URL");
    struct told told = TELL("jobs", "cancel", a, b);
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.err, "palabrectl: REDIS_URL is not set: workers hear of it with their next heartbeat\n");
    setenv("REDIS_URL", "redis://127.0.0.1:1/0", 1);
    told = TELL("jobs", "cancel", c);
    CHECK_INT(told.status, 0);
    CHECK_HAS(told.err, "Redis does not answer");
    CHECK_TEXT(sql_text(cx, "SELECT count(*) FROM jobs WHERE state = 'cancelled'", NULL), "3");
}

/* --- following --- */

TEST(a_job_that_has_ended_is_followed_to_its_end_at_once)
{
    need_pg(cx);
    if (!cx->redis)
        skip("no REDIS_URL");
    const char *id = make_job(cx, "tts.speak", NULL);
    struct events *events = events_open(cx->arena, cx->redis);
    event_put(events, id, "token", "{\"text\":\"a\\u001b[2J\"}");
    event_put(events, id, "done", "{\"state\":\"failed\"}");        /* of an attempt that a retry has overtaken */
    event_put(events, id, "queued", "{}");
    event_put(events, id, "done", "{\"state\":\"succeeded\"}");
    events_close(events);
    sql_do(cx, "UPDATE jobs SET state = 'succeeded' WHERE id = $1::uuid", id, NULL);
    struct told told = TELL("jobs", "watch", id);
    CHECK_INT(told.status, 0);
    CHECK_INT(lines(told.out), 5);
    CHECK_HAS(told.out, "     2  done         {\"state\":\"failed\"}\n     3  queued       {}\n");
    CHECK_HAS(told.out, arena_fmt(cx->arena, "%s succeeded\n", id));
    CHECK_HAS(TELL("jobs", "watch", "--json", id).out, "{\"number\":3,\"type\":\"queued\",\"data\":{}}\n");
    CHECK_INT(TELL("jobs", "watch", NOBODY).status, 1);
}

static void *end_soon(void *with)
{
    struct ctx cx = *(struct ctx *)with;
    cx.arena = arena_new();

    usleep(400000);
    tell_with(&cx, NULL, (const char *const[]){ "jobs", "cancel", cx.user, NULL });
    arena_free(cx.arena);
    return NULL;
}

TEST(a_job_is_followed_until_it_ends)
{
    need_pg(cx);
    const char *flow = make_flow(cx);
    struct ctx other = *cx;
    pthread_t thread;

    other.user = flow;
    pthread_create(&thread, NULL, end_soon, &other);
    int64_t start = clock_ms();
    struct told told = TELL("jobs", "watch", step_of(cx, flow));
    pthread_join(thread, NULL);
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.out, arena_fmt(cx->arena, "%s cancelled: CANCELLED\n", flow));
    if (cx->redis)
        CHECK_HAS(told.out, "done         {\"state\":\"cancelled\",\"error\":\"CANCELLED\"}\n");
    CHECK_WITHIN(clock_ms() - start, 400, 5000);
}

TEST(without_redis_only_the_end_is_told)
{
    need_pg(cx);
    const char *id = make_job(cx, "tts.speak", NULL);
    sql_do(cx, "UPDATE jobs SET state = 'succeeded' WHERE id = $1::uuid", id, NULL);
    setenv("REDIS_URL", "redis://127.0.0.1:1/0", 1);
    struct told told = TELL("jobs", "watch", id);
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.err, "palabrectl: Redis does not answer: only the end will be told\n");
    CHECK_TEXT(told.out, arena_fmt(cx->arena, "%s succeeded\n", id));
}
