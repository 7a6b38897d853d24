/* The notifying worker: its schedule, its turns, and deliveries to a receiver that plays (PG_URL). */
#define _GNU_SOURCE
#include "config.h"
#include "handler.h"
#include "schedule.h"
#include "turns.h"
#include "app/jobs.h"
#include "app/persons.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "data/webhook.h"
#include "net/http.h"
#include "net/pg.h"
#include "net/test_script.h"
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>

#define TAKEN    "HTTP/1.1 204 No Content\r\n\r\n"
#define EMPTY    "Content-Length: 0\r\n\r\n"
#define SECRET   "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define OLD      "whsec_ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICA="

/* --- the schedule --- */

TEST(a_schedule_is_a_list_of_seconds_that_begins_at_once)
{
    const char *good[] = { "0", "0,5,300", "0,0.2,0.4", notify_settings.webhook_schedule };
    const char *bad[] = { "", "5", "0,", "0,,5", "0,x", "0,-1", "0,99999999", "0 5", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0" };

    for (size_t i = 0; i < COUNT(good); i++)
        if (format_schedule.check(good[i], strlen(good[i])))
            SAY("%s is refused", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!format_schedule.check(bad[i], strlen(bad[i])))
            SAY("%s is taken", bad[i]);
}

TEST(attempts_wait_longer_and_longer_with_some_chance_and_then_end)
{
    static const int64_t s[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };
    int64_t wait_ms, least = INT64_MAX, most = 0;

    for (int tries = 1; tries <= 9; tries++) {
        CHECK(schedule_next(notify_settings.webhook_schedule, tries, 0, &wait_ms));
        CHECK(wait_ms >= s[tries - 1] * 1000 && wait_ms <= s[tries - 1] * 1100);
    }
    CHECK(!schedule_next(notify_settings.webhook_schedule, 10, 0, &wait_ms));
    for (int i = 0; i < 200; i++) {
        CHECK(schedule_next("0,100", 1, 0, &wait_ms));
        least = wait_ms < least ? wait_ms : least, most = wait_ms > most ? wait_ms : most;
    }
    CHECK(most - least > 2000);
    CHECK(schedule_next("0,5", 1, 60000, &wait_ms));
    CHECK_INT(wait_ms, 60000);                          /* the receiver's own word, when it is later */
    CHECK(schedule_next("0,0", 1, 0, &wait_ms));
    CHECK_INT(wait_ms, 1);                              /* at once, and yet another attempt: 0 would say that there is none */
}

/* --- turns --- */

TEST(few_are_sent_to_one_address_at_once_and_the_rest_is_told_when_to_come)
{
    int64_t before = 0;

    CHECK_OK(turn_take(cx, "a", false));
    CHECK_OK(turn_take(cx, "a", false));
    for (int i = 0; i < 5; i++) {                       /* a line: each later than the one before */
        err_t e = turn_take(cx, "a", false);
        CHECK(e && e->code == E_TURN_LATER && e->retry_in_ms > before);
        before = e ? e->retry_in_ms : 0;
    }
    CHECK_OK(turn_take(cx, "b", false));                /* another address does not wait */
    turn_give("a", false, 10);
    CHECK_OK(turn_take(cx, "a", false));
}

TEST(addresses_that_fail_leave_room_for_those_that_answer)
{
    static const char *const dead[] = { "1", "2", "3" };

    for (size_t i = 0; i < COUNT(dead); i++)
        CHECK_OK(turn_take(cx, dead[i], true));
    CHECK_FAILS(turn_take(cx, "4", true), TURN_LATER);
    CHECK_OK(turn_take(cx, "4", false));
    turn_give("1", true, 15000);
    CHECK_OK(turn_take(cx, "5", true));
}

TEST(an_address_that_asks_for_a_pause_gets_it)
{
    turn_pause("p", 60000);
    err_t e = turn_take(cx, "p", false);
    CHECK(e && e->code == E_TURN_LATER && e->retry_in_ms >= 59000 && e->retry_in_ms < 61000);
    CHECK_OK(turn_take(cx, "q", false));
}

TEST(no_number_of_addresses_is_too_many)
{
    for (int i = 0; i < 2000; i++) {
        const char *name = arena_fmt(cx->arena, "address-%d", i);
        CHECK_OK(turn_take(cx, name, false));
        turn_give(name, false, 5);
    }
    for (int i = 0; i < 2000; i++)
        turn_pause(arena_fmt(cx->arena, "paused-%d", i), 60000);
    CHECK_FAILS(turn_take(cx, "one more", false), TURN_LATER);
}

/* --- deliveries --- */

struct told { const char *text; };
extern const struct shape told_shape;
SHAPE(told, "A text of the database.", FIELD(told, text, "It."));

#define SQL_TEST(name_, n_, text_) static const struct sql sql_t_##name_ = { "t_" #name_, text_, NULL, n_ }
SQL_TEST(user, 1, "INSERT INTO users (id, email) VALUES ($1::uuid, $1::text || '@example.org')");
SQL_TEST(endpoint, 4, "INSERT INTO webhook_endpoints (id, owner, url, events, secret) VALUES ($1::uuid, $2::uuid, $3, ARRAY['*'], $4)");
SQL_TEST(tell, 1, "SELECT webhooks_tell($1::uuid, 'transcription.completed', '{\"id\": \"é\"}')::text AS text");
SQL_TEST(job, 1, "SELECT job_id AS text FROM webhook_deliveries WHERE endpoint = $1::uuid ORDER BY id DESC LIMIT 1");
SQL_TEST(input, 1, "SELECT id AS text FROM webhook_deliveries WHERE endpoint = $1::uuid ORDER BY id DESC LIMIT 1");
SQL_TEST(due, 1, "UPDATE jobs SET run_after = NULL WHERE id = $1::uuid");
SQL_TEST(delivery, 1, "SELECT concat_ws(' ', state, attempts, coalesce(status_code::text, '-'), CASE WHEN next_at > clock_timestamp() THEN 'later' END) AS text "
                      "FROM webhook_deliveries WHERE endpoint = $1::uuid ORDER BY id DESC LIMIT 1");
SQL_TEST(error, 1, "SELECT error AS text FROM webhook_deliveries WHERE endpoint = $1::uuid ORDER BY id DESC LIMIT 1");
SQL_TEST(standing, 1, "SELECT concat_ws(' ', enabled, failures, disabled_reason) AS text FROM webhook_endpoints WHERE id = $1::uuid");
SQL_TEST(rotate, 2, "UPDATE webhook_endpoints SET old_secret = $2, old_until = clock_timestamp() + interval '1 hour' WHERE id = $1::uuid");
SQL_TEST(rotated, 1, "UPDATE webhook_endpoints SET old_until = clock_timestamp() - interval '1 second' WHERE id = $1::uuid");
SQL_TEST(long_ago, 1, "UPDATE webhook_endpoints SET failures = 30, failing_since = clock_timestamp() - interval '6 days' WHERE id = $1::uuid");
SQL_TEST(disable, 1, "UPDATE webhook_endpoints SET enabled = false, disabled_reason = 'owner' WHERE id = $1::uuid");
SQL_TEST(history, 1, "SELECT count(*)::text || ' of ' || max(n) AS text FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery WHERE d.endpoint = $1::uuid");
SQL_TEST(tried, 2, "UPDATE webhook_deliveries SET attempts = $2::int, tries = 1 WHERE endpoint = $1::uuid");
SQL_TEST(leave, 1, "DELETE FROM users WHERE id = (SELECT owner FROM webhook_endpoints WHERE id = $1::uuid)");
SQL_TEST(seal, 2, "UPDATE webhook_endpoints SET secret = $2 WHERE id = $1::uuid");
SQL_TEST(old, 1, "INSERT INTO webhook_messages (id, owner, type, payload) SELECT 'msg_' || repeat('0', 32), owner, 'x', '{}' FROM webhook_endpoints WHERE id = $1::uuid");
SQL_TEST(pending, 1, "INSERT INTO webhook_deliveries (id, endpoint, message, job_id) VALUES (gen_random_uuid(), $1::uuid, 'msg_' || repeat('0', 32), gen_random_uuid())");
SQL_TEST(end, 1, "UPDATE webhook_deliveries SET state = 'failed' WHERE endpoint = $1::uuid");

static const char *ask(struct ctx *cx, const struct sql *q, const char *id)
{
    struct told told = { .text = NULL };
    bool found;

    CHECK_OK(pg_find(cx, q, ARGS(id), &told_shape, &told, &found));
    return told.text;
}

static void run_sql(struct ctx *cx, const struct sql *q, const char *id) { CHECK_OK(pg_do(cx, q, ARGS(id))); }

/* An endpoint at the server of the test, of a new owner; the settings let it be private and plain. */
static const char *endpoint_at(struct ctx *cx, const char *url, const char **owner)
{
    const char *id = uuid_make(cx);

    if (!cx->pg)
        skip("no PG_URL");
    *owner = uuid_make(cx);
    notify_settings.webhooks.hosts = "127.0.0.1,localhost";
    notify_settings.webhook_timeout_ms = 1500;
    run_sql(cx, &sql_t_user, *owner);
    CHECK_OK(pg_do(cx, &sql_t_endpoint, ARGS(id, *owner, url, SECRET)));
    return id;
}

/* Claim the job of the newest delivery as a worker does, and do it once. */
static err_t deliver(struct ctx *cx, const char *endpoint, struct notified *out)
{
    const char *id = ask(cx, &sql_t_job, endpoint);
    struct notify_webhook in = { ask(cx, &sql_t_input, endpoint) };
    struct jobs jobs = { .jobs.n = 0 };

    *out = (struct notified){ 0 };
    run_sql(cx, &sql_t_due, id);
    CHECK_OK(jobs_claim(cx, "notify@test", &id, 1, &jobs));
    if (!jobs.jobs.n)
        return fail(cx, BUG, "the job cannot be claimed");
    cx->job = &jobs.jobs.at[0];
    err_t e = notify_webhook.run(cx, &in, out);
    struct job_end end = { .job = cx->job, .error = e };
    CHECK_OK(e ? job_fail(cx, &end) : jobs_succeed(cx, &end, 1));
    return e;
}

static const char *told_to(struct ctx *cx, struct server *s)
{
    const char *owner, *endpoint = endpoint_at(cx, server_url(cx, s, "/hook"), &owner);

    CHECK_TEXT(ask(cx, &sql_t_tell, owner), "1");
    return endpoint;
}

static const char *header_of(struct ctx *cx, const char *request, const char *name)
{
    const char *at = strcasestr(request, arena_fmt(cx->arena, "\n%s: ", name));

    if (!at)
        return "";
    at += strlen(name) + 3;
    return arena_text(cx->arena, at, strcspn(at, "\r\n"));
}

static err_t verify(struct ctx *cx, const char *secret, const char *request)
{
    const char *body = strstr(request, "\r\n\r\n") + 4;
    struct webhook_sent sent = { header_of(cx, request, "webhook-id"), header_of(cx, request, "webhook-timestamp"), header_of(cx, request, "webhook-signature"),
                                 { body, strlen(body) } };

    return webhook_verify(cx, secret, &sent, clock_wall_ms() / 1000);
}

TEST(every_statement_of_the_worker_fits_the_database)
{
    int checked;

    if (!cx->pg)
        skip("no PG_URL");
    CHECK_OK(pg_check_all(cx, &checked));
}

TEST(a_delivery_is_signed_and_taken)
{
    struct server *s = SERVER(PLAY(ANSWERS(TAKEN)));
    const char *endpoint = told_to(cx, s);
    struct notified out;

    NEED_OK(deliver(cx, endpoint, &out));
    CHECK_TEXT(out.state, "delivered");
    CHECK_INT(out.status_code, 204);
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "delivered 1 204");
    CHECK_TEXT(ask(cx, &sql_t_standing, endpoint), "t 0");
    const char *seen = server_seen(cx, s);
    CHECK_HAS(seen, "POST /hook HTTP/1.1\r\n");
    CHECK_TEXT(header_of(cx, seen, "content-type"), "application/json");
    CHECK(text_starts(header_of(cx, seen, "webhook-id"), "msg_") && !strchr(header_of(cx, seen, "webhook-id"), '.'));
    CHECK_HAS(seen, "\"type\":\"transcription.completed\"");
    CHECK_HAS(seen, "\"data\":{\"id\": \"é\"}");
    CHECK_OK(verify(cx, SECRET, seen));
    CHECK_FAILS(verify(cx, OLD, seen), TOKEN_INVALID);
}

