/* Consuming. */
#define _GNU_SOURCE
#include "net/test_amqp_tools.h"
#include "net/test_script.h"

#include <time.h>
#include <unistd.h>

/* --- a consumer in a thread --- */

#define SEEN_MOST 20000

enum then { ACK, KEEP, PAUSE };

struct eater {
    struct amqp_consumer *c;
    pthread_t thread;
    enum then then;
    bool stop, joined;
    int n, again, lost, count, wrong, next;
    uint64_t tags[SEEN_MOST];
    unsigned char seen[SEEN_MOST];  /* by the number in the body */
};

static void eat(void *with, const struct amqp_delivery *d)
{
    struct eater *e = with;
    int64_t number = -1;
    bool fine = text_to_long(d->body.at, d->body.n, &number) && number >= 0 && number < SEEN_MOST && d->queue == 0 &&
                d->trace && !strcmp(d->trace, TRACE);

    if (fine)
        ADD(e->seen[number], 1);
    else
        ADD(e->wrong, 1);
    if (d->again)
        ADD(e->again, 1);
    SET(e->count, d->count);
    e->tags[e->n] = d->tag;
    ADD(e->n, 1);
    if (e->then == ACK)
        amqp_ack(e->c, d->tag);
    if (e->then == PAUSE)
        amqp_consumer_pause(e->c);
}

static void eater_lost(void *with)
{
    ADD(((struct eater *)with)->lost, 1);
}

static void *eater_run(void *with)
{
    struct eater *e = with;

    amqp_consumer_run(e->c, &e->stop, eat, eater_lost, e);
    return NULL;
}

static int64_t eater_stop(struct eater *e)
{
    int64_t began_ms = clock_ms();

    if (e->joined)
        return 0;
    SET(e->stop, true);
    amqp_consumer_wake(e->c);
    pthread_join(e->thread, NULL);
    e->joined = true;
    return clock_ms() - began_ms;
}

static void eater_drop(void *it)
{
    eater_stop(it);
}

static struct eater *eater_open(struct ctx *cx, const char *url, const char *queue, int prefetch, enum then then)
{
    struct eater *e = NEW(cx, struct eater);

    e->then = then;
    e->c = amqp_consumer_open(cx->arena, url, "test", &queue, &prefetch, 1);
    pthread_create(&e->thread, NULL, eater_run, e);
    return arena_own(cx->arena, e, eater_drop);
}

