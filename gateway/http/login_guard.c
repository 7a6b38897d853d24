#include "http/login_guard.h"
#include "http/gateway.h"
#include "app/metrics.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "net/redis.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#define FORGET_MS  3600000      /* after the last try; longer than any delay */
#define TABLE_SIZE 4096

METRIC(delayed, COUNTER, "palabre_login_delayed_total", "Logins told to wait.", NULL);
METRIC(local, COUNTER, "palabre_login_local_total", "Logins counted without Redis.", NULL);

/* Tries that are free; then the next one must wait 1 s, 2 s, 4 s ... up to the longest. That of the account alone is short,
 * lest a stranger could lock somebody out. */
enum kept { PAIR, ACCOUNT, ADDRESS, KEPT };
static const struct { const char *name; int64_t free, longest_ms; } kept[KEPT] = {
    [PAIR]    = { "pair",    5,  900000 },
    [ACCOUNT] = { "account", 10, 60000 },
    [ADDRESS] = { "address", 20, 900000 },
};

/* KEYS: three hashes of n tries and the time before which there is none. ARGV: for each, free tries and longest delay in
 * ms; then when to forget. Gives the ms to wait; 0: the try is taken and counted. */
static struct script try_script = { .name = "login_try", .text =
    "local t = redis.call('TIME') "
    "local now = t[1] * 1000 + math.floor(t[2] / 1000) "
    "local wait = 0 "
    "for i = 1, #KEYS do "
    "  local left = tonumber(redis.call('HGET', KEYS[i], 'until') or 0) - now "
    "  if left > wait then wait = left end "
    "end "
    "if wait > 0 then return wait end "
    "for i = 1, #KEYS do "
    "  local n = redis.call('HINCRBY', KEYS[i], 'n', 1) "
    "  local over = n - tonumber(ARGV[2 * i - 1]) "
    "  if over >= 0 then "
    "    redis.call('HSET', KEYS[i], 'until', string.format('%.0f', now + math.min(1000 * 2 ^ over, tonumber(ARGV[2 * i])))) "
    "  end "
    "  redis.call('PEXPIRE', KEYS[i], ARGV[2 * #KEYS + 1]) "
    "end "
    "return 0" };

/* KEYS: those of which one try is taken back. */
#define BACK_TEXT \
    "if redis.call('EXISTS', KEYS[i]) == 1 then " \
    "  if redis.call('HINCRBY', KEYS[i], 'n', -1) <= 0 then redis.call('DEL', KEYS[i]) else redis.call('HDEL', KEYS[i], 'until') end " \
    "end "
static struct script back_script = { .name = "login_back", .text = "for i = 1, #KEYS do " BACK_TEXT "end return 0" };

/* The same, but the pair, which is the first, is forgotten. */
static struct script passed_script = { .name = "login_passed", .text =
    "redis.call('DEL', KEYS[1]) for i = 2, #KEYS do " BACK_TEXT "end return 0" };

/* --- without Redis --- */

/* Keys share slots by hash, so it may delay too much, never too little. */
static struct { int64_t n, until_ms, forget_ms; } table[TABLE_SIZE];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;        /* guards the table */

static size_t slot_of(const char *key) { return text_hash(key) % TABLE_SIZE; }

static int64_t delay_ms(enum kept k, int64_t n)
{
    int64_t over = n - kept[k].free;

    if (over < 0)
        return 0;
    return over > 20 || ((int64_t)1000 << over) > kept[k].longest_ms ? kept[k].longest_ms : (int64_t)1000 << over;
}

static int64_t try_local(const char *const keys[KEPT])
{
    int64_t now = clock_ms(), wait = 0;

    metric_add(&local, NULL, 1);
    pthread_mutex_lock(&lock);
    for (int k = 0; k < KEPT; k++) {
        size_t s = slot_of(keys[k]);
        if (table[s].forget_ms <= now)
            table[s].n = table[s].until_ms = 0;
        if (table[s].until_ms - now > wait)
            wait = table[s].until_ms - now;
    }
    for (int k = 0; !wait && k < KEPT; k++) {
        size_t s = slot_of(keys[k]);
        int64_t delay = delay_ms((enum kept)k, ++table[s].n);
        table[s].until_ms = delay ? now + delay : 0;
        table[s].forget_ms = now + FORGET_MS;
    }
    pthread_mutex_unlock(&lock);
    return wait;
}

static void back_local(const char *const keys[KEPT], bool passed)
{
    pthread_mutex_lock(&lock);
    for (int k = 0; k < KEPT; k++) {
        size_t s = slot_of(keys[k]);
        table[s].n = (k == PAIR && passed) || table[s].n < 1 ? 0 : table[s].n - 1;
        table[s].until_ms = 0;
    }
    pthread_mutex_unlock(&lock);
}

/* --- with it --- */

/* Hashes, so that Redis learns nobody's address and no key is longer than another. */
static const char *key_of(struct ctx *cx, enum kept k, const char *what)
{
    return arena_fmt(cx->arena, "login:%s:%.32s", kept[k].name, crypto_sha256_hex(cx, what, strlen(what)));
}

static void keys_of(struct ctx *cx, const struct exchange *x, const char *account, const char *keys[KEPT])
{
    const char *address = client_network(cx, x);
    char *name = arena_text(cx->arena, account, strlen(account));

    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    keys[PAIR] = key_of(cx, PAIR, arena_fmt(cx->arena, "%s %s", address, name));
    keys[ACCOUNT] = key_of(cx, ACCOUNT, name);
    keys[ADDRESS] = key_of(cx, ADDRESS, address);
}

static err_t ask_redis(struct ctx *cx, struct script *s, const char *const keys[KEPT], int64_t *wait)
{
    struct bytes names[KEPT], args[2 * KEPT + 1];
    struct reply_value got;

    for (int k = 0; k < KEPT; k++) {
        const char *free = arena_fmt(cx->arena, "%lld", (long long)kept[k].free), *longest = arena_fmt(cx->arena, "%lld", (long long)kept[k].longest_ms);
        names[k] = W(keys[k]);
        args[2 * k] = W(free);
        args[2 * k + 1] = W(longest);
    }
    const char *forget = arena_fmt(cx->arena, "%d", FORGET_MS);
    args[2 * KEPT] = W(forget);
    TRY(redis_run(cx, s, &got, names, KEPT, args, COUNT(args)));
    *wait = got.number;
    return OK;
}

err_t login_try(struct ctx *cx, const struct exchange *x, const char *account)
{
    const char *keys[KEPT];
    int64_t wait_ms = 0;

    keys_of(cx, x, account, keys);
    if (ask_redis(cx, &try_script, keys, &wait_ms))
        wait_ms = try_local(keys);
    if (wait_ms <= 0)
        return OK;
    metric_add(&delayed, NULL, 1);
    err_t e = fail(cx, LOGIN_DELAYED, "too many failed logins; try again in %lld s", (long long)(wait_ms + 999) / 1000);
    e->retry_after_ms = wait_ms;
    return e;
}

static void take_back(struct ctx *cx, const struct exchange *x, const char *account, bool passed)
{
    const char *keys[KEPT];
    int64_t none;

    keys_of(cx, x, account, keys);
    if (ask_redis(cx, passed ? &passed_script : &back_script, keys, &none))
        back_local(keys, passed);
}

void login_passed(struct ctx *cx, const struct exchange *x, const char *account) { take_back(cx, x, account, true); }

void login_untold(struct ctx *cx, const struct exchange *x, const char *account) { take_back(cx, x, account, false); }
