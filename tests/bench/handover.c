/* What the servers alone take for a durable handover, whoever writes the daemons: a row committed, its ticket through a quorum queue to
 * a consumer, the row updated and committed. Nothing else is done, on connections that are open.
 *
 *   handover RATE SECONDS        PG_URL, AMQP_URL in the environment; a table `handover` is made and dropped */
#define _GNU_SOURCE
#include "gen.h"
#include "app/daemon.h"
#include "data/uuid.h"
#include "net/amqp.h"
#include "net/pg.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE "handover.live"

static const struct sql make = { "make", "CREATE TABLE IF NOT EXISTS handover (id uuid PRIMARY KEY, state text NOT NULL)", NULL, 0 };
static const struct sql drop = { "drop", "DROP TABLE handover", NULL, 0 };
static const struct sql put = { "put", "INSERT INTO handover VALUES ($1::uuid, 'queued')", NULL, 1 };
static const struct sql take = { "take", "UPDATE handover SET state = 'running' WHERE id = $1::uuid", NULL, 1 };

static struct daemon process;
static struct amqp_consumer *consumer;
static sem_t arrived;
static int64_t arrived_ns;                  /* read after the semaphore */
static bool stop;

static void check(err_t e)
{
    if (e)
        die("%s: %s", err_name(e->code), e->text);
}

static void arrive(void *with, const struct amqp_delivery *d)
{
    struct ctx cx = ctx_new(&process);

    (void)with;
    check(pg_do(&cx, &take, ARGS(arena_text(cx.arena, d->body.at, d->body.n))));
    arrived_ns = now_ns();
    sem_post(&arrived);
    amqp_ack(consumer, d->tag);
    ctx_free(&cx);
}

static void lost(void *with) { (void)with; }

static void *consume(void *with)
{
    (void)with;
    amqp_consumer_run(consumer, &stop, arrive, lost, NULL);
    return NULL;
}

static void hand_over(struct amqp_publisher *p, struct samples *committed, struct samples *whole)
{
    struct ctx cx = ctx_new(&process);
    const char *id = uuid_make(&cx);
    struct amqp_message m = { .queue = QUEUE, .body = { id, strlen(id) }, .id = id, .type = "handover" };
    bool done;

    int64_t from = now_ns();
    check(pg_do(&cx, &put, ARGS(id)));
    samples_add(committed, now_ns() - from);
    check(amqp_publish(&cx, p, &m, 1, &done));
    while (sem_wait(&arrived))
        ;
    samples_add(whole, arrived_ns - from);
    ctx_free(&cx);
}

int main(int argc, char **argv)
{
    static const char *const queues[] = { QUEUE };
    static const int prefetch[] = { 8 };
    struct samples committed = { 0 }, whole = { 0 };
    pthread_t thread;

    if (argc != 3 || !getenv("PG_URL") || !getenv("AMQP_URL"))
        die("usage: handover RATE SECONDS, with PG_URL and AMQP_URL");
    process.service = "handover";
    process.home = arena_new();
    process.pg = pg_open(process.home, getenv("PG_URL"), 4);
    struct ctx cx = ctx_new(&process);
    check(pg_do(&cx, &make, NO_ARGS));
    struct amqp_publisher *p = amqp_publisher_open(process.home, getenv("AMQP_URL"), "handover");
    consumer = amqp_consumer_open(process.home, getenv("AMQP_URL"), "handover", queues, prefetch, 1);
    if (pthread_create(&thread, NULL, consume, NULL))
        die("no thread");
    int64_t rate = number(argv[1]), n = rate * number(argv[2]), from = now_ns();
    for (int64_t i = 0; i < n; i++) {
        sleep_until_ns(from + i * 1000000000LL / rate);
        hand_over(p, &committed, &whole);
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    amqp_consumer_wake(consumer);
    pthread_join(thread, NULL);
    check(pg_do(&cx, &drop, NO_ARGS));
    printf("{\"requests\":%lld,\"bad\":0,", (long long)n);
    samples_print("commit", &committed);
    putchar(',');
    samples_print("latency", &whole);
    puts("}");
    arena_free(process.home);
    return 0;
}
