#define _GNU_SOURCE
#include "http/jwks.h"
#include "app/daemon.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/http.h"

#include <stdlib.h>

#define KEYS_MOST    64
#define EVERY_MS     600000
#define FETCH_MS     5000
#define WAIT_MS      3000
#define WAITING_MOST 8                  /* callers that wait for a look: the gateway's threads are for others */
#define SET_BYTES    (256u << 10)

METRIC(fetches, COUNTER, "palabre_jwks_fetches_total", "Looks at the keys of another issuer of tokens.", "got");

/* What was told at once; held by whoever checks with it. */
struct key_set { struct arena *arena; struct jwt_key keys[KEYS_MOST]; size_t n; int held; };

struct jwks {
    struct daemon *daemon;
    struct http *http;
    const char *url;
    int64_t again_ms;
    pthread_t thread;
    bool stop;                          /* atomic */
    pthread_mutex_t lock;               /* guards what follows, and how often a set is held */
    pthread_cond_t asked, looked;
    struct key_set *set;                /* NULL: none was told yet */
    int64_t looked_ms;                  /* when the last look began */
    uint64_t looks;                     /* that have ended */
    bool wanted, looking, down;
    int waiting;
};

static bool over(const struct jwks *j) { return __atomic_load_n(&j->stop, __ATOMIC_RELAXED); }

/* --- sets --- */

/* Under the lock. */
static void set_drop(struct key_set *s)
{
    if (s && --s->held == 0)
        arena_free(s->arena);
}

static fallible set_fetch(struct ctx *cx, const char *url, struct key_set **out)
{
    struct http_ask ask = { .verb = "GET", .url = url, .connect_ms = 2000, .first_byte_ms = 3000, .idle_ms = 2000, .max_bytes = SET_BYTES };
    struct http_answer got;
    struct ctx own = *cx;

    TRY(http_send(cx, &ask, &got));
    TRY(http_check(cx, "the issuer of tokens", &got));
    own.arena = arena_new();
    struct key_set *s = NEW(&own, struct key_set);
    *s = (struct key_set){ .arena = own.arena, .held = 1 };
    err_t e = jwt_keys_read(&own, got.body.at, got.body.n, s->keys, KEYS_MOST, &s->n);
    if (e || !s->n) {
        e = fail(cx, ISSUER_DOWN, "%s: %s", url, e ? e->text : "no key for signatures");
        arena_free(own.arena);
        return e;
    }
    *out = s;
    return OK;
}

/* --- looking --- */

static void look(struct jwks *j)
{
    struct ctx cx = ctx_new(j->daemon);
    struct key_set *set = NULL, *old = NULL;

    cx.http = j->http;
    cx.deadline_ms = clock_ms() + FETCH_MS;
    cx.stop = &j->stop;
    err_t e = set_fetch(&cx, j->url, &set);
    metric_add(&fetches, e ? "nothing" : "keys", 1);
    if (e && !over(j))
        log_event(&cx, LOG_WARN, "the issuer of tokens does not tell its keys", LOG_TEXT("url", j->url), LOG_TEXT("text", e->text));
    pthread_mutex_lock(&j->lock);
    if (set)
        old = j->set, j->set = set;
    set_drop(old);
    j->down = e != OK;
    pthread_mutex_unlock(&j->lock);
    ctx_free(&cx);
}

static void wait_until(pthread_cond_t *c, pthread_mutex_t *lock, int64_t ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    pthread_cond_timedwait(c, lock, &t);
}

/* When the next look is due: soon after one that failed or when somebody wants it, and some time after any. */
static int64_t due_ms(const struct jwks *j)
{
    return j->looked_ms ? j->looked_ms + (j->wanted || j->down ? j->again_ms : EVERY_MS) : 0;
}

static void *run(void *with)
{
    struct jwks *j = with;

    pthread_mutex_lock(&j->lock);
    while (!over(j)) {
        if (clock_ms() < due_ms(j)) {
            wait_until(&j->asked, &j->lock, due_ms(j));
            continue;
        }
        j->wanted = false, j->looking = true, j->looked_ms = clock_ms();
        pthread_mutex_unlock(&j->lock);
        look(j);
        pthread_mutex_lock(&j->lock);
        j->looking = false, j->looks++;
        pthread_cond_broadcast(&j->looked);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

struct jwks *jwks_open(struct daemon *d, const char *url, int64_t again_ms)
{
    struct jwks *j = arena_get(d->home, sizeof(*j));
    pthread_condattr_t monotonic;

    j->daemon = d, j->url = url, j->again_ms = again_ms, j->http = http_open(d->home, 1);
    pthread_mutex_init(&j->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&j->asked, &monotonic);
    pthread_cond_init(&j->looked, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (!thread_start(&j->thread, "jwks", run, j))
        abort();
    return j;
}

void jwks_close(struct jwks *j)
{
    pthread_mutex_lock(&j->lock);
    __atomic_store_n(&j->stop, true, __ATOMIC_RELAXED);
    pthread_cond_signal(&j->asked);
    pthread_mutex_unlock(&j->lock);
    pthread_join(j->thread, NULL);
    set_drop(j->set);
}

/* --- finding --- */

static const struct jwt_key *key_named(const struct jwks *j, const char *kid)
{
    for (size_t i = 0; j->set && i < j->set->n; i++)
        if (text_is(j->set->keys[i].kid, kid))
            return &j->set->keys[i];
    return NULL;
}

/* A look that is under way, or may begin now, is worth waiting for. Under the lock. */
static void wait_for_look(struct ctx *cx, struct jwks *j)
{
    int64_t now = clock_ms(), until = now + clock_left_ms(cx, WAIT_MS);
    uint64_t looks = j->looks;

    if (j->waiting == WAITING_MOST || (!j->looking && j->looked_ms && now < j->looked_ms + j->again_ms))
        return;
    j->wanted |= !j->looking;
    pthread_cond_signal(&j->asked);
    j->waiting++;
    while (j->looks == looks && clock_ms() < until)
        wait_until(&j->looked, &j->lock, until);
    j->waiting--;
}

struct holding { struct jwks *jwks; struct key_set *set; };

static void let_go(void *with)
{
    struct holding *h = with;

    pthread_mutex_lock(&h->jwks->lock);
    set_drop(h->set);
    pthread_mutex_unlock(&h->jwks->lock);
}

err_t jwks_find(struct ctx *cx, struct jwks *j, const char *kid, struct jwt_key *out)
{
    struct holding *h = NEW(cx, struct holding);

    pthread_mutex_lock(&j->lock);
    const struct jwt_key *key = key_named(j, kid);
    if (!key) {
        wait_for_look(cx, j);
        key = key_named(j, kid);
    }
    if (key)
        *out = *key, *h = (struct holding){ j, j->set }, j->set->held++;
    bool told = j->set && !j->down;
    pthread_mutex_unlock(&j->lock);
    if (key)
        arena_own(cx->arena, h, let_go);
    if (!key && !told)
        return fail(cx, ISSUER_DOWN, "%s does not tell its keys", j->url);
    return key ? OK : fail(cx, TOKEN_INVALID, "the token's key is not one of its issuer's");
}