TEST(while_a_secret_is_changed_both_sign)
{
    struct server *s = SERVER(PLAY(ANSWERS(TAKEN), ANSWERS(TAKEN)));
    const char *owner, *endpoint = endpoint_at(cx, server_url(cx, s, "/"), &owner);
    struct notified out;

    ask(cx, &sql_t_tell, owner);
    CHECK_OK(pg_do(cx, &sql_t_rotate, ARGS(endpoint, OLD)));
    NEED_OK(deliver(cx, endpoint, &out));
    CHECK_OK(verify(cx, SECRET, server_seen(cx, s)));
    CHECK_OK(verify(cx, OLD, server_seen(cx, s)));
    size_t before = server_seen_n(s);
    run_sql(cx, &sql_t_rotated, endpoint);
    ask(cx, &sql_t_tell, owner);
    NEED_OK(deliver(cx, endpoint, &out));
    CHECK_OK(verify(cx, SECRET, server_seen(cx, s) + before));
    CHECK_FAILS(verify(cx, OLD, server_seen(cx, s) + before), TOKEN_INVALID);
}

TEST_WITHIN(what_a_receiver_does_wrong_is_tried_again_later, 60)
{
    static const struct { const char *says; int status; const char *error; } cases[] = {
        { "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n" EMPTY, 301, "it answered 301" }, { "HTTP/1.1 400 No\r\n" EMPTY, 400, "it answered 400" },
        { "HTTP/1.1 500 No\r\n" EMPTY, 500, "it answered 500" }, { "HTTP/1.1 503 No\r\n" EMPTY, 503, "it answered 503" },
        { "nonsense\r\n\r\n", 0, "HTTP" }, { "", 0, "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server *s = SERVER(PLAY(ANSWERS(cases[i].says)));
        const char *endpoint = told_to(cx, s);
        struct notified out;
        err_t e = deliver(cx, endpoint, &out);
        CHECK(e && e->code == E_WEBHOOK_LATER && e->retry_in_ms >= 5000 && e->retry_in_ms <= 5500);
        CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), arena_fmt(cx->arena, "pending 1 %s later", cases[i].status ? arena_fmt(cx->arena, "%d", cases[i].status) : "-"));
        CHECK_HAS(ask(cx, &sql_t_error, endpoint), cases[i].error);
        CHECK_TEXT(ask(cx, &sql_t_standing, endpoint), "t 1");
        CHECK_INT(server_requests(s), 1);
    }
}

