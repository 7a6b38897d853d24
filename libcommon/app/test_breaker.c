#include "test.h"

#include "app/breaker.h"
#include "app/metrics.h"
#include "base/clock.h"

static void fail_times(struct ctx *cx, struct breaker *b, int n)
{
    while (n--) {
        CHECK_OK(breaker_enter(cx, b));
        breaker_leave(b, fail(cx, ENGINE_DOWN, "down"));
    }
}

static void let_pause_pass(struct breaker *b) { b->open_until_ms = clock_ms() - 1; }

static bool told(struct ctx *cx, const char *what)
{
    struct text t = text_new(cx->arena, 4096, 1 << 20);

    metrics_write(&t);
    return strstr(t.at, what) != NULL;
}

TEST(a_breaker_opens_after_failures_in_a_row)
{
    struct breaker b = { .name = "one" };

    fail_times(cx, &b, BREAKER_FAILURES - 1);
    CHECK_OK(breaker_enter(cx, &b));
    breaker_leave(&b, OK);
    fail_times(cx, &b, BREAKER_FAILURES);
    err_t e = breaker_enter(cx, &b);
    CHECK(e && e->code == E_ENGINE_BUSY);
    CHECK(e->retry_after_ms > BREAKER_PAUSE_MS - 1000 && e->retry_after_ms <= BREAKER_PAUSE_MS);
    CHECK(told(cx, "palabre_engine_open{engine=\"one\"} 1\n") && told(cx, "palabre_engine_opened_total{engine=\"one\"} 1\n"));
}

TEST(errors_that_are_not_the_engines_do_not_open_it)
{
    struct breaker b = { .name = "two" };

    for (int i = 0; i < 3 * BREAKER_FAILURES; i++) {
        CHECK_OK(breaker_enter(cx, &b));
        breaker_leave(&b, fail(cx, ENGINE_REFUSED, "no"));
    }
    fail_times(cx, &b, BREAKER_FAILURES - 1);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(breaker_enter(cx, &b));
        breaker_leave(&b, i % 2 ? fail(cx, CANCELLED, "we") : fail(cx, DEADLINE_PASSED, "we"));
    }
    fail_times(cx, &b, 1);                      /* what says nothing did not break the row */
    CHECK_FAILS(breaker_enter(cx, &b), ENGINE_BUSY);
}

TEST(after_the_pause_one_tries_and_decides)
{
    struct breaker b = { .name = "three" };

    fail_times(cx, &b, BREAKER_FAILURES);
    let_pause_pass(&b);
    CHECK_OK(breaker_enter(cx, &b));
    CHECK_FAILS(breaker_enter(cx, &b), ENGINE_BUSY);
    breaker_leave(&b, fail(cx, TIMEOUT, "still"));
    CHECK_FAILS(breaker_enter(cx, &b), ENGINE_BUSY);
    CHECK(b.open_until_ms > clock_ms());
    let_pause_pass(&b);
    CHECK_OK(breaker_enter(cx, &b));
    breaker_leave(&b, fail(cx, CANCELLED, "we"));
    CHECK_OK(breaker_enter(cx, &b));
    breaker_leave(&b, OK);
    CHECK_OK(breaker_enter(cx, &b));
    CHECK_OK(breaker_enter(cx, &b));
    CHECK(told(cx, "palabre_engine_open{engine=\"three\"} 0\n"));
}

TEST(a_try_that_never_comes_back_is_given_up)
{
    struct breaker b = { .name = "four" };

    fail_times(cx, &b, BREAKER_FAILURES);
    let_pause_pass(&b);
    CHECK_OK(breaker_enter(cx, &b));
    CHECK_FAILS(breaker_enter(cx, &b), ENGINE_BUSY);
    b.trying_since_ms -= BREAKER_TRY_MS;
    CHECK_OK(breaker_enter(cx, &b));
}

struct late { struct ctx *cx; struct breaker *b; err_t e; };

static void *leave_late(void *with)
{
    struct late *l = with;

    breaker_leave(l->b, l->e);
    return NULL;
}

static void leave_elsewhere(struct ctx *cx, struct breaker *b, err_t e)
{
    struct late l = { cx, b, e };
    pthread_t thread;

    pthread_create(&thread, NULL, leave_late, &l);
    pthread_join(thread, NULL);
}

TEST(calls_from_before_it_opened_decide_nothing)
{
    struct breaker b = { .name = "five" };

    for (int i = 0; i < 2; i++)
        CHECK_OK(breaker_enter(cx, &b));        /* of two slow threads */
    fail_times(cx, &b, BREAKER_FAILURES);
    leave_elsewhere(cx, &b, OK);
    CHECK_FAILS(breaker_enter(cx, &b), ENGINE_BUSY);
    let_pause_pass(&b);
    CHECK_OK(breaker_enter(cx, &b));
    leave_elsewhere(cx, &b, fail(cx, ENGINE_DOWN, "late"));
    CHECK_FAILS(breaker_enter(cx, &b), ENGINE_BUSY);        /* the try is still on its way */
    breaker_leave(&b, OK);
    CHECK_OK(breaker_enter(cx, &b));
}

struct crowd { struct breaker *b; int passed; };

static void *push(void *with)
{
    struct crowd *c = with;

    for (int i = 0; i < 200; i++) {
        struct ctx cx = { .arena = arena_new() };
        if (!breaker_enter(&cx, c->b))
            __atomic_fetch_add(&c->passed, 1, __ATOMIC_RELAXED);
        arena_free(cx.arena);
    }
    return NULL;
}

TEST(of_many_threads_exactly_one_tries)
{
    struct breaker b = { .name = "six" };
    struct crowd c = { &b, 0 };
    pthread_t threads[8];

    fail_times(cx, &b, BREAKER_FAILURES);
    let_pause_pass(&b);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, push, &c);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(c.passed, 1);
}
