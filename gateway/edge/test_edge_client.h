/* An edge with a small handler, and a client that sends whatever bytes it likes. */
#pragma once

#include "edge/edge.h"
#include "test.h"

#include <stdatomic.h>

#define TRIED 20000             /* pieces of /tries */

struct played {
    struct edge *edge;
    int port;
    atomic_int served, smuggled, streams_ended;
    atomic_int tries_cut;       /* pieces of /tries that went in two */
    _Atomic int body_error;     /* code of the last error of edge_read, or -1 */
    const char *_Atomic file;   /* what /file sends */
};

/* Starts an edge on a free port; NULL members of `change` keep the defaults: 20 threads, 2 streams, short times. */
struct played *play(struct ctx *cx, const struct edge_settings *change);
void played_restart(struct ctx *cx, struct played *p);

struct got {
    char   at[65536];           /* NUL-ended, as far as it fits */
    size_t n;
    int    answers;             /* final ones: 100 is not counted */
    int    status;              /* of the first */
    bool   closed;              /* by the edge, before the wait was over */
    int64_t ms;
};

int  dial(const struct played *p);
bool say(int fd, const void *at, size_t n);     /* false: the edge took no more */
void say_text(int fd, const char *text);
/* Until the close, or `answers` heads and their quiet, or wait_ms. */
void hear(int fd, int64_t wait_ms, struct got *g);
bool hear_until(int fd, const char *part, int64_t wait_ms, struct got *g);
void talk(const struct played *p, const void *at, size_t n, int64_t wait_ms, struct got *g);
int  answers_in(const char *at, size_t n, int *first);
