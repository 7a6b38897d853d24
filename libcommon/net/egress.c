/* The gate for addresses that users can influence: only what is globally reachable by the registries of
 * special-purpose addresses (IANA, RFC 6890) passes. Asked for each socket, after names were resolved. */
#define _GNU_SOURCE
#include "http.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct range { uint8_t start[16]; int bits; };

static const struct range closed_4[] = {
    { { 0 }, 8 },                   /* this host */
    { { 10 }, 8 },                  /* private */
    { { 100, 64 }, 10 },            /* carrier-grade NAT */
    { { 127 }, 8 },                 /* loopback */
    { { 169, 254 }, 16 },           /* link local; the metadata of clouds */
    { { 172, 16 }, 12 },            /* private */
    { { 192, 0, 0 }, 24 },          /* protocol assignments */
    { { 192, 0, 2 }, 24 },          /* documentation */
    { { 192, 88, 99 }, 24 },        /* 6to4 relays */
    { { 192, 168 }, 16 },           /* private */
    { { 198, 18 }, 15 },            /* benchmarks */
    { { 198, 51, 100 }, 24 },       /* documentation */
    { { 203, 0, 113 }, 24 },        /* documentation */
    { { 224 }, 3 },                 /* multicast, reserved, broadcast */
};

/* Within 2000::/3, which is all that is global unicast so far. */
static const struct range closed_6[] = {
    { { 0x20, 0x01, 0x00 }, 23 },               /* protocol assignments: Teredo, ORCHID ... */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },         /* documentation */
    { { 0x20, 0x02 }, 16 },                     /* 6to4: any IPv4 address inside */
    { { 0x3f, 0xff }, 20 },                     /* documentation */
};
static const struct range global_6 = { { 0x20 }, 3 };

/* These carry an IPv4 address in their last four bytes, and reach what that one reaches. */
static const struct range carriers[] = {
    { { [10] = 0xff, [11] = 0xff }, 96 },       /* IPv4-mapped */
    { { 0x00, 0x64, 0xff, 0x9b }, 96 },         /* NAT64 */
};

static bool within(const uint8_t *address, const struct range *r)
{
    int whole = r->bits / 8, rest = r->bits % 8;

    if (memcmp(address, r->start, (size_t)whole))
        return false;
    return !rest || (address[whole] ^ r->start[whole]) >> (8 - rest) == 0;
}

static bool within_any(const uint8_t *address, const struct range *of, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (within(address, &of[i]))
            return true;
    return false;
}

static bool allows_4(const uint8_t address[4])
{
    return !within_any(address, closed_4, COUNT(closed_4));
}

static bool allows_6(const uint8_t address[16])
{
    if (within_any(address, carriers, COUNT(carriers)))
        return allows_4(address + 12);
    return within(address, &global_6) && !within_any(address, closed_6, COUNT(closed_6));
}

bool egress_allows(const void *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    sa_family_t family;

    memcpy(&family, (const char *)address + offsetof(struct sockaddr, sa_family), sizeof(family));
    if (family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        return allows_4((const uint8_t *)&v4.sin_addr);
    }
    if (family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        return allows_6((const uint8_t *)&v6.sin6_addr);
    }
    return false;
}

/* --- what an operator lets through --- */

#define OPEN_MOST   16
#define OPEN_BYTES  272             /* of a name (RFC 1035 2.3.4), a colon, a port */

static char open_to[OPEN_MOST][OPEN_BYTES];     /* written before there are threads */
static int  open_n;

err_t egress_open(struct ctx *cx, const char *except)
{
    open_n = 0;
    for (const char *at = except ? except : ""; *at; at += *at == ',') {
        size_t n = strcspn(at, ",");
        if (!memchr(at, ':', n) || n >= OPEN_BYTES || open_n == OPEN_MOST)
            return fail(cx, CONFIG_INVALID, "EGRESS_ALLOW is host:port, at most %d of them, with commas", OPEN_MOST);
        memcpy(open_to[open_n], at, n);
        open_to[open_n++][n] = '\0';
        at += n;
    }
    return OK;
}

bool egress_is_open(const char *host, const char *port)
{
    char at[OPEN_BYTES];

    snprintf(at, sizeof(at), "%s:%s", host, port);
    for (int i = 0; i < open_n; i++)
        if (!strcasecmp(open_to[i], at))
            return true;
    return false;
}
