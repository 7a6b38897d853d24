#include "audit.h"
#include "app/audit_chain.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/pg.h"
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>

#define TICK_MS   100
#define AWAY_MS   1000              /* after something failed */
#define MONTHS_MS 60000
#define HEAD_MS   2000

METRIC(linked, COUNTER, "palabre_audit_linked_total", "Entries of the audit log that got their links here.", NULL);
METRIC(waited, GAUGE, "palabre_audit_waiting_seconds", "How long the oldest entry without a link had waited.", NULL);
METRIC(broken, COUNTER, "palabre_audit_broken_total", "What was found wrong with the audit log.", "what");
METRIC(last, GAUGE, "palabre_audit_head", "Number of the last link; whoever keeps it sees when the end is cut off.", NULL);
METRIC(size, GAUGE, "palabre_audit_checkpoint_size", "Entries that the last checkpoint covers.", NULL);

struct keeper { struct daemon *d; const struct scheduler_settings *s; pthread_t thread; bool stop; };

static void tell_broken(struct ctx *cx, const char *what, int64_t n)
{
    metric_add(&broken, what, n);
    log_event(cx, LOG_ERROR, "the audit log is broken", LOG_TEXT("what", what), LOG_LONG("entries", n));
}

static void tell_error(struct ctx *cx, const char *event, err_t e)
{
    bool is_broken = e->code == E_AUDIT_BROKEN;

    if (is_broken)
        metric_add(&broken, "tree", 1);
    log_event(cx, is_broken ? LOG_ERROR : LOG_WARN, event, LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text));
}

bool keep_links(struct ctx *cx, bool *more)
{
    struct audit_turn turn;
    err_t e = audit_chain(cx, &turn);

    *more = false;
    if (e) {
        tell_error(cx, "entries of the audit log wait for their links", e);
        return false;
    }
    metric_add(&linked, NULL, (int64_t)turn.linked);
    metric_set(&waited, NULL, (int64_t)turn.waited_s);
    if (turn.forged)
        tell_broken(cx, "forged", (int64_t)turn.forged);
    if (turn.lost)
        tell_broken(cx, "lost", (int64_t)turn.lost);
    *more = turn.waiting == AUDIT_BATCH;
    return true;
}

void keep_checkpoint(struct ctx *cx, const struct scheduler_settings *s)
{
    struct audit_checkpoint point = { 0 };
    size_t written;
    bool made;
    err_t e = audit_checkpoint_make(cx, s->audit_sign_key, &point, &made);

    if (!e && made)
        metric_set(&size, NULL, point.size);
    if (!e && s->audit_witness && *s->audit_witness)
        e = audit_witness(cx, s->audit_witness, &written);
    if (e)
        tell_error(cx, "the audit log has no new checkpoint", e);
}

bool keep_head(struct ctx *cx, const struct scheduler_settings *s)
{
    struct audit_head head;
    bool witness = s->audit_witness && *s->audit_witness;
    err_t e = witness ? audit_witness_head(cx, arena_fmt(cx->arena, "%s.heads", s->audit_witness), &head) : audit_head_find(cx, &head);

    if (e)
        tell_error(cx, "the end of the audit log has no witness", e);
    else
        metric_set(&last, NULL, head.seq);
    return !e;
}

static void keep_months(struct ctx *cx)
{
    err_t e = pg_do(cx, SQL(audit_turn_months), NO_ARGS);

    if (e)
        tell_error(cx, "the next month of the audit log is not made", e);
}

static bool over(const struct keeper *k) { return __atomic_load_n(&k->stop, __ATOMIC_RELAXED); }

static bool link_all(const struct keeper *k)
{
    bool more, good;

    do {
        struct ctx cx = ctx_new(k->d);
        good = keep_links(&cx, &more);
        ctx_free(&cx);
    } while (more && !over(k));
    return good;
}

struct due { int64_t head_ms, point_ms, months_ms; };

/* The links first, so that a checkpoint has them; false: the database is away. */
static bool turn(struct keeper *k, struct due *due)
{
    bool good = link_all(k);
    struct ctx cx = ctx_new(k->d);
    int64_t now = clock_ms();

    if (now >= due->head_ms || over(k))
        due->head_ms = now + (keep_head(&cx, k->s) ? HEAD_MS : k->s->audit_checkpoint_s * 1000);
    if (now >= due->point_ms || over(k)) {
        keep_checkpoint(&cx, k->s);
        due->point_ms = now + k->s->audit_checkpoint_s * 1000;
    }
    if (now >= due->months_ms) {
        keep_months(&cx);
        due->months_ms = now + MONTHS_MS;
    }
    ctx_free(&cx);
    return good;
}

static void rest(const struct keeper *k, int64_t ms)
{
    for (int64_t until = clock_ms() + ms; clock_ms() < until && !over(k);)
        clock_sleep_ms(TICK_MS);
}

static void *keep(void *with)
{
    struct keeper *k = with;
    struct due due = { .point_ms = clock_ms() + k->s->audit_checkpoint_s * 1000 };

    while (!over(k))
        rest(k, turn(k, &due) ? TICK_MS : AWAY_MS);
    turn(k, &due);
    return NULL;
}

struct keeper *keeper_start(struct daemon *d, const struct scheduler_settings *s)
{
    struct keeper *k = arena_get(d->home, sizeof(*k));

    if (!s->audit_sign_key || !*s->audit_sign_key)
        log_event(NULL, LOG_WARN, "checkpoints of the audit log are not signed", LOG_TEXT("setting", "AUDIT_SIGN_KEY"));
    if (!s->audit_witness || !*s->audit_witness)
        log_event(NULL, LOG_WARN, "the audit log has no witness", LOG_TEXT("setting", "AUDIT_WITNESS"));
    *k = (struct keeper){ .d = d, .s = s };
    if (!thread_start(&k->thread, "audit", keep, k))
        abort();
    return k;
}

void keeper_stop(struct keeper *k)
{
    __atomic_store_n(&k->stop, true, __ATOMIC_RELAXED);
    pthread_join(k->thread, NULL);
}
