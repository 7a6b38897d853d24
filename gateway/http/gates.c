/* Who asks, and how often. */
#include "http/gateway.h"
#include "http/rate.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "data/uuid.h"
#include "net/redis.h"

#include <string.h>

/* --- identity --- */

static const char *bearer(const struct exchange *x)
{
    const char *value = exchange_read_header(x, "Authorization");

    if (!value || (strncmp(value, "Bearer ", 7) && strncmp(value, "bearer ", 7)))
        return NULL;
    return value + 7 + strspn(value + 7, " ");
}

err_t gate_identity(struct ctx *cx, struct exchange *x)
{
    const char *token = bearer(x);
    struct jwt *claims = NEW(cx, struct jwt);

    if (!token)
        return x->route->access == PUBLIC ? OK : fail(cx, AUTH_NEEDED, "send Authorization: Bearer <token>");
    err_t e = jwt_check(cx, x->gateway->settings->jwt_secret, token, claims);
    if (!e && (!claims->sub || !uuid_is(claims->sub, strlen(claims->sub)) || text_is(claims->type, "refresh")))
        e = fail(cx, TOKEN_INVALID, "this is not an access token");
    if (e)
        return x->route->access == PUBLIC ? OK : e;
    cx->user = claims->sub;
    cx->role = claims->role;
    x->plan = claims->plan;
    bool admin = text_is(claims->role, "admin") || text_is(claims->role, "super_admin");
    return x->route->access != ADMIN || admin ? OK : fail(cx, FORBIDDEN, "this route is for administrators");
}

/* --- the client's address --- */

static bool listed(const char *list, const char *address)
{
    size_t len = strlen(address);

    for (const char *at = list; at && *at; at += strcspn(at, ","), at += *at == ',') {
        at += strspn(at, " ");
        if (!strncmp(at, address, len) && (!at[len] || at[len] == ',' || at[len] == ' '))
            return true;
    }
    return false;
}

/* The last address of X-Forwarded-For that is not a proxy of ours. */
const char *client_address(const struct exchange *x)
{
    const char *trusted = x->gateway->settings->trusted_proxies, *chain = exchange_read_header(x, "X-Forwarded-For");
    static _Thread_local char address[64];

    if (!chain || !listed(trusted, x->request->peer))
        return x->request->peer;
    for (const char *end = chain + strlen(chain); end > chain;) {
        const char *start = end;
        while (start > chain && start[-1] != ',')
            start--;
        const char *from = start + strspn(start, " ");
        size_t n = (size_t)(end - from);
        while (n && from[n - 1] == ' ')
            n--;
        if (!n || n >= sizeof(address))
            break;
        memcpy(address, from, n);
        address[n] = '\0';
        if (!listed(trusted, address))
            return address;
        end = start > chain ? start - 1 : chain;
    }
    return x->request->peer;
}

/* --- rate --- */

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
    const char *who = cx->user && x->route->rate != LOGIN ? cx->user : client_address(x);
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
