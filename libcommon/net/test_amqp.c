/* Publishing, and the list of what a consumer holds. */
#define _GNU_SOURCE
#include "net/test_amqp_tools.h"
#include "net/amqp_held.h"
#include "base/clock.h"

#include <amqp.h>
#include <unistd.h>

/* --- what is held, without a broker --- */

static void held_are(struct amqp_held *h, int n)
{
    for (int i = 1; i <= n; i++)
        CHECK(amqp_held_add(h, (uint64_t)i, false));
}

static void told_is(struct amqp_held *h, const struct settled *want, size_t n)
{
    struct settled out[8];

    CHECK_INT(amqp_held_collect(h, out, false), n);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(out[i].tag, want[i].tag);
        CHECK_INT(out[i].verdict, want[i].verdict);
    }
}

TEST(acknowledgements_of_a_prefix_become_one)
{
    struct amqp_held h;

    amqp_held_open(&h, cx->arena, 8);
    held_are(&h, 6);
    for (uint64_t tag = 1; tag <= 6; tag++)
        if (tag != 4)
            amqp_held_settle(&h, tag, tag == 2 ? RETURNED : ACKED);
    told_is(&h, (struct settled[]){ { 2, RETURNED, false }, { 5, ACKED, false }, { 6, ACKED, false }, { 3, ACKED_SO_FAR, false } }, 4);
    told_is(&h, NULL, 0);
    amqp_held_settle(&h, 4, REJECTED);
    told_is(&h, (struct settled[]){ { 4, REJECTED, false } }, 1);
    amqp_held_close(&h);
}

TEST(an_acknowledgement_that_may_wait_waits_for_company)
{
    struct settled out[64];
    struct amqp_held h;
    int64_t ms = 1000;

    amqp_held_open(&h, cx->arena, 64);
    for (uint64_t tag = 1; tag <= 40; tag++)
        CHECK(amqp_held_add(&h, tag, true));
    CHECK(amqp_held_sleep(&h, &ms));
    CHECK(amqp_held_settle(&h, 1, ACKED));              /* the first: the thread must look at the clock */
    CHECK_INT(amqp_held_collect(&h, out, false), 0);
    CHECK(amqp_held_sleep(&h, &ms) && ms <= 20);
    CHECK(!amqp_held_settle(&h, 2, ACKED));
    CHECK(amqp_held_settle(&h, 3, RETURNED));           /* what is returned takes all with it */
    CHECK_INT(amqp_held_collect(&h, out, false), 2);
    for (uint64_t tag = 4; tag < 35; tag++)
        amqp_held_settle(&h, tag, ACKED);
    CHECK_INT(amqp_held_collect(&h, out, false), 0);
    amqp_held_settle(&h, 35, ACKED);                    /* they are many */
    CHECK_INT(amqp_held_collect(&h, out, false), 1);
    amqp_held_settle(&h, 36, ACKED);
    CHECK_INT(amqp_held_collect(&h, out, true), 1);
    amqp_held_settle(&h, 37, ACKED);
    clock_sleep_ms(21);
    CHECK(!amqp_held_sleep(&h, &ms));
    CHECK_INT(amqp_held_collect(&h, out, false), 1);
    amqp_held_close(&h);
}

TEST(a_delivery_is_settled_once_and_only_while_it_is_held)
{
    struct amqp_held h;

    amqp_held_open(&h, cx->arena, 2);
    held_are(&h, 2);
    CHECK(!amqp_held_add(&h, 3, false));
    amqp_held_settle(&h, 1, REJECTED);
    amqp_held_settle(&h, 1, ACKED);
    amqp_held_settle(&h, 7, ACKED);
    told_is(&h, (struct settled[]){ { 1, REJECTED, false } }, 1);
    amqp_held_settle(&h, 2, ACKED);
    amqp_held_clear(&h);
    told_is(&h, NULL, 0);
    amqp_held_close(&h);
}

