/* The products' limits as their contracts have them, the counting, and what guards logins. */
#include "test.h"

#include "http/gateway.h"
#include "http/login_guard.h"
#include "http/rate.h"
#include "http/rate_rules.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/redis.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- rules --- */

static const struct { enum product spoken; enum verb verb; const char *path; enum rate class; int limit, window_s; } asked[] = {
    { SAAS_IA,     POST,   "/auth/register",        LOGIN, 5,   60 },   { SAAS_IA,     POST,   "/auth/login",           LOGIN, 5,   60 },
    { SAAS_IA,     POST,   "/auth/forgot-password", LOGIN, 3,   60 },   { ANY_PRODUCT, POST,   "/auth/forgot-password", LOGIN, 3,   60 },
    { FOYERGPT,    POST,   "/auth/resend-verify",   LOGIN, 3,   60 },   { ANY_PRODUCT, POST,   "/auth/reset-password",  LOGIN, 5,   60 },
    { SAAS_IA,     GET,    "/auth/me",              READ,  20,  60 },   { SAAS_IA,     POST,   "/transcription",        WRITE, 10,  60 },
    { SAAS_IA,     GET,    "/transcription/{id}",   READ,  30,  60 },   { SAAS_IA,     GET,    "/transcription",        READ,  20,  60 },
    { SAAS_IA,     DELETE, "/transcription/{job}",  WRITE, 10,  60 },   { SAAS_IA,     GET,    "/health",               FREE,  100, 60 },
    { SAAS_IA,     GET,    "/docs",                 FREE,  50,  60 },   { SAAS_IA,     GET,    "/anything",             READ,  100, 60 },
    { SAAS_IA,     GET,    "/health/ready",         FREE,  0,   0 },    { ANY_PRODUCT, POST,   "/transcription",        WRITE, 10,  60 },
    { ANY_PRODUCT, POST,   "/transcription/upload", WRITE, 5,   60 },   { ANY_PRODUCT, POST,   "/auth/login",           LOGIN, 0,   0 },
    { ANY_PRODUCT, GET,    "/health",               FREE,  0,   0 },    { ANY_PRODUCT, GET,    "/asks",                 READ,  0,   0 },
    { ROBIAN,      GET,    "/debates",              READ,  100, 60 },   { ANY_PRODUCT, GET,    "/debates/{id}",         READ,  100, 60 },
    { ANY_PRODUCT, GET,    "/debatesque",           READ,  0,   0 },    { ANY_PRODUCT, GET,    "/streaming/{id}/info",  READ,  50,  60 },
    { ANY_PRODUCT, POST,   "/streaming/{debate}/extract", WRITE, 10, 60 }, { ANY_PRODUCT, GET, "/streaming/{id}/status", READ, 100, 60 },
    { ROBIAN,      GET,    "/health",               FREE,  200, 60 },   { ROBIAN,      GET,    "/search",               READ,  100, 60 },
    { FOYERGPT,    POST,   "/auth/login",           LOGIN, 5,   60 },   { ANY_PRODUCT, POST,   "/messages",             WRITE, 10,  60 },
    { ANY_PRODUCT, POST,   "/messages/stream",      WRITE, 20,  60 },   { ANY_PRODUCT, POST,   "/documents/upload",     WRITE, 10,  3600 },
    { ANY_PRODUCT, POST,   "/chats/{id}/documents", WRITE, 10,  3600 }, { FOYERGPT,    GET,    "/documents/{id}",       READ,  300, 60 },
    { HELLOJADE,   POST,   "/auth/login",           LOGIN, 10,  60 },   { HELLOJADE,   GET,    "/patients",             READ,  100, 60 },
    { IASTED,      GET,    "/asks",                 READ,  100, 60 },   { ANY_PRODUCT, POST,   "/conversations",        WRITE, 100, 60 },
};

TEST(every_limit_of_the_contracts_is_found)
{
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct route r = { asked[i].verb, asked[i].path, .rate = asked[i].class };
        const struct rate_rule *rule = rate_rule_find(asked[i].spoken, &r);
        int limit = rule ? rule->limit : 0, window_s = rule ? rule->window_s : 0;
        if (limit != asked[i].limit || window_s != asked[i].window_s)
            SAY("%s: %s %s: %d in %d s", product_name(asked[i].spoken), verb_name(asked[i].verb), asked[i].path, limit, window_s);
    }
}

