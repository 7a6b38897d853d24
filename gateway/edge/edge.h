/* The edge: the only place that knows civetweb. Listeners, admission, requests checked for the tricks that
 * civetweb lets through, bodies read in pieces against a clock, answers in one write, streams, files, drain.
 * It knows no route. One thread carries one connection. */
#pragma once

#include "base/text.h"

struct edge_settings {
    const char *listen;             /* "127.0.0.1:8000", several with commas; plain HTTP only */
    int     threads;                /* connections served at once; what comes beyond 95 % gets 503 and Retry-After */
    int     streams;                /* of those, at most this many may be streams */
    int64_t header_ms;              /* the whole head must come within */
    int64_t body_ms;                /* a body must come, and an answer be taken, within body_ms + 1 ms per */
                                    /* body_bytes_per_ms that have passed; each piece of a stream has its own */
    int64_t body_bytes_per_ms;
    int64_t keep_alive_ms;
    size_t  max_head_bytes;         /* request line and headers */
};

struct edge_request {
    const char *verb;               /* as sent, a token */
    const char *path;               /* as sent: still percent-encoded, starts with '/', no NUL, no query */
    const char *query;              /* after '?', or "" */
    const char *peer;               /* address of the client's socket */
    int         port;               /* of ours that it came to */
    int64_t     length;             /* of the body; 0: none; -1: chunked */
    bool        chunked;
    void       *civet;              /* edge.c's own */
};

struct edge_header { const char *name, *value; };

/* A handler answers exactly once: edge_answer, edge_file or edge_stream. `refused` is set (and the body must not be
 * read) when the edge found the request unusable: the handler only words the error. The edge adds Date,
 * Content-Length, Connection and Server-less defaults. */
typedef void edge_handler(void *with, struct edge_request *r, const err_t refused);

struct edge;
/* CONFIG_INVALID: a bad address, a TLS port, or one in use. *out is set before the first request comes; the arena
 * stops the edge when it dies. */
fallible edge_start(struct ctx *cx, const struct edge_settings *s, edge_handler *on, void *with, struct edge **out);
/* Still serving, but no connection is kept: its client finds another process meanwhile. */
void edge_leave(struct edge *e);
/* Draining: new requests are refused with DRAINING, running ones have until wait_ms; then everything ends. */
void edge_drain(struct edge *e, int64_t wait_ms);
void edge_stop(struct edge *e);
int  edge_connections(const struct edge *e);        /* requests being served now, for the gauge */
bool edge_draining(const struct edge *e);

const char *edge_request_header(const struct edge_request *r, const char *name);    /* any case; NULL: absent */
/* Of a header that may come several times: 0 is the last one, 1 the one before; NULL: there are no more. */
const char *edge_request_header_back(const struct edge_request *r, const char *name, int nth);

/* Body bytes, at most n; *got 0 is the end. Sends 100 Continue first when the client waits for it.
 * BODY_TIMEOUT, BODY_TOO_LARGE (above `most` in all, counted by the caller's first call), REQUEST_BROKEN (cut or bad
 * chunk). After an error the connection is closed once answered; *got is what came before it of a body with a length. */
fallible edge_read(struct ctx *cx, struct edge_request *r, char *to, size_t n, size_t most, size_t *got);
/* All of it, into the arena, NUL-ended. */
fallible edge_read_all(struct ctx *cx, struct edge_request *r, size_t most, struct bytes *out);

void edge_answer(struct edge_request *r, int status, const struct edge_header *headers, size_t n, struct bytes body);
/* `length` bytes of fd from `offset`; body-less for HEAD. */
void edge_file(struct edge_request *r, int status, const struct edge_header *headers, size_t n,
               int fd, int64_t offset, int64_t length);
/* Begin a streamed answer (chunked, flushed at each write; its connection ends with it). false: the client has gone,
 * the request is HEAD, or the handler was called once more, within, with OVERLOADED. */
bool edge_stream(struct edge_request *r, int status, const struct edge_header *headers, size_t n);
bool edge_stream_write(struct edge_request *r, struct bytes piece);                 /* false: gone, or draining is over */
/* The same from another thread, while the stream's own does not touch it, and without waiting. false: not sent. *rest: a part
 * was, and the stream's thread must call edge_stream_write (with what it has, or nothing), which sends the rest first. */
bool edge_stream_try(struct edge_request *r, struct bytes piece, bool *rest);
void edge_stream_end(struct edge_request *r);
