/* Addresses that strangers have webhooks sent to. What the gate takes, the client that sends reads in the same way: the same host, a port,
 * nothing that points inwards. */
#include "net/http_link.h"
#include "net/webhook_gate.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of an address in numbers; names are looked at when they are connected to. */
static bool points_inwards(const char *host)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *got = NULL;
    size_t n = strlen(host);
    char plain[512];

    if (n >= sizeof(plain))
        return false;
    bool bracket = n > 1 && *host == '[' && host[n - 1] == ']';
    memcpy(plain, host + bracket, n - 2 * (size_t)bracket);
    plain[n - 2 * (size_t)bracket] = '\0';
    if (!strcasecmp(plain, "localhost"))
        return true;
    if (getaddrinfo(plain, NULL, &hints, &got))
        return false;
    bool inwards = !egress_allows(got->ai_addr);
    freeaddrinfo(got);
    return inwards;
}

/* The operator's own hosts, however the address writes them. */
static bool is_named(const char *host)
{
    return !strcasecmp(host, "hooks.internal") || !strcmp(host, "127.0.0.1") || !strcmp(host, "[::1]");
}

static void check_taken(struct ctx *cx, const char *url, const struct webhook_rules *rules, bool guarded)
{
    bool https = !strncasecmp(url, "https:", 6);
    struct http_place place;

    if (http_place(cx, url, &place))
        return;                         /* it is never sent */
    if (strpbrk(url, "#\\ \t\r\n") || !*place.host || !*place.port || strncmp(place.origin, https ? "https:" : "http:", https ? 6 : 5))
        abort();
    if (guarded ? points_inwards(place.host) || (!https && !rules->insecure) : !is_named(place.host))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    struct webhook_rules rules = { .hosts = "hooks.internal, 127.0.0.1,::1", .insecure = size && data[0] & 1 };
    bool guarded = false;

    if (size) {
        const char *url = arena_text(cx.arena, (const char *)data + 1, size - 1);
        if (!webhook_url_check(&cx, &rules, url, &guarded))
            check_taken(&cx, url, &rules, guarded);
    }
    arena_free(cx.arena);
    return 0;
}
