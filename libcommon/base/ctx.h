/* The context every fallible function gets: who is asking, until when, the memory it may use, and
 * the long-lived things of the process that it may reach. */
#pragma once

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct err *err_t;      /* the suite's only typedef; OK is NULL */
#define OK ((err_t)0)

struct pg;                      /* net/pg.h: the pool of database connections      */
struct pg_conn;                 /* the one a transaction holds                     */
struct redis;                   /* net/redis.h: the pool of Redis connections      */
struct http;                    /* net/http.h: the client for providers            */
struct blobs;                   /* net/blob.h: the file store                      */
struct persons;                 /* app/persons.h: the keys of persons         */
struct daemon;                  /* app/daemon.h: the process                       */
struct audit_keys;              /* app/audit.h                                     */
struct audit_person;
struct job;                     /* app/jobs.h: the job being worked on             */

struct ctx {
    struct arena   *arena;
    struct pg      *pg;
    struct pg_conn *tx;         /* the transaction this work is in, or NULL */
    struct redis   *redis;
    struct http    *http;
    struct blobs   *blobs;
    struct persons *persons;    /* NULL: nothing is sealed */
    struct daemon  *daemon;
    const struct audit_keys   *audit;   /* app/audit.h: the keys of the audit log, or NULL */
    const struct audit_person *person;  /* where the caller sits, as the audit log tells it; NULL: nowhere */
    void           *host;       /* what runs the handler, if it is the gateway: struct exchange */
    const struct job *job;      /* NULL outside a worker's handler */
    const char     *user;       /* id of the caller; NULL for system work */
    const char     *role;       /* of the caller */
    char            trace[33];  /* W3C trace id, 32 hex digits */
    char            span[17];   /* W3C id of the span we are in, 16 hex digits */
    int64_t         deadline_ms;    /* on the monotonic clock (clock.h); 0: none */
    const bool     *stop;       /* set by others when the work should end early; NULL: never */
};

#define NEW(cx, T)      ((T *)arena_get((cx)->arena, sizeof(T)))
#define NEWS(cx, T, n)  ((T *)arena_gets((cx)->arena, (n), sizeof(T)))
#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))
