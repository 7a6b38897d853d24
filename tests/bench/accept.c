/* Three ways to accept a durable job, side by side: how many a second, at which latency.
 *
 *   accept separate|outbox|grouped THREADS SECONDS        PG_URL, AMQP_URL, REDIS_URL in the environment
 *
 * separate: each thread inserts and commits, publishes its ticket, waits for its confirm.
 * outbox:   job and ticket in one statement; the relay publishes after the commit (what we do).
 * grouped:  one thread inserts what has gathered in one commit, publishes all of it, waits for all confirms. */
#define _GNU_SOURCE
#include "gen.h"
#include "app/relay.h"
#include "data/uuid.h"
#include "net/amqp.h"
#include "net/pg.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MOST 64
#define KIND  "tts.noop"
#define QUEUE "tts.batch"
#define INPUT "{\"text\":\"Bonjour, votre demande a bien été enregistrée et sera traitée dans les meilleurs délais.\",\"format\":\"mp3\"}"

static const struct sql insert_one = { "accept_one", "INSERT INTO jobs (id, root, kind, lane, input) VALUES ($1::uuid, $1::uuid, $2, 'batch', $3::jsonb)", NULL, 3 };
static const struct sql insert_many = { "accept_many", "INSERT INTO jobs (id, root, kind, lane, input) SELECT id, id, $2, 'batch', $3::jsonb FROM unnest($1::uuid[]) AS n (id)", NULL, 3 };

struct waiter { struct waiter *next; char id[40]; bool done; pthread_cond_t moved; };

static struct daemon process;
static atomic_bool stop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    /* guards the list of waiters and their `done` */
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static struct waiter *first, **last = &first;

static void check(err_t e)
{
    if (e)
        die("%s: %s", err_name(e->code), e->text);
}

static struct amqp_message ticket_for(const char *id)
{
    return (struct amqp_message){ .queue = QUEUE, .body = { id, strlen(id) }, .id = id, .type = KIND };
}

static void accept_separate(struct ctx *cx, struct amqp_publisher *p)
{
    const char *id = uuid_make(cx);
    struct amqp_message m = ticket_for(id);
    bool done;

    check(pg_do(cx, &insert_one, ARGS(id, KIND, INPUT)));
    check(amqp_publish(cx, p, &m, 1, &done));
}

static void accept_outbox(struct ctx *cx, struct amqp_publisher *p)
{
    struct job_new n = { .id = uuid_make(cx), .kind = KIND, .lane = BATCH, .input = INPUT };
    struct ticket ticket;

    (void)p;
    check(job_put(cx, &n, &ticket));
    relay_send(&process, &ticket);
}

static void accept_grouped(struct ctx *cx, struct amqp_publisher *p)
{
    struct waiter w = { .moved = PTHREAD_COND_INITIALIZER };

    (void)p;
    memcpy(w.id, uuid_make(cx), UUID_BYTES);
    pthread_mutex_lock(&lock);
    *last = &w;
    last = &w.next;
    pthread_cond_signal(&filled);
    while (!w.done)
        pthread_cond_wait(&w.moved, &lock);
    pthread_mutex_unlock(&lock);
}

/* --- the one who accepts for all --- */

static size_t gather(struct waiter **out)
{
    size_t n = 0;

    pthread_mutex_lock(&lock);
    while (!first && !atomic_load(&stop))
        pthread_cond_wait(&filled, &lock);
    for (; first && n < THREADS_MOST; first = first->next)
        out[n++] = first;
    if (!first)
        last = &first;
    pthread_mutex_unlock(&lock);
    return n;
}

static void *grouper(void *with)
{
    struct amqp_publisher *p = amqp_publisher_open(process.home, process.settings.amqp_url, "accept");
    struct waiter *group[THREADS_MOST];

    (void)with;
    for (size_t n; (n = gather(group));) {
        struct ctx cx = ctx_new(&process);
        struct amqp_message m[THREADS_MOST];
        const char *ids[THREADS_MOST];
        bool done[THREADS_MOST];
        for (size_t i = 0; i < n; i++)
            ids[i] = group[i]->id, m[i] = ticket_for(group[i]->id);
        check(pg_do(&cx, &insert_many, ARGS(pg_array(&cx, ids, n), KIND, INPUT)));
        check(amqp_publish(&cx, p, m, n, done));
        ctx_free(&cx);
        pthread_mutex_lock(&lock);
        for (size_t i = 0; i < n; i++) {
            group[i]->done = true;
            pthread_cond_signal(&group[i]->moved);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

/* --- the ways, the run --- */

static const struct way { const char *name; void (*accept)(struct ctx *cx, struct amqp_publisher *p); } ways[] = {
    { "separate", accept_separate }, { "outbox", accept_outbox }, { "grouped", accept_grouped },
};
static const struct way *way;

static void *submitter(void *with)
{
    struct samples *took = with;
    struct arena *own = arena_new();
    struct amqp_publisher *p = way == &ways[0] ? amqp_publisher_open(own, process.settings.amqp_url, "accept") : NULL;

    while (!atomic_load(&stop)) {
        struct ctx cx = ctx_new(&process);
        int64_t from = now_ns();
        way->accept(&cx, p);
        samples_add(took, now_ns() - from);
        ctx_free(&cx);
    }
    arena_free(own);
    return NULL;
}

static void open_process(int threads)
{
    process.service = "tts";
    process.home = arena_new();
    process.settings.amqp_url = getenv("AMQP_URL");
    snprintf(process.worker, sizeof(process.worker), "accept");
    if (!getenv("PG_URL") || !process.settings.amqp_url)
        die("PG_URL and AMQP_URL are needed");
    process.pg = pg_open(process.home, getenv("PG_URL"), threads + 4);
    relay_open(&process);
}

int main(int argc, char **argv)
{
    struct samples took[THREADS_MOST] = { 0 }, all = { 0 };
    pthread_t threads[THREADS_MOST], group;
    int n = argc > 3 ? (int)number(argv[2]) : 0;

    for (size_t i = 0; argc > 3 && i < sizeof(ways) / sizeof(ways[0]); i++)
        if (!strcmp(ways[i].name, argv[1]))
            way = &ways[i];
    if (!way || n < 1 || n > THREADS_MOST)
        die("usage: accept separate|outbox|grouped THREADS SECONDS");
    open_process(n);
    if (way == &ways[2] && pthread_create(&group, NULL, grouper, NULL))
        die("no thread");
    int64_t from = now_ns();
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, submitter, &took[i]))
            die("no thread");
    sleep_until_ns(from + number(argv[3]) * 1000000000LL);
    atomic_store(&stop, true);
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        for (size_t k = 0; k < took[i].n; k++)
            samples_add(&all, took[i].at[k]);
    }
    double seconds = (double)(now_ns() - from) / 1e9;
    relay_close(process.relay);
    double whole = (double)(now_ns() - from) / 1e9;
    printf("{\"requests\":%zu,\"bad\":0,\"seconds\":%.3f,\"rps\":%.1f,\"published_rps\":%.1f,", all.n, seconds, (double)all.n / seconds,
           (double)all.n / whole);
    samples_print("latency", &all);
    puts("}");
    return 0;
}
