#define _GNU_SOURCE
#include "net/redis_link.h"
#include "base/clock.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MOST 600

struct address { const char *path, *host, *password; int port, db; };

/* unix:/path[?db=N] or redis://[:password@]host[:port][/db]. A scheme that comes twice is taken as one: SaaS-IA's documentation shows
 * how to build such an address. */
static err_t parse(struct ctx *cx, const char *url, struct address *out)
{
    char *rest;

    *out = (struct address){ .port = 6379 };
    if (text_starts(url, "unix:")) {
        rest = arena_fmt(cx->arena, "%s", url + 5);
        char *db = strstr(rest, "?db=");
        if (db)
            *db = '\0', out->db = (int)strtol(db + 4, NULL, 10);
        out->path = rest;
        return OK;
    }
    if (text_starts(url, "redis://redis://"))
        url += 8;
    if (!text_starts(url, "redis://"))
        return fail(cx, CONFIG_INVALID, "REDIS_URL is neither unix:/path nor redis://host:port");
    rest = arena_fmt(cx->arena, "%s", url + 8);
    char *at = strrchr(rest, '@'), *slash, *colon;
    if (at) {
        *at = '\0';
        colon = strchr(rest, ':');
        out->password = colon ? colon + 1 : rest;
        rest = at + 1;
    }
    if ((slash = strchr(rest, '/')))
        *slash = '\0', out->db = (int)strtol(slash + 1, NULL, 10);
    if ((colon = strrchr(rest, ':')))
        *colon = '\0', out->port = (int)strtol(colon + 1, NULL, 10);
    out->host = *rest ? rest : "127.0.0.1";
    return OK;
}

static err_t greet(struct ctx *cx, struct redis_link *l, const struct address *a)
{
    struct reply_value ok;
    bool no_script;

    if (a->password) {
        redis_link_put(l, (struct bytes[]){ W("AUTH"), W(a->password) }, 2);
        TRY(redis_link_get(cx, l, &ok, &no_script));
    }
    if (a->db) {
        const char *db = arena_fmt(cx->arena, "%d", a->db);
        redis_link_put(l, (struct bytes[]){ W("SELECT"), W(db) }, 2);
        TRY(redis_link_get(cx, l, &ok, &no_script));
    }
    return OK;
}

err_t redis_link_open(struct ctx *cx, const char *url, int64_t wait_ms, struct redis_link **out)
{
    struct timeval wait = { wait_ms / 1000, wait_ms % 1000 * 1000 };
    struct address a;

    TRY(parse(cx, url, &a));
    redisContext *c = a.path ? redisConnectUnixWithTimeout(a.path, wait) : redisConnectWithTimeout(a.host, a.port, wait);
    struct redis_link *l = calloc(1, sizeof(*l));
    if (!c || !l)
        abort();
    l->link = c;
    err_t e = c->err ? fail(cx, REDIS_DOWN, "no connection to Redis: %s", c->errstr) : OK;
    if (!e && (redisSetTimeout(c, wait) || (!a.path && redisEnableKeepAlive(c))))
        e = fail(cx, REDIS_DOWN, "no connection to Redis: %s", c->errstr);
    if (!e)
        e = greet(cx, l, &a);
    if (e)
        redis_link_close(l);
    else
        *out = l;
    return e;
}

void redis_link_close(struct redis_link *l)
{
    redisFree(l->link);
    free(l);
}

int redis_link_fd(const struct redis_link *l) { return ((const redisContext *)l->link)->fd; }

/* Nothing is expected on an idle connection: readable means closed. */
bool redis_link_is_alive(struct redis_link *l)
{
    struct pollfd p = { redis_link_fd(l), POLLIN, 0 };

    return !l->broken && poll(&p, 1, 0) == 0;
}

void redis_link_put(struct redis_link *l, const struct bytes *words, size_t n)
{
    const char *at[WORDS_MOST];
    size_t len[WORDS_MOST];

    if (n > WORDS_MOST) {
        l->broken = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        at[i] = words[i].at ? words[i].at : "", len[i] = words[i].n;
    if (redisAppendCommandArgv(l->link, (int)n, at, len) != REDIS_OK)
        l->broken = true;
}

static void copy(struct ctx *cx, const redisReply *r, struct reply_value *out)
{
    switch (r->type) {
    case REDIS_REPLY_INTEGER:
        *out = (struct reply_value){ .kind = REPLY_LONG, .number = r->integer };
        break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        *out = (struct reply_value){ .kind = REPLY_TEXT, .text = { arena_text(cx->arena, r->str, (size_t)r->len), (size_t)r->len } };
        break;
    case REDIS_REPLY_ARRAY:
        *out = (struct reply_value){ .kind = REPLY_LIST, .at = NEWS(cx, struct reply_value, r->elements), .n = r->elements };
        for (size_t i = 0; i < r->elements; i++)
            copy(cx, r->element[i], &out->at[i]);
        break;
    default:
        *out = (struct reply_value){ .kind = REPLY_NIL };
    }
}

static err_t reply_error(struct ctx *cx, struct redis_link *l, const char *text)
{
    static const char *const away[] = { "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "OOM", "MISCONF" };

    for (size_t i = 0; i < COUNT(away); i++)
        if (text_starts(text, away[i])) {
            l->broken = true;
            return fail(cx, REDIS_DOWN, "Redis says: %s", text);
        }
    return fail(cx, BUG, "Redis says: %s", text);
}

err_t redis_link_get(struct ctx *cx, struct redis_link *l, struct reply_value *out, bool *no_script)
{
    redisContext *c = l->link;
    void *got = NULL;

    *no_script = false;
    if (l->broken || redisGetReply(c, &got) != REDIS_OK || !got) {
        l->broken = true;
        return fail(cx, REDIS_DOWN, "Redis did not answer: %s", c->errstr);
    }
    const redisReply *r = got;
    copy(cx, r, out);
    bool wrong = r->type == REDIS_REPLY_ERROR;
    freeReplyObject(got);
    if (!wrong)
        return OK;
    if (text_starts(out->text.at, "NOSCRIPT")) {
        *no_script = true;
        return OK;
    }
    return reply_error(cx, l, out->text.at);
}

bool redis_link_send(struct redis_link *l)
{
    int done = 0;

    while (!l->broken && !done)
        if (redisBufferWrite(l->link, &done) != REDIS_OK)
            l->broken = true;
    return !l->broken;
}

bool redis_link_receive(struct redis_link *l)
{
    if (!l->broken && redisBufferRead(l->link) != REDIS_OK)
        l->broken = true;
    return !l->broken;
}

bool redis_link_next(struct ctx *cx, struct redis_link *l, struct reply_value *out)
{
    void *got = NULL;

    if (l->broken || redisGetReplyFromReader(l->link, &got) != REDIS_OK) {
        l->broken = true;
        return false;
    }
    if (!got)
        return false;
    copy(cx, got, out);
    freeReplyObject(got);
    return true;
}
