#include "http/ended.h"
#include "app/daemon.h"
#include "base/clock.h"
#include "base/thread.h"
#include "net/pg.h"
#include "net/redis.h"
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MARK          "ended:known"
#define TURN_MS       1000
#define MARK_S        "10"
#define RECENT_S      30                /* longer than the mark lives; a commit may come later than its row was made */
#define PAGE_MOST     5000
#define PURGE_TURNS   3600

struct ends {
    struct daemon *daemon;
    int64_t life_s;
    pthread_t thread;
    bool stop;                          /* atomic */
};

/* Of an access token; set once, before the first request. */
static int64_t life_s = 3600;

/* KEYS: of a session or of an account. ARGV: version, seconds. The highest version stays. */
static struct script put = { .name = "ended_put", .text =
    "local old = tonumber(redis.call('GET', KEYS[1]) or '0') "
    "if tonumber(ARGV[1]) >= old then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end return 1" };

/* A session's key and an account's look the same: their ids never do. */
static struct bytes key_of(struct ctx *cx, const char *subject)
{
    return W(arena_fmt(cx->arena, "ended:%s", subject));
}

void ended_keys(struct ctx *cx, const struct asker *a, struct bytes keys[ENDED_KEYS])
{
    keys[0] = a->session ? key_of(cx, a->session) : W("ended:none");
    keys[1] = key_of(cx, a->user);
    keys[2] = W(MARK);
}

enum standing ended_read(const struct asker *a, const struct reply_value *values, size_t n)
{
    int64_t least = 0;

    if (n != ENDED_KEYS || values[2].kind != REPLY_TEXT)
        return NOT_TOLD;
    if (values[0].kind == REPLY_TEXT)
        return ENDED;
    if (values[1].kind == REPLY_TEXT && (!text_to_long(values[1].text.at, values[1].text.n, &least) || a->version < least))
        return ENDED;
    return STANDING;
}

struct standing_row { bool stands; };
extern const struct shape standing_row_shape;
SHAPE(standing_row, "Whether a token is still taken.",
    FIELD(standing_row, stands, "It is."));

err_t ended_find(struct ctx *cx, const struct asker *a, bool *stands)
{
    struct standing_row row = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(ended_find), ARGS(a->session, a->user, a->version), &standing_row_shape, &row, &found));
    *stands = found && row.stands;
    return OK;
}

/* --- telling --- */

struct end_row { int64_t id, version; const char *subject; };
struct end_rows { LIST_OF(struct end_row) rows; };
extern const struct shape end_row_shape;
SHAPE(end_row, "Tokens that ended.",
    FIELD(end_row, id,      "In their order."),
    FIELD(end_row, subject, "A session, or an account."),
    FIELD(end_row, version, "Those of the account below it."));

static fallible copy_all(struct ctx *cx, const struct end_row *rows, size_t n)
{
    struct call *calls = NEWS(cx, struct call, n);
    struct reply_value *got = NEWS(cx, struct reply_value, n);

    for (size_t i = 0; i < n; i++) {
        struct bytes *words = NEWS(cx, struct bytes, 3);
        words[0] = key_of(cx, rows[i].subject);
        words[1] = W(arena_fmt(cx->arena, "%lld", (long long)rows[i].version));
        words[2] = W(arena_fmt(cx->arena, "%lld", (long long)__atomic_load_n(&life_s, __ATOMIC_RELAXED) + 60));
        calls[i] = (struct call){ &put, words, 1, words + 1, 2 };
    }
    return n ? redis_run_all(cx, calls, n, got) : OK;
}

void ended_tell_user(struct ctx *cx, const char *user, int64_t version)
{
    err_t not_yet = copy_all(cx, &(struct end_row){ .subject = user, .version = version }, 1);

    (void)not_yet;
}

void ended_tell_session(struct ctx *cx, const char *session) { ended_tell_user(cx, session, 1); }

/* --- copying what others wrote --- */

static fallible copy_since(struct ctx *cx, int64_t seconds)
{
    for (int64_t after = 0;;) {
        struct end_rows got = { 0 };
        TRY(pg_list(cx, SQL(ended_recent), ARGS(seconds, after, PAGE_MOST), &end_row_shape, &got.rows));
        TRY(copy_all(cx, got.rows.at, got.rows.n));
        if (got.rows.n < PAGE_MOST)
            return OK;
        after = got.rows.at[got.rows.n - 1].id;
    }
}

/* A Redis without the mark knows nothing: it gets all that can still matter before it is believed. The mark lives for
 * seconds, so that a server that comes back with what it knew minutes ago has none. */
static fallible copy(struct ctx *cx, const struct ends *e)
{
    struct reply_value got;

    TRY(redis_do(cx, &got, (struct bytes[]){ W("GET"), W(MARK) }, 2));
    TRY(copy_since(cx, got.kind == REPLY_TEXT ? RECENT_S : e->life_s + 60));
    return redis_do(cx, &got, (struct bytes[]){ W("SET"), W(MARK), W("1"), W("EX"), W(MARK_S) }, 5);
}

static void *run(void *with)
{
    struct ends *e = with;

    for (unsigned turn = 0; !__atomic_load_n(&e->stop, __ATOMIC_RELAXED); turn++) {
        struct ctx cx = ctx_new(e->daemon);
        err_t later = copy(&cx, e);     /* tried again with the next turn; health says what is away */
        if (!later && turn % PURGE_TURNS == PURGE_TURNS / 2)
            later = pg_do(&cx, SQL(ended_purge), ARGS(e->life_s + 3600));
        ctx_free(&cx);
        for (int ms = 0; ms < TURN_MS && !__atomic_load_n(&e->stop, __ATOMIC_RELAXED); ms += 100)
            clock_sleep_ms(100);
    }
    return NULL;
}

struct ends *ended_open(struct daemon *d, int64_t life)
{
    struct ends *e = arena_get(d->home, sizeof(*e));

    *e = (struct ends){ .daemon = d, .life_s = life };
    __atomic_store_n(&life_s, life, __ATOMIC_RELAXED);
    if (!thread_start(&e->thread, "ended", run, e))
        abort();
    return e;
}

void ended_close(struct ends *e)
{
    __atomic_store_n(&e->stop, true, __ATOMIC_RELAXED);
    pthread_join(e->thread, NULL);
}
