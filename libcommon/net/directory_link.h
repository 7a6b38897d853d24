/* One connection to a directory server, within a time that nothing in libldap can stretch. */
#pragma once

#include "net/directory.h"

struct directory_server {
    const char *url, *host, *port;      /* the URL is what a certificate is held against */
    bool ldaps;
    int64_t failed_ms;                  /* monotonic, when it last could not tell; 0: it could. Written by all, atomically */
};

/* One server's part in a login. */
struct directory_call {
    const struct directory_settings *set;
    const struct directory_server *server;
    int64_t until_ms;                   /* monotonic: of all that is done there */
    struct arena *links;                /* connections close with it */
};

struct directory_link;

/* Connected and, unless a setting says otherwise, encrypted. DIRECTORY_DOWN. */
fallible directory_link_open(struct ctx *cx, const struct directory_call *c, struct directory_link **out);
/* Simple bind; no DN: anonymous. `fits`: whether the server believes it. DIRECTORY_DOWN; BUG for a DN with an empty password,
 * which servers may answer with success (RFC 4513 5.1.2). */
fallible directory_link_bind(struct ctx *cx, struct directory_link *l, const char *dn, const char *password, bool *fits);

struct directory_entry { const char *dn; LIST_OF(struct bytes) *values; };     /* a list of values for each attribute asked; NUL-ended */
struct directory_entries { struct directory_entry *at; size_t n; bool more; };   /* more: than were asked for */

/* Entries below `base`, at most `most`. DIRECTORY_DOWN: also for a referral, which is not followed. */
fallible directory_link_search(struct ctx *cx, struct directory_link *l, const char *base, const char *filter,
                               const char *const *attributes, int most, struct directory_entries *out);

/* A value for a filter (RFC 4515 3), and the full CN of a DN whose first part is one, else NULL. */
const char *directory_escape(struct ctx *cx, const char *value);
const char *directory_cn(struct ctx *cx, const char *dn);