/* --- counting --- */

static const char *key_new(struct ctx *cx) { return arena_fmt(cx->arena, "test:%s", uuid_make(cx)); }

static struct rate_answer take(struct ctx *cx, const char *key, int64_t limit, int64_t window_s, const char *ban)
{
    struct rate_ask ask = { .key = key, .limit = limit, .window_s = window_s, .ban = ban };
    struct rate_answer got;

    rate_take(cx, &ask, &got);
    return got;
}

static void need_redis(struct ctx *cx)
{
    if (!cx->redis || !redis_is_up(cx))
        skip("no Redis");
}

static void lose_redis(struct ctx *cx)
{
    cx->redis = redis_open(cx->arena, "redis://127.0.0.1:1", 1);
}

static void count_to_the_limit(struct ctx *cx)
{
    const char *key = key_new(cx);

    for (int n = 1; n <= 3; n++) {
        struct rate_answer got = take(cx, key, 3, 2, NULL);
        CHECK(got.allowed && !got.banned);
        CHECK_INT(got.left, 3 - n);
        CHECK(got.reset_s == 2);
    }
    clock_sleep_ms(600);
    struct rate_answer got = take(cx, key, 3, 2, NULL);
    CHECK(!got.allowed && !got.banned);
    CHECK_INT(got.left, 0);
    CHECK_INT(got.reset_s, 2);                  /* 1.4 s, said in whole ones: never too early */
    CHECK(take(cx, key_new(cx), 3, 2, NULL).allowed);
    clock_sleep_ms(1500);                       /* since the first hit, refused ones notwithstanding */
    CHECK(take(cx, key, 3, 2, NULL).allowed);
}

TEST(a_window_opens_with_the_first_hit_and_closes_by_itself)
{
    need_redis(cx);
    count_to_the_limit(cx);
}

TEST(without_redis_this_process_counts_alone)
{
    lose_redis(cx);
    count_to_the_limit(cx);
}

TEST(who_violates_too_often_is_banned_from_all_of_it)
{
    need_redis(cx);
    const char *key = key_new(cx), *other = key_new(cx), *who = key_new(cx);

    CHECK(take(cx, key, 1, 60, who).allowed);
    for (int n = 0; n < RATE_STRIKES; n++) {
        struct rate_answer got = take(cx, key, 1, 60, who);
        CHECK(!got.allowed && !got.banned);
    }
    CHECK(take(cx, other, 5, 60, who).allowed);
    struct rate_answer got = take(cx, key, 1, 60, who);
    CHECK(!got.allowed && got.banned);
    CHECK_INT(got.reset_s, RATE_BAN_MS / 1000);
    got = take(cx, other, 5, 60, who);
    CHECK(!got.allowed && got.banned);
    CHECK(take(cx, other, 5, 60, key_new(cx)).allowed);         /* others are not */
}

/* --- logins --- */

static struct exchange at(const char *address) { return (struct exchange){ .client = address }; }

/* Tries until it must wait; gives how many were free. */
static int tries_of(struct ctx *cx, const char *address, const char *account, int64_t *wait_ms)
{
    struct exchange x = at(address);

    for (int n = 0; n < 100; n++) {
        err_t e = login_try(cx, &x, account);
        if (e && e->code != E_LOGIN_DELAYED)
            SAY("%s", e->text);
        *wait_ms = e ? e->retry_after_ms : 0;
        if (e)
            return n;
    }
    return 100;
}

/* Addresses that no other test has. */
static const char *address_new(struct ctx *cx)
{
    const char *id = uuid_make(cx);

    return arena_fmt(cx->arena, "2001:db8:%.4s:%.4s::1", id + 24, id + 28);
}

