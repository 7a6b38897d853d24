/* Event streams as server-sent events. The bytes of an event depend on its number, type and data alone, so a
 * stream resumed anywhere, on any gateway, continues byte for byte. */
#include "http/gateway.h"
#include "app/metrics.h"
#include "base/clock.h"

#include <string.h>

#define PING_MS     10000
#define ANSWER_MAX  (4u << 20)      /* of one write */
#define LOOK_MS     1000            /* is the client still there? */
#define LATE_MS     2000            /* events of a job that has ended may be on their way for so long */
#define DOWN_MS     500             /* between attempts while Redis is away */

METRIC(open_now, GAUGE, "palabre_streams_open", "Event streams open.", NULL);
METRIC(sent, COUNTER, "palabre_stream_events_total", "Events sent.", NULL);

static bool put_event(struct ctx *cx, void *with, struct text *to, const struct event *e)
{
    (void)cx, (void)with;
    text_add(to, "id: ", 4);
    text_long(to, e->number);
    text_add(to, "\nevent: ", 8);
    text_add(to, e->type.at, e->type.n);
    text_add(to, "\ndata: ", 7);
    text_add(to, e->data.at, e->data.n);
    text_add(to, "\n\n", 2);
    return e->type.n == 4 && !memcmp(e->type.at, "done", 4);
}

/* Every event of the batches in one text; *over: one of them is the end (what another process wrote may follow it). */
static struct text render(struct ctx *cx, const struct frames *frames, const struct event_batch *batches, size_t n, bool *over)
{
    struct text to = text_new(cx->arena, 2048, ANSWER_MAX);

    for (size_t i = 0; i < n; i++) {
        struct event e = { .number = batches[i].last - batches[i].count };
        struct bytes lines = batches[i].lines;
        while (event_next(&lines, &e))
            *over |= frames->put(cx, frames->with, &to, &e);
    }
    return to;
}

static void count_sent(const struct event_batch *batches, size_t n)
{
    int64_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += batches[i].count;
    metric_add(&sent, NULL, count);
}

static const struct frames ours = { put_event, NULL };

/* The hub's thread sends what comes while the stream's waits: a change of threads less a word. The end is the stream's. */
static bool give(void *with, const struct event_batch *batch, bool *wake)
{
    struct exchange *x = with;
    struct ctx cx = ctx_new(x->gateway->daemon);
    bool over = false;
    struct text to = render(&cx, &ours, batch, 1, &over);

    bool taken = !over && edge_stream_try(x->request, (struct bytes){ to.at, to.n }, wake);
    if (taken)
        count_sent(batch, 1);
    ctx_free(&cx);
    return taken;
}

/* A stream being told: when it pings next, when the table is asked next whether the job has ended, and when it was first
 * seen to have. */
struct follow { const char *root; const struct frames *frames; int64_t ping_ms, ask_ms, ended_ms; };

/* The stream is silent: has the job ended without its last event (Redis lost it)? Then say so from the table. */
static bool ended_silently(struct ctx *cx, struct follow *f, struct text *to)
{
    struct job job = { 0 };
    bool found;

    f->ask_ms = f->ping_ms;
    if (job_find(cx, f->root, &job, &found) || (found && !job_has_ended(&job)))
        return false;
    int64_t now = clock_ms();
    f->ended_ms = f->ended_ms ? f->ended_ms : now;
    f->ask_ms = now + LATE_MS;
    /* finished_at is the database's clock: behind it, ours alone would never say that the time has passed. */
    if (found && clock_wall_ms() - job.finished_at.ms < LATE_MS && now - f->ended_ms < LATE_MS)
        return false;
    if (f->frames != &ours) {
        const char *data = arena_fmt(cx->arena, "{\"state\":\"%s\"}", found ? job.state : "failed");
        return f->frames->put(cx, f->frames->with, to, &(struct event){ .type = { "done", 4 }, .data = { data, strlen(data) } });
    }
    text_fmt(to, "event: done\ndata: {\"state\":\"%s\"}\n\n", found ? job.state : "failed");
    return true;
}

