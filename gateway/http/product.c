/* A dialect is data: who speaks it is found once a request, by looking through a short list. */
#include "http/product.h"

#include <string.h>
#include <strings.h>

#define DIALECTS_MOST 64

static const char *const names[PRODUCTS] = { "any", "iasted", "robian-api", "foyergpt", "saas-ia", "hellojade" };

const char *product_name(enum product p) { return names[p]; }

static bool product_find(const char *at, size_t n, enum product *out)
{
    for (int p = IASTED; p < PRODUCTS; p++)
        if (strlen(names[p]) == n && !memcmp(names[p], at, n)) {
            *out = (enum product)p;
            return true;
        }
    return false;
}

static bool dialect_read(const char *at, size_t n, struct dialect *out)
{
    const char *equals = memchr(at, '=', n);
    int64_t port;

    if (!equals || equals == at || !product_find(equals + 1, n - (size_t)(equals + 1 - at), &out->product))
        return false;
    if (text_to_long(at, (size_t)(equals - at), &port)) {
        out->port = (int)port;
        return port > 0 && port < 65536;
    }
    out->host = at;
    out->host_n = (size_t)(equals - at);
    return true;
}

err_t dialects_read(struct ctx *cx, const char *list, struct dialects *out)
{
    *out = (struct dialects){ .at = NEWS(cx, struct dialect, DIALECTS_MOST) };
    for (const char *at = list ? list : ""; *at; at += strcspn(at, ", "), at += strspn(at, ", ")) {
        size_t n = strcspn(at, ", ");
        if (n && (out->n == DIALECTS_MOST || !dialect_read(at, n, &out->at[out->n++])))
            return fail(cx, CONFIG_INVALID, "DIALECTS: \"%.*s\" is not PORT=PRODUCT or HOST=PRODUCT, with a product of iasted, robian-api, "
                        "foyergpt, saas-ia, hellojade", (int)n, at);
    }
    return OK;
}

enum product dialects_find(const struct dialects *list, const char *host, int port)
{
    size_t host_n = host ? strcspn(host, ":") : 0;
    enum product by_port = ANY_PRODUCT;

    for (size_t i = 0; i < list->n; i++) {
        const struct dialect *d = &list->at[i];
        if (d->host && d->host_n == host_n && !strncasecmp(d->host, host, host_n))
            return d->product;
        if (!d->host && d->port == port)
            by_port = d->product;
    }
    return by_port;
}