static void guess_at_one_account(struct ctx *cx)
{
    const char *here = address_new(cx), *account = arena_fmt(cx->arena, "%s@example.org", uuid_make(cx));
    struct exchange x = at(here), elsewhere = at(address_new(cx));
    int64_t wait_ms;

    CHECK_INT(tries_of(cx, here, account, &wait_ms), 5);
    CHECK(wait_ms > 500 && wait_ms <= 1000);
    CHECK_OK(login_try(cx, &elsewhere, account));               /* its owner, from where he is */
    clock_sleep_ms(wait_ms + 20);
    CHECK_INT(tries_of(cx, here, account, &wait_ms), 1);
    CHECK(wait_ms > 1500 && wait_ms <= 2000);                   /* twice as long */
    clock_sleep_ms(wait_ms + 20);
    CHECK_OK(login_try(cx, &x, account));
    login_passed(cx, &x, account);
    CHECK_INT(tries_of(cx, here, account, &wait_ms), 3);        /* five at this address; 10 of the account, 7 of which are left behind */
}

TEST_WITHIN(each_failed_login_costs_the_next_one_more_time, 30)
{
    need_redis(cx);
    guess_at_one_account(cx);
}

TEST_WITHIN(without_redis_failed_logins_cost_as_much, 30)
{
    lose_redis(cx);
    guess_at_one_account(cx);
}

static void log_in_untold(struct ctx *cx)
{
    const char *here = address_new(cx), *account = arena_fmt(cx->arena, "%s@example.org", uuid_make(cx));
    struct exchange x = at(here);
    int64_t wait_ms;

    for (int n = 0; n < 40; n++) {
        NEED_OK(login_try(cx, &x, account));
        login_untold(cx, &x, account);
    }
    CHECK_INT(tries_of(cx, here, account, &wait_ms), 5);
}

TEST(a_login_that_nobody_could_judge_is_no_guess)
{
    need_redis(cx);
    log_in_untold(cx);
    lose_redis(cx);
    log_in_untold(cx);
}

TEST(an_account_that_is_guessed_from_everywhere_is_slow_for_all)
{
    need_redis(cx);
    const char *account = uuid_make(cx);
    int free = 0;
    int64_t wait_ms = 0;

    for (int n = 0; n < 30 && !wait_ms; n++) {
        struct exchange x = at(address_new(cx));
        err_t e = login_try(cx, &x, account);
        wait_ms = e ? e->retry_after_ms : 0;
        free += !e;
    }
    CHECK_INT(free, 10);
    CHECK(wait_ms > 500 && wait_ms <= 1000);
}

TEST(an_address_that_tries_one_password_on_everybody_is_slow_too)
{
    need_redis(cx);
    const char *here = address_new(cx);
    struct exchange x = at(here);
    int free = 0;
    err_t e = OK;

    while (!e && free < 50) {
        e = login_try(cx, &x, uuid_make(cx));
        free += !e;
    }
    CHECK_INT(free, 20);
    /* Other hosts of the same household are the same client. */
    struct exchange neighbour = at(arena_fmt(cx->arena, "%s234", here));
    CHECK_FAILS(login_try(cx, &neighbour, uuid_make(cx)), LOGIN_DELAYED);
}

TEST(capitals_and_unknown_names_make_no_difference)
{
    need_redis(cx);
    struct exchange x = at(address_new(cx));
    const char *id = uuid_make(cx);

    for (int n = 0; n < 5; n++)
        CHECK_OK(login_try(cx, &x, arena_fmt(cx->arena, "%s%s", n % 2 ? "AWA" : "awa", id)));
    CHECK_FAILS(login_try(cx, &x, arena_fmt(cx->arena, "Awa%s", id)), LOGIN_DELAYED);
    CHECK_OK(login_try(cx, &x, ""));
}

struct guesser { struct redis *redis; const char *address, *account; atomic_int *free; };

static void *guess(void *with)
{
    const struct guesser *g = with;
    struct ctx cx = { .arena = arena_new(), .redis = g->redis };
    struct exchange x = at(g->address);

    for (int n = 0; n < 10; n++)
        atomic_fetch_add(g->free, login_try(&cx, &x, g->account) == OK);
    arena_free(cx.arena);
    return NULL;
}

TEST(many_tries_at_once_are_no_way_around)
{
    need_redis(cx);
    atomic_int free = 0;
    struct guesser g = { cx->redis, address_new(cx), uuid_make(cx), &free };
    pthread_t threads[8];

    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, guess, &g);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(free, 5);
}