TEST(a_sleeper_is_woken_once)
{
    struct amqp_held h;
    int64_t ms = 1000;

    amqp_held_open(&h, cx->arena, 4);
    held_are(&h, 3);
    CHECK(!amqp_held_settle(&h, 1, ACKED));
    CHECK(!amqp_held_sleep(&h, &ms));
    told_is(&h, (struct settled[]){ { 1, ACKED_SO_FAR, false } }, 1);
    CHECK(amqp_held_sleep(&h, &ms) && ms == 1000);
    CHECK(amqp_held_settle(&h, 2, ACKED));
    CHECK(!amqp_held_settle(&h, 3, ACKED));
    amqp_held_close(&h);
}

/* --- publishing --- */

TEST(what_is_published_is_confirmed_and_counted)
{
    const char *queue = own_queue(cx, "confirmed");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    hand_open(cx);
    CHECK(!amqp_publisher_is_up(p));
    publish_n(cx, p, queue, 0, 1);
    CHECK(amqp_publisher_is_up(p));
    publish_n(cx, p, queue, 1, 3 * AMQP_WINDOW + 17);
    UNTIL(queue_ready_n(queue) == 3 * AMQP_WINDOW + 18, 3000);
    CHECK_INT(queue_ready_n(queue), 3 * AMQP_WINDOW + 18);
    queue_delete(queue);
}

TEST(publishing_nothing_connects)
{
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");

    CHECK_OK(amqp_publish(cx, p, NULL, 0, NULL));
    CHECK(amqp_publisher_is_up(p));
}

TEST(a_message_without_a_queue_is_not_done_and_its_neighbours_are)
{
    const char *here = own_queue(cx, "here"), *gone = own_queue(cx, "gone");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    struct amqp_message m[] = { message(cx, here, 1), message(cx, gone, 2), message(cx, here, 3) };
    bool done[3];

    hand_open(cx);
    NEED_OK(amqp_publish(cx, p, m, 3, done));
    CHECK(done[0] && done[1] && done[2]);
    queue_delete(gone);
    CHECK_OK(amqp_publish(cx, p, m, 3, done));
    CHECK(done[0] && !done[1] && done[2]);
    CHECK_OK(amqp_publish(cx, p, m, 3, done));      /* declared anew */
    CHECK(done[0] && done[1] && done[2]);
    queue_delete(here);
    queue_delete(gone);
}

TEST(a_full_queue_leaves_its_messages_undone)
{
    const char *queue = own_queue(cx, "full");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    struct amqp_message m[40];
    bool done[40];
    int accepted = 0;

    hand_open(cx);
    publish_n(cx, p, queue, 0, 1);
    queue_delete(queue);
    queue_limited(queue, 3);
    for (int i = 0; i < 40; i++)
        m[i] = message(cx, queue, i);
    for (int round = 0; round < 2; round++)     /* the limit is soft: what is under way together passes */
        CHECK_OK(amqp_publish(cx, p, m, 40, done));
    for (int i = 0; i < 40; i++)
        accepted += done[i];
    CHECK_INT(accepted, 0);
    CHECK(amqp_publisher_is_up(p));
    queue_delete(queue);
}

TEST(a_queue_declared_otherwise_is_told_and_holds_nothing_else_back)
{
    const char *other = own_queue(cx, "other"), *fine = own_queue(cx, "fine");
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    struct amqp_message m[] = { message(cx, other, 1), message(cx, fine, 2) };
    bool done[2];

    hand_open(cx);
    queue_limited(other, 9);
    err_t e = amqp_publish(cx, p, m, 2, done);
    CHECK(e && e->code == E_AMQP_DOWN);
    CHECK_HAS(e ? e->text : "", "406");
    CHECK_HAS(e ? e->text : "", other);
    CHECK(!done[0] && done[1]);
    CHECK(amqp_publisher_is_up(p));
    CHECK_FAILS(amqp_publish(cx, p, m, 2, done), AMQP_DOWN);
    CHECK(!done[0] && done[1]);
    queue_delete(other);
    queue_delete(fine);
}

TEST(the_dead_letters_can_be_published_to)
{
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    struct amqp_message m = message(cx, AMQP_DEAD, 1);
    bool done = false, dead = false;

    hand_open(cx);
    m.id = arena_fmt(cx->arena, "given-up-%d", (int)getpid());
    CHECK_OK(amqp_publish(cx, p, &m, 1, &done));
    CHECK(done);
    UNTIL((dead = is_among_the_dead(m.id)), 3000);
    CHECK(dead);
}

