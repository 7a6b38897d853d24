/* RabbitMQ: a publisher with pipelined confirms and a consumer. Each owns its connection, used by the
 * thread that calls it and no other; librabbitmq stays behind amqp_*.c. */
#pragma once

#include "base/text.h"

#define AMQP_WINDOW 256             /* unconfirmed messages at most */

/* Exchange "palabre" (direct, durable), dead letters "palabre.dead" with the queue "palabre.dead";
 * a queue per service and lane: quorum, x-delivery-limit 20, dead-lettered at least once. Idempotent. */
struct amqp_queue { const char *name; };        /* "stt.live"; also its routing key */

struct amqp_message {
    const char *queue;              /* routing key */
    struct bytes body;
    const char *id;                 /* message_id */
    const char *type;               /* the job's kind */
    const char *trace;              /* traceparent header, or NULL */
};

/* URLs: amqp://user:password@host:port/vhost; amqps: checks the certificate by SSL_CERT_FILE or the system's. */
struct amqp_publisher;
struct amqp_publisher *amqp_publisher_open(struct arena *a, const char *url, const char *name);

/* Publish persistent and mandatory, wait for every confirm. done[i] tells which were confirmed and routed;
 * a return (no such queue) and a nack count as not done. AMQP_DOWN: the connection failed, is blocked by an
 * alarm, or a confirm did not come within 5 s; what is not done must be published again. Reconnects at the
 * next call, with backoff and jitter between attempts (called earlier: AMQP_DOWN at once). With n = 0 it only
 * sees to the connection. A queue met for the first time is declared; one that the broker refuses (406: it is
 * there with other arguments) keeps its own messages undone and makes the call AMQP_DOWN, the others go out. */
fallible amqp_publish(struct ctx *cx, struct amqp_publisher *p, const struct amqp_message *m, size_t n, bool *done);
bool     amqp_publisher_is_up(const struct amqp_publisher *p);

struct amqp_delivery {
    uint64_t tag;                   /* acknowledged by it; carries the connection's generation in its top bits */
    int  queue;                     /* index among those consumed */
    bool again;                     /* redelivered */
    int  count;                     /* x-delivery-count */
    struct bytes body;
    const char *trace;
};

/* Consumes queues[i] with prefetch[i]. Runs in the caller's thread until *stop: connects (declaring the
 * topology), delivers to `on` (same thread; memory lasts for the call), acknowledges what amqp_ack was told,
 * reconnects with backoff and jitter. `lost` is called after a connection died: its deliveries will come again. */
struct amqp_consumer;
struct amqp_consumer *amqp_consumer_open(struct arena *a, const char *url, const char *name,
                                         const char *const *queues, const int *prefetch, int n);
void amqp_consumer_run(struct amqp_consumer *c, const bool *stop,
                       void (*on)(void *with, const struct amqp_delivery *d), void (*lost)(void *with), void *with);
/* From any thread; wakes the consumer's. A tag of an older connection is ignored. */
void amqp_ack(struct amqp_consumer *c, uint64_t tag);
void amqp_return(struct amqp_consumer *c, uint64_t tag);    /* back to the queue */
void amqp_reject(struct amqp_consumer *c, uint64_t tag);    /* to the dead letters */
void amqp_consumer_pause(struct amqp_consumer *c);          /* no new deliveries; acknowledgements still go out */
void amqp_consumer_wake(struct amqp_consumer *c);           /* after *stop was set */
bool amqp_consumer_is_up(const struct amqp_consumer *c);
