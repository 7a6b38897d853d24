#define _GNU_SOURCE
#include "net/test_amqp_tools.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

const char *broker(void)
{
    const char *url = getenv("AMQP_URL");

    if (!url)
        skip("no AMQP_URL");
    return url;
}

/* --- a proxy --- */

static void pair_close(struct proxy *p, int i)
{
    if (p->pairs[i].a >= 0)
        close(p->pairs[i].a), close(p->pairs[i].b);
    p->pairs[i].a = p->pairs[i].b = -1;
}

static void pair_open(struct proxy *p)
{
    int a = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC), b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (a < 0 || p->n == PAIRS || GET(p->refuse) || connect(b, (struct sockaddr *)&p->to, sizeof(p->to))) {
        close(a), close(b);
        return;
    }
    dial_tune(a), dial_tune(b);
    p->pairs[p->n].a = a;
    p->pairs[p->n++].b = b;
}

static bool copy(int from, int to)
{
    char room[16384];
    ssize_t n = recv(from, room, sizeof(room), 0);

    return n > 0 && send(to, room, (size_t)n, MSG_NOSIGNAL) == n;
}

static void proxy_orders(struct proxy *p)
{
    const char *slip = GET(p->slip.at);
    bool cut = GET(p->cut);

    for (int i = 0; i < p->n; i++) {
        if (slip && p->pairs[i].a >= 0)
            send(p->pairs[i].a, slip, p->slip.n, MSG_NOSIGNAL);
        if (cut)
            pair_close(p, i);
    }
    if (cut)
        SET(p->cut, false);
    if (slip)
        SET(p->slip.at, NULL);
}

static void *proxy_run(void *with)
{
    struct proxy *p = with;

    while (!GET(p->stop)) {
        struct pollfd fds[1 + 2 * PAIRS] = { { p->listener, POLLIN, 0 } };
        bool stall = GET(p->mode) == STALL;
        int n = p->n;
        for (int i = 0; i < n; i++) {
            bool quiet = stall || i < GET(p->stalled);
            fds[1 + 2 * i] = (struct pollfd){ quiet ? -1 : p->pairs[i].a, POLLIN, 0 };
            fds[2 + 2 * i] = (struct pollfd){ quiet ? -1 : p->pairs[i].b, POLLIN, 0 };
        }
        poll(fds, (nfds_t)(1 + 2 * n), 5);
        for (int i = 0; i < n; i++)
            if ((fds[1 + 2 * i].revents && !copy(p->pairs[i].a, p->pairs[i].b)) ||
                (fds[2 + 2 * i].revents && !copy(p->pairs[i].b, p->pairs[i].a)))
                pair_close(p, i);
        proxy_orders(p);
        if (fds[0].revents)
            pair_open(p);
    }
    for (int i = 0; i < p->n; i++)
        pair_close(p, i);
    close(p->listener);
    return NULL;
}

static void proxy_drop(void *it)
{
    struct proxy *p = it;

    SET(p->stop, true);
    pthread_join(p->thread, NULL);
}

struct proxy *proxy_open(struct ctx *cx, const char **url)
{
    struct proxy *p = NEW(cx, struct proxy);
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(here);
    struct amqp_connection_info at;
    char *plain = arena_fmt(cx->arena, "%s", broker());

    amqp_parse_url(plain, &at);
    p->to = here;
    p->to.sin_port = htons((uint16_t)at.port);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(p->listener, (struct sockaddr *)&here, size) || listen(p->listener, 16) ||
        getsockname(p->listener, (struct sockaddr *)&here, &size))
        abort();
    *url = arena_fmt(cx->arena, "amqp://%s:%s@127.0.0.1:%d/%s", at.user, at.password, ntohs(here.sin_port),
                     strcmp(at.vhost, "/") ? at.vhost : "%2f");
    pthread_create(&p->thread, NULL, proxy_run, p);
    return arena_own(cx->arena, p, proxy_drop);
}

void proxy_slip(struct proxy *p, const char *frame, size_t n)
{
    p->slip.n = n;
    SET(p->slip.at, frame);
    UNTIL(!GET(p->slip.at), 1000);
}

void proxy_cut(struct proxy *p)
{
    SET(p->cut, true);
    UNTIL(!GET(p->cut), 1000);
}

