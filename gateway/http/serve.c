/* Life of a request: match, gates, handler, answer. One arena from begin to end. */
#include "http/gateway.h"
#include "app/audit.h"
#include "app/metrics.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/log.h"
#include "data/crypto.h"
#include "data/json.h"
#include "data/trace.h"
#include "net/pg.h"

#include <stdlib.h>
#include <string.h>

METRIC(requests, COUNTER, "palabre_http_requests_total", "Requests answered.", "status");
METRIC(durations, HISTOGRAM, "palabre_http_request_seconds", "Time to answer, streams left out.", "verb");

/* --- headers and answers --- */

static bool is_clean(const char *value)
{
    for (; *value; value++)
        if ((unsigned char)*value < 0x20 || *value == 0x7f)
            return false;
    return true;
}

void exchange_header(struct exchange *x, const char *name, const char *value)
{
    if (x->headers_n < HEADERS_MOST && is_clean(value))
        x->headers[x->headers_n++] = (struct edge_header){ name, value };
}

void exchange_header_instead(struct exchange *x, const char *name, const char *value)
{
    size_t i = 0;

    while (i < x->headers_n && strcmp(x->headers[i].name, name))
        i++;
    if (i == x->headers_n)
        exchange_header(x, name, value);
    else if (is_clean(value))
        x->headers[i].value = value;
}

const char *exchange_read_header(const struct exchange *x, const char *name)
{
    return edge_request_header(x->request, name);
}

void exchange_text(struct ctx *cx, struct exchange *x, int status, const char *type, struct bytes body)
{
    (void)cx;
    if (x->answered)
        return;
    x->answered = true;
    x->status = status;
    if (status != 204 && status != 304)
        exchange_header(x, "Content-Type", type);
    edge_answer(x->request, status, x->headers, x->headers_n, body);
}

void exchange_json(struct ctx *cx, struct exchange *x, int status, const struct shape *s, const void *from)
{
    struct text body = text_new(cx->arena, 8192, 64u << 20);

    json_put(&body, s, from);
    exchange_text(cx, x, status, "application/json", (struct bytes){ body.at, body.n });
}

void exchange_list(struct ctx *cx, struct exchange *x, int status, const struct shape *row, const struct list *rows)
{
    struct text body = text_new(cx->arena, 8192, 64u << 20);

    json_put_list(&body, row, rows);
    exchange_text(cx, x, status, "application/json", (struct bytes){ body.at, body.n });
}

/* --- accepted jobs --- */

void exchange_accepted(struct ctx *cx, struct exchange *x, const struct ticket *t, const char *topic)
{
    if (topic)
        event_put(cx->daemon->events, topic, "queued", arena_fmt(cx->arena, "{\"job\":\"%s\"}", topic));
    if (!cx->tx)
        relay_send(cx->daemon, t);
    else if (x->tickets_n < COUNT(x->tickets))
        x->tickets[x->tickets_n++] = t; /* one that finds no room is found in the outbox */
}

/* --- typed handlers --- */

static fallible read_body(struct ctx *cx, const struct exchange *x, struct bytes *body)
{
    return edge_read_all(cx, x->request, x->route->body_max ? x->route->body_max : BODY_MAX_BYTES, body);
}

static fallible read_json(struct ctx *cx, const struct exchange *x, void *in, struct bytes *body)
{
    const char *type = exchange_read_header(x, "Content-Type");

    if (type && !text_starts(type, "application/json") && !strstr(type, "+json"))
        return fail(cx, TYPE_UNSUPPORTED, "this route reads application/json");
    TRY(read_body(cx, x, body));
    return json_read_rest(cx, body->n ? body->at : "{}", body->n ? body->n : 2, route_in(x->route), route_path_fields(x->route), in);
}

static fallible read_form(struct ctx *cx, const struct exchange *x, void *in, struct bytes *body)
{
    TRY(read_body(cx, x, body));
    return form_read_whole(cx, body->n ? body->at : "", route_in(x->route), route_path_fields(x->route), in);
}