/* One turn: wait, write. false: the stream is over. A done of old that a retry has overtaken does not
 * end it; one that was just written does. */
static bool turn(struct exchange *x, struct listener *l, struct follow *f)
{
    struct ctx cx = ctx_new(x->gateway->daemon);
    int64_t next = f->ask_ms < f->ping_ms ? f->ask_ms : f->ping_ms, left = next - clock_ms(), wait = left < LOOK_MS ? left : LOOK_MS;
    struct event_batch *batches = NULL;
    struct text to = { 0 };
    bool over = false;
    size_t n = 0;

    err_t e = hub_next(&cx, l, wait > 0 ? wait : 0, &batches, &n);
    if (e && wait > 0)
        clock_sleep_ms(wait < DOWN_MS ? wait : DOWN_MS);
    if (n)
        to = render(&cx, f->frames, batches, n, &over), count_sent(batches, n);
    if (over && !hub_is_live(l)) {
        struct job job = { 0 };
        bool found;
        over = job_find(&cx, f->root, &job, &found) || !found || job_has_ended(&job);
    }
    if (!n && clock_ms() >= f->ask_ms) {
        to = text_new(cx.arena, 128, ANSWER_MAX);
        over = ended_silently(&cx, f, &to);
    }
    if (clock_ms() >= f->ping_ms) {
        if (!to.arena)
            to = text_new(cx.arena, 64, ANSWER_MAX);
        text_put(&to, ": ping\n\n");
        f->ping_ms = clock_ms() + PING_MS;
    }
    bool leaves = edge_draining(x->gateway->edge);
    if (leaves && !over && f->frames != &ours) {
        if (!to.arena)
            to = text_new(cx.arena, 128, ANSWER_MAX);
        f->frames->put(&cx, f->frames->with, &to, &(struct event){ .type = { FRAMES_LEAVE, strlen(FRAMES_LEAVE) } });
    }
    bool there = edge_stream_write(x->request, (struct bytes){ to.n ? to.at : "", to.n });
    ctx_free(&cx);
    return there && !over && !leaves;
}

static void listen_end(void *at)
{
    struct listener **l = at;

    if (*l)
        hub_leave(*l);
    *l = NULL;
}

void exchange_listen(struct ctx *cx, struct exchange *x, const char *root)
{
    x->listener = hub_listen(x->gateway->hub, root, 0);
    arena_own(cx->arena, &x->listener, listen_end);
}

static void follow(struct ctx *cx, struct exchange *x, const struct job *root, int64_t after, const struct frames *frames)
{
    int64_t ping_ms = clock_ms() + PING_MS;
    struct follow f = { .root = arena_fmt(cx->arena, "%s", root->root), .frames = frames, .ping_ms = ping_ms, .ask_ms = job_has_ended(root) ? 0 : ping_ms };

    exchange_header(x, "Content-Type", "text/event-stream");
    exchange_header(x, "X-Accel-Buffering", "no");
    x->answered = true;
    x->status = 200;
    if (!edge_stream(x->request, 200, x->headers, x->headers_n))
        return;
    metric_add(&open_now, NULL, 1);
    if (!x->listener)
        x->listener = hub_listen(x->gateway->hub, f.root, after);
    if (frames == &ours)
        hub_give_to(x->listener, give, x);
    if (edge_stream_write(x->request, (struct bytes){ ": ping\nretry: 1000\n\n", 20 }))
        while (turn(x, x->listener, &f))
            ;
    listen_end(&x->listener);
    metric_add(&open_now, NULL, -1);
    edge_stream_end(x->request);
}

err_t exchange_events(struct ctx *cx, struct exchange *x, const struct job *root, int64_t after)
{
    follow(cx, x, root, after, &ours);
    return OK;
}

err_t exchange_frames(struct ctx *cx, struct exchange *x, const struct job *root, const struct frames *frames)
{
    follow(cx, x, root, 0, frames);
    return OK;
}
