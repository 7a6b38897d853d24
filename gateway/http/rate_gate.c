/* How often a caller may ask. */
#include "http/gateway.h"
#include "http/rate.h"

static int64_t limit_of(const struct exchange *x)
{
    const struct gateway_settings *s = x->gateway->settings;
    int64_t base = x->route->rate == READ ? s->rate_read : x->route->rate == WRITE ? s->rate_write : s->rate_login;

    if (x->route->rate != LOGIN && text_is(x->plan, "pro"))
        base *= s->rate_pro_factor;
    return base;
}

err_t gate_rate(struct ctx *cx, struct exchange *x)
{
    static const char *const names[] = { [READ] = "read", [WRITE] = "write", [LOGIN] = "login" };
    struct rate_answer got;

    if (x->route->rate == FREE)
        return OK;
    /* A login counts against the address even with a token: it is passwords that are guessed. */
    const char *who = cx->user && x->route->rate != LOGIN ? cx->user : client_network(cx, x);
    int64_t limit = limit_of(x);
    rate_take(cx, arena_fmt(cx->arena, "rate:%s:%s", names[x->route->rate], who), limit, &got);
    exchange_header(x, "X-RateLimit-Limit", arena_fmt(cx->arena, "%lld", (long long)limit));
    exchange_header(x, "X-RateLimit-Remaining", arena_fmt(cx->arena, "%lld", (long long)got.left));
    exchange_header(x, "X-RateLimit-Reset", arena_fmt(cx->arena, "%lld", (long long)got.reset_s));
    if (got.allowed)
        return OK;
    err_t e = fail(cx, RATE_EXCEEDED, "at most %lld requests a minute; try again in %lld s", (long long)limit, (long long)got.reset_s);
    e->retry_after_ms = got.reset_s * 1000;
    return e;
}
