/* Publishing with confirms, up to AMQP_WINDOW of them under way. */
#define _GNU_SOURCE
#include "net/amqp_link.h"
#include "net/watchdog.h"
#include "base/clock.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <string.h>

#define QUEUES_MOST 64          /* remembered as declared; the oldest is forgotten, and declared again */
#define REFUSED_MS  10000       /* a queue the broker refused is not asked for again before */
#define GOODBYE_MS  300
#define DOG_MS      5

enum { CHANNEL = 1 };

struct known  { char name[AMQP_NAME_MAX + 1]; int64_t refused_until_ms; char why[200]; };
struct flight { size_t message; bool open, returned; };

struct amqp_publisher {
    struct amqp_link link;
    struct watchdog dog;
    struct known queues[QUEUES_MOST];
    size_t queues_n;                        /* ever met on this connection */
    uint64_t low, next;                     /* sequence numbers (from 1): [low, next) is not confirmed */
    struct flight flights[AMQP_WINDOW];     /* of sequence number s at s % AMQP_WINDOW */
    char returned_key[256];                 /* of the basic.return whose header comes next */
    bool returning;
};

struct batch {
    struct ctx *cx;
    const struct amqp_message *m;
    size_t n, sent;
    bool  *done;
    err_t  refused;                         /* why some were not sent */
    int64_t until_ms;
};

static void bite(void *with)
{
    amqp_link_cut(with);
}

static void publisher_drop(void *it)
{
    struct amqp_publisher *p = it;

    watchdog_set(&p->dog, clock_ms() + GOODBYE_MS);
    amqp_link_end(&p->link, GOODBYE_MS);
    watchdog_close(&p->dog);
}

struct amqp_publisher *amqp_publisher_open(struct arena *a, const char *url, const char *name)
{
    struct amqp_publisher *p = arena_get(a, sizeof(*p));

    /* No heartbeats: nobody serves the connection between two calls. */
    amqp_link_start(&p->link, a, url, name, 0);
    watchdog_open(&p->dog, bite, &p->link);
    return arena_own(a, p, publisher_drop);
}

bool amqp_publisher_is_up(const struct amqp_publisher *p)
{
    return amqp_link_is_up(&p->link);
}

/* The broker has moved: it has its time again for the next answer. The dog comes a little later, so that what
 * is noticed here is told better. */
static void progress(struct amqp_publisher *p, struct batch *b)
{
    b->until_ms = clock_ms() + clock_left_ms(b->cx, AMQP_WAIT_MS);
    watchdog_set(&p->dog, b->until_ms + DOG_MS);
}

/* --- queues --- */

static struct known *known_find(struct amqp_publisher *p, const char *queue)
{
    size_t n = p->queues_n < QUEUES_MOST ? p->queues_n : QUEUES_MOST;

    for (size_t i = 0; i < n; i++)
        if (!strcmp(p->queues[i].name, queue))
            return &p->queues[i];
    return NULL;
}

static struct known *known_add(struct amqp_publisher *p, const char *queue)
{
    struct known *k = &p->queues[p->queues_n++ % QUEUES_MOST];

    *k = (struct known){ .refused_until_ms = 0 };
    memcpy(k->name, queue, strlen(queue));
    return k;
}

static bool is_refused(struct amqp_publisher *p, const char *queue)
{
    const struct known *k = known_find(p, queue);

    return k && k->refused_until_ms;
}

/* Declares a queue met for the first time. One that the broker refuses keeps its own messages back and no others. */
static err_t queue_ready(struct amqp_publisher *p, struct batch *b, const char *queue)
{
    struct known *k = known_find(p, queue);

    if (k && !k->refused_until_ms)
        return OK;
    if (!k || clock_ms() >= k->refused_until_ms) {
        err_t e = amqp_link_queue(b->cx, &p->link, queue);
        if (e && !p->link.conn)
            return e;
        progress(p, b);
        k = k ? k : known_add(p, queue);
        k->refused_until_ms = e ? clock_ms() + REFUSED_MS : 0;
        strncpy(k->why, e ? e->text : "", sizeof(k->why) - 1);
    }
    if (k->refused_until_ms && !b->refused)
        b->refused = fail(b->cx, AMQP_DOWN, "%s", k->why);
    return OK;
}

/* --- what comes back --- */

static void settle(struct amqp_publisher *p, struct batch *b, uint64_t number, bool accepted)
{
    struct flight *f = &p->flights[number % AMQP_WINDOW];

    if (!f->open)
        return;
    f->open = false;
    b->done[f->message] = accepted && !f->returned;
}

