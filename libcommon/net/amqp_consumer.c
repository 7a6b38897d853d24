/* Consuming: one thread owns the connection and sleeps on its socket and on an eventfd. Whoever settles a
 * delivery marks it (amqp_held.c) and wakes that thread, which tells the broker. */
#define _GNU_SOURCE
#include "net/amqp_held.h"
#include "net/amqp_link.h"
#include "base/clock.h"
#include "base/log.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HEARTBEAT_S   5
#define LOOK_MS       (HEARTBEAT_S * 1000 / 4)  /* librabbitmq sends and checks heartbeats when it is called */
#define GOODBYE_MS    500
#define REVIVE_MS     1000      /* a queue taken away again so soon is a failure */
#define FRAMES_MOST   192       /* read before acknowledgements get their turn */
#define PREFETCH_MOST 4096
#define QUEUES_MOST   64
#define LAZY_FROM     100       /* prefetched: so wide a window is not narrowed by acknowledgements that wait for company */
#define TAG_BITS      48        /* of a tag; the generation is above */

enum { CHANNEL = 1 };

struct queue { const char *name; int prefetch; int64_t revived_ms; };

/* The delivery whose frames are coming in. */
struct coming {
    bool     begun;
    struct amqp_delivery d;
    uint64_t size, at;
    char     trace[256];
    char    *body;              /* when it comes in several frames; kept for the next */
    size_t   room;
};

struct amqp_consumer {
    struct amqp_link link;
    struct queue queues[QUEUES_MOST];
    int  n;
    int  wake;                  /* eventfd */
    bool up, opening;           /* atomically */
    bool pause;                 /* wanted; atomically */
    struct amqp_held held;      /* locked in itself */

    bool paused;                /* the rest is the thread's own */
    uint64_t generation;        /* of the connection */
    struct coming coming;
    struct settled *out;        /* being told to the broker */
    char told[200];             /* the trouble logged last */
};

static void consumer_drop(void *it)
{
    struct amqp_consumer *c = it;

    amqp_link_end(&c->link, GOODBYE_MS);
    amqp_held_close(&c->held);
    close(c->wake);
    free(c->coming.body);
}

