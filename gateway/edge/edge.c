/* Start, admission, the way of a request, drain. civetweb accepts, reads heads and decodes bodies; begin_request takes
 * every request, so nothing of its own (files, authorization, CORS, forms) ever runs. */
#define _GNU_SOURCE
#include "edge/edge_inside.h"
#include "base/clock.h"
#include "base/thread.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SURPLUS_MS 100          /* how long a connection beyond the limit may take to say what it wants */
#define GRACE_MS   1000         /* after the wait of a drain: for streams to notice */

const char *edge_request_header(const struct edge_request *r, const char *name)
{
    const struct mg_request_info *i = visit_of(r)->info;

    for (int n = 0; i && n < i->num_headers; n++)
        if (!strcasecmp(i->http_headers[n].name, name))
            return i->http_headers[n].value;
    return NULL;
}

const char *edge_request_header_back(const struct edge_request *r, const char *name, int nth)
{
    const struct mg_request_info *i = visit_of(r)->info;

    for (int n = i ? i->num_headers : 0; n-- > 0;)
        if (!strcasecmp(i->http_headers[n].name, name) && !nth--)
            return i->http_headers[n].value;
    return NULL;
}

int  edge_connections(const struct edge *e) { return atomic_load(&e->serving); }
bool edge_draining(const struct edge *e)    { return atomic_load(&e->draining); }

/* --- one request --- */

/* A connection beyond the limit is refused, unless a place has become free since. */
static err_t admit(struct edge *e)
{
    if (atomic_load(&e->draining))
        return refusal(DRAINING, "this process is going away");
    if (line.surplus && atomic_load(&e->open) > e->admitted)
        return refusal(OVERLOADED, "all places are taken");
    line.surplus = false;
    return OK;
}

/* One answer, whatever the handler does, and a connection that goes on only when nothing speaks against it. */
static int serve(struct visit *v, err_t refused)
{
    struct edge *e = v->edge;

    v->request.civet = v;
    v->keep &= !refused;
    v->failed = refused;
    e->on(e->with, &v->request, refused);
    edge_stream_leave(v);
    if (!v->answered)
        edge_answer(&v->request, 500, NULL, 0, (struct bytes){ "", 0 });
    return v->status;
}

static struct visit visit_new(struct edge *e, const struct mg_request_info *i)
{
    return (struct visit){ .edge = e, .from_us = clock_us(), .request = { .verb = "-", .path = "/", .query = "", .peer = i ? i->remote_addr : "",
                                                                        .port = i ? i->server_port : 0 } };
}

static int begin_request(struct mg_connection *conn)
{
    const struct mg_request_info *i = mg_get_request_info(conn);
    struct edge *e = i->user_data;
    struct visit v = visit_new(e, i);

    line_pause();
    atomic_fetch_add(&e->serving, 1);
    v.info = i;
    v.conn = conn;
    err_t broken = edge_check(&v, e->s.max_head_bytes), shut = admit(e);
    int status = serve(&v, broken ? broken : shut);
    if (!v.keep)
        mg_disable_connection_keep_alive(conn);
    if ((edge_body_left(&v) || broken) && !line.surplus)
        line_linger();
    line_await(e->s.keep_alive_ms, e->s.header_ms);
    atomic_fetch_sub(&e->serving, 1);
    return status;
}

/* What civetweb could not read, or would drop without a word, is answered too. */
static void refuse(const struct mg_connection *conn, err_t why)
{
    struct edge *e = mg_get_user_data(mg_get_context(conn));
    struct visit v = visit_new(e, mg_get_request_info(conn));

    line_pause();
    line.refused = true;
    if (line.fd < 0)
        return;
    atomic_fetch_add(&e->serving, 1);
    err_t shut = admit(e);
    serve(&v, shut ? shut : why);
    if (!line.surplus)          /* others wait for this thread */
        line_linger();
    atomic_fetch_sub(&e->serving, 1);
}

