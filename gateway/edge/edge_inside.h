/* What the files of the edge share; nobody else includes it. */
#pragma once

#include "edge/edge.h"
#include "edge/edge_line.h"

#include <civetweb.h>
#include <pthread.h>
#include <semaphore.h>

struct edge {
    struct edge_settings s;
    edge_handler *on;
    void *with;
    pthread_t starter;          /* starts civetweb, whose threads are many */
    sem_t begun;                /* the first of them is there, or there will be none */
    atomic_bool failed;         /* with the reason in `trouble` */
    char trouble[256];
    const char **options;       /* NULL: not started, or stopped */
    struct mg_context *civet;   /* the starter's, until it has ended */
    int         admitted;       /* connections served; those beyond get OVERLOADED */
    int         crowded;        /* above this many, answers close */
    atomic_int  open;           /* connections that hold a thread */
    atomic_int  serving;        /* requests between head and answer */
    atomic_int  streaming;
    atomic_bool leaving, draining, over;
};

/* One request, on the stack of its thread. */
struct visit {
    struct edge *edge;
    struct edge_request request;
    const struct mg_request_info *info;     /* NULL when the head was not readable */
    struct mg_connection *conn;             /* NULL as well: there is no body to read */
    bool http10, is_head, has_type;
    bool keep;                  /* nothing speaks against another request on this connection */
    bool expects;               /* 100 Continue is awaited */
    bool begun, ended, failed;  /* the body: first read, end seen, error met */
    bool answered, streaming;
    int  fd;                    /* of a stream */
    char *rest;                 /* of a piece that edge_stream_try could not send whole, on the heap; NULL: none */
    size_t rest_n;
    int  status;
    size_t  most;               /* body bytes taken */
    int64_t taken;              /* of the body */
    int64_t from_us;            /* when its head was whole */
    struct pace pace;
};

static inline struct visit *visit_of(const struct edge_request *r) { return r->civet; }

/* A refusal needs no arena: it is always the same. */
#define refusal(name, words)                                                                  \
    ({                                                                                        \
        static struct err refusal_ = {                                                        \
            .code = E_##name, .text = words, .where = __FILE__ ":" LINE(__LINE__),            \
            .retry_after_ms = (E_##name == E_OVERLOADED || E_##name == E_DRAINING) ? 1000 : 0 }; \
        &refusal_;                                                                            \
    })

/* Fills the request from what civetweb parsed; the error tells why it is refused. */
err_t edge_check(struct visit *v, size_t head_room);
/* Words for a head that civetweb could not parse: by now it has been waited for, or is too large, or broken. */
err_t edge_check_broken(size_t head_room);
/* Is there body left that was not read? */
bool edge_body_left(const struct visit *v);
/* For what starts now, to or from the client. */
struct pace edge_pace(const struct edge *e);
/* The stream's place is given back, ended or not. */
void edge_stream_leave(struct visit *v);
