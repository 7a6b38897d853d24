/* A route is a row: who may, how often, how large, which shapes. Matching, gates, OpenAPI and documentation
 * all read it. */
#pragma once

#include "app/handler.h"

enum verb { GET, POST, PUT, PATCH, DELETE };
/* PERSON: any account, about itself. USER: an account that may do what the row says. */
enum access { PUBLIC, PERSON, USER };
enum rate { FREE, READ, WRITE, LOGIN };         /* classes; their limits are settings (rate.c) */
enum place { UNDER_API, AT_ROOT, ANYWHERE };    /* /api and /api/v1; / ; all three */

struct exchange;

struct route {
    enum verb   verb;
    const char *path;                   /* {name} fills the member `name` of the in shape */
    const struct handler *handler;      /* from shape to shape; or: */
    err_t     (*serve)(struct ctx *cx, struct exchange *x, const void *in);     /* answers by itself */
    const char *name;                   /* in the document; a handler's own when absent */
    enum access access;
    const char *may;                    /* USER: the permission that is needed; with :own it is good for what is the caller's */
    bool        flagged;                /* also while the caller's password must be changed */
    enum rate   rate;
    int         status;                 /* of success */
    const char *summary;
    const enum err_code *fails;         /* beyond those any route may give; ends with ERR_CODES */
    enum place  place;
    const struct shape *in, *out;       /* of `serve`: parameters, and the answer's for the document */
    const struct shape *bare;           /* rows of the answer's list, where it comes without its page; `out` itself: it always does */
    int         also;                   /* another status with the same answer */
    const char *type;                   /* of the answer when it is not JSON; several with commas */
    const char *takes;                  /* media types of the body when it is not JSON, for the document */
    void      (*refuse)(struct ctx *cx, struct exchange *x, err_t e);   /* words its errors; NULL: RFC 9457 */
    const struct shape *refusal;        /* of `refuse`, for the document */
    size_t      body_max;               /* 0: BODY_MAX_BYTES */
    const char *location;               /* of what was made: "/api/v1/jobs/{id}", filled from the answer */
    bool        idempotent;             /* takes Idempotency-Key */
    bool        verified;               /* where EMAIL_VERIFIED_REQUIRED says so: for those whose address is verified only */
    bool        spends;                 /* tokens of a language model: where there are quotas of a day, it keeps them */
    bool        page;                   /* browsers get pages, and are sent on */
    bool        query;                  /* members of a POST may come in the query */
    bool        hidden;                 /* not in the document */
};

#define BODY_MAX_BYTES (1u << 20)
#define FAILS(...)  (const enum err_code[]){ __VA_ARGS__, ERR_CODES }

struct area { const char *name, *about; const struct route *routes; size_t n; };
#define AREA(name_, about_) \
    const struct area name_##_area = { #name_, about_, name_##_routes, COUNT(name_##_routes) }

const char *verb_name(enum verb v);
const struct shape *route_in(const struct route *r);
const struct shape *route_out(const struct route *r);
/* Fields of the in shape that the path fills, a bit each. */
uint64_t route_path_fields(const struct route *r);
/* `pattern`: as routes have their paths, whatever {parameters} are called; a last "*" stands for any rest. */
bool route_path_fits(const char *pattern, const struct route *r);

/* --- matching (router.c) --- */

struct router;
/* Parses every row once. CONFIG_INVALID: two rows claim one path, or a {name} is no member of its shape. */
fallible router_open(struct ctx *cx, const struct area *const *areas, size_t n, struct router **out);
size_t router_routes(const struct router *t, const struct area *const **areas);

/* `path` as sent, percent-encoded. The parameters fill `in` (made here, of the route's shape). ROUTE_UNKNOWN;
 * VERB_REFUSED with *allow; INPUT_INVALID for a parameter that does not fit. */
fallible router_find(struct ctx *cx, const struct router *t, const char *verb, const char *path,
                     const struct route **out, void **in, const char **allow);
