/* How many entries a second the audit log takes, and how soon they are linked.
 *
 *   audit THREADS SECONDS          PG_URL in the environment: a database that is thrown away
 *
 * Each thread writes entries one after another, every one durable before the next, in commits that they share; beside them
 * one thread links, as the scheduler does. Then everything is linked, bound by a checkpoint and verified. */
#define _GNU_SOURCE
#include "gen.h"
#include "app/audit_chain.h"
#include "app/audit_verify.h"
#include "data/uuid.h"
#include "net/pg.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MOST 64
#define TICK_MS      100

static struct ctx base;
static atomic_bool stop;
static atomic_llong linked, waited_us;      /* waited_us: the longest that an entry had waited */
static int64_t checked;                     /* by the verification, also of earlier runs */

static void check(err_t e)
{
    if (e)
        die("%s: %s", err_name(e->code), e->text);
}

static void *writer(void *with)
{
    struct samples *took = with;
    struct audit_person person = { .ip = "192.0.2.7", .user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" };

    while (!atomic_load(&stop)) {
        struct ctx cx = base;
        cx.arena = arena_new();
        cx.person = &person;
        cx.user = uuid_make(&cx);
        int64_t from = now_ns();
        check(audit_add(&cx, &(struct audit_entry){ .action = "patient.read", .type = "patient", .id = "4711", .details = { .method = "api" } }));
        samples_add(took, now_ns() - from);
        arena_free(cx.arena);
    }
    return NULL;
}

/* true: there may be more. */
static bool link_some(void)
{
    struct ctx cx = base;
    struct audit_turn turn;

    cx.arena = arena_new();
    check(audit_chain(&cx, &turn));
    if ((long long)(turn.waited_s * 1e6) > atomic_load(&waited_us))
        atomic_store(&waited_us, (long long)(turn.waited_s * 1e6));
    atomic_fetch_add(&linked, (long long)turn.linked);
    arena_free(cx.arena);
    return turn.waiting == AUDIT_BATCH;
}

static void *linker(void *with)
{
    while (!atomic_load(&stop))
        if (!link_some())
            sleep_until_ns(now_ns() + TICK_MS * 1000000LL);
    return with;
}

static double seconds_of(err_t (*work)(struct ctx *cx))
{
    int64_t from = now_ns();

    check(work(&base));
    return (double)(now_ns() - from) / 1e9;
}

static err_t make_point(struct ctx *cx)
{
    struct audit_checkpoint point;
    bool made;

    return audit_checkpoint_make(cx, NULL, &point, &made);
}

static err_t verify(struct ctx *cx)
{
    struct audit_scope scope = { .from = 1, .stray_days = 1 };
    struct audit_verdict v = { 0 };

    TRY(audit_verify(cx, &scope, &v));
    checked = v.checked;
    return v.valid ? OK : fail(cx, AUDIT_BROKEN, "%lld flaws", (long long)v.flaws_found);
}

int main(int argc, char **argv)
{
    struct samples took[THREADS_MOST] = { 0 }, all = { 0 };
    pthread_t threads[THREADS_MOST], link;
    int n = argc == 3 ? (int)number(argv[1]) : 0;

    if (n < 1 || n > THREADS_MOST || !getenv("PG_URL"))
        die("usage: PG_URL=... audit THREADS SECONDS");
    base.arena = arena_new();
    base.pg = pg_open(base.arena, getenv("PG_URL"), n + 4);
    check(audit_keys_read(&base, "a key of the benchmark of 32 bytes and more", 1, NULL, &base.audit));
    int64_t from = now_ns();
    if (pthread_create(&link, NULL, linker, NULL))
        die("no thread");
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, writer, &took[i]))
            die("no thread");
    sleep_until_ns(from + number(argv[2]) * 1000000000LL);
    atomic_store(&stop, true);
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        for (size_t k = 0; k < took[i].n; k++)
            samples_add(&all, took[i].at[k]);
    }
    pthread_join(link, NULL);
    double seconds = (double)(now_ns() - from) / 1e9;
    double linked_rps = (double)atomic_load(&linked) / seconds;
    while (link_some())
        ;
    double point_s = seconds_of(make_point), verify_s = seconds_of(verify);
    printf("{\"requests\":%zu,\"bad\":0,\"seconds\":%.3f,\"rps\":%.1f,\"linked_rps\":%.1f,\"waited_ms\":%.0f,\"checkpoint_s\":%.3f,\"verify_rps\":%.1f,", all.n,
           seconds, (double)all.n / seconds, linked_rps, (double)atomic_load(&waited_us) / 1e3, point_s, (double)checked / verify_s);
    samples_print("latency", &all);
    puts("}");
    return 0;
}