/* A number below `low` belongs to an earlier call that did not wait for it. */
static void confirm(struct amqp_publisher *p, struct batch *b, uint64_t number, bool multiple, bool accepted)
{
    uint64_t from = multiple ? p->low : number, to = multiple && !number ? p->next - 1 : number;

    if (from < p->low || to >= p->next)
        return;
    for (uint64_t i = from; i <= to; i++)
        settle(p, b, i, accepted);
    while (p->low < p->next && !p->flights[p->low % AMQP_WINDOW].open)
        p->low++;
    progress(p, b);
}

static bool same(amqp_bytes_t a, const char *b)
{
    return b && a.len == strlen(b) && !memcmp(a.bytes, b, a.len);
}

/* The return tells its message by key and id; those that share both share their fate. The queue is gone:
 * forget it, so that the next call declares it again. */
static void mark_returned(struct amqp_publisher *p, const struct batch *b, const amqp_basic_properties_t *about)
{
    struct known *k = known_find(p, p->returned_key);
    amqp_bytes_t id = about->_flags & AMQP_BASIC_MESSAGE_ID_FLAG ? about->message_id : amqp_empty_bytes;

    if (k)
        k->name[0] = '\0';
    for (uint64_t i = p->low; i < p->next; i++) {
        struct flight *f = &p->flights[i % AMQP_WINDOW];
        const struct amqp_message *m = &b->m[f->message];
        if (!f->open || f->returned || strcmp(m->queue, p->returned_key) || !same(id, m->id ? m->id : ""))
            continue;
        f->returned = true;
        return;
    }
}

static void note_return(struct amqp_publisher *p, const amqp_basic_return_t *r)
{
    size_t n = r->routing_key.len < sizeof(p->returned_key) ? r->routing_key.len : 0;

    memcpy(p->returned_key, r->routing_key.bytes, n);
    p->returned_key[n] = '\0';
    p->returning = true;
}

static void note_method(struct amqp_publisher *p, struct batch *b, const amqp_method_t *m)
{
    const amqp_basic_ack_t *ack = m->decoded;
    const amqp_basic_nack_t *nack = m->decoded;

    switch (m->id) {
    case AMQP_BASIC_ACK_METHOD:
        confirm(p, b, ack->delivery_tag, ack->multiple, true);
        break;
    case AMQP_BASIC_NACK_METHOD:
        confirm(p, b, nack->delivery_tag, nack->multiple, false);
        break;
    case AMQP_BASIC_RETURN_METHOD:
        note_return(p, m->decoded);
        break;
    default:
        break;
    }
}

/* One frame, waiting for it at most wait_ms, and all that came with it. */
static err_t take_frames(struct ctx *cx, struct amqp_publisher *p, struct batch *b, int64_t wait_ms)
{
    amqp_frame_t f;
    bool got;

    do {
        TRY(amqp_link_take(cx, &p->link, wait_ms, &f, &got));
        if (!got)
            return OK;
        if (f.frame_type == AMQP_FRAME_METHOD)
            note_method(p, b, &f.payload.method);
        if (f.frame_type == AMQP_FRAME_HEADER && p->returning) {
            p->returning = false;
            mark_returned(p, b, f.payload.properties.decoded);
        }
        wait_ms = 0;
    } while (amqp_link_has_more(&p->link));
    return OK;
}

/* --- what goes out --- */

static void set_text(amqp_basic_properties_t *to, amqp_flags_t flag, amqp_bytes_t *member, const char *text)
{
    if (!text)
        return;
    to->_flags |= flag;
    *member = amqp_cstring_bytes(text);
}

static err_t send_one(struct ctx *cx, struct amqp_publisher *p, const struct amqp_message *m)
{
    amqp_table_entry_t trace = { .key = amqp_cstring_bytes("traceparent"), .value.kind = AMQP_FIELD_KIND_UTF8 };
    amqp_basic_properties_t about = {
        ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG,
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .timestamp = (uint64_t)clock_wall_ms() / 1000,
    };

    set_text(&about, AMQP_BASIC_CONTENT_TYPE_FLAG, &about.content_type, "application/x-protobuf");
    set_text(&about, AMQP_BASIC_APP_ID_FLAG, &about.app_id, p->link.name);
    set_text(&about, AMQP_BASIC_MESSAGE_ID_FLAG, &about.message_id, m->id);
    set_text(&about, AMQP_BASIC_TYPE_FLAG, &about.type, m->type);
    if (m->trace) {
        trace.value.value.bytes = amqp_cstring_bytes(m->trace);
        about._flags |= AMQP_BASIC_HEADERS_FLAG;
        about.headers = (amqp_table_t){ 1, &trace };
    }
    amqp_bytes_t body = { m->body.n, (void *)(uintptr_t)m->body.at };
    int status = amqp_basic_publish(p->link.conn, CHANNEL, amqp_cstring_bytes(AMQP_EXCHANGE),
                                    amqp_cstring_bytes(m->queue), true, false, &about, body);
    if (status)
        return amqp_link_lose(&p->link, fail(cx, AMQP_DOWN, "publishing broke: %s", amqp_error_string2(status)));
    return OK;
}

