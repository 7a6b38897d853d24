/* The client behind the proxies that are trusted: TRUSTED_PROXIES names their addresses and networks. */
#pragma once

#include "base/text.h"

struct exchange;

struct address  { uint8_t at[16]; };            /* IPv6, or IPv4 mapped into it */
struct network  { struct address address; int bits; };
struct networks { struct network *at; size_t n; };

bool address_read(const char *at, size_t n, struct address *out);
/* "127.0.0.1, 10.0.0.0/8, fd00::/8". CONFIG_INVALID. */
fallible networks_read(struct ctx *cx, const char *list, struct networks *out);
bool networks_have(const struct networks *list, const struct address *a);

/* Follows one X-Forwarded-For from its end, *hop being the address that sent it. false: *hop is now somebody who is not
 * trusted, or whom a proxy named unreadably; there is nothing more to follow. */
bool client_follow(const struct networks *trusted, const char *chain, struct address *hop, int *hops);
/* Fills the exchange's client and secure. */
void client_see(struct ctx *cx, struct exchange *x);
/* What is counted as one client: the address, or for IPv6 its network of 64 bits. */
const char *client_network(struct ctx *cx, const struct exchange *x);
/* What its program says of itself, as far as it is text, cut to 200 bytes; NULL: nothing. */
const char *client_agent(struct ctx *cx, const struct exchange *x);
