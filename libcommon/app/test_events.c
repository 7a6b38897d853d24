#include "test.h"

#include "app/events_hub.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/redis.h"

#include <stdlib.h>

static void need_redis(struct ctx *cx)
{
    if (!cx->redis)
        skip("no REDIS_URL");
}

/* Everything of a topic after a number, as "1:type data" lines. */
static struct text read_all(struct ctx *cx, const char *topic, int64_t after)
{
    struct text out = text_new(cx->arena, 256, 1u << 24);
    struct event_batch *batches;
    size_t n;

    CHECK_OK(events_read(cx, topic, after, 10000, &batches, &n));
    for (size_t i = 0; i < n; i++) {
        struct event e = { .number = batches[i].last - batches[i].count };
        while (event_next(&batches[i].lines, &e))
            if (e.number > after)
                text_fmt(&out, "%lld:%.*s %.*s\n", (long long)e.number, (int)e.type.n, e.type.at, (int)e.data.n, e.data.at);
    }
    return out;
}

TEST(events_are_numbered_from_one_without_gap)
{
    need_redis(cx);
    struct events *e = events_open(cx->arena, cx->redis);
    const char *topic = uuid_make(cx);

    for (int i = 0; i < 1000; i++)
        event_put(e, topic, "token", arena_fmt(cx->arena, "{\"i\":%d}", i));
    events_flush(e, 0, 5000);
    struct text all = read_all(cx, topic, 0), half = read_all(cx, topic, 500);
    const char *at = all.at;
    for (int i = 1; i <= 1000; i++) {
        char *want = arena_fmt(cx->arena, "%d:token {\"i\":%d}\n", i, i - 1);
        CHECK(text_starts(at, want));
        if (i == 501)
            CHECK_TEXT(half.at, at);        /* the same bytes from the middle on */
        at += strlen(want);
    }
    CHECK_TEXT(at, "");
    events_close(e);
}

TEST(a_newline_in_an_event_cannot_make_two)
{
    need_redis(cx);
    struct events *e = events_open(cx->arena, cx->redis);
    const char *topic = uuid_make(cx);

    event_put(e, topic, "a", "{\n\"b\":1}");
    events_close(e);
    CHECK_TEXT(read_all(cx, topic, 0).at, "1:a { \"b\":1}\n");
}

static void tell_events(struct text *to, const struct event_batch *batch)
{
    struct event e = { .number = batch->last - batch->count };
    struct bytes lines = batch->lines;

    while (event_next(&lines, &e))
        text_fmt(to, "%lld:%.*s %.*s\n", (long long)e.number, (int)e.type.n, e.type.at, (int)e.data.n, e.data.at);
}

/* What a listener hears until the event `end` has come. */
static struct text hear(struct ctx *cx, struct listener *l, const char *end, int64_t ms)
{
    struct text out = text_new(cx->arena, 256, 1u << 24);
    int64_t until = clock_ms() + ms;

    while (clock_ms() < until && (!out.n || !strstr(out.at, end))) {
        struct event_batch *batches;
        size_t n;
        if (hub_next(cx, l, 100, &batches, &n))
            continue;
        for (size_t i = 0; i < n; i++)
            tell_events(&out, &batches[i]);
    }
    return out;
}

/* A writer, a topic of its own, and a hub that listens to it. */
struct play { struct hub *hub; struct events *events; const char *topic; struct listener *listener; };

static struct play play(struct ctx *cx)
{
    need_redis(cx);
    struct play p = { hub_open(cx->arena, getenv("REDIS_URL")), events_open(cx->arena, cx->redis), uuid_make(cx), NULL };

    p.listener = hub_listen(p.hub, p.topic, 0);
    return p;
}

static void play_end(struct play *p)
{
    hub_leave(p->listener);
    hub_close(p->hub);
    events_close(p->events);
}

TEST(a_listener_hears_what_was_before_it_and_what_comes)
{
    need_redis(cx);
    struct hub *h = hub_open(cx->arena, getenv("REDIS_URL"));
    struct events *e = events_open(cx->arena, cx->redis);
    const char *topic = uuid_make(cx);

    event_put(e, topic, "a", "{}");
    events_flush(e, 0, 1000);
    struct listener *first = hub_listen(h, topic, 0);
    CHECK_TEXT(hear(cx, first, "1:a", 3000).at, "1:a {}\n");
    event_put(e, topic, "b", "{}");
    CHECK_TEXT(hear(cx, first, "2:b", 3000).at, "2:b {}\n");
    struct listener *second = hub_listen(h, topic, 1);
    CHECK_TEXT(hear(cx, second, "2:b", 3000).at, "2:b {}\n");
    event_put(e, topic, "done", "{}");
    CHECK_TEXT(hear(cx, first, "done", 3000).at, "3:done {}\n");
    CHECK_TEXT(hear(cx, second, "done", 3000).at, "3:done {}\n");
    hub_leave(first);
    hub_leave(second);
    hub_close(h);
    events_close(e);
}