static int64_t cpu_us(struct eater *e)
{
    struct timespec t = { 0, 0 };
    clockid_t id;

    if (!pthread_getcpuclockid(e->thread, &id))
        clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int seen_once(struct eater *e, int from, int n)
{
    int once = 0;

    for (int i = from; i < from + n; i++)
        once += GET(e->seen[i]) == 1;
    return once;
}

/* --- consuming --- */

TEST(a_consumer_of_a_queue_declared_otherwise_tries_slowly)
{
    const char *queue = own_queue(cx, "stubborn");

    hand_open(cx);
    queue_limited(queue, 9);
    struct eater *e = eater_open(cx, broker(), queue, 4, ACK);
    clock_sleep_ms(1500);
    CHECK(!amqp_consumer_is_up(e->c));
    CHECK(cpu_us(e) < 100000);
    queue_delete(queue);
    UNTIL(amqp_consumer_is_up(e->c), 6000);
    CHECK(amqp_consumer_is_up(e->c));
    eater_stop(e);
    queue_delete(queue);
}

TEST_WITHIN(ten_thousand_messages_arrive_once, 60)
{
    const char *queue = own_queue(cx, "many");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    struct eater *e = eater_open(cx, broker(), queue, 200, ACK);

    hand_open(cx);
    for (int from = 0; from < 10000; from += 500)
        publish_n(cx, p, queue, from, 500);
    UNTIL(GET(e->n) >= 10000, 30000);
    CHECK_INT(seen_once(e, 0, 10000), 10000);
    CHECK_INT(GET(e->wrong), 0);
    CHECK(eater_stop(e) < 1000);
    CHECK_INT(queue_ready_n(queue), 0);
    queue_delete(queue);
}

TEST(a_body_of_several_frames_arrives_whole)
{
    const char *queue = own_queue(cx, "large");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    struct amqp_message m = message(cx, queue, 1);
    char *body = arena_get(cx->arena, 300001);
    bool done;

    hand_open(cx);
    memset(body, '0', 300000);
    body[299999] = '7';                 /* read as a number it is 7 */
    m.body = (struct bytes){ body, 300000 };
    NEED_OK(amqp_publish(cx, p, &m, 1, &done));
    publish_n(cx, p, queue, 8, 1);
    struct eater *e = eater_open(cx, broker(), queue, 4, ACK);
    UNTIL(GET(e->n) == 2, 3000);
    CHECK_INT(seen_once(e, 7, 2), 2);
    eater_stop(e);
    queue_delete(queue);
}

TEST(a_body_too_large_for_a_ticket_goes_to_the_dead_and_an_empty_one_is_delivered)
{
    const char *queue = own_queue(cx, "huge"), *id = arena_fmt(cx->arena, "huge-%d", (int)getpid());
    char *body = arena_get(cx->arena, AMQP_BODY_MAX + 1);
    bool dead = false;

    hand_open(cx);
    struct eater *e = eater_open(cx, broker(), queue, 4, ACK);
    UNTIL(amqp_consumer_is_up(e->c), 3000);
    CHECK(publish_raw(queue, id, (struct bytes){ body, AMQP_BODY_MAX + 1 }));
    CHECK(publish_raw(queue, "empty", (struct bytes){ body, 0 }));
    UNTIL((dead = is_among_the_dead(id)) && GET(e->n) == 1, 5000);
    CHECK(dead);
    CHECK_INT(GET(e->n), 1);
    CHECK_INT(GET(e->wrong), 1);        /* no number, no trace */
    eater_stop(e);
    queue_delete(queue);
}

TEST(what_a_dead_consumer_held_comes_again)
{
    const char *queue = own_queue(cx, "dead");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    publish_n(cx, p, queue, 0, 20);
    struct eater *first = eater_open(cx, broker(), queue, 20, KEEP);
    UNTIL(GET(first->n) == 20, 3000);
    CHECK_INT(GET(first->again), 0);
    CHECK(eater_stop(first) < 1000);
    struct eater *second = eater_open(cx, broker(), queue, 20, ACK);
    UNTIL(GET(second->n) == 20, 3000);
    CHECK_INT(seen_once(second, 0, 20), 20);
    CHECK_INT(GET(second->again), 20);
    CHECK_INT(GET(second->count), 1);
    eater_stop(second);
    queue_delete(queue);
}

TEST(tags_of_an_older_connection_are_ignored)
{
    const char *url, *queue = own_queue(cx, "tags");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    publish_n(cx, p, queue, 0, 5);
    struct eater *e = eater_open(cx, url, queue, 10, KEEP);
    UNTIL(GET(e->n) == 5, 3000);
    proxy_cut(x);
    UNTIL(GET(e->n) == 10, 3000);
    CHECK_INT(GET(e->lost), 1);
    CHECK_INT(GET(e->again), 5);
    for (int i = 0; i < 5; i++)
        amqp_ack(e->c, e->tags[i]);
    clock_sleep_ms(50);
    CHECK(amqp_consumer_is_up(e->c));
    CHECK_INT(GET(e->lost), 1);
    eater_stop(e);
    UNTIL(queue_ready_n(queue) == 5, 2000);
    CHECK_INT(queue_ready_n(queue), 5);
    queue_delete(queue);
}

TEST(a_returned_message_comes_again_and_a_rejected_one_goes_to_the_dead)
{
    const char *queue = own_queue(cx, "rejected");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    struct amqp_message m = message(cx, queue, 1);
    bool done;

    hand_open(cx);
    m.id = arena_fmt(cx->arena, "rejected-%d", (int)getpid());
    NEED_OK(amqp_publish(cx, p, &m, 1, &done));
    struct eater *e = eater_open(cx, broker(), queue, 4, KEEP);
    UNTIL(GET(e->n) == 1, 3000);
    amqp_return(e->c, e->tags[0]);
    UNTIL(GET(e->n) == 2, 3000);
    CHECK_INT(GET(e->again), 1);
    amqp_reject(e->c, e->tags[1]);
    bool dead = false;
    UNTIL((dead = is_among_the_dead(m.id)), 5000);
    CHECK(dead);
    CHECK_INT(GET(e->n), 2);
    eater_stop(e);
    queue_delete(queue);
}

TEST(a_queue_deleted_under_its_consumer_comes_back)
{
    const char *queue = own_queue(cx, "deleted");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    publish_n(cx, p, queue, 0, 3);
    struct eater *e = eater_open(cx, broker(), queue, 2, ACK);
    UNTIL(GET(e->n) == 3, 3000);
    for (int round = 1; round < 3; round++) {
        struct amqp_message m = message(cx, queue, 2 + round);
        bool done = false;
        queue_delete(queue);
        clock_sleep_ms(1100);           /* deleted again sooner it would be a failure */
        for (int i = 0; i < 100 && !done; i++)
            CHECK_OK(amqp_publish(cx, p, &m, 1, &done));
        UNTIL(GET(e->n) == 3 + round, 3000);
        CHECK_INT(GET(e->n), 3 + round);
    }
    CHECK_INT(GET(e->lost), 0);
    queue_delete(queue);                /* and once more, too soon: by a new connection */
    queue_delete(queue);
    UNTIL(GET(e->lost) == 1 && amqp_consumer_is_up(e->c), 3000);
    CHECK(amqp_consumer_is_up(e->c));
    eater_stop(e);
    queue_delete(queue);
}

TEST(a_cut_consumer_comes_back)
{
    const char *url, *queue = own_queue(cx, "back");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    struct eater *e = eater_open(cx, url, queue, 10, ACK);
    for (int round = 0; round < 5; round++) {
        publish_n(cx, p, queue, 10 * round, 10);
        UNTIL(seen_once(e, 0, 10 * (round + 1)) == 10 * (round + 1), 3000);
        proxy_cut(x);
    }
    SET(x->refuse, true);
    proxy_cut(x);
    clock_sleep_ms(500);
    CHECK(!amqp_consumer_is_up(e->c));
    publish_n(cx, p, queue, 50, 10);
    SET(x->refuse, false);
    UNTIL(seen_once(e, 50, 10) == 10, 8000);
    CHECK_INT(seen_once(e, 50, 10), 10);
    CHECK(eater_stop(e) < 1000);
    queue_delete(queue);
}

TEST_WITHIN(a_silent_connection_is_given_up_for_a_new_one, 60)
{
    const char *url, *queue = own_queue(cx, "silent");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    struct eater *e = eater_open(cx, url, queue, 10, ACK);
    publish_n(cx, p, queue, 0, 1);
    UNTIL(GET(e->n) == 1, 3000);
    SET(x->stalled, PAIRS);
    int64_t began_ms = clock_ms();
    UNTIL(!amqp_consumer_is_up(e->c), 15000);
    SET(x->stalled, x->n);
    UNTIL(amqp_consumer_is_up(e->c), 8000);
    CHECK_WITHIN(clock_ms() - began_ms, 0, 20000);
    CHECK_INT(GET(e->lost), 1);
    publish_n(cx, p, queue, 1, 1);
    UNTIL(GET(e->n) == 2, 12000);       /* the broker may give it to the silent one first */
    CHECK_INT(GET(e->n), 2);
    eater_stop(e);
    queue_delete(queue);
}

/* Acknowledges what comes, some of it late, with 31 others. */
static void *acknowledge(void *with)
{
    struct eater *e = with;

    for (;;) {
        int mine = ADD(e->next, 1) - 1;
        while (GET(e->n) <= mine) {
            if (GET(e->stop))
                return NULL;
            clock_sleep_ms(1);
        }
        if (mine % 50 == 0)
            clock_sleep_ms(5);
        amqp_ack(e->c, e->tags[mine]);
    }
}

TEST_WITHIN(thirty_two_threads_acknowledge_while_deliveries_come, 60)
{
    const char *queue = own_queue(cx, "threads");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    pthread_t threads[32];

    hand_open(cx);
    struct eater *e = eater_open(cx, broker(), queue, 100, KEEP);
    for (int i = 0; i < 32; i++)
        pthread_create(&threads[i], NULL, acknowledge, e);
    for (int from = 0; from < 5000; from += 250)
        publish_n(cx, p, queue, from, 250);
    UNTIL(GET(e->n) >= 5000, 30000);
    CHECK_INT(seen_once(e, 0, 5000), 5000);
    CHECK_INT(GET(e->lost), 0);
    clock_sleep_ms(200);                    /* the late ones */
    CHECK(eater_stop(e) < 1000);
    for (int i = 0; i < 32; i++)
        pthread_join(threads[i], NULL);
    clock_sleep_ms(100);
    CHECK_INT(queue_ready_n(queue), 0);
    queue_delete(queue);
}

TEST(a_paused_consumer_gets_nothing_and_still_acknowledges)
{
    const char *queue = own_queue(cx, "paused");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    publish_n(cx, p, queue, 0, 4);
    struct eater *e = eater_open(cx, broker(), queue, 10, KEEP);
    UNTIL(GET(e->n) == 4, 3000);
    amqp_consumer_pause(e->c);
    clock_sleep_ms(100);
    publish_n(cx, p, queue, 4, 5);
    clock_sleep_ms(200);
    CHECK_INT(GET(e->n), 4);
    for (int i = 0; i < 4; i++)
        amqp_ack(e->c, e->tags[i]);
    CHECK(eater_stop(e) < 1000);
    clock_sleep_ms(100);
    CHECK_INT(queue_ready_n(queue), 5);
    CHECK_INT(GET(e->lost), 0);
    queue_delete(queue);
}

TEST(what_was_on_its_way_when_the_consumer_paused_goes_back)
{
    const char *queue = own_queue(cx, "pausing");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    publish_n(cx, p, queue, 0, 10);
    struct eater *e = eater_open(cx, broker(), queue, 10, PAUSE);
    UNTIL(GET(e->n) > 0 && queue_ready_n(queue) == 9, 3000);
    CHECK_INT(GET(e->n), 1);
    CHECK_INT(queue_ready_n(queue), 9);
    eater_stop(e);
    queue_delete(queue);
}

TEST(an_acknowledgement_does_not_wait_for_the_consumer_to_wake)
{
    const char *queue = own_queue(cx, "prompt");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    publish_n(cx, p, queue, 0, 20);
    struct eater *e = eater_open(cx, broker(), queue, 1, KEEP);
    UNTIL(GET(e->n) == 1, 3000);
    int64_t began_ms = clock_ms();
    for (int i = 0; i < 19; i++) {
        clock_sleep_ms(10);             /* it sleeps by now */
        amqp_ack(e->c, e->tags[i]);
        UNTIL(GET(e->n) == i + 2, 3000);
    }
    CHECK_INT(GET(e->n), 20);
    CHECK_WITHIN(clock_ms() - began_ms, 0, 2000);
    eater_stop(e);
    queue_delete(queue);
}

TEST(a_consumer_without_work_sleeps)
{
    const char *queue = own_queue(cx, "idle");

    hand_open(cx);
    struct eater *e = eater_open(cx, broker(), queue, 10, ACK);
    UNTIL(amqp_consumer_is_up(e->c), 3000);
    int64_t began_us = cpu_us(e);
    clock_sleep_ms(3000);
    CHECK(cpu_us(e) - began_us < 100000);
    eater_stop(e);
    queue_delete(queue);
}

TEST(a_consumer_stops_at_once_whatever_the_broker_does)
{
    const char *url, *queue = own_queue(cx, "stop");
    struct proxy *x = proxy_open(cx, &url);

    hand_open(cx);
    struct eater *served = eater_open(cx, url, queue, 10, ACK);
    UNTIL(amqp_consumer_is_up(served->c), 3000);
    SET(x->mode, STALL);
    clock_sleep_ms(20);
    struct eater *asking = eater_open(cx, url, queue, 10, ACK);                         /* its login hangs */
    struct eater *nobody = eater_open(cx, "amqp://127.0.0.1:1", queue, 10, ACK);        /* refused */
    int port, silent = listen_somewhere(4, &port);                                      /* nobody takes the call */
    struct eater *nowhere = eater_open(cx, arena_fmt(cx->arena, "amqp://127.0.0.1:%d", port), queue, 10, ACK);
    clock_sleep_ms(300);
    CHECK(eater_stop(served) < 1000);
    CHECK(eater_stop(asking) < 300);
    CHECK(eater_stop(nobody) < 300);
    CHECK(eater_stop(nowhere) < 300);
    close(silent);
    queue_delete(queue);
}
