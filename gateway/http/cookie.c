#include "http/cookie.h"
#include "http/gateway.h"

#include <string.h>
#include <strings.h>

/* The prefix makes browsers refuse the cookie unless it is Secure, of this host alone, and for all paths (RFC 6265bis). */
static const char *name_of(const struct exchange *x)
{
    return x->gateway->settings->cookie_secure ? "__Host-palabre" : "palabre";
}

const char *cookie_find(struct ctx *cx, const char *header, const char *name)
{
    const char *at = header;
    size_t n = strlen(name);

    while (at && *at) {
        at += strspn(at, "; ");
        size_t len = strcspn(at, ";");
        if (len > n && !memcmp(at, name, n) && at[n] == '=')
            return arena_text(cx->arena, at + n + 1, len - n - 1);
        at += len;
    }
    return NULL;
}

const char *cookie_read(struct ctx *cx, const struct exchange *x) { return cookie_find(cx, exchange_read_header(x, "Cookie"), name_of(x)); }

/* Browsers that tell the site of who asks are believed; of others, the origin must be the host that was asked. */
bool cookie_origin_is_ours(const struct exchange *x)
{
    const char *site = exchange_read_header(x, "Sec-Fetch-Site"), *origin = exchange_read_header(x, "Origin");
    const char *host = exchange_read_header(x, "Host"), *at = origin ? strstr(origin, "://") : NULL;

    if (site)
        return text_is(site, "same-origin");
    return at && host && !strcasecmp(at + 3, host);
}

static bool may_log_in(const struct exchange *x)
{
    const char *origin = exchange_read_header(x, "Origin"), *site = exchange_read_header(x, "Sec-Fetch-Site");

    if (cookie_origin_is_ours(x) || (origin && origin_is_listed(x, origin)))
        return true;
    return !origin && !site;            /* no browser, or one too old to be another site's tool unnoticed */
}

void cookie_put(struct ctx *cx, struct exchange *x, const char *token, int64_t life_s)
{
    if (!may_log_in(x))
        return;
    exchange_header(x, "Set-Cookie", arena_fmt(cx->arena, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s", name_of(x),
                                               token ? token : "", (long long)(token ? life_s : 0),
                                               x->gateway->settings->cookie_secure ? "; Secure" : ""));
}
