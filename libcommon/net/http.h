/* HTTP client for providers, on libcurl: connections kept alive per process, deadlines of three kinds,
 * streaming answers, bounded bodies, errors put into retry classes, and the gate for outgoing addresses. */
#pragma once

#include "data/sse.h"

/* At most `most` transfers at once; the others wait within their deadlines. Addresses an operator configured may
 * be private (a whisper server on the same host); requests to addresses that users can influence set `guarded`. */
struct http *http_open(struct arena *a, int most);

/* A body that need not fit into memory: `head`, then n bytes of an open file from `from` on, read while they are sent. */
struct http_file { struct bytes head; int fd; int64_t from, n; };

struct http_part { const char *name, *filename, *type; struct bytes body; const char *path; };  /* body, or a file */

struct http_ask {
    const char *verb, *url;
    const char *const *headers;         /* "Name: value", NULL-ended; NULL: none. Never logged */
    const char *type;                   /* Content-Type of body */
    struct bytes body;
    const struct http_file *file;       /* instead of body */
    const struct http_part *parts;      /* multipart/form-data instead of body */
    size_t parts_n;
    int64_t connect_ms, first_byte_ms, idle_ms;     /* 0: 5000, 60000, 30000; cx's deadline bounds all */
    size_t max_bytes;                   /* of the answer's body; 0: 16 MiB */
    bool guarded;                       /* user-influenced: public addresses and http(s) only, redirects re-checked */
    const char *proxy;                  /* http://user:secret@host:port of ours that decides instead of the gate; NULL: none. Never logged */
    int  redirects;                     /* to follow; another host gets no credentials and no body. 0: none */
    /* Called with the body as it comes, once the status is known to be 2xx; an error ends the transfer. */
    err_t (*on)(struct ctx *cx, void *with, const char *at, size_t n);
    void *with;
};

struct http_answer {
    int status;
    const char *type;                   /* media type, lower case, without parameters; "" when absent */
    struct bytes body;                  /* NUL-ended; empty when `on` took it */
    int64_t length;                     /* of the body, as announced; 0: it was not. Known when `on` is called */
    int64_t retry_after_ms;             /* from Retry-After (seconds or date) or retry-after-ms; 0: absent */
    bool no_retry;                      /* x-should-retry: false */
    const char *effective_url;
    const char *request_id;             /* what the other side calls this request, for its support; NULL: it does not say */
};

/* OK means that an answer came, whatever its status; of one that is not 2xx at most 64 KiB of body are kept, with
 * our own secrets blackened. ENGINE_DOWN: refused, no connection in time, reset, TLS, DNS, cut before its end (POST
 * and PATCH are never sent twice). TIMEOUT: first byte or idle. DEADLINE_PASSED, CANCELLED: cx. ENGINE_BROKEN:
 * body above max_bytes, not HTTP. EGRESS_REFUSED: the gate, not http(s). BLOB_DOWN: a file to send. */
fallible http_send(struct ctx *cx, const struct http_ask *ask, struct http_answer *out);

/* The error of an answer that is not 2xx, by the classes of contracts: 408 409 425 429 5xx LATER with
 * retry_after_ms; quota codes ENGINE_QUOTA; 401 403 ENGINE_DISABLED; other 4xx ENGINE_REFUSED. OK when 2xx. */
fallible http_check(struct ctx *cx, const char *who, const struct http_answer *a);

/* The gate itself: may this resolved address be reached by a user's wish? `address` is a struct sockaddr. */
bool egress_allows(const void *address);

/* Hosts that an operator lets through it, "host:port" with commas: once, before there are threads. CONFIG_INVALID. */
fallible egress_open(struct ctx *cx, const char *except);
/* Is this one of them? */
bool egress_is_open(const char *host, const char *port);
