#define _GNU_SOURCE
#include "net/amqp_link.h"
#include "base/clock.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>

#define CONNECT_MS       3000
#define FRAME_MAX        131072
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MOST_MS  5000
#define STEADY_MS        5000       /* a connection that lasted so long was a good one */
#define AUTHORITIES      "/etc/ssl/certs/ca-certificates.crt"

enum { CHANNEL = 1, SCRATCH = 2 };  /* declarations have a channel of their own: a refusal closes it */

void amqp_link_start(struct amqp_link *l, struct arena *a, const char *url, const char *name, int heartbeat_s)
{
    struct amqp_connection_info at;

    *l = (struct amqp_link){ .name = arena_fmt(a, "%s", name), .heartbeat_s = heartbeat_s, .fd = -1 };
    pthread_mutex_init(&l->lock, NULL);
    l->url_broken = amqp_parse_url(arena_fmt(a, "%s", url ? url : ""), &at) != AMQP_STATUS_OK;
    if (l->url_broken)
        return;
    l->user = at.user;
    l->password = at.password;
    l->vhost = *at.vhost ? at.vhost : "/";
    l->tls = at.ssl;
    l->dial = (struct dial){ .host = at.host, .port = arena_fmt(a, "%d", at.port) };
}

/* --- going down, and when to come back --- */

static void set_fd(struct amqp_link *l, int fd)
{
    pthread_mutex_lock(&l->lock);
    l->fd = fd;
    pthread_mutex_unlock(&l->lock);
}

void amqp_link_cut(struct amqp_link *l)
{
    pthread_mutex_lock(&l->lock);
    if (l->fd >= 0)
        shutdown(l->fd, SHUT_RDWR);
    pthread_mutex_unlock(&l->lock);
}

static void drop(struct amqp_link *l)
{
    __atomic_store_n(&l->up, false, __ATOMIC_RELAXED);
    __atomic_store_n(&l->blocked, false, __ATOMIC_RELAXED);
    set_fd(l, -1);
    if (l->conn)
        amqp_destroy_connection(l->conn);
    l->conn = NULL;
}

/* Doubling, and half of it left to chance: daemons that lost the same broker do not come back together. */
static int64_t backoff_ms(int failures)
{
    int64_t most = failures > 6 ? BACKOFF_MOST_MS : (int64_t)BACKOFF_FIRST_MS << (failures - 1);
    uint32_t chance = 0;

    if (most > BACKOFF_MOST_MS)
        most = BACKOFF_MOST_MS;
    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
        chance = (uint32_t)clock_us();
    return most / 2 + chance % (most / 2 + 1);
}

err_t amqp_link_lose(struct amqp_link *l, err_t e)
{
    bool steady = l->up && clock_ms() - l->opened_ms >= STEADY_MS;

    drop(l);
    l->failures = steady ? 1 : l->failures + 1;
    l->next_try_ms = clock_ms() + backoff_ms(l->failures);
    strncpy(l->why, e->text, sizeof(l->why) - 1);
    return e;
}

void amqp_link_close(struct amqp_link *l, int64_t wait_ms)
{
    if (l->conn) {
        amqp_link_patience(l, wait_ms);
        amqp_connection_close(l->conn, AMQP_REPLY_SUCCESS);
    }
    drop(l);
}

void amqp_link_end(struct amqp_link *l, int64_t wait_ms)
{
    amqp_link_close(l, wait_ms);
    dial_close(&l->dial);
    pthread_mutex_destroy(&l->lock);
}

/* A socket the broker has closed is seen here before anybody uses it. */
bool amqp_link_is_up(const struct amqp_link *l)
{
    struct amqp_link *held = (struct amqp_link *)(uintptr_t)l;

    if (!__atomic_load_n(&l->up, __ATOMIC_RELAXED) || __atomic_load_n(&l->blocked, __ATOMIC_RELAXED))
        return false;
    pthread_mutex_lock(&held->lock);
    struct pollfd p = { l->fd, POLLRDHUP, 0 };
    bool closed = l->fd < 0 || poll(&p, 1, 0) > 0;
    pthread_mutex_unlock(&held->lock);
    return !closed;
}

/* --- questions and answers --- */

void amqp_link_patience(struct amqp_link *l, int64_t wait_ms)
{
    struct timeval t = { wait_ms / 1000, wait_ms % 1000 * 1000 };

    amqp_set_rpc_timeout(l->conn, &t);
}

