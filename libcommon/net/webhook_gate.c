#define _GNU_SOURCE
#include "net/webhook_gate.h"
#include "net/http.h"

#include <ctype.h>
#include <netdb.h>
#include <string.h>
#include <strings.h>

#define HOST_BYTES 255

struct place { bool https; char host[HOST_BYTES + 1]; };

/* What a URL may be made of (RFC 3986 2); no reader takes these bytes in two ways. */
static bool is_plain(const char *url)
{
    for (; *url; url++)
        if (!isalnum((unsigned char)*url) && !strchr("-._~:/?[]@!$&'()*+,;=%", *url))
            return false;
    return true;
}

/* scheme://host[:port][/...]: no user, no fragment; a host is a name, an IPv4 address or an IPv6 address in brackets. */
static const char *flaw_of(const char *url, struct place *out)
{
    size_t n;

    if (!is_plain(url))
        return "/url holds what an address is not made of";
    out->https = !strncasecmp(url, "https://", 8);
    if (!out->https && strncasecmp(url, "http://", 7))
        return "/url is not an http or https address";
    url += out->https ? 8 : 7;
    size_t authority = strcspn(url, "/?");
    if (memchr(url, '@', authority))
        return "/url may not name a user";
    bool bracket = *url == '[';
    n = bracket ? strspn(url + 1, "0123456789abcdefABCDEF:.") : strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    if (!n || n > HOST_BYTES || (bracket && url[n + 1] != ']'))
        return "/url has no host";
    memcpy(out->host, url + bracket, n);
    out->host[n] = '\0';
    url += n + (bracket ? 2 : 0);
    authority -= n + (bracket ? 2 : 0);
    if (authority && (*url != ':' || authority == 1 || authority > 6 || strspn(url + 1, "0123456789") != authority - 1))
        return "/url has no such port";
    return NULL;
}

static bool is_listed(const char *list, const char *host)
{
    size_t n = strlen(host);

    for (const char *at = list ? list : ""; *at;) {
        at += strspn(at, ", ");
        size_t length = strcspn(at, ", ");
        if (length == n && n && !strncasecmp(at, host, n))
            return true;
        at += length;
    }
    return false;
}

/* Of an address that is written as one, in whatever way a resolver takes it (0x7f.1, 2130706433); a name is not looked up here. */
static bool may_reach(const char *host)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *got = NULL;
    bool allowed = true;

    if (getaddrinfo(host, NULL, &hints, &got))
        return strcasecmp(host, "localhost") != 0;
    for (struct addrinfo *one = got; one; one = one->ai_next)
        allowed = allowed && egress_allows(one->ai_addr);
    freeaddrinfo(got);
    return allowed;
}

err_t webhook_url_check(struct ctx *cx, const struct webhook_rules *rules, const char *url, bool *guarded)
{
    struct place at;
    const char *flaw = flaw_of(url, &at);

    *guarded = true;
    if (flaw)
        return fail(cx, INPUT_INVALID, "%s", flaw);
    *guarded = !is_listed(rules->hosts, at.host);
    if (!*guarded)
        return OK;
    if (!at.https && !rules->insecure)
        return fail(cx, INPUT_INVALID, "/url must be an https address");
    if (!may_reach(at.host))
        return fail(cx, EGRESS_REFUSED, "/url: addresses of private networks are not told");
    return OK;
}
