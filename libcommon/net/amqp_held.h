/* The deliveries a consumer holds: put in by its thread, settled by any, told to the broker by its thread. */
#pragma once

#include "base/text.h"

#include <pthread.h>

enum verdict {
    HELD,
    ACKED,
    RETURNED,               /* back to the queue */
    REJECTED,               /* to the dead letters */
    ACKED_SO_FAR,           /* it and all before it; only amqp_held_collect gives it */
};

struct settled { uint64_t tag; enum verdict verdict; bool lazy; };

struct amqp_held {
    pthread_mutex_t lock;   /* guards what follows */
    struct settled *at;     /* by ascending tag */
    size_t n, most;
    bool dirty;             /* some are settled and are to be told at once */
    size_t lazy_n;          /* those whose acknowledgement may wait for company, */
    int64_t lazy_ms;        /* until then */
    enum { AWAKE, DOZING, ASLEEP } rest;    /* of the thread: for what it must be woken: nothing, what is to be told at once, anything */
};

void   amqp_held_open(struct amqp_held *h, struct arena *a, size_t most);
void   amqp_held_close(struct amqp_held *h);
void   amqp_held_clear(struct amqp_held *h);                /* the connection died: nothing is held any more */
bool   amqp_held_add(struct amqp_held *h, uint64_t tag, bool lazy);     /* above all others; false: full */
/* Gives whether the thread must be woken. A tag that is not held, or settled already, is passed over. */
bool   amqp_held_settle(struct amqp_held *h, uint64_t tag, enum verdict verdict);
/* Takes the settled ones out, in the order they are to be told; `out` has room for `most`. */
size_t amqp_held_collect(struct amqp_held *h, struct settled *out, bool all);      /* !all: those that may wait for company wait for it */
/* false: no, there is something to tell; `ms`, how long the thread wants to sleep, becomes less when something is to be told by then */
bool   amqp_held_sleep(struct amqp_held *h, int64_t *ms);
void   amqp_held_wake(struct amqp_held *h);