TEST(a_wrong_message_is_refused_before_it_is_sent)
{
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, broker(), "test");
    char *far_too_long = arena_get(cx->arena, AMQP_BODY_MAX + 2);
    struct amqp_message m = message(cx, own_queue(cx, "never"), 1);
    bool done;

    memset(far_too_long, 'x', AMQP_BODY_MAX + 1);
    m.body = (struct bytes){ far_too_long, AMQP_BODY_MAX + 1 };
    CHECK_FAILS(amqp_publish(cx, p, &m, 1, &done), BODY_TOO_LARGE);
    m = message(cx, far_too_long, 1);
    CHECK_FAILS(amqp_publish(cx, p, &m, 1, &done), BUG);
    m = message(cx, "q", 1);
    m.id = far_too_long;
    CHECK_FAILS(amqp_publish(cx, p, &m, 1, &done), BUG);
}

TEST(a_url_is_decoded_and_what_is_wrong_with_it_is_said)
{
    struct amqp_link l;
    bool done;
    struct amqp_message m = message(cx, "q", 1);

    amqp_link_start(&l, cx->arena, "amqp://us%40er:p%2Fss@host:1234/v%2fh", "test", 0);
    CHECK_TEXT(l.user, "us@er");
    CHECK_TEXT(l.password, "p/ss");
    CHECK_TEXT(l.dial.host, "host");
    CHECK_TEXT(l.dial.port, "1234");
    CHECK_TEXT(l.vhost, "v/h");
    amqp_link_start(&l, cx->arena, "amqp://host/", "test", 0);
    CHECK_TEXT(l.vhost, "/");
    struct amqp_publisher *broken = amqp_publisher_open(cx->arena, "http://x", "test");
    CHECK_FAILS(amqp_publish(cx, broken, &m, 1, &done), CONFIG_INVALID);
    CHECK_FAILS(amqp_publish(cx, broken, &m, 1, &done), AMQP_DOWN);
}

TEST(a_wrong_password_is_said_to_be_one)
{
    struct amqp_connection_info at;
    bool done;
    struct amqp_message m = message(cx, "q", 1);

    amqp_parse_url(arena_fmt(cx->arena, "%s", broker()), &at);
    const char *url = arena_fmt(cx->arena, "amqp://nobody:wrong@%s:%d", at.host, at.port);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, url, "test");
    err_t e = amqp_publish(cx, p, &m, 1, &done);
    CHECK_HAS(e ? e->text : "", "403 ACCESS_REFUSED");
    e = amqp_publish(cx, p, &m, 1, &done);
    CHECK_HAS(e ? e->text : "", "tried again in");
}

/* --- publishing to a broker in trouble --- */

TEST(a_cut_connection_is_replaced)
{
    const char *url, *queue = own_queue(cx, "cut");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, url, "test");
    struct amqp_message m = message(cx, queue, 1);
    bool done = false;

    hand_open(cx);
    publish_n(cx, p, queue, 0, 10);
    proxy_cut(x);
    UNTIL(!amqp_publisher_is_up(p), 1000);
    CHECK(!amqp_publisher_is_up(p));
    int64_t began_ms = clock_ms();
    while (!done && clock_ms() - began_ms < 3000)
        if (amqp_publish(cx, p, &m, 1, &done))
            clock_sleep_ms(10);
    CHECK(done);
    CHECK_WITHIN(clock_ms() - began_ms, 0, 1000);
    queue_delete(queue);
}

TEST(a_stalled_broker_costs_the_deadline_and_no_more)
{
    const char *url, *queue = own_queue(cx, "stalled");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, url, "test");
    struct amqp_message m = message(cx, queue, 1);
    bool done = false;

    hand_open(cx);
    publish_n(cx, p, queue, 0, 1);
    SET(x->mode, STALL);
    clock_sleep_ms(20);
    for (int i = 0; i < 4; i++) {       /* waiting for a confirm, then for the login */
        int64_t began_ms = clock_ms();
        cx->deadline_ms = began_ms + 300;
        CHECK_FAILS(amqp_publish(cx, p, &m, 1, &done), AMQP_DOWN);
        CHECK_WITHIN(clock_ms() - began_ms, 0, 400);
        began_ms = clock_ms();
        cx->deadline_ms = 0;
        CHECK_FAILS(amqp_publish(cx, p, &m, 1, &done), AMQP_DOWN);      /* too early: at once */
        CHECK_WITHIN(clock_ms() - began_ms, 0, 100);
        clock_sleep_ms(100 << i);
    }
    cx->deadline_ms = 0;
    SET(x->mode, PASS);
    int64_t began_ms = clock_ms();
    while (!done && clock_ms() - began_ms < 6000)
        if (amqp_publish(cx, p, &m, 1, &done))
            clock_sleep_ms(10);
    CHECK(done);
    queue_delete(queue);
}