static err_t closed(struct ctx *cx, const char *asked, const amqp_method_t *m)
{
    const amqp_channel_close_t *c = m->decoded;     /* connection.close begins with the same members */

    return fail(cx, AMQP_DOWN, "%s: %d %.*s", asked, c->reply_code, (int)c->reply_text.len,
                (const char *)c->reply_text.bytes);
}
_Static_assert(offsetof(amqp_channel_close_t, reply_text) == offsetof(amqp_connection_close_t, reply_text), "");

/* A closed channel is the only no that leaves the connection standing. */
static err_t answer(struct ctx *cx, struct amqp_link *l, const char *asked, amqp_rpc_reply_t r)
{
    if (r.reply_type == AMQP_RESPONSE_NORMAL)
        return OK;
    if (r.reply_type != AMQP_RESPONSE_SERVER_EXCEPTION)
        return amqp_link_lose(l, fail(cx, AMQP_DOWN, "%s: %s", asked, amqp_error_string2(r.library_error)));
    err_t e = closed(cx, asked, &r.reply);
    return r.reply.id == AMQP_CHANNEL_CLOSE_METHOD ? e : amqp_link_lose(l, e);
}

err_t amqp_link_answer(struct ctx *cx, struct amqp_link *l, const char *asked)
{
    err_t e = answer(cx, l, asked, amqp_get_rpc_reply(l->conn));

    return e && l->conn ? amqp_link_lose(l, e) : e;
}

/* --- the topology --- */

static amqp_table_entry_t text_entry(const char *key, const char *value)
{
    return (amqp_table_entry_t){ amqp_cstring_bytes(key),
        { .kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(value) } };
}

static err_t declare_exchange(struct ctx *cx, struct amqp_link *l, const char *name, const char *type)
{
    amqp_exchange_declare(l->conn, SCRATCH, amqp_cstring_bytes(name), amqp_cstring_bytes(type), false, true, false,
                          false, amqp_empty_table);
    return answer(cx, l, arena_fmt(cx->arena, "exchange %s", name), amqp_get_rpc_reply(l->conn));
}

static err_t declare_queue(struct ctx *cx, struct amqp_link *l, const char *queue, amqp_table_entry_t *args, int n)
{
    amqp_queue_declare(l->conn, SCRATCH, amqp_cstring_bytes(queue), false, true, false, false,
                       (amqp_table_t){ n, args });
    return answer(cx, l, arena_fmt(cx->arena, "queue %s", queue), amqp_get_rpc_reply(l->conn));
}

static err_t bind_queue(struct ctx *cx, struct amqp_link *l, const char *queue, const char *exchange)
{
    amqp_queue_bind(l->conn, SCRATCH, amqp_cstring_bytes(queue), amqp_cstring_bytes(exchange),
                    amqp_cstring_bytes(queue), amqp_empty_table);
    return answer(cx, l, arena_fmt(cx->arena, "binding %s", queue), amqp_get_rpc_reply(l->conn));
}

static err_t scratch_open(struct ctx *cx, struct amqp_link *l)
{
    amqp_link_patience(l, clock_left_ms(cx, AMQP_WAIT_MS));
    amqp_channel_open(l->conn, SCRATCH);
    return answer(cx, l, "channel", amqp_get_rpc_reply(l->conn));
}

static err_t scratch_close(struct ctx *cx, struct amqp_link *l)
{
    return answer(cx, l, "channel", amqp_channel_close(l->conn, SCRATCH, AMQP_REPLY_SUCCESS));
}

/* The queue of dead letters can be published to as well: jobs that are given up are. */
static err_t declare_dead(struct ctx *cx, struct amqp_link *l)
{
    amqp_table_entry_t args[] = { text_entry("x-queue-type", "quorum") };

    TRY(declare_queue(cx, l, AMQP_DEAD, args, COUNT(args)));
    TRY(bind_queue(cx, l, AMQP_DEAD, AMQP_DEAD));
    return bind_queue(cx, l, AMQP_DEAD, AMQP_EXCHANGE);
}