static int http_error(struct mg_connection *conn, int status, const char *words)
{
    struct edge *e = mg_get_user_data(mg_get_context(conn));

    (void)status, (void)words;
    refuse(conn, edge_check_broken(e->s.max_head_bytes));
    return 0;
}

/* --- one connection --- */

static void *init_thread(const struct mg_context *civet, int type)
{
    struct edge *e = mg_get_user_data(civet);

    line.master = line.ours = !type;
    if (type)
        sem_post(&e->begun);
    return NULL;
}

static int init_connection(const struct mg_connection *conn, void **data)
{
    struct edge *e = mg_get_user_data(mg_get_context(conn));

    (void)data;
    line_open(&e->over);
    line.surplus = atomic_fetch_add(&e->open, 1) >= e->admitted;
    line_await(line.surplus && e->s.header_ms > SURPLUS_MS ? SURPLUS_MS : e->s.header_ms, 0);
    return 0;
}

/* civetweb closes without a word on targets that are not its own (`*`, another host): they have no local_uri. */
static void connection_close(const struct mg_connection *conn)
{
    struct edge *e = mg_get_user_data(mg_get_context(conn));
    const struct mg_request_info *i = mg_get_request_info(conn);

    if (i && i->request_uri && !i->local_uri && !line.refused)
        refuse(conn, refusal(REQUEST_BROKEN, "the request target must be a path"));
    line_pause();
    line.fd = -1;
    atomic_fetch_sub(&e->open, 1);
}

static int log_message(const struct mg_connection *conn, const char *words)
{
    (void)conn, (void)words;
    return 1;                   /* taken: civetweb writes to no file and no terminal of ours */
}

/* --- start and end --- */

static bool is_port(const char *at, size_t n)
{
    int64_t port;

    return n && n <= 5 && at[0] != '+' && at[0] != '-' && text_to_long(at, n, &port) && port > 0 && port < 65536;
}

static bool is_ipv4(const char *at, size_t n)
{
    char address[INET_ADDRSTRLEN] = "";
    struct in_addr none;

    if (n < sizeof(address))
        memcpy(address, at, n);
    return inet_pton(AF_INET, address, &none) == 1;
}

/* "127.0.0.1:8000" or "8000". civetweb would read a trailing s as TLS and r as a redirect to it; Debian's build ends
 * in a call of NULL at the first TLS request. */
static fallible check_listener(struct ctx *cx, const char *at, size_t n)
{
    const char *colon = memrchr(at, ':', n);
    size_t host = colon ? (size_t)(colon - at) : 0, skip = colon ? host + 1 : 0;

    if (n && (at[n - 1] == 's' || at[n - 1] == 'r'))
        return fail(cx, CONFIG_INVALID, "\"%.*s\": TLS is not spoken here; end it in the proxy before this process", (int)n, at);
    if ((colon && !is_ipv4(at, host)) || !is_port(at + skip, n - skip))
        return fail(cx, CONFIG_INVALID, "\"%.*s\" is not ADDRESS:PORT with an IPv4 address", (int)n, at);
    return OK;
}

static fallible check_settings(struct ctx *cx, const struct edge_settings *s)
{
    const char *at = s->listen ? s->listen : "";

    for (size_t n = strcspn(at, ",");; at += n + 1, n = strcspn(at, ",")) {
        TRY(check_listener(cx, at, n));
        if (!at[n])
            break;
    }
    if (s->threads < 2 || s->threads > 10000 || s->max_head_bytes < 1024 || s->max_head_bytes > 1024 * 1024)
        return fail(cx, CONFIG_INVALID, "the edge needs 2 to 10,000 threads, and heads of 1 KiB to 1 MiB");
    if (s->header_ms <= 0 || s->body_ms <= 0 || s->keep_alive_ms <= 0)
        return fail(cx, CONFIG_INVALID, "the edge's times must be positive");
    return OK;
}

static const struct mg_callbacks callbacks = {
    .begin_request = begin_request, .http_error = http_error, .log_message = log_message, .init_thread = init_thread,
    .init_connection = init_connection, .connection_close = connection_close,
};

