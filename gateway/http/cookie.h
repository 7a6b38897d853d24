/* The cookie of our own pages: the access token, for clients of the same origin that send none. Out of reach for
 * scripts (HttpOnly), never sent from another site (SameSite=Strict), and good for a change only when the browser says
 * that one of our own pages asks. */
#pragma once

#include "http/exchange.h"

const char *cookie_read(struct ctx *cx, const struct exchange *x);              /* NULL: none */
const char *cookie_find(struct ctx *cx, const char *header, const char *name);  /* of a Cookie header, RFC 6265 5.4; NULL: none */
/* `token` NULL takes it away. Not set for pages of sites that we do not list: nobody is logged in from there. */
void cookie_put(struct ctx *cx, struct exchange *x, const char *token, int64_t life_s);
bool cookie_origin_is_ours(const struct exchange *x);