TEST(a_message_has_one_id_and_each_attempt_its_own_signature)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 500 No\r\n" EMPTY), ANSWERS(TAKEN)));
    const char *endpoint = told_to(cx, s);
    struct notified out;

    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    const char *first = server_seen(cx, s);
    size_t n = server_seen_n(s);
    clock_sleep_ms(1100);
    NEED_OK(deliver(cx, endpoint, &out));
    const char *second = server_seen(cx, s) + n;
    CHECK_TEXT(header_of(cx, second, "webhook-id"), header_of(cx, first, "webhook-id"));
    CHECK(strcmp(header_of(cx, second, "webhook-timestamp"), header_of(cx, first, "webhook-timestamp")) != 0);
    CHECK(strcmp(header_of(cx, second, "webhook-signature"), header_of(cx, first, "webhook-signature")) != 0);
    CHECK_TEXT(strstr(second, "\r\n\r\n"), strstr(first, "\r\n\r\n"));
    CHECK_OK(verify(cx, SECRET, second));
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "delivered 2 204");
    CHECK_TEXT(ask(cx, &sql_t_history, endpoint), "2 of 2");
}

TEST(a_receiver_that_asks_for_time_gets_it)
{
    static const char *const says[] = { "429 Slow", "502 Bad", "504 Late", "503 Away" };

    for (size_t i = 0; i < COUNT(says); i++) {
        struct server *s = SERVER(PLAY(ANSWERS(arena_fmt(cx->arena, "HTTP/1.1 %s\r\nRetry-After: 120\r\n" EMPTY, says[i]))));
        const char *endpoint = told_to(cx, s);
        struct notified out;
        err_t e = deliver(cx, endpoint, &out);
        CHECK(e && e->code == E_WEBHOOK_LATER && e->retry_in_ms == 120000);
        e = deliver(cx, endpoint, &out);                    /* and no other message of it goes before */
        CHECK(e && e->code == E_TURN_LATER);
        CHECK_INT(server_requests(s), 1);
    }
    char date[CLOCK_ISO_BYTES];
    clock_http(clock_wall_ms() + 90000, date);
    struct server *s = SERVER(PLAY(ANSWERS(arena_fmt(cx->arena, "HTTP/1.1 429 Slow\r\nRetry-After: %s\r\n" EMPTY, date))));
    struct notified out;
    err_t e = deliver(cx, told_to(cx, s), &out);
    CHECK(e && e->retry_in_ms > 85000 && e->retry_in_ms <= 90000);
}