/* --- by hand --- */

static struct amqp_link hand;

static void hand_drop(void *it)
{
    amqp_link_end(it, 300);
}

void hand_open(struct ctx *cx)
{
    amqp_link_start(&hand, cx->arena, broker(), "test by hand", 0);
    arena_own(cx->arena, &hand, hand_drop);
    CHECK_OK(amqp_link_open(cx, &hand));
}

void queue_delete(const char *queue)
{
    amqp_queue_delete(hand.conn, 1, amqp_cstring_bytes(queue), false, false);
    CHECK_INT(amqp_get_rpc_reply(hand.conn).reply_type, AMQP_RESPONSE_NORMAL);
    amqp_maybe_release_buffers(hand.conn);
}

int queue_ready_n(const char *queue)
{
    amqp_queue_declare_ok_t *ok =
        amqp_queue_declare(hand.conn, 1, amqp_cstring_bytes(queue), true, true, false, false, amqp_empty_table);
    int n = ok ? (int)ok->message_count : -1;

    amqp_maybe_release_buffers(hand.conn);
    return n;
}

void queue_limited(const char *queue, int most)
{
    amqp_table_entry_t args[] = {
        { amqp_cstring_bytes("x-queue-type"),
          { .kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("quorum") } },
        { amqp_cstring_bytes("x-overflow"),
          { .kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("reject-publish") } },
        { amqp_cstring_bytes("x-max-length"), { .kind = AMQP_FIELD_KIND_I32, .value.i32 = most } },
    };

    amqp_queue_declare(hand.conn, 1, amqp_cstring_bytes(queue), false, true, false, false,
                       (amqp_table_t){ COUNT(args), args });
    amqp_queue_bind(hand.conn, 1, amqp_cstring_bytes(queue), amqp_cstring_bytes(AMQP_EXCHANGE),
                    amqp_cstring_bytes(queue), amqp_empty_table);
    CHECK_INT(amqp_get_rpc_reply(hand.conn).reply_type, AMQP_RESPONSE_NORMAL);
}

bool is_among_the_dead(const char *id)
{
    amqp_message_t m;

    for (;;) {
        amqp_rpc_reply_t r = amqp_basic_get(hand.conn, 1, amqp_cstring_bytes(AMQP_DEAD), true);
        if (r.reply_type != AMQP_RESPONSE_NORMAL || r.reply.id != AMQP_BASIC_GET_OK_METHOD)
            return false;
        if (amqp_read_message(hand.conn, 1, &m, 0).reply_type != AMQP_RESPONSE_NORMAL)
            return false;
        bool it = m.properties.message_id.len == strlen(id) && !memcmp(m.properties.message_id.bytes, id, strlen(id));
        amqp_destroy_message(&m);
        amqp_maybe_release_buffers(hand.conn);
        if (it)
            return true;
    }
}

char *own_queue(struct ctx *cx, const char *name)
{
    return arena_fmt(cx->arena, "test.%d.%s", (int)getpid(), name);
}

bool publish_raw(const char *queue, const char *id, struct bytes body)
{
    amqp_basic_properties_t about = { ._flags = AMQP_BASIC_MESSAGE_ID_FLAG, .message_id = amqp_cstring_bytes(id) };

    return !amqp_basic_publish(hand.conn, 1, amqp_empty_bytes, amqp_cstring_bytes(queue), false, false, &about,
                               (amqp_bytes_t){ body.n, (void *)(uintptr_t)body.at });
}

/* --- messages --- */

struct amqp_message message(struct ctx *cx, const char *queue, int i)
{
    const char *id = arena_fmt(cx->arena, "%d", i);

    return (struct amqp_message){ queue, { id, strlen(id) }, id, "test", TRACE };
}

void publish_n(struct ctx *cx, struct amqp_publisher *p, const char *queue, int from, int n)
{
    struct amqp_message *m = NEWS(cx, struct amqp_message, (size_t)n);
    bool *done = NEWS(cx, bool, (size_t)n);
    int confirmed = 0;

    for (int i = 0; i < n; i++)
        m[i] = message(cx, queue, from + i);
    CHECK_OK(amqp_publish(cx, p, m, (size_t)n, done));
    for (int i = 0; i < n; i++)
        confirmed += done[i];
    CHECK_INT(confirmed, n);
}
