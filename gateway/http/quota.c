#include "http/quota.h"
#include "http/gateway.h"
#include "http/words.h"
#include "base/clock.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define DAY_S 86400

struct token_use { int64_t tokens; };
extern const struct shape token_use_shape;
SHAPE(token_use, "What somebody has used today.",
    FIELD(token_use, tokens, "Tokens of language models."));

/* The next "role=tokens" of a list; false: there is none, or it is broken. */
static bool next(const char **at, struct bytes *role, int64_t *tokens)
{
    *at += strspn(*at, ", ");
    size_t n = strcspn(*at, ", "), name = strcspn(*at, "=");

    if (!n || name == 0 || name >= n || !text_to_long(*at + name + 1, n - name - 1, tokens) || *tokens < 0)
        return false;
    *role = (struct bytes){ *at, name };
    *at += n;
    return true;
}

err_t quotas_check(struct ctx *cx, const char *list)
{
    const char *at = list ? list : "";
    struct bytes role;
    int64_t tokens;

    while (next(&at, &role, &tokens))
        ;
    return at[strspn(at, ", ")] ? fail(cx, CONFIG_INVALID, "TOKEN_QUOTAS: \"%s\" is not ROLE=TOKENS", at) : OK;
}

int64_t quota_of(const char *list, const char *role)
{
    const char *at = list ? list : "";
    struct bytes name;
    int64_t tokens;

    while (next(&at, &name, &tokens))
        if (strlen(role) == name.n && !memcmp(role, name.at, name.n))
            return tokens;
    return QUOTA_NONE;
}

err_t quota_read(struct ctx *cx, const struct exchange *x, bool touch, struct token_quota *out)
{
    int64_t limit = quota_of(x->gateway->settings->token_quotas, cx->role), now_s = clock_wall_ms() / 1000;
    struct token_use use = { 0 };
    bool found;

    *out = (struct token_quota){ LONG_NONE, 0, LONG_NONE, DAY_S - now_s % DAY_S };
    if (limit == QUOTA_NONE)
        return OK;
    if (touch)
        TRY(pg_find(cx, SQL(token_use_touch), ARGS(cx->user), &token_use_shape, &use, &found));
    else
        TRY(pg_find(cx, SQL(token_use_find), ARGS(cx->user), &token_use_shape, &use, &found));
    out->limit = limit, out->used = use.tokens;
    out->left = use.tokens < limit ? limit - use.tokens : 0;
    return OK;
}

static void put_long(struct ctx *cx, struct exchange *x, const char *name, int64_t n)
{
    exchange_header(x, name, arena_fmt(cx->arena, "%lld", (long long)n));
}

err_t gate_quota(struct ctx *cx, struct exchange *x)
{
    struct token_quota q;

    if (!x->route->spends || words_product(x) != IASTED)
        return OK;
    TRY(quota_read(cx, x, true, &q));
    if (q.limit == LONG_NONE)
        return OK;
    put_long(cx, x, "X-Tokens-Limit", q.limit);
    put_long(cx, x, "X-Tokens-Remaining", q.left);
    put_long(cx, x, "X-Tokens-Reset", q.reset_s);
    if (q.left)
        return OK;
    err_t e = fail(cx, TOKENS_SPENT, "%lld tokens of %lld are spent", (long long)q.used, (long long)q.limit);
    e->retry_after_ms = q.reset_s * 1000;
    return e;
}