TEST(who_is_gone_is_not_told_again)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 410 Gone\r\n" EMPTY)));
    const char *endpoint = told_to(cx, s);
    struct notified out;

    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_FAILED);
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "failed 1 410");
    CHECK_TEXT(ask(cx, &sql_t_standing, endpoint), "f 1 gone");
}

TEST(who_fails_for_days_is_disabled_and_what_waits_for_it_fails)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 500 No\r\n" EMPTY)));
    const char *endpoint = told_to(cx, s);
    struct notified out;

    run_sql(cx, &sql_t_long_ago, endpoint);
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_TEXT(ask(cx, &sql_t_standing, endpoint), "f 31 failing");
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_DISABLED);
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "failed 1 500");
    CHECK_HAS(ask(cx, &sql_t_error, endpoint), "disabled");
    CHECK_INT(server_requests(s), 1);
}

TEST(after_the_last_attempt_a_delivery_has_failed)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 500 No\r\n" EMPTY), ANSWERS("HTTP/1.1 500 No\r\n" EMPTY)));
    const char *endpoint = told_to(cx, s);
    struct notified out;

    notify_settings.webhook_schedule = "0,1";
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_FAILED);
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "failed 2 500");
}

TEST(a_slow_receiver_costs_no_more_than_an_attempt_may_last)
{
    struct server *s = SERVER(PLAY(TAKES, WAITS(10000)), PLAY(TAKES, DRIPS(200, "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")));
    int64_t from = clock_ms();
    struct notified out;
    const char *endpoint = told_to(cx, s);

    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "pending 2 - later");
    CHECK_WITHIN(clock_ms() - from, 0, 6000);
}