err_t exchange_read_json(struct ctx *cx, struct exchange *x, void *in)
{
    struct bytes body;

    return read_json(cx, x, in, &body);
}

static fallible read_in(struct ctx *cx, struct exchange *x, void *in, const char **fingerprint)
{
    bool form = exchange_is_form(x) && x->route->takes && strstr(x->route->takes, "urlencoded");
    struct bytes body;

    TRY((form ? read_form : read_json)(cx, x, in, &body));
    if (x->route->idempotent && exchange_read_header(x, "Idempotency-Key"))
        *fingerprint = crypto_sha256_hex(cx, body.at, body.n);
    return OK;
}

/* "/api/v1/jobs/{id}" with members of the answer. */
static const char *location_of(struct ctx *cx, const struct route *r, const void *out)
{
    struct text to = text_new(cx->arena, 128, 1000);

    if (!r->location)
        return NULL;
    for (const char *at = r->location; *at;) {
        size_t plain = strcspn(at, "{"), name = at[plain] ? strcspn(at + plain + 1, "}") : 0;
        text_add(&to, at, plain);
        const struct field *f = name ? shape_field(route_out(r), at + plain + 1, name) : NULL;
        if (f && f->kind == TEXT)
            text_put(&to, *(const char *const *)((const char *)out + f->offset));
        at += plain + (at[plain] ? name + 2 : 0);
    }
    return to.at;
}

static err_t run_handler(struct ctx *cx, struct exchange *x, void *in)
{
    const struct route *r = x->route;
    void *out = arena_get(cx->arena, r->handler->out->size);
    const char *fingerprint = NULL;
    bool repeat = false;

    if (r->verb == GET || r->verb == DELETE || r->query)
        TRY(exchange_query(cx, x, route_in(r), in));
    if (r->verb != GET && r->verb != DELETE)
        TRY(read_in(cx, x, in, &fingerprint));
    if (fingerprint)
        TRY(exchange_once(cx, x, fingerprint, &repeat));
    if (repeat)
        return OK;
    TRY(r->handler->run(cx, in, out));
    const char *location = location_of(cx, r, out);
    struct text body = text_new(cx->arena, 1024, 64u << 20);
    json_put(&body, r->handler->out, out);
    TRY(exchange_commit(cx, x, r->status, location, body.at));
    if (location)
        exchange_header(x, "Location", location);
    bool empty = r->handler->out == &none_shape;
    exchange_text(cx, x, r->status, "application/json", (struct bytes){ empty ? NULL : body.at, empty ? 0 : body.n });
    return OK;
}

/* --- the whole --- */

/* Where the caller sits, for the audit log. */
static const struct audit_person *person_of(struct ctx *cx, const struct exchange *x)
{
    struct audit_person *p = NEW(cx, struct audit_person);

    *p = (struct audit_person){ .ip = x->client, .user_agent = exchange_read_header(x, "User-Agent") };
    return p;
}

static err_t serve(struct ctx *cx, struct exchange *x)
{
    const char *allow = NULL;
    void *in;
    err_t e = router_find(cx, x->gateway->router, x->request->verb, x->request->path, &x->route, &in, &allow);

    if (allow)
        exchange_header(x, "Allow", allow);
    TRY(e);
    cx->person = person_of(cx, x);
    TRY(gate_identity(cx, x));
    TRY(gate_rate(cx, x));
    TRY(gate_may(cx, x));
    TRY(gate_quota(cx, x));
    return x->route->serve ? x->route->serve(cx, x, in) : run_handler(cx, x, in);
}

