/* The pool. A connection belongs to one thread while it is taken; the lock guards the idle list, the
 * count and the hashes of scripts. */
#define _GNU_SOURCE
#include "net/redis_link.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS        1000     /* for an answer, and for a connection when all are taken */
#define DOWN_PAUSE_MS  100
#define STALE_MS       50

struct redis {
    const char *url;
    int most;
    pthread_mutex_t lock;
    pthread_cond_t  freed;
    struct redis_link *idle;
    int made;
    int64_t down_until_ms;
};

static void pool_drop(void *it)
{
    struct redis *r = it;

    while (r->idle) {
        struct redis_link *next = r->idle->next;
        redis_link_close(r->idle);
        r->idle = next;
    }
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->freed);
}

struct redis *redis_open(struct arena *a, const char *url, int most)
{
    struct redis *r = arena_get(a, sizeof(*r));
    pthread_condattr_t attr;

    r->url = url;
    r->most = most;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->freed, &attr);
    pthread_condattr_destroy(&attr);
    return arena_own(a, r, pool_drop);
}

static bool wait_free(struct redis *r, int64_t until_ms)
{
    struct timespec t = { until_ms / 1000, until_ms % 1000 * 1000000 };

    while (!r->idle && r->made >= r->most)
        if (pthread_cond_timedwait(&r->freed, &r->lock, &t))
            return r->idle || r->made < r->most;
    return true;
}

static void give(struct redis *r, struct redis_link *l)
{
    bool keep = l && !l->broken;

    if (l && l->broken)
        redis_link_close(l);
    pthread_mutex_lock(&r->lock);
    if (keep) {
        l->rested_ms = clock_ms();
        l->next = r->idle;
        r->idle = l;
    } else {
        r->made--;
    }
    pthread_cond_signal(&r->freed);
    pthread_mutex_unlock(&r->lock);
}

/* An idle connection, NULL when a new one is to be made (it is counted already). */
static err_t take(struct ctx *cx, struct redis_link **out)
{
    struct redis *r = cx->redis;
    int64_t now = clock_ms();

    pthread_mutex_lock(&r->lock);
    bool free_one = wait_free(r, now + clock_left_ms(cx, WAIT_MS));
    struct redis_link *l = free_one ? r->idle : NULL;
    bool down = free_one && !l && now < r->down_until_ms;
    if (l)
        r->idle = l->next;
    else if (free_one && !down)
        r->made++;
    pthread_mutex_unlock(&r->lock);
    if (!free_one || down)
        return fail(cx, REDIS_DOWN, free_one ? "Redis was not reachable just now" : "no Redis connection became free");
    *out = l;
    return OK;
}

static err_t take_open(struct ctx *cx, struct redis_link **out)
{
    struct redis *r = cx->redis;

    if (!r)
        return fail(cx, BUG, "this process has no Redis");
    for (;;) {
        TRY(take(cx, out));
        if (!*out)
            break;
        if (clock_ms() - (*out)->rested_ms < STALE_MS || redis_link_is_alive(*out))
            return OK;
        (*out)->broken = true;
        give(r, *out);
    }
    err_t e = redis_link_open(cx, r->url, clock_left_ms(cx, WAIT_MS), out);
    if (!e)
        return OK;
    pthread_mutex_lock(&r->lock);
    r->down_until_ms = clock_ms() + DOWN_PAUSE_MS;
    pthread_mutex_unlock(&r->lock);
    give(r, NULL);
    return e;
}

err_t redis_do(struct ctx *cx, struct reply_value *out, const struct bytes *words, size_t n)
{
    struct redis_link *l;
    bool no_script;

    TRY(take_open(cx, &l));
    redis_link_put(l, words, n);
    err_t e = redis_link_get(cx, l, out, &no_script);
    give(cx->redis, l);
    return e;
}

bool redis_is_up(struct ctx *cx)
{
    struct reply_value pong;

    return redis_do(cx, &pong, (struct bytes[]){ W("PING") }, 1) == OK;
}

/* --- scripts --- */

static err_t load(struct ctx *cx, struct redis_link *l, struct script *s)
{
    struct reply_value sha;
    bool no_script;

    redis_link_put(l, (struct bytes[]){ W("SCRIPT"), W("LOAD"), W(s->text) }, 3);
    TRY(redis_link_get(cx, l, &sha, &no_script));
    if (sha.kind != REPLY_TEXT || sha.text.n != 40)
        return fail(cx, BUG, "%s: SCRIPT LOAD gave no hash", s->name);
    pthread_mutex_lock(&cx->redis->lock);
    memcpy(s->sha, sha.text.at, 41);
    pthread_mutex_unlock(&cx->redis->lock);
    return OK;
}

static bool hash_of(struct redis *r, const struct script *s, char sha[41])
{
    pthread_mutex_lock(&r->lock);
    memcpy(sha, s->sha, 41);
    pthread_mutex_unlock(&r->lock);
    return *sha;
}

static err_t put_call(struct ctx *cx, struct redis_link *l, const struct call *c)
{
    size_t n = 3 + c->keys_n + c->args_n, at = 0;
    struct bytes *words = NEWS(cx, struct bytes, n);
    char *sha = arena_get(cx->arena, 41);

    if (!hash_of(cx->redis, c->script, sha)) {
        TRY(load(cx, l, c->script));
        hash_of(cx->redis, c->script, sha);
    }
    words[at++] = W("EVALSHA");
    words[at++] = W(sha);
    words[at++] = W(arena_fmt(cx->arena, "%zu", c->keys_n));
    for (size_t i = 0; i < c->keys_n; i++)
        words[at++] = c->keys[i];
    for (size_t i = 0; i < c->args_n; i++)
        words[at++] = c->args[i];
    redis_link_put(l, words, n);
    return OK;
}

/* All at once; those the server did not know are sent again after a load. */
static err_t run_all(struct ctx *cx, struct redis_link *l, const struct call *calls, size_t n, struct reply_value *out)
{
    bool *again = NEWS(cx, bool, n);
    bool any = false, no_script;

    for (size_t i = 0; i < n; i++)
        TRY(put_call(cx, l, &calls[i]));
    for (size_t i = 0; i < n; i++) {
        TRY(redis_link_get(cx, l, &out[i], &again[i]));
        any |= again[i];
    }
    for (size_t i = 0; any && i < n; i++) {
        if (!again[i])
            continue;
        TRY(load(cx, l, calls[i].script));
        TRY(put_call(cx, l, &calls[i]));
        TRY(redis_link_get(cx, l, &out[i], &no_script));
    }
    return OK;
}

err_t redis_run_all(struct ctx *cx, const struct call *calls, size_t n, struct reply_value *out)
{
    struct redis_link *l;

    /* A hash is fetched before anything is buffered, so that its answer is not taken for a call's. */
    TRY(take_open(cx, &l));
    err_t e = OK;
    char sha[41];
    for (size_t i = 0; !e && i < n; i++)
        if (!hash_of(cx->redis, calls[i].script, sha))
            e = load(cx, l, calls[i].script);
    if (!e)
        e = run_all(cx, l, calls, n, out);
    if (e)
        l->broken = true;       /* answers may be left on it */
    give(cx->redis, l);
    return e;
}

err_t redis_run(struct ctx *cx, struct script *s, struct reply_value *out,
                const struct bytes *keys, size_t keys_n, const struct bytes *args, size_t args_n)
{
    struct call call = { s, keys, keys_n, args, args_n };

    return redis_run_all(cx, &call, 1, out);
}
