/* For the tests of RabbitMQ: a real broker (AMQP_URL), and between it and us a proxy that cuts, stalls and
 * slips frames in. */
#pragma once

#include "test.h"
#include "net/amqp_link.h"
#include "base/clock.h"

#include <netinet/in.h>
#include <pthread.h>

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define UNTIL(true_, ms_) \
    for (int64_t until_ = clock_ms() + (ms_) * patience(); !(true_) && clock_ms() < until_;) clock_sleep_ms(2)
#define GET(v)      __atomic_load_n(&(v), __ATOMIC_SEQ_CST)
#define SET(v, to)  __atomic_store_n(&(v), (to), __ATOMIC_SEQ_CST)
#define ADD(v, n)   __atomic_add_fetch(&(v), (n), __ATOMIC_SEQ_CST)

const char *broker(void);                   /* its URL; skips the test when there is none */

enum { PASS, STALL };
#define PAIRS 32

/* What a test changes with SET, the proxy's thread heeds within 5 ms. */
struct proxy {
    struct sockaddr_in to;
    int listener, mode;
    bool refuse, cut, stop;
    int stalled;                            /* connections below this number stall for ever */
    struct bytes slip;
    struct { int a, b; } pairs[PAIRS];
    int n;
    pthread_t thread;
};

struct proxy *proxy_open(struct ctx *cx, const char **url);     /* gives the URL through it */
void proxy_slip(struct proxy *p, const char *frame, size_t n);  /* to every client, between two of the broker's */
void proxy_cut(struct proxy *p);

/* By hand, on a connection of the test's own. */
void hand_open(struct ctx *cx);
void queue_delete(const char *queue);
int  queue_ready_n(const char *queue);
void queue_limited(const char *queue, int most);                /* bound like ours, declared otherwise */
bool is_among_the_dead(const char *id);                         /* takes dead letters until it is met */
bool publish_raw(const char *queue, const char *id, struct bytes body);         /* no confirm, no headers */

char *own_queue(struct ctx *cx, const char *name);
struct amqp_message message(struct ctx *cx, const char *queue, int i);          /* its body is the number */
void publish_n(struct ctx *cx, struct amqp_publisher *p, const char *queue, int from, int n);
