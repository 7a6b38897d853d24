/* How often a caller may ask: which rule holds, whom it counts, and what is said of it. A verified user is counted as
 * such, everybody else by address; a login always by address, since it is passwords that are guessed. */
#include "http/gateway.h"
#include "http/rate.h"
#include "http/rate_rules.h"
#include "base/clock.h"
#include "base/log.h"

#include <string.h>

/* What holds for a request. */
struct held { const struct rate_rule *rule; enum product product; const char *name; int64_t limit, window_s; };

/* Where no product's rule holds: the settings' limits, by the route's class. */
static struct held by_class(const struct exchange *x)
{
    static const char *const names[] = { [READ] = "read", [WRITE] = "write", [LOGIN] = "login" };
    const struct gateway_settings *s = x->gateway->settings;
    enum rate class = x->route->rate;
    int64_t limit = class == READ ? s->rate_read : class == WRITE ? s->rate_write : s->rate_login;

    if (class != LOGIN && text_is(x->plan, "pro"))
        limit *= s->rate_pro_factor;
    return (struct held){ .name = names[class], .limit = limit, .window_s = 60 };
}

static struct held held_of(struct ctx *cx, const struct exchange *x)
{
    const struct rate_rule *rule = rate_rule_find(x->product, x->route);

    if (!rule)
        return x->route->rate == FREE ? (struct held){ 0 } : by_class(x);
    const char *what = rule->bucket ? rule->bucket : arena_fmt(cx->arena, "%s %s", verb_name(x->route->verb), x->route->path);
    return (struct held){ rule, rule->product, arena_fmt(cx->arena, "%s:%s", product_name(rule->product), what), rule->limit, rule->window_s };
}

/* --- headers --- */

static void put_long(struct ctx *cx, struct exchange *x, const char *name, int64_t n)
{
    exchange_header(x, name, arena_fmt(cx->arena, "%lld", (long long)n));
}

/* The draft's policies have names (RFC 8941 strings); ours are the classes' and buckets'. */
static void put_draft(struct ctx *cx, struct exchange *x, const struct held *h, const struct rate_answer *got)
{
    const char *name = h->rule ? h->rule->bucket ? h->rule->bucket : "route" : h->name;

    exchange_header(x, "RateLimit-Policy", arena_fmt(cx->arena, "\"%s\";q=%lld;w=%lld", name, (long long)h->limit, (long long)h->window_s));
    exchange_header(x, "RateLimit", arena_fmt(cx->arena, "\"%s\";r=%lld;t=%lld", name, (long long)got->left, (long long)got->reset_s));
}

static const char *unit_of(int64_t window_s) { return window_s == 3600 ? "hour" : "minute"; }

static void put_headers(struct ctx *cx, struct exchange *x, const struct held *h, const struct rate_answer *got)
{
    if (h->product == SAAS_IA && !got->allowed)
        exchange_header(x, "X-RateLimit-Limit", arena_fmt(cx->arena, "%lld/%s", (long long)h->limit, unit_of(h->window_s)));
    else
        put_long(cx, x, "X-RateLimit-Limit", h->limit);
    put_long(cx, x, "X-RateLimit-Remaining", got->left);
    /* RobianAPI's clients read a time, all others how long. */
    put_long(cx, x, "X-RateLimit-Reset", h->product == ROBIAN ? clock_wall_ms() / 1000 + got->reset_s : got->reset_s);
    put_draft(cx, x, h, got);
}

/* --- refusals --- */

/* The bodies that products' clients read, as their contracts have them; NULL: a problem as any other. */
static const char *body_of(struct ctx *cx, const struct held *h, const struct rate_answer *got)
{
    long long limit = (long long)h->limit;

    switch (h->product) {
    case SAAS_IA:
        return arena_fmt(cx->arena, "{\"error\":\"rate_limit_exceeded\",\"message\":\"Rate limit exceeded: %lld per 1 %s\","
                         "\"detail\":\"Too many requests. Please wait before trying again.\",\"retry_after\":\"60 seconds\"}",
                         limit, unit_of(h->window_s));
    case ROBIAN:
        if (got->banned)
            return "{\"error\":\"Too many requests\",\"message\":\"Your IP has been temporarily blocked due to excessive requests\","
                   "\"retry_after\":\"10 minutes\"}";
        return arena_fmt(cx->arena, "{\"error\":\"Rate limit exceeded\",\"message\":\"Maximum %lld requests per minute allowed\","
                         "\"retry_after\":\"60 seconds\"}", limit);
    case FOYERGPT:
        return arena_fmt(cx->arena, "{\"detail\":\"Rate limit exceeded: %lld per 1 %s\"}", limit, unit_of(h->window_s));
    case HELLOJADE:
        return "{\"success\":false,\"error\":\"Limite de taux dépassée\",\"message\":\"Trop de requêtes, veuillez réessayer plus tard\"}";
    default:
        return NULL;
    }
}

/* Two products promise a round number; the precise one stands in X-RateLimit-Reset. */
static int64_t retry_of(const struct held *h, const struct rate_answer *got)
{
    if (h->product == SAAS_IA)
        return 60;
    return h->product == ROBIAN ? got->banned ? RATE_BAN_MS / 1000 : 60 : got->reset_s;
}

static err_t refuse(struct ctx *cx, struct exchange *x, const struct held *h, const struct rate_answer *got)
{
    const char *who = cx->user ? arena_fmt(cx->arena, "user:%s", cx->user) : x->client, *body = body_of(cx, h, got);
    int64_t retry_s = retry_of(h, got);
    err_t e = fail(cx, RATE_EXCEEDED, "at most %lld requests a %s; try again in %lld s", (long long)h->limit, unit_of(h->window_s),
                   (long long)got->reset_s);

    log_event(cx, LOG_WARN, "rate_limit_exceeded", LOG_TEXT("client", who), LOG_TEXT("path", x->request->path),
              LOG_TEXT("limit", arena_fmt(cx->arena, "%lld per 1 %s", (long long)h->limit, unit_of(h->window_s))));
    e->retry_after_ms = retry_s * 1000;
    if (!body)
        return e;
    put_long(cx, x, "Retry-After", retry_s);
    exchange_text(cx, x, 429, "application/json", (struct bytes){ body, strlen(body) });
    return e;
}

err_t gate_rate(struct ctx *cx, struct exchange *x)
{
    struct held h = held_of(cx, x);
    struct rate_answer got;

    if (!h.name)
        return gate_standing(cx, x, NOT_TOLD);
    const char *who = cx->user && x->route->rate != LOGIN ? cx->user : client_network(cx, x);
    struct rate_ask ask = { .key = arena_fmt(cx->arena, "rate:%s:%s", h.name, who), .limit = h.limit, .window_s = h.window_s,
                            .asker = cx->user ? &x->asker : NULL };
    if (h.product == ROBIAN)
        ask.ban = arena_fmt(cx->arena, "rate:%s:%s", product_name(ROBIAN), who);
    rate_take(cx, &ask, &got);
    put_headers(cx, x, &h, &got);
    return got.allowed ? gate_standing(cx, x, got.standing) : refuse(cx, x, &h, &got);
}
