/* One connection to RabbitMQ, for amqp_publisher.c and amqp_consumer.c: opening it, declaring the topology,
 * reading frames, and when it may be tried again. librabbitmq is known in amqp_*.c alone. */
#pragma once

#include "net/amqp.h"
#include "net/dial.h"

#include <pthread.h>

#define AMQP_EXCHANGE   "palabre"
#define AMQP_DEAD       "palabre.dead"      /* exchange and queue of the dead letters */
#define AMQP_WAIT_MS    5000                /* for any one answer of the broker */
#define AMQP_BODY_MAX   (1 << 20)           /* messages are tickets; files travel by reference */
#define AMQP_NAME_MAX   127                 /* of a queue */

struct amqp_connection_state_t_;
struct amqp_frame_t_;

struct amqp_link {
    const char *name;                       /* shown by the broker */
    const char *user, *password, *vhost;
    bool url_broken, tls;
    struct dial dial;
    int  heartbeat_s;                       /* 0: none, the kernel's keepalive watches */

    struct amqp_connection_state_t_ *conn;  /* NULL: down */
    int64_t opened_ms, next_try_ms;
    int  failures;                          /* in a row */
    bool blocked;                           /* by an alarm of the broker; atomically, like up */
    bool up;
    char why[256];                          /* it went down, or is blocked */

    pthread_mutex_t lock;                   /* guards fd: others may shut it down as long as it is open */
    int fd;
};

void amqp_link_start(struct amqp_link *l, struct arena *a, const char *url, const char *name, int heartbeat_s);
void amqp_link_close(struct amqp_link *l, int64_t wait_ms); /* says goodbye, at most so long */
void amqp_link_end(struct amqp_link *l, int64_t wait_ms);   /* closes and frees */
void amqp_link_cut(struct amqp_link *l);                    /* from any thread: what waits on it fails now */
bool amqp_link_is_up(const struct amqp_link *l);            /* from any thread */

/* Connects, logs in, opens channel 1 and declares what all share. AMQP_DOWN at once before next_try_ms. */
fallible amqp_link_open(struct ctx *cx, struct amqp_link *l);
/* Gives up the connection because of `e`, sets the time of the next try, and hands `e` back. */
err_t    amqp_link_lose(struct amqp_link *l, err_t e);
/* Declares and binds a queue. AMQP_DOWN: with conn still there, the broker refused (other arguments, rights). */
fallible amqp_link_queue(struct ctx *cx, struct amqp_link *l, const char *queue);

/* Reads one frame, at most wait_ms; its memory lasts until the next take. A close by the broker is an error. */
fallible amqp_link_take(struct ctx *cx, struct amqp_link *l, int64_t wait_ms, struct amqp_frame_t_ *frame, bool *got);
bool     amqp_link_has_more(const struct amqp_link *l);     /* a take would not wait for the network */

/* For the last call that waits for an answer: OK, or AMQP_DOWN with what the broker said; a connection that
 * cannot go on is given up. */
fallible amqp_link_answer(struct ctx *cx, struct amqp_link *l, const char *asked);
void     amqp_link_patience(struct amqp_link *l, int64_t wait_ms);   /* of such calls */
void     amqp_link_cork(struct amqp_link *l, bool on);      /* many small writes, few packets */
