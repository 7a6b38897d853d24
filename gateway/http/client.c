/* Where a request comes from: the peer of its socket, or, when that is a proxy of ours, whom the proxy names. A header
 * says nothing by itself: anybody can send one. It is read from its end, which the nearest proxy wrote, and only as far
 * as each hop is trusted. */
#include "http/client.h"
#include "http/gateway.h"

#include <arpa/inet.h>
#include <string.h>

#define HOPS_MOST      16
#define NETWORKS_MOST  256
#define AGENT_BYTES    200

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };     /* ::ffff:0:0/96 holds IPv4 (RFC 4291 2.5.5.2) */

static bool is_ipv4(const struct address *a) { return !memcmp(a->at, mapped, sizeof(mapped)); }

/* An IP address, as proxies write it: "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711". */
bool address_read(const char *at, size_t n, struct address *out)
{
    char text[INET6_ADDRSTRLEN] = "";
    const char *close = n && *at == '[' ? memchr(at, ']', n) : NULL, *colon = memchr(at, ':', n);

    if (close)
        at++, n = (size_t)(close - at);
    else if (colon && !memchr(colon + 1, ':', n - (size_t)(colon + 1 - at)))
        n = (size_t)(colon - at);
    if (!n || n >= sizeof(text))
        return false;
    memcpy(text, at, n);
    memcpy(out->at, mapped, sizeof(mapped));
    return inet_pton(AF_INET, text, out->at + 12) == 1 || inet_pton(AF_INET6, text, out->at) == 1;
}

static const char *address_text(struct ctx *cx, const struct address *a)
{
    char *text = arena_get(cx->arena, INET6_ADDRSTRLEN);

    if (is_ipv4(a))
        inet_ntop(AF_INET, a->at + 12, text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, a->at, text, INET6_ADDRSTRLEN);
    return text;
}

/* --- networks --- */

static bool network_read(const char *at, size_t n, struct network *out)
{
    const char *slash = memchr(at, '/', n);
    size_t address_n = slash ? (size_t)(slash - at) : n;
    int64_t bits;

    if (!address_read(at, address_n, &out->address))
        return false;
    int width = is_ipv4(&out->address) ? 32 : 128;
    if (!slash)
        bits = width;
    else if (!text_to_long(slash + 1, n - address_n - 1, &bits) || bits < 0 || bits > width)
        return false;
    out->bits = (int)bits + 128 - width;
    return true;
}

err_t networks_read(struct ctx *cx, const char *list, struct networks *out)
{
    *out = (struct networks){ .at = NEWS(cx, struct network, NETWORKS_MOST) };
    for (const char *at = list ? list : ""; *at; at += strcspn(at, ", "), at += strspn(at, ", ")) {
        size_t n = strcspn(at, ", ");
        if (n && (out->n == NETWORKS_MOST || !network_read(at, n, &out->at[out->n++])))
            return fail(cx, CONFIG_INVALID, "TRUSTED_PROXIES: \"%.*s\" is no address and no network such as 10.0.0.0/8", (int)n, at);
    }
    return OK;
}

static bool is_within(const struct network *net, const struct address *a)
{
    int whole = net->bits / 8, rest = net->bits % 8;

    if (memcmp(net->address.at, a->at, (size_t)whole))
        return false;
    return !rest || !((net->address.at[whole] ^ a->at[whole]) >> (8 - rest));
}

bool networks_have(const struct networks *list, const struct address *a)
{
    for (size_t i = 0; i < list->n; i++)
        if (is_within(&list->at[i], a))
            return true;
    return false;
}

/* --- the chain of proxies --- */

/* The item of a list that ends before `end`, without its spaces; *start: where it begins in the list. */
static struct bytes item_before(const char *list, size_t end, size_t *start)
{
    *start = end;
    while (*start && list[*start - 1] != ',')
        --*start;
    size_t from = *start + strspn(list + *start, " ");
    while (end > from && list[end - 1] == ' ')
        end--;
    return (struct bytes){ list + from, end > from ? end - from : 0 };
}

bool client_follow(const struct networks *trusted, const char *chain, struct address *hop, int *hops)
{
    for (size_t start, end = strlen(chain);; end = start - 1) {
        struct bytes item = item_before(chain, end, &start);
        struct address next;
        if (++*hops > HOPS_MOST || !address_read(item.at, item.n, &next))
            return false;
        *hop = next;
        if (!networks_have(trusted, hop))
            return false;
        if (!start)
            return true;
    }
}

void client_see(struct ctx *cx, struct exchange *x)
{
    const struct networks *trusted = &x->gateway->trusted;
    struct address hop;
    const char *chain;
    int hops = 0;

    x->client = x->request->peer;
    if (!trusted->n || !address_read(x->client, strlen(x->client), &hop) || !networks_have(trusted, &hop))
        return;
    x->secure = text_is(edge_request_header_back(x->request, "X-Forwarded-Proto", 0), "https");
    for (int nth = 0; (chain = edge_request_header_back(x->request, "X-Forwarded-For", nth)); nth++)
        if (!client_follow(trusted, chain, &hop, &hops))
            break;
    x->client = address_text(cx, &hop);
}

/* A household of IPv6 has 2^64 addresses (RFC 6177): they count as one. */
const char *client_network(struct ctx *cx, const struct exchange *x)
{
    struct address a;

    if (!strchr(x->client, ':') || !address_read(x->client, strlen(x->client), &a))
        return x->client;
    memset(a.at + 8, 0, 8);
    return arena_fmt(cx->arena, "%s/64", address_text(cx, &a));
}

const char *client_agent(struct ctx *cx, const struct exchange *x)
{
    const char *agent = exchange_read_header(x, "User-Agent");
    size_t n = agent ? strlen(agent) : 0;

    if (!n || !text_is_utf8(agent, n))
        return NULL;
    return arena_text(cx->arena, agent, n <= AGENT_BYTES ? n : text_utf8_cut(agent, AGENT_BYTES));
}