TEST(of_an_endless_answer_the_status_is_enough)
{
    struct server *s = SERVER(PLAY(TAKES, SAYS("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"), REPEATS(4096, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")));
    struct notified out;
    size_t before = arena_size(cx->arena);
    const char *endpoint = told_to(cx, s);

    NEED_OK(deliver(cx, endpoint, &out));
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "delivered 1 200");
    CHECK(arena_size(cx->arena) - before < 1 << 20);
}

TEST(a_name_that_leads_to_a_private_address_is_not_followed)
{
    struct server *s = SERVER(PLAY(ANSWERS(TAKEN)));
    const char *owner, *url = arena_fmt(cx->arena, "https://localhost.localdomain:%d/", server_port(s)), *endpoint = endpoint_at(cx, url, &owner);
    struct notified out;

    notify_settings.webhooks.hosts = NULL;
    ask(cx, &sql_t_tell, owner);
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_INT(server_connections(s), 0);
    notify_settings.webhooks.insecure = true;
    endpoint = endpoint_at(cx, server_url(cx, s, "/"), &owner);
    notify_settings.webhooks.hosts = NULL;
    ask(cx, &sql_t_tell, owner);
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_HAS(ask(cx, &sql_t_error, endpoint), "private");
    CHECK_INT(server_connections(s), 0);
}

TEST(what_is_disabled_gone_or_has_ended_is_not_sent)
{
    struct server *s = SERVER(PLAY(ANSWERS(TAKEN)));
    const char *owner, *endpoint = endpoint_at(cx, server_url(cx, s, "/"), &owner);
    struct notified out;

    run_sql(cx, &sql_t_disable, endpoint);
    CHECK_TEXT(ask(cx, &sql_t_tell, owner), "0");
    endpoint = told_to(cx, s);
    run_sql(cx, &sql_t_disable, endpoint);
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_DISABLED);
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "failed 0 -");

    endpoint = told_to(cx, s);
    struct notify_webhook in = { ask(cx, &sql_t_input, endpoint) };
    struct job job = { .id = ask(cx, &sql_t_job, endpoint), .attempt = 1 };
    run_sql(cx, &sql_t_leave, endpoint);
    cx->job = &job;
    CHECK_OK(notify_webhook.run(cx, &in, &out));
    CHECK_TEXT(out.state, "gone");
    CHECK_INT(server_requests(s), 0);
}