/* Dead letters keep the routing key they came with, so their exchange does not look at it. */
static err_t declare_shared(struct ctx *cx, struct amqp_link *l)
{
    TRY(scratch_open(cx, l));
    TRY(declare_exchange(cx, l, AMQP_EXCHANGE, "direct"));
    TRY(declare_exchange(cx, l, AMQP_DEAD, "fanout"));
    TRY(declare_dead(cx, l));
    return scratch_close(cx, l);
}

static err_t declare_work(struct ctx *cx, struct amqp_link *l, const char *queue)
{
    /* Dead-lettering at least once asks for reject-publish (rabbitmq.com/quorum-queues.html#dead-lettering). */
    amqp_table_entry_t args[] = {
        text_entry("x-queue-type", "quorum"),
        { amqp_cstring_bytes("x-delivery-limit"), { .kind = AMQP_FIELD_KIND_I32, .value.i32 = 20 } },
        text_entry("x-dead-letter-exchange", AMQP_DEAD),
        text_entry("x-dead-letter-strategy", "at-least-once"),
        text_entry("x-overflow", "reject-publish"),
    };

    TRY(declare_queue(cx, l, queue, args, COUNT(args)));
    return bind_queue(cx, l, queue, AMQP_EXCHANGE);
}

static err_t declare_one(struct ctx *cx, struct amqp_link *l, const char *queue)
{
    TRY(scratch_open(cx, l));
    TRY(text_is(queue, AMQP_DEAD) ? declare_dead(cx, l) : declare_work(cx, l, queue));
    return scratch_close(cx, l);
}

err_t amqp_link_queue(struct ctx *cx, struct amqp_link *l, const char *queue)
{
    amqp_channel_close_ok_t ok = { 0 };
    err_t e = declare_one(cx, l, queue);

    if (e && l->conn && amqp_send_method(l->conn, SCRATCH, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok))
        return amqp_link_lose(l, e);
    return e;
}

/* --- coming up --- */