/* As many as the window has room for. */
static err_t send_some(struct ctx *cx, struct amqp_publisher *p, struct batch *b)
{
    bool many = b->n - b->sent > 1;

    if (many)
        amqp_link_cork(&p->link, true);
    for (; b->sent < b->n && p->next - p->low < AMQP_WINDOW; b->sent++) {
        if (b->refused && is_refused(p, b->m[b->sent].queue))
            continue;
        TRY(send_one(cx, p, &b->m[b->sent]));
        p->flights[p->next++ % AMQP_WINDOW] = (struct flight){ .message = b->sent, .open = true };
    }
    if (many)
        amqp_link_cork(&p->link, false);
    return OK;
}

/* --- a call --- */

static err_t check(struct ctx *cx, const struct amqp_message *m)
{
    const char *const short_texts[] = { m->id, m->type, m->trace };

    if (!m->queue || !*m->queue || strlen(m->queue) > AMQP_NAME_MAX)
        return fail(cx, BUG, "a message needs a queue, its name at most %d bytes", AMQP_NAME_MAX);
    if (m->body.n > AMQP_BODY_MAX)
        return fail(cx, BODY_TOO_LARGE, "a message of %zu bytes for %s", m->body.n, m->queue);
    for (size_t i = 0; i < COUNT(short_texts); i++)
        if (short_texts[i] && strlen(short_texts[i]) > 255)
            return fail(cx, BUG, "a property of a message for %s is longer than 255 bytes", m->queue);
    return OK;
}

static err_t connect_now(struct ctx *cx, struct amqp_publisher *p)
{
    if (!watchdog_start(&p->dog))
        return fail(cx, AMQP_DOWN, "no thread can be made now");
    TRY(amqp_link_open(cx, &p->link));
    amqp_link_patience(&p->link, clock_left_ms(cx, AMQP_WAIT_MS));
    amqp_confirm_select(p->link.conn, CHANNEL);
    TRY(amqp_link_answer(cx, &p->link, "confirms"));
    p->queues_n = 0;
    p->low = p->next = 1;
    p->returning = false;
    return OK;
}

/* A connection that died while nobody used it is replaced at once: nothing was tried in vain. */
static err_t be_ready(struct ctx *cx, struct amqp_publisher *p, struct batch *b)
{
    p->low = p->next;
    if (p->link.conn && take_frames(cx, p, b, 0) != OK && p->link.failures == 1)
        p->link.next_try_ms = 0;
    if (!p->link.conn)
        TRY(connect_now(cx, p));
    progress(p, b);
    for (size_t i = 0; i < b->n && !p->link.blocked; i++)
        TRY(queue_ready(p, b, b->m[i].queue));
    return OK;
}

static err_t wait_confirms(struct ctx *cx, struct amqp_publisher *p, struct batch *b)
{
    int64_t left_ms = b->until_ms - clock_ms();

    if (left_ms <= 0)
        return amqp_link_lose(&p->link, fail(cx, AMQP_DOWN, "%d confirms did not come in time",
                                             (int)(p->next - p->low)));
    return take_frames(cx, p, b, left_ms);
}

static err_t publish(struct ctx *cx, struct amqp_publisher *p, struct batch *b)
{
    TRY(be_ready(cx, p, b));
    while (b->sent < b->n || p->low < p->next) {
        if (p->link.blocked)
            return fail(cx, AMQP_DOWN, "the broker takes no messages now: %s", p->link.why);
        if (b->sent < b->n && p->next - p->low < AMQP_WINDOW)
            TRY(send_some(cx, p, b));
        if (p->low < p->next)
            TRY(wait_confirms(cx, p, b));
    }
    return b->refused;
}

err_t amqp_publish(struct ctx *cx, struct amqp_publisher *p, const struct amqp_message *m, size_t n, bool *done)
{
    struct batch b = { .cx = cx, .m = m, .n = n, .done = done };

    for (size_t i = 0; i < n; i++)
        done[i] = false;
    for (size_t i = 0; i < n; i++)
        TRY(check(cx, &m[i]));
    if (!clock_left_ms(cx, AMQP_WAIT_MS))
        return fail(cx, DEADLINE_PASSED, "no time left to publish");
    progress(p, &b);
    err_t e = publish(cx, p, &b);
    watchdog_set(&p->dog, 0);
    return e;
}
