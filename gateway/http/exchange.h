/* One request and its answer, as routes with a `serve` of their own see it. */
#pragma once

#include "app/jobs.h"
#include "edge/edge.h"
#include "http/ended.h"
#include "http/product.h"
#include "http/route.h"

struct gateway;

#define HEADERS_MOST 32

struct exchange {
    struct gateway *gateway;
    struct edge_request *request;
    const struct route *route;
    const char *request_id, *plan;
    const char *client;                 /* its address: the proxies before us are seen through (client.h) */
    bool secure;                        /* it came to them by TLS */
    enum product product;               /* whose dialect is spoken */
    struct asker asker;                 /* who cx->user is, as their token says */
    bool own;                           /* the caller may act on what is their own only */
    bool english;                       /* what people read: French unless asked */
    struct edge_header headers[HEADERS_MOST];
    size_t headers_n;
    bool answered;
    int  status;                        /* of what was answered, for the log */
    int64_t from_us;
    const struct ticket *tickets[4];    /* to be sent after the commit, which fills them */
    size_t tickets_n;
    const char *key, *fingerprint;      /* of a request with an Idempotency-Key, while its transaction is open */
    struct listener *listener;          /* of the topic that will be followed; NULL: not listened to yet */
};

/* A header of the answer; values from outside must hold no control characters (they are dropped). */
void exchange_header(struct exchange *x, const char *name, const char *value);
/* In the place of the one with the same name, if there is one. */
void exchange_header_instead(struct exchange *x, const char *name, const char *value);
const char *exchange_read_header(const struct exchange *x, const char *name);

/* Answer once. */
void exchange_json(struct ctx *cx, struct exchange *x, int status, const struct shape *s, const void *from);
void exchange_list(struct ctx *cx, struct exchange *x, int status, const struct shape *row, const struct list *rows);
void exchange_text(struct ctx *cx, struct exchange *x, int status, const char *type, struct bytes body);
void exchange_problem(struct ctx *cx, struct exchange *x, err_t e);
/* If-None-Match names what would be answered. */
bool exchange_has(const struct exchange *x, const char *etag);
/* A stored file: Range, If-Range, If-None-Match, HEAD. `name`: as people save it, or NULL for inline. */
fallible exchange_file(struct ctx *cx, struct exchange *x, const char *key, const char *type, const char *name);
/* Before a job is accepted whose events will be the answer: the subscription comes to stand while the database commits. */
void exchange_listen(struct ctx *cx, struct exchange *x, const char *root);
/* The events of a job's topic as server-sent events, until it is done. Answers by itself. */
fallible exchange_events(struct ctx *cx, struct exchange *x, const struct job *root, int64_t after);

/* The same in the words of a product: `put` writes what it says of an event, "data: ...\n\n" or nothing; true: this was the last. Called by
 * the stream's thread, an event after the other from the first on; FRAMES_LEAVE, which is none of the topic's: this process ends, and the
 * stream cannot be resumed elsewhere. */
#define FRAMES_LEAVE "leave"
struct event;
struct frames { bool (*put)(struct ctx *cx, void *with, struct text *to, const struct event *e); void *with; };
fallible exchange_frames(struct ctx *cx, struct exchange *x, const struct job *root, const struct frames *frames);

/* Tell that a job was accepted: after the commit its ticket goes out and its topic (NULL: none) says "queued". */
void exchange_accepted(struct ctx *cx, struct exchange *x, const struct ticket *t, const char *topic);

/* Who the caller may act on: everybody, or themselves. */
bool exchange_may_see(const struct ctx *cx, const char *owner);

/* A form (or a query) into `in`: as exchange_query. */
fallible form_read(struct ctx *cx, const char *text, const struct shape *s, uint64_t elsewhere, void *in);
/* The same where nothing else fills `in`: what the shape needs must be there. */
fallible form_read_whole(struct ctx *cx, const char *text, const struct shape *s, uint64_t elsewhere, void *in);
bool exchange_is_form(const struct exchange *x);    /* the body is application/x-www-form-urlencoded */

/* Query parameters into `in`. INPUT_INVALID with every flaw; unknown ones are ignored. */
fallible exchange_query(struct ctx *cx, const struct exchange *x, const struct shape *s, void *in);

/* The body as JSON in the shape of the route (`in`); none is {}. For routes that `serve`; handlers get it read. TYPE_UNSUPPORTED,
 * JSON_BROKEN, INPUT_INVALID, what edge_read_all says. */
fallible exchange_read_json(struct ctx *cx, struct exchange *x, void *in);

/* For requests with an Idempotency-Key: opens a transaction and claims the key. `repeat`: the stored answer was sent
 * again, and there is nothing left to do. KEY_REUSED, KEY_INVALID. Without the header nothing happens. */
fallible exchange_once(struct ctx *cx, struct exchange *x, const char *fingerprint, bool *repeat);
/* Store the answer and commit; then tickets go out. Called for every answer of a typed handler; `serve` routes that
 * called exchange_once call it themselves. */
fallible exchange_commit(struct ctx *cx, struct exchange *x, int status, const char *location, const char *body);
