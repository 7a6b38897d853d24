/* One request and its answer over libcurl. */
#pragma once

#include "net/http.h"

/* Where a URL leads: "https://host:443", its parts, and the URL without userinfo, query and fragment, for people. */
struct http_place { const char *origin, *shown, *host, *port; };

/* EGRESS_REFUSED: not an http or https URL. */
fallible http_place(struct ctx *cx, const char *url, struct http_place *out);

/* http_send but for redirects: `next` is where the answer points to, absolute, or NULL. */
fallible http_exchange(struct ctx *cx, struct http *h, const struct http_ask *ask, const struct http_place *place,
                       struct http_answer *out, const char **next);