/* A status outside the table is a bug of ours; builds for tests die of it. */
static void check_declared(const struct exchange *x, err_t e)
{
#if defined(__SANITIZE_ADDRESS__)
    static const enum err_code any[] = {
        E_INPUT_INVALID, E_JSON_BROKEN, E_REQUEST_BROKEN, E_TYPE_UNSUPPORTED, E_BODY_TOO_LARGE, E_LENGTH_MISSING, E_BODY_TIMEOUT,
        E_ROUTE_UNKNOWN, E_AUTH_NEEDED, E_TOKEN_INVALID, E_TOKEN_EXPIRED, E_ISSUER_DOWN, E_FORBIDDEN, E_PASSWORD_NEEDED, E_EMAIL_NOT_VERIFIED, E_ORIGIN_REFUSED, E_RATE_EXCEEDED, E_OVERLOADED, E_DRAINING, E_PG_DOWN, E_PG_CONFLICT,
        E_REDIS_DOWN, E_BLOB_DOWN, E_DISK_FULL, E_TIMEOUT, E_KEY_REUSED, E_KEY_INVALID, E_PERSON_ERASED, E_PERSON_KEY_MISSING, E_BUG,
    };
    for (size_t i = 0; i < COUNT(any); i++)
        if (any[i] == e->code)
            return;
    for (const enum err_code *f = x->route ? x->route->fails : NULL; f && *f != ERR_CODES; f++)
        if (*f == e->code)
            return;
    if (x->route) {
        log_event(NULL, LOG_ERROR, "an error is not declared by its route", LOG_TEXT("error", err_name(e->code)), LOG_TEXT("path", x->route->path));
        abort();
    }
#else
    (void)x, (void)e;
#endif
}

static void begin(struct ctx *cx, struct exchange *x)
{
    const char *language = exchange_read_header(x, "Accept-Language");

    trace_start(cx, exchange_read_header(x, "traceparent"));
    cx->host = x;
    client_see(cx, x);
    x->english = language && text_starts(language, "en");
    x->product = dialects_find(&x->gateway->dialects, exchange_read_header(x, "Host"), x->request->port);
    exchange_begin_headers(cx, x);
}

static void note(struct ctx *cx, struct exchange *x, err_t e)
{
    static const char *const classes[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
    int64_t us = clock_us() - x->from_us;

    metric_add(&requests, x->status >= 100 && x->status < 600 ? classes[x->status / 100 - 1] : "none", 1);
    if (x->route)
        metric_time(&durations, verb_name(x->route->verb), us);
    if (e && err_status(e->code) >= 500)
        log_event(cx, LOG_WARN, "request failed", LOG_TEXT("path", x->request->path), LOG_TEXT("request_id", x->request_id),
                  LOG_TEXT("client", x->client), LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text), LOG_TEXT("where", e->where));
    log_event(cx, LOG_DEBUG, "http_request", LOG_TEXT("method", x->request->verb), LOG_TEXT("path", x->request->path),
              LOG_LONG("status_code", x->status), LOG_LONG("duration_ms", us / 1000), LOG_TEXT("request_id", x->request_id),
              LOG_TEXT("client_ip", x->client), LOG_TEXT("product", product_name(x->product)));
}

void gateway_serve(void *with, struct edge_request *r, const err_t refused)
{
    struct gateway *g = with;
    struct ctx cx = { .arena = arena_new(), .pg = g->daemon->pg, .redis = g->daemon->redis, .blobs = g->daemon->blobs, .audit = g->daemon->audit,
                      .persons = g->daemon->persons, .daemon = g->daemon };
    struct exchange x = { .gateway = g, .request = r, .from_us = clock_us() };
    err_t e = refused;

    begin(&cx, &x);
    if (!e && !strcmp(r->verb, "OPTIONS"))
        exchange_preflight(&cx, &x);
    else if (!e)
        e = serve(&cx, &x);
    if (e) {
        if (cx.tx)
            pg_undo(&cx);
        check_declared(&x, e);
        (x.route && x.route->refuse ? x.route->refuse : exchange_problem)(&cx, &x, e);
    } else if (!x.answered) {
        exchange_problem(&cx, &x, fail(&cx, BUG, "nothing was answered"));
    }
    note(&cx, &x, e);
    arena_free(cx.arena);
}