struct amqp_consumer *amqp_consumer_open(struct arena *a, const char *url, const char *name,
                                         const char *const *queues, const int *prefetch, int n)
{
    struct amqp_consumer *c = arena_get(a, sizeof(*c));
    size_t most = 0;

    if (n > QUEUES_MOST || (c->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0)
        abort();
    c->n = n;
    for (int i = 0; i < n; i++) {
        int wanted = prefetch[i] < 1 ? 1 : prefetch[i] > PREFETCH_MOST ? PREFETCH_MOST : prefetch[i];
        c->queues[i] = (struct queue){ .name = arena_fmt(a, "%s", queues[i]), .prefetch = wanted };
        most += (size_t)wanted;
    }
    /* Twice: a queue that was deleted and declared anew delivers before its old deliveries are settled. */
    amqp_held_open(&c->held, a, 2 * most);
    c->out = arena_gets(a, 2 * most, sizeof(*c->out));
    amqp_link_start(&c->link, a, url, name, HEARTBEAT_S);
    return arena_own(a, c, consumer_drop);
}

/* --- from any thread --- */

static void ring(struct amqp_consumer *c)
{
    uint64_t one = 1;

    if (write(c->wake, &one, sizeof(one)) < 0)
        return;                 /* full: it is awake already */
}

static void settle(struct amqp_consumer *c, uint64_t tag, enum verdict verdict)
{
    if (amqp_held_settle(&c->held, tag, verdict))
        ring(c);
}

void amqp_ack(struct amqp_consumer *c, uint64_t tag)    { settle(c, tag, ACKED); }
void amqp_return(struct amqp_consumer *c, uint64_t tag) { settle(c, tag, RETURNED); }
void amqp_reject(struct amqp_consumer *c, uint64_t tag) { settle(c, tag, REJECTED); }

void amqp_consumer_pause(struct amqp_consumer *c)
{
    __atomic_store_n(&c->pause, true, __ATOMIC_RELAXED);
    ring(c);
}

void amqp_consumer_wake(struct amqp_consumer *c)
{
    ring(c);
    if (__atomic_load_n(&c->opening, __ATOMIC_SEQ_CST))
        amqp_link_cut(&c->link);
}

bool amqp_consumer_is_up(const struct amqp_consumer *c)
{
    return __atomic_load_n(&c->up, __ATOMIC_RELAXED);
}

/* --- settled deliveries --- */

static int tell(struct amqp_consumer *c, const struct settled *h)
{
    uint64_t tag = h->tag & (((uint64_t)1 << TAG_BITS) - 1);

    if (h->verdict == ACKED || h->verdict == ACKED_SO_FAR)
        return amqp_basic_ack(c->link.conn, CHANNEL, tag, h->verdict == ACKED_SO_FAR);
    return amqp_basic_reject(c->link.conn, CHANNEL, tag, h->verdict == RETURNED);
}

static err_t tell_settled(struct ctx *cx, struct amqp_consumer *c, bool all)
{
    size_t n = amqp_held_collect(&c->held, c->out, all);
    int status = 0;

    if (n > 1)
        amqp_link_cork(&c->link, true);
    for (size_t i = 0; i < n && !status; i++)
        status = tell(c, &c->out[i]);
    if (status)
        return amqp_link_lose(&c->link, fail(cx, AMQP_DOWN, "acknowledging broke: %s", amqp_error_string2(status)));
    if (n > 1)
        amqp_link_cork(&c->link, false);
    return OK;
}

/* --- deliveries --- */

static bool is_pausing(const struct amqp_consumer *c)
{
    return __atomic_load_n(&c->pause, __ATOMIC_RELAXED);
}

struct run {
    struct ctx *cx;
    struct amqp_consumer *c;
    const bool *stop;
    void (*on)(void *with, const struct amqp_delivery *d);
    void (*lost)(void *with);
    void *with;
};

static bool is_stopped(const struct run *r)
{
    return __atomic_load_n(r->stop, __ATOMIC_RELAXED);
}

/* One that came too late, or is too large for a ticket, is settled here. */
static err_t deliver(struct run *r)
{
    struct amqp_consumer *c = r->c;
    struct coming *n = &c->coming;

    n->begun = false;
    if (!amqp_held_add(&c->held, n->d.tag, c->queues[n->d.queue].prefetch >= LAZY_FROM))
        return amqp_link_lose(&c->link, fail(r->cx, AMQP_DOWN, "more deliveries came than were asked for"));
    if (n->size > AMQP_BODY_MAX)
        amqp_reject(c, n->d.tag);
    else if (is_pausing(c) || is_stopped(r))
        amqp_return(c, n->d.tag);
    else
        r->on(r->with, &n->d);
    return OK;
}

static int queue_of(const struct amqp_consumer *c, amqp_bytes_t consumer_tag)
{
    int64_t i = -1;

    return text_to_long(consumer_tag.bytes, consumer_tag.len, &i) && i >= 0 && i < c->n ? (int)i : -1;
}

static err_t begin(struct run *r, const amqp_basic_deliver_t *m)
{
    struct amqp_consumer *c = r->c;
    struct coming *n = &c->coming;
    int queue = queue_of(c, m->consumer_tag);

    if (queue < 0)
        return amqp_link_lose(&c->link, fail(r->cx, AMQP_DOWN, "a delivery for nobody"));
    n->begun = true;
    n->d = (struct amqp_delivery){ .tag = c->generation << TAG_BITS | m->delivery_tag,
                                   .queue = queue, .again = m->redelivered };
    return OK;
}

static int count_of(const amqp_field_value_t *v)
{
    int64_t n = v->kind == AMQP_FIELD_KIND_I64 ? v->value.i64 : v->kind == AMQP_FIELD_KIND_I32 ? v->value.i32 : 0;

    return n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : (int)n;
}

static bool is_key(const amqp_table_entry_t *e, const char *key)
{
    return e->key.len == strlen(key) && !memcmp(e->key.bytes, key, e->key.len);
}

static void read_headers(struct coming *n, const amqp_table_t *headers)
{
    for (int i = 0; i < headers->num_entries; i++) {
        const amqp_table_entry_t *e = &headers->entries[i];
        amqp_bytes_t text = e->value.value.bytes;
        if (is_key(e, "x-delivery-count"))
            n->d.count = count_of(&e->value);
        if (!is_key(e, "traceparent") || e->value.kind != AMQP_FIELD_KIND_UTF8 || text.len >= sizeof(n->trace))
            continue;
        memcpy(n->trace, text.bytes, text.len);
        n->trace[text.len] = '\0';
        n->d.trace = n->trace;
    }
}

static err_t read_header(struct run *r, const amqp_frame_t *f)
{
    struct coming *n = &r->c->coming;
    const amqp_basic_properties_t *about = f->payload.properties.decoded;

    n->size = f->payload.properties.body_size;
    n->at = 0;
    if (about->_flags & AMQP_BASIC_HEADERS_FLAG)
        read_headers(n, &about->headers);
    return n->size ? OK : deliver(r);
}

static void gather(struct coming *n, amqp_bytes_t part)
{
    if (n->room < n->size) {
        n->room = n->size;
        n->body = realloc(n->body, n->room);
        if (!n->body)
            abort();
    }
    memcpy(n->body + n->at, part.bytes, part.len);
}

/* A body in one frame, which is nearly every one, is handed on where it lies. */
static err_t read_body(struct run *r, amqp_bytes_t part)
{
    struct coming *n = &r->c->coming;
    bool whole = part.len == n->size;

    if (part.len > n->size - n->at)
        return amqp_link_lose(&r->c->link, fail(r->cx, AMQP_DOWN, "a body longer than announced"));
    if (!whole && n->size <= AMQP_BODY_MAX)
        gather(n, part);
    n->at += part.len;
    if (n->at < n->size)
        return OK;
    n->d.body = (struct bytes){ whole ? part.bytes : n->body, n->size };
    return deliver(r);
}

/* --- consumers --- */

static const char *consumer_tag(struct ctx *cx, int i)
{
    return arena_fmt(cx->arena, "%d", i);
}

static err_t consume(struct ctx *cx, struct amqp_consumer *c, int i)
{
    const struct queue *q = &c->queues[i];
    struct amqp_link *l = &c->link;

    err_t e = amqp_link_queue(cx, l, q->name);
    if (e)
        return l->conn ? amqp_link_lose(l, e) : e;
    amqp_basic_qos(l->conn, CHANNEL, 0, (uint16_t)q->prefetch, false);
    TRY(amqp_link_answer(cx, l, "prefetch"));
    amqp_basic_consume(l->conn, CHANNEL, amqp_cstring_bytes(q->name), amqp_cstring_bytes(consumer_tag(cx, i)),
                       false, false, false, amqp_empty_table);
    return amqp_link_answer(cx, l, arena_fmt(cx->arena, "consuming %s", q->name));
}

/* The queue was deleted, or its leader lost. */
static err_t revive(struct run *r, const amqp_basic_cancel_t *m)
{
    struct amqp_consumer *c = r->c;
    int i = queue_of(c, m->consumer_tag);

    if (i < 0 || is_pausing(c))
        return OK;
    if (clock_ms() - c->queues[i].revived_ms < REVIVE_MS)
        return amqp_link_lose(&c->link, fail(r->cx, AMQP_DOWN, "queue %s is taken away again and again",
                                             c->queues[i].name));
    c->queues[i].revived_ms = clock_ms();
    return consume(r->cx, c, i);
}

static err_t pause_now(struct run *r)
{
    struct amqp_consumer *c = r->c;

    c->paused = true;
    amqp_link_patience(&c->link, AMQP_WAIT_MS);
    for (int i = 0; i < c->n; i++) {
        amqp_basic_cancel(c->link.conn, CHANNEL, amqp_cstring_bytes(consumer_tag(r->cx, i)));
        TRY(amqp_link_answer(r->cx, &c->link, "pausing"));
    }
    return OK;
}

/* --- the loop --- */

static err_t read_frame(struct run *r, const amqp_frame_t *f)
{
    bool method = f->frame_type == AMQP_FRAME_METHOD;

    if (method && f->payload.method.id == AMQP_BASIC_DELIVER_METHOD)
        return begin(r, f->payload.method.decoded);
    if (method && f->payload.method.id == AMQP_BASIC_CANCEL_METHOD)
        return revive(r, f->payload.method.decoded);
    if (f->frame_type == AMQP_FRAME_HEADER && r->c->coming.begun)
        return read_header(r, f);
    if (f->frame_type == AMQP_FRAME_BODY && r->c->coming.begun)
        return read_body(r, f->payload.body_fragment);
    return OK;
}

static err_t read_frames(struct run *r)
{
    amqp_frame_t f;
    bool got;

    for (int i = 0; i < FRAMES_MOST; i++) {
        TRY(amqp_link_take(r->cx, &r->c->link, 0, &f, &got));
        if (!got)
            return OK;
        TRY(read_frame(r, &f));
        if (!amqp_link_has_more(&r->c->link))
            return OK;
    }
    return OK;
}

static void sleep_ms(struct amqp_consumer *c, int fd, int64_t ms)
{
    struct pollfd p[] = { { c->wake, POLLIN, 0 }, { fd, POLLIN, 0 } };
    uint64_t rung;

    poll(p, 2, (int)ms);        /* an fd of -1 is passed over */
    if (p[0].revents && read(c->wake, &rung, sizeof(rung)) < 0)
        return;
}

static void rest(struct amqp_consumer *c)
{
    int64_t ms = LOOK_MS;

    if (amqp_link_has_more(&c->link) || !amqp_held_sleep(&c->held, &ms))
        return;
    sleep_ms(c, amqp_get_sockfd(c->link.conn), ms);
    amqp_held_wake(&c->held);
}

static err_t serve(struct run *r)
{
    while (!is_stopped(r)) {
        if (is_pausing(r->c) && !r->c->paused)
            TRY(pause_now(r));
        TRY(read_frames(r));
        TRY(tell_settled(r->cx, r->c, false));
        rest(r->c);
    }
    return tell_settled(r->cx, r->c, true);
}

/* --- connections --- */

static void begin_generation(struct amqp_consumer *c)
{
    c->generation = c->generation % UINT16_MAX + 1;
    c->coming.begun = false;
    amqp_held_clear(&c->held);
}

static err_t open_all(struct ctx *cx, struct amqp_consumer *c)
{
    begin_generation(c);
    c->paused = is_pausing(c);
    TRY(amqp_link_open(cx, &c->link));
    for (int i = 0; i < c->n && !c->paused; i++)
        TRY(consume(cx, c, i));
    return OK;
}

static err_t open_and_serve(struct run *r)
{
    struct amqp_consumer *c = r->c;

    __atomic_store_n(&c->opening, true, __ATOMIC_SEQ_CST);
    err_t e = open_all(r->cx, c);
    __atomic_store_n(&c->opening, false, __ATOMIC_SEQ_CST);
    if (e)
        return e;
    __atomic_store_n(&c->up, true, __ATOMIC_RELAXED);
    log_event(r->cx, LOG_INFO, "broker connected", LOG_TEXT("as", c->link.name));
    *c->told = '\0';
    e = serve(r);
    __atomic_store_n(&c->up, false, __ATOMIC_RELAXED);
    amqp_held_clear(&c->held);
    if (e)
        r->lost(r->with);
    return e;
}

/* Told when it changes: a broker away for an hour is not an hour of lines. */
static void tell_trouble(struct run *r, err_t e)
{
    struct amqp_consumer *c = r->c;

    if (!e || is_stopped(r) || !strncmp(c->told, e->text, sizeof(c->told) - 1))
        return;
    strncpy(c->told, e->text, sizeof(c->told) - 1);
    log_event(r->cx, LOG_WARN, "broker away", LOG_TEXT("as", c->link.name), LOG_TEXT("why", e->text));
}

void amqp_consumer_run(struct amqp_consumer *c, const bool *stop,
                       void (*on)(void *with, const struct amqp_delivery *d), void (*lost)(void *with), void *with)
{
    struct run r = { .c = c, .stop = stop, .on = on, .lost = lost, .with = with };

    while (!is_stopped(&r)) {
        struct ctx cx = { .arena = arena_new(), .stop = stop };
        r.cx = &cx;
        tell_trouble(&r, open_and_serve(&r));
        arena_free(cx.arena);
        while (!is_stopped(&r) && clock_ms() < c->link.next_try_ms)
            sleep_ms(c, -1, c->link.next_try_ms - clock_ms());
    }
    amqp_link_close(&c->link, GOODBYE_MS);
}