/* Its clocks stand behind ours: they would count what the client waits with on a kept connection into its next
 * head, and a body's from the last byte. decode_url changes the head in place, and we want it as it came. */
static const char **options_of(struct arena *a, const struct edge_settings *s)
{
    const char *all[] = {
        "listening_ports", arena_fmt(a, "%s", s->listen), "num_threads", arena_fmt(a, "%d", s->threads),
        "max_request_size", arena_fmt(a, "%zu", s->max_head_bytes),
        "request_timeout_ms", arena_fmt(a, "%lld", (long long)s->header_ms + 1000),
        "keep_alive_timeout_ms", arena_fmt(a, "%lld", (long long)(s->keep_alive_ms + s->header_ms) + 1000),
        "enable_keep_alive", "yes", "tcp_nodelay", "1", "listen_backlog", "4096", "connection_queue", "1024",
        "decode_url", "no", "enable_auth_domain_check", "no", "access_control_allow_methods", "", NULL,
    };

    return memcpy(arena_get(a, sizeof(all)), all, sizeof(all));
}

static void *start_civet(void *with)
{
    struct edge *e = with;
    struct mg_init_data init = { &callbacks, e, e->options };
    struct mg_error_data error = { .text = e->trouble, .text_buffer_size = sizeof(e->trouble) };

    mg_init_library(0);
    e->civet = mg_start2(&init, &error);
    if (!e->civet) {
        mg_exit_library();
        atomic_store(&e->failed, true);
        sem_post(&e->begun);
    }
    return NULL;
}

/* Until it listens and the first of its threads serves; the others come while it does, or a start would take twice as long. */
static fallible begin(struct ctx *cx, struct edge *e)
{
    sem_init(&e->begun, 0, 0);
    if (!thread_start(&e->starter, "edge", start_civet, e))
        return fail(cx, BUG, "no thread for the edge");
    while (sem_wait(&e->begun))
        ;
    if (!atomic_load(&e->failed))
        return OK;
    pthread_join(e->starter, NULL);
    return fail(cx, CONFIG_INVALID, "cannot listen on %s: %s", e->s.listen, e->trouble);
}

static void stop(void *e) { edge_stop(e); }

err_t edge_start(struct ctx *cx, const struct edge_settings *s, edge_handler *on, void *with, struct edge **out)
{
    struct edge *e = NEW(cx, struct edge);

    TRY(check_settings(cx, s));
    if (!line_works())
        return fail(cx, BUG, "this program was linked in a way that keeps civetweb from our poll and recv");
    e->s = *s;
    e->on = on;
    e->with = with;
    e->admitted = s->threads * 95 / 100;
    e->crowded = s->threads * 80 / 100;
    e->options = options_of(cx->arena, s);
    *out = e;                   /* before the first request, which may come at once */
    TRY(begin(cx, e));
    arena_own(cx->arena, e, stop);
    return OK;
}

static void wait_served(struct edge *e, int64_t wait_ms)
{
    int64_t end_ms = clock_ms() + wait_ms;

    while (atomic_load(&e->serving) && clock_ms() < end_ms)
        clock_sleep_ms(10);
}

void edge_leave(struct edge *e) { atomic_store(&e->leaving, true); }

/* mg_stop ends connections in the middle of an answer, so it comes last. It joins the threads: a handler that goes on
 * beyond the wait holds it until its own deadline. */
void edge_drain(struct edge *e, int64_t wait_ms)
{
    if (!e->options)
        return;
    edge_leave(e);
    atomic_store(&e->draining, true);
    wait_served(e, wait_ms);
    atomic_store(&e->over, true);
    wait_served(e, GRACE_MS);
    pthread_join(e->starter, NULL);
    mg_stop(e->civet);
    mg_exit_library();
    e->options = NULL;
}

void edge_stop(struct edge *e)
{
    edge_drain(e, 0);
}
