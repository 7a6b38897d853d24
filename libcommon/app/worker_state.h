/* The inside of a worker process, shared by worker*.c. A ticket comes from the broker (consumer thread), is claimed
 * (claimer), worked on (executors), ended (finisher); the keeper renews leases meanwhile. */
#pragma once

#include "app/worker.h"
#include "net/amqp.h"

#include <pthread.h>

#define TICKETS_MOST 1024
#define QUICK_MOST   128            /* quick jobs claimed and not ended */
#define QUICK_AGAIN  (QUICK_MOST / 2)   /* so few are left when more are claimed */

struct held { char id[40]; uint64_t tag; bool again; enum lane lane; };     /* a delivery not yet claimed */

enum why { RUNNING_ON, FENCED, DRAINED };

struct work {                       /* a claimed job, until it is ended */
    struct job job;                 /* first: cx->job points here */
    struct work *next;              /* in the run queue or the end queue */
    struct work *all;               /* in the list of what this process holds */
    const struct job_kind *kind;
    enum lane lane;
    struct arena *arena;            /* of the job's row; the handler has one of its own */
    struct ctx cx;                  /* of the handler */
    uint64_t tag;                   /* 0 once acknowledged */
    int64_t claimed_ms, started_ms;
    int  percent;
    bool stop;                      /* the handler should leave */
    enum why why;
    struct effect_end effect;       /* ended with the job */
    struct text explain;            /* rows for /explain, without the outer brackets */
    const char *result;
    err_t error;
};

struct worker {
    struct daemon *daemon;
    const struct worker_plan *plan;
    int executors;
    struct first_effects first;
    struct amqp_consumer *consumer;

    pthread_mutex_t lock;           /* guards everything below */
    pthread_cond_t  work_to_claim, work_to_run, work_to_end, moved;
    struct held tickets[TICKETS_MOST];
    unsigned tickets_head, tickets_n;
    struct work *run[LANES], **run_last[LANES];
    struct work *ended, **ended_last;
    size_t ended_n;
    bool ended_live;                /* somebody waits for one of them */
    struct work *all;
    int holding[LANES];             /* works claimed and not ended */
    int running, running_batch;
    bool claiming;                  /* tickets have left the queue and their works are not held yet */
    bool draining, stop;
};

void *worker_claimer(void *worker);
void *worker_executor(void *worker);
void *worker_finisher(void *worker);
void *worker_keeper(void *worker);
void *worker_canceller(void *worker);

void worker_on_delivery(void *worker, const struct amqp_delivery *d);
void worker_on_lost(void *worker);

/* --engines: needs the daemon's own settings and no server. Gives the exit status. */
int worker_tell_engines(const struct worker_plan *plan);

/* Take a work off the list of what is held, acknowledge its ticket, free it. */
void worker_let_go(struct worker *w, struct work *work);