TEST(a_listener_that_fell_behind_misses_nothing)
{
    struct play p = play(cx);

    for (int i = 0; i < 2000; i++) {
        event_put(p.events, p.topic, "t", arena_fmt(cx->arena, "%d", i));
        if (i % 4 == 0)
            events_flush(p.events, 0, 1000);          /* many small batches: more than a queue holds */
    }
    event_put(p.events, p.topic, "done", "{}");
    events_flush(p.events, 0, 5000);
    CHECK_TEXT(hear(cx, p.listener, "done", 10000).at, read_all(cx, p.topic, 0).at);
    play_end(&p);
}

struct taker { struct text out; int calls, given; };

/* Takes what comes directly, but for every third. */
static bool take_direct(void *with, const struct event_batch *batch, bool *wake)
{
    struct taker *t = with;

    (void)wake;
    if (++t->calls % 3 == 0)
        return false;
    tell_events(&t->out, batch);
    t->given++;
    return true;
}

static bool take_and_wake(void *with, const struct event_batch *batch, bool *wake)
{
    tell_events(with, batch);
    *wake = true;
    return true;
}

TEST(what_comes_while_a_listener_waits_is_given_to_it_directly_and_all_stays_in_order)
{
    struct play p = play(cx);
    struct taker t = { .out = text_new(cx->arena, 256, 1u << 24) };

    hub_give_to(p.listener, take_direct, &t);
    for (int i = 0; i <= 300; i++) {
        event_put(p.events, p.topic, i < 300 ? "t" : "done", arena_fmt(cx->arena, "%d", i));
        for (int64_t end = clock_ms() + 3000; clock_ms() < end && !strstr(t.out.at, arena_fmt(cx->arena, " %d\n", i));) {
            struct event_batch *batches;
            size_t n;
            CHECK_OK(hub_next(cx, p.listener, 20, &batches, &n));
            for (size_t k = 0; k < n; k++)
                tell_events(&t.out, &batches[k]);
        }
    }
    CHECK_TEXT(t.out.at, read_all(cx, p.topic, 0).at);
    CHECK(t.given > 100);
    play_end(&p);
}

TEST(who_was_given_something_and_has_work_left_is_woken)
{
    struct play p = play(cx);
    struct text out = text_new(cx->arena, 256, 4096);
    struct event_batch *batches;
    size_t n = 1;

    hub_give_to(p.listener, take_and_wake, &out);
    for (int i = 0; n && i < 50; i++)               /* until nothing of the past is to be read any more */
        CHECK_OK(hub_next(cx, p.listener, 100, &batches, &n));
    clock_sleep_ms(200);
    CHECK_OK(hub_next(cx, p.listener, 100, &batches, &n));
    event_put(p.events, p.topic, "a", "{}");
    int64_t from_ms = clock_ms();
    while (!out.n && clock_ms() - from_ms < 5000)
        CHECK_OK(hub_next(cx, p.listener, 5000, &batches, &n));
    CHECK_TEXT(out.at, "1:a {}\n");
    CHECK_INT((int)n, 0);
    CHECK_WITHIN(clock_ms() - from_ms, 0, 4000);             /* it did not wait to the end */
    play_end(&p);
}

TEST(a_subscription_that_was_cut_is_renewed_without_a_gap)
{
    struct play p = play(cx);
    struct reply_value v;

    event_put(p.events, p.topic, "a", "{}");
    CHECK_TEXT(hear(cx, p.listener, "1:a", 3000).at, "1:a {}\n");
    CHECK_OK(redis_do(cx, &v, (struct bytes[]){ W("CLIENT"), W("KILL"), W("TYPE"), W("pubsub") }, 4));
    for (int i = 0; i < 20; i++)
        event_put(p.events, p.topic, "b", arena_fmt(cx->arena, "%d", i));
    event_put(p.events, p.topic, "done", "{}");
    CHECK_TEXT(hear(cx, p.listener, "done", 8000).at, read_all(cx, p.topic, 1).at);
    play_end(&p);
}

TEST(a_script_forgotten_by_the_server_is_sent_again)
{
    static struct script s = { .name = "echo", .text = "return {KEYS[1], ARGV[1]}" };
    struct reply_value v;

    need_redis(cx);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(redis_run(cx, &s, &v, (struct bytes[]){ W("k") }, 1, (struct bytes[]){ W("v") }, 1));
        CHECK(v.kind == REPLY_LIST && v.n == 2);
        CHECK_TEXT(v.at[1].text.at, "v");
        CHECK_OK(redis_do(cx, &v, (struct bytes[]){ W("SCRIPT"), W("FLUSH") }, 2));
    }
}