TEST(a_broker_that_stops_reading_costs_the_deadline_and_no_more)
{
    const char *url, *queue = own_queue(cx, "deaf");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, url, "test");
    struct amqp_message m[32];
    bool done[32];
    char *large = arena_get(cx->arena, AMQP_BODY_MAX);

    hand_open(cx);
    publish_n(cx, p, queue, 0, 1);
    for (int i = 0; i < 32; i++) {
        m[i] = message(cx, queue, i);
        m[i].body = (struct bytes){ large, AMQP_BODY_MAX };
    }
    SET(x->mode, STALL);
    clock_sleep_ms(20);
    int64_t began_ms = clock_ms();
    cx->deadline_ms = began_ms + 700;
    CHECK_FAILS(amqp_publish(cx, p, m, 32, done), AMQP_DOWN);
    CHECK(clock_ms() - began_ms >= 690);
    CHECK_WITHIN(clock_ms() - began_ms, 0, 900);
    queue_delete(queue);
}

/* connection.blocked ("low on memory") and connection.unblocked, as method frames on channel 0. */
static const char blocked[] = "\1\0\0\0\0\0\x12\0\x0a\0\x3c\x0dlow on memory\xce";
static const char unblocked[] = "\1\0\0\0\0\0\4\0\x0a\0\x3d\xce";
/* connection.close 320 "CONNECTION_FORCED". */
static const char forced[] = "\1\0\0\0\0\0\x1c\0\x0a\0\x32\1\x40\x11" "CONNECTION_FORCED\0\0\0\0\xce";

TEST(while_the_broker_is_alarmed_nothing_is_sent)
{
    const char *url, *queue = own_queue(cx, "alarm");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, url, "test");
    struct amqp_message m = message(cx, queue, 1);
    bool done;

    hand_open(cx);
    publish_n(cx, p, queue, 0, 1);
    proxy_slip(x, blocked, sizeof(blocked) - 1);
    clock_sleep_ms(20);
    for (int i = 0; i < 3; i++) {
        int64_t began_ms = clock_ms();
        err_t e = amqp_publish(cx, p, &m, 1, &done);
        CHECK(e && e->code == E_AMQP_DOWN);
        CHECK_HAS(e ? e->text : "", "low on memory");
        CHECK_WITHIN(clock_ms() - began_ms, 0, 100);
        CHECK(!amqp_publisher_is_up(p));
    }
    CHECK_INT(queue_ready_n(queue), 1);
    proxy_slip(x, unblocked, sizeof(unblocked) - 1);
    clock_sleep_ms(20);
    CHECK_OK(amqp_publish(cx, p, &m, 1, &done));
    CHECK(done && amqp_publisher_is_up(p));
    queue_delete(queue);
}

TEST(an_idle_connection_that_was_closed_is_replaced_at_once_but_not_again_and_again)
{
    const char *url, *queue = own_queue(cx, "forced");
    struct proxy *x = proxy_open(cx, &url);
    struct amqp_publisher *p = amqp_publisher_open(cx->arena, url, "test");
    struct amqp_message m = message(cx, queue, 1);
    bool done;

    hand_open(cx);
    publish_n(cx, p, queue, 0, 1);
    proxy_slip(x, forced, sizeof(forced) - 1);
    clock_sleep_ms(20);
    publish_n(cx, p, queue, 1, 1);
    proxy_slip(x, forced, sizeof(forced) - 1);
    clock_sleep_ms(20);
    err_t e = amqp_publish(cx, p, &m, 1, &done);
    CHECK(e && e->code == E_AMQP_DOWN);
    CHECK_HAS(e ? e->text : "", "320 CONNECTION_FORCED");
    queue_delete(queue);
}
