/* What every answer carries: its id, what browsers may do with it, and from where they may ask. */
#include "http/gateway.h"
#include "data/uuid.h"

#include <string.h>

#define REQUEST_ID_MOST 64

/* --- the request's id --- */

/* The client's own, when it is one: it goes into headers, bodies and logs. */
static const char *id_of(struct ctx *cx, const struct exchange *x)
{
    const char *given = exchange_read_header(x, "X-Request-ID");
    size_t n = given ? strspn(given, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") : 0;

    return n && n <= REQUEST_ID_MOST && !given[n] ? arena_text(cx->arena, given, n) : uuid_make(cx);
}

/* --- what browsers may do --- */

/* Nothing here is ever framed, sniffed, or told of by a full Referer; what is no page loads nothing at all. Pages replace
 * the policy of content by their own. */
static const struct edge_header safety[] = {
    { "Cache-Control",           "no-store" },
    { "X-Content-Type-Options",  "nosniff" },
    { "X-Frame-Options",         "DENY" },
    { "Referrer-Policy",         "strict-origin-when-cross-origin" },
    { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
    { "Permissions-Policy",      "geolocation=(), microphone=(), camera=(), payment=(), usb=(), magnetometer=(), gyroscope=()" },
};

/* RFC 6797 7.2: never over plain HTTP, where anybody on the way could have said it. */
static const struct edge_header transport = { "Strict-Transport-Security", "max-age=31536000; includeSubDomains" };

/* --- CORS --- */

/* Where each product's own clients are served from; the union for who speaks no product's dialect. */
static const char *origins_of(const struct gateway_settings *s, enum product p)
{
    switch (p) {
    case IASTED:    return s->cors_iasted;
    case ROBIAN:    return s->cors_robian;
    case FOYERGPT:  return s->cors_foyergpt;
    case SAAS_IA:   return s->cors_saas_ia;
    case HELLOJADE: return s->cors_hellojade;
    default:        return s->cors_origins;
    }
}

/* Lists come with commas or as a JSON array of strings. */
bool origin_listed(const char *list, const char *origin)
{
    static const char between[] = "[]\", ";
    size_t n = strlen(origin);

    for (const char *at = list + strspn(list, between); *at; at += strspn(at, between)) {
        size_t len = strcspn(at, between);
        if (len == n && !memcmp(at, origin, n))
            return true;
        at += len;
    }
    return false;
}

bool origin_is_listed(const struct exchange *x, const char *origin)
{
    return origin_listed(origins_of(x->gateway->settings, x->product), origin);
}

static void put_cors(struct exchange *x)
{
    const char *origin = exchange_read_header(x, "Origin");

    if (!origin)
        return;
    exchange_header(x, "Vary", "Origin");
    if (!origin_is_listed(x, origin))
        return;
    exchange_header(x, "Access-Control-Allow-Origin", origin);
    exchange_header(x, "Access-Control-Allow-Credentials", "true");
    exchange_header(x, "Access-Control-Expose-Headers",
                    "X-Request-ID, X-Response-Time, Location, Link, X-Total-Count, X-Skip, X-Limit, X-Has-More, Retry-After, X-RateLimit-Limit, "
                    "X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy");
}

void exchange_preflight(struct ctx *cx, struct exchange *x)
{
    exchange_header(x, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    exchange_header(x, "Access-Control-Allow-Headers",
                    "Accept, Accept-Language, Authorization, Cache-Control, Content-Language, Content-Type, Idempotency-Key, Last-Event-ID, "
                    "X-API-Key, X-Client-Id, X-Request-ID, X-Request-Time, X-Requested-With, X-Session-ID");
    exchange_header(x, "Access-Control-Max-Age", "600");
    exchange_text(cx, x, 204, NULL, (struct bytes){ NULL, 0 });
}

/* --- together --- */

void exchange_begin_headers(struct ctx *cx, struct exchange *x)
{
    memcpy(x->headers, safety, sizeof(safety));
    x->headers_n = COUNT(safety);
    x->request_id = id_of(cx, x);
    exchange_header(x, "X-Request-ID", x->request_id);
    if (x->secure)
        exchange_header(x, transport.name, transport.value);
    put_cors(x);
}