static err_t open_tls(struct ctx *cx, struct amqp_link *l, int64_t wait_ms)
{
    amqp_socket_t *s = amqp_ssl_socket_new(l->conn);
    const char *file = getenv("SSL_CERT_FILE");
    struct timeval t = { wait_ms / 1000, wait_ms % 1000 * 1000 };
    int64_t port = 0;

    if (!s || amqp_ssl_socket_set_cacert(s, file ? file : AUTHORITIES))
        return fail(cx, CONFIG_INVALID, "no authorities to check the broker's certificate with");
    amqp_ssl_socket_set_verify_peer(s, true);
    amqp_ssl_socket_set_verify_hostname(s, true);
    amqp_ssl_socket_set_ssl_versions(s, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    text_to_long(l->dial.port, strlen(l->dial.port), &port);
    int status = amqp_socket_open_noblock(s, l->dial.host, (int)port, &t);
    if (status)
        return fail(cx, AMQP_DOWN, "%s: %s", l->dial.host, amqp_error_string2(status));
    dial_tune(amqp_get_sockfd(l->conn));
    set_fd(l, amqp_get_sockfd(l->conn));
    return OK;
}

static err_t open_tcp(struct ctx *cx, struct amqp_link *l, int64_t wait_ms)
{
    int fd;

    err_t e = dial_tcp(cx, &l->dial, wait_ms, &fd);
    if (e)
        return fail(cx, AMQP_DOWN, "%s", e->text);
    amqp_tcp_socket_set_sockfd(amqp_tcp_socket_new(l->conn), fd);
    set_fd(l, fd);
    return OK;
}

/* Without these the broker does not tell of a cancelled consumer or an alarm, and hangs up on a wrong password. */
static err_t log_in(struct ctx *cx, struct amqp_link *l)
{
    static const char *const able[] = { "publisher_confirms", "basic.nack", "consumer_cancel_notify",
                                        "connection.blocked", "authentication_failure_close" };
    amqp_table_entry_t can[COUNT(able)];
    int64_t wait_ms = clock_left_ms(cx, AMQP_WAIT_MS);
    struct timeval t = { wait_ms / 1000, wait_ms % 1000 * 1000 };

    for (size_t i = 0; i < COUNT(able); i++)
        can[i] = (amqp_table_entry_t){ amqp_cstring_bytes(able[i]),
                                       { .kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1 } };
    amqp_table_entry_t told[] = {
        { amqp_cstring_bytes("capabilities"), { .kind = AMQP_FIELD_KIND_TABLE, .value.table = { COUNT(can), can } } },
        text_entry("connection_name", l->name),
        text_entry("product", "palabre"),
        text_entry("version", PALABRE_VERSION),
    };
    amqp_table_t properties = { COUNT(told), told };
    amqp_set_handshake_timeout(l->conn, &t);
    return answer(cx, l, "login",
                  amqp_login_with_properties(l->conn, l->vhost, 0, FRAME_MAX, l->heartbeat_s, &properties,
                                             AMQP_SASL_METHOD_PLAIN, l->user, l->password));
}

static err_t open_all(struct ctx *cx, struct amqp_link *l)
{
    int64_t wait_ms = clock_left_ms(cx, CONNECT_MS);

    l->conn = amqp_new_connection();
    if (!l->conn)
        abort();
    TRY(l->tls ? open_tls(cx, l, wait_ms) : open_tcp(cx, l, wait_ms));
    TRY(clock_check(cx));       /* a stop set before the socket could be cut */
    TRY(log_in(cx, l));
    amqp_link_patience(l, clock_left_ms(cx, AMQP_WAIT_MS));
    amqp_channel_open(l->conn, CHANNEL);
    TRY(answer(cx, l, "channel", amqp_get_rpc_reply(l->conn)));
    return declare_shared(cx, l);
}

err_t amqp_link_open(struct ctx *cx, struct amqp_link *l)
{
    int64_t early_ms = l->next_try_ms - clock_ms();

    if (early_ms > 0)
        return fail(cx, AMQP_DOWN, "the broker is tried again in %d ms: %s", (int)early_ms, l->why);
    if (l->url_broken)
        return amqp_link_lose(l, fail(cx, CONFIG_INVALID,
                                      "the broker's URL is not amqp://user:password@host:port/vhost"));
    err_t e = open_all(cx, l);
    if (e)
        return l->conn ? amqp_link_lose(l, e) : e;
    l->opened_ms = clock_ms();
    __atomic_store_n(&l->up, true, __ATOMIC_RELAXED);
    return OK;
}

/* --- frames --- */

static void note_alarm(struct amqp_link *l, const amqp_connection_blocked_t *b)
{
    size_t n = b->reason.len < sizeof(l->why) - 1 ? b->reason.len : sizeof(l->why) - 1;

    memcpy(l->why, b->reason.bytes, n);
    l->why[n] = '\0';
    __atomic_store_n(&l->blocked, true, __ATOMIC_RELAXED);
}

static err_t heed(struct ctx *cx, struct amqp_link *l, const amqp_method_t *m)
{
    amqp_connection_close_ok_t ok = { 0 };

    switch (m->id) {
    case AMQP_CONNECTION_BLOCKED_METHOD:
        note_alarm(l, m->decoded);
        return OK;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        __atomic_store_n(&l->blocked, false, __ATOMIC_RELAXED);
        return OK;
    case AMQP_CONNECTION_CLOSE_METHOD:
        amqp_send_method(l->conn, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
        return amqp_link_lose(l, closed(cx, "the broker closed the connection", m));
    case AMQP_CHANNEL_CLOSE_METHOD:
        return amqp_link_lose(l, closed(cx, "the broker closed the channel", m));
    default:
        return OK;
    }
}

err_t amqp_link_take(struct ctx *cx, struct amqp_link *l, int64_t wait_ms, amqp_frame_t *frame, bool *got)
{
    struct timeval t = { wait_ms / 1000, wait_ms % 1000 * 1000 };

    amqp_maybe_release_buffers(l->conn);
    int status = amqp_simple_wait_frame_noblock(l->conn, frame, &t);
    *got = status == AMQP_STATUS_OK;
    if (status == AMQP_STATUS_TIMEOUT)
        return OK;
    if (status)
        return amqp_link_lose(l, fail(cx, AMQP_DOWN, "the connection to the broker broke: %s",
                                      amqp_error_string2(status)));
    return frame->frame_type == AMQP_FRAME_METHOD ? heed(cx, l, &frame->payload.method) : OK;
}

bool amqp_link_has_more(const struct amqp_link *l)
{
    return amqp_frames_enqueued(l->conn) || amqp_data_in_buffer(l->conn);
}

void amqp_link_cork(struct amqp_link *l, bool on)
{
    int value = on;

    setsockopt(amqp_get_sockfd(l->conn), IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
}
