/* Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the key is claimed in the transaction of what it protects,
 * so there is no moment in which one exists without the other. Errors are not kept: the request may be repeated. */
#include "http/gateway.h"
#include "app/relay.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

struct key_row { const char *fingerprint, *body, *location; int status; };
extern const struct shape key_row_shape;
SHAPE(key_row, "A kept answer.",
    FIELD(key_row, fingerprint, "Of the request's body."),
    FIELD(key_row, status,      "Of the answer."),
    FIELD(key_row, body,        "Of the answer."),
    FIELD(key_row, location,    "Of the answer."));

/* The header is a quoted string; bare words are taken as well. */
static err_t read_key(struct ctx *cx, const char *header, const char **key)
{
    size_t n = strlen(header);
    bool quoted = n > 1 && header[0] == '"' && header[n - 1] == '"';

    if (quoted)
        header++, n -= 2;
    if (!n || n > 200)
        return fail(cx, KEY_INVALID, "a key has 1 to 200 characters");
    for (size_t i = 0; i < n; i++)
        if (header[i] <= ' ' || header[i] > '~' || header[i] == '"' || header[i] == '\\')
            return fail(cx, KEY_INVALID, "a key holds visible ASCII characters only");
    *key = arena_text(cx->arena, header, n);
    return OK;
}

static err_t repeat_answer(struct ctx *cx, struct exchange *x, const char *caller, const char *fingerprint)
{
    struct key_row row = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(key_find), ARGS(caller, x->route->path, x->key), &key_row_shape, &row, &found));
    pg_undo(cx);
    if (!found || !row.status)
        return fail(cx, PG_CONFLICT, "the first request with this key did not end");
    if (strcmp(row.fingerprint, fingerprint))
        return fail(cx, KEY_REUSED, "this key was used with another body");
    if (row.location)
        exchange_header(x, "Location", row.location);
    exchange_header(x, "Idempotent-Replayed", "true");
    exchange_text(cx, x, row.status, "application/json", (struct bytes){ row.body, strlen(row.body) });
    return OK;
}

err_t exchange_once(struct ctx *cx, struct exchange *x, const char *fingerprint, bool *repeat)
{
    const char *header = exchange_read_header(x, "Idempotency-Key"), *caller = cx->user ? cx->user : "";
    struct key_row row = { 0 };
    bool mine;

    *repeat = false;
    if (!header)
        return OK;
    TRY(read_key(cx, header, &x->key));
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(key_claim), ARGS(caller, x->route->path, x->key, fingerprint), &key_row_shape, &row, &mine));
    if (mine)
        return OK;
    *repeat = true;
    return repeat_answer(cx, x, caller, fingerprint);
}

err_t exchange_commit(struct ctx *cx, struct exchange *x, int status, const char *location, const char *body)
{
    if (cx->tx && x->key)
        TRY(pg_later(cx, SQL(key_keep), ARGS(cx->user ? cx->user : "", x->route->path, x->key, status, body, location), NULL, NULL, false));
    if (cx->tx)
        TRY(pg_commit(cx));
    while (x->tickets_n)
        relay_send(cx->daemon, x->tickets[--x->tickets_n]);
    return OK;
}