TEST(without_the_key_of_who_left_nothing_can_be_signed_and_nothing_is_sent)
{
    struct server *s = SERVER(PLAY(ANSWERS(TAKEN)));
    const char *owner, *endpoint = endpoint_at(cx, server_url(cx, s, "/"), &owner), *sealed;
    struct notified out;

    NEED_OK(persons_open(cx, cx->arena, "a:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=", &cx->persons));
    NEED_OK(person_seal(cx, owner, (struct bytes){ SECRET, strlen(SECRET) }, &sealed));
    CHECK(person_is_sealed(sealed));
    CHECK_OK(pg_do(cx, &sql_t_seal, ARGS(endpoint, sealed)));
    CHECK_TEXT(ask(cx, &sql_t_tell, owner), "1");
    NEED_OK(deliver(cx, endpoint, &out));
    CHECK_OK(verify(cx, SECRET, server_seen(cx, s)));
    CHECK_OK(person_erase(cx, owner));
    CHECK_TEXT(ask(cx, &sql_t_tell, owner), "1");
    CHECK_FAILS(deliver(cx, endpoint, &out), PERSON_ERASED);
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "failed 0 -");
    CHECK_INT(server_requests(s), 1);
}

static void *stop_soon(void *stop)
{
    clock_sleep_ms(300);
    __atomic_store_n((bool *)stop, true, __ATOMIC_RELAXED);
    return NULL;
}

TEST(an_attempt_that_is_stopped_is_nobodys_failure_and_gives_its_turn_back)
{
    struct server *s = SERVER(PLAY(TAKES, WAITS(10000)));
    const char *endpoint = told_to(cx, s);
    struct notify_webhook in = { ask(cx, &sql_t_input, endpoint) };
    struct job job = { .id = ask(cx, &sql_t_job, endpoint), .attempt = 1 };
    struct notified out;
    pthread_t thread;
    bool stop = false;

    notify_settings.webhook_timeout_ms = 8000;
    cx->job = &job;
    cx->stop = &stop;
    int64_t from = clock_ms();
    pthread_create(&thread, NULL, stop_soon, &stop);
    CHECK_FAILS(notify_webhook.run(cx, &in, &out), CANCELLED);
    pthread_join(thread, NULL);
    CHECK_WITHIN(clock_ms() - from, 0, 4000);
    cx->stop = NULL;
    CHECK_TEXT(ask(cx, &sql_t_delivery, endpoint), "pending 0 -");
    CHECK_TEXT(ask(cx, &sql_t_standing, endpoint), "t 0");
    CHECK_OK(turn_take(cx, endpoint, false));
    CHECK_OK(turn_take(cx, endpoint, false));
}

TEST(an_attempt_outside_a_job_is_a_fault_of_ours)
{
    struct notify_webhook in = { uuid_make(cx) };
    struct notified out;

    CHECK_FAILS(notify_webhook.run(cx, &in, &out), BUG);
}

TEST(of_many_attempts_the_last_are_kept)
{
    struct server *s = SERVER(PLAY(ANSWERS("HTTP/1.1 500 No\r\n" EMPTY), ANSWERS("HTTP/1.1 500 No\r\n" EMPTY)));
    const char *endpoint = told_to(cx, s);
    struct notified out;

    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_OK(pg_do(cx, &sql_t_tried, ARGS(endpoint, "40")));
    CHECK_FAILS(deliver(cx, endpoint, &out), WEBHOOK_LATER);
    CHECK_TEXT(ask(cx, &sql_t_history, endpoint), "1 of 41");
}

TEST(what_is_too_old_goes_unless_it_is_still_to_be_delivered)
{
    const char *owner, *endpoint = endpoint_at(cx, "https://example.org/", &owner);
    struct tidied done = { 0 };
    bool found;

    CHECK_TEXT(ask(cx, &sql_t_tell, owner), "1");
    run_sql(cx, &sql_t_old, endpoint);
    run_sql(cx, &sql_t_pending, endpoint);
    CHECK_OK(pg_find(cx, SQL(messages_drop), ARGS(30, 500), &tidied_shape, &done, &found));
    CHECK_INT(done.gone, 0);
    run_sql(cx, &sql_t_end, endpoint);
    CHECK_OK(pg_find(cx, SQL(messages_drop), ARGS(30, 500), &tidied_shape, &done, &found));
    CHECK_INT(done.gone, 1);
}
