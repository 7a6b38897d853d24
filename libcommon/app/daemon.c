#define _GNU_SOURCE
#include "app/daemon.h"
#include "app/audit.h"
#include "app/health.h"
#include "app/persons.h"
#include "base/clock.h"
#include "base/log.h"
#include "data/crypto.h"
#include "data/trace.h"
#include "net/blob.h"
#include "net/http.h"
#include "net/pg.h"
#include "net/redis.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HTTP_CONNECTIONS 64

SHAPE(settings, "What every daemon reads.",
    FIELD(settings, pg_url,         "PostgreSQL: postgresql://user:password@host:port/name or a libpq string.", .secret = true),
    FIELD(settings, redis_url,      "Redis: unix:/path[?db=N] or redis://[:password@]host:port[/db].", .secret = true),
    FIELD(settings, amqp_url,       "RabbitMQ: amqp://user:password@host:port/vhost.", .secret = true),
    FIELD(settings, blob_url,       "Where files are kept: file:///a/directory."),
    FIELD(settings, person_keys,    "Master keys that wrap each person's key, id:base64 of 32 bytes, with commas: the first wraps, the others open. Without one what people say is kept in clear.", .secret = true, .max = 4000),
    FIELD(settings, log_level,      "What is logged.", .one_of = WORDS("debug", "info", "warn", "error")),
    FIELD(settings, health_host,    "Address for /health and /metrics."),
    FIELD(settings, health_port,    "Port for /health and /metrics; 0: a free one, logged at start.", .max = 65535),
    FIELD(settings, pg_connections, "Database connections of this process at most.", .min = 2, .max = 200),
    FIELD(settings, drain_s,        "Seconds that running work has after SIGTERM.", .max = 3600),
    FIELD(settings, egress_allow,   "Dangerous, for tests: host:port, with commas, that addresses given by users may reach although they are private.", .max = 2000),
    FIELD(settings, audit_secret,      "Key of the audit log; at least 32 bytes. The gateway and the scheduler need it.", .secret = true, .min = 32),
    FIELD(settings, audit_key_id,      "Its number; a new secret gets a new one.", .min = 1, .max = 32767),
    FIELD(settings, audit_old_secrets, "Secrets before it, for checking: id:secret, with commas.", .secret = true),
    FIELD(settings, audit_public_keys, "Ed25519 public keys (PEM, one after another) that its checkpoints are checked with. Usually AUDIT_PUBLIC_KEYS_FILE."));

static const struct settings defaults = {
    .blob_url = "file:///var/lib/palabre/blobs", .log_level = "info", .health_host = "127.0.0.1",
    .pg_connections = 16, .drain_s = 25, .audit_key_id = 1,
};

static void usage(struct ctx *cx, const struct daemon_plan *plan, const void *config)
{
    struct text help = text_new(cx->arena, 4096, 1u << 20);

    text_fmt(&help, "palabre-%s %s: %s\n\nusage: palabre-%s [--help | --version | --check-config | --example-env | --settings]\n\n"
             "Settings come from the environment; NAME_FILE names a file that holds the value of NAME.\n\n",
             plan->service, PALABRE_VERSION, plan->about, plan->service);
    config_help(cx, &settings_shape, &defaults, &help);
    if (plan->config_shape)
        config_help(cx, plan->config_shape, config, &help);
    fputs(help.at, stdout);
}

static void example(struct ctx *cx, const struct daemon_plan *plan, const void *config)
{
    struct text env = text_new(cx->arena, 4096, 1u << 20);

    config_example(cx, &settings_shape, &defaults, &env);
    if (plan->config_shape)
        config_example(cx, plan->config_shape, config, &env);
    fputs(env.at, stdout);
}

static void tell_settings(struct ctx *cx, const struct daemon_plan *plan)
{
    struct text lines = text_new(cx->arena, 8192, 1u << 20);

    config_tell(cx, plan->service, &settings_shape, &defaults, &lines);
    if (plan->config_shape)
        config_tell(cx, plan->service, plan->config_shape, plan->config, &lines);
    fputs(lines.at, stdout);
}

static err_t need(struct ctx *cx, const struct daemon_plan *plan, const struct settings *s)
{
    const struct { unsigned use; const char *value, *name; } all[] = {
        { USES_PG, s->pg_url, "PG_URL" }, { USES_REDIS, s->redis_url, "REDIS_URL" }, { USES_AMQP, s->amqp_url, "AMQP_URL" },
        { USES_BLOBS, s->blob_url, "BLOB_URL" }, { USES_AUDIT, s->audit_secret, "AUDIT_SECRET" },
    };

    for (size_t i = 0; i < COUNT(all); i++)
        if ((plan->uses & all[i].use) && !all[i].value)
            return fail(cx, CONFIG_INVALID, "%s is missing", all[i].name);
    return OK;
}

static err_t configure(struct ctx *cx, const struct daemon_plan *plan, struct settings *s)
{
    err_t e = config_read(cx, &settings_shape, s), own = OK;

    if (plan->config_shape)
        own = config_read(cx, plan->config_shape, plan->config);
    if (e && own)
        return fail(cx, CONFIG_INVALID, "%s; %s", e->text, own->text);
    TRY(e);
    TRY(own);
    TRY(egress_open(cx, s->egress_allow));
    return need(cx, plan, s);
}

/* Those arguments that end the process at once. */
static void arguments(int argc, char **argv, const struct daemon_plan *plan, err_t wrong, const char *lacks)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--version"))
            printf("palabre-%s %s\n", plan->service, PALABRE_VERSION);
        else if (!strcmp(argv[i], "--check-config"))
            printf("%s%s%s\n", wrong ? wrong->text : "the configuration is usable", lacks && !wrong ? "; " : "", lacks && !wrong ? lacks : "");
        else
            fprintf(stderr, "palabre-%s: %s is not known; see --help\n", plan->service, argv[i]), exit(2);
        exit(!strcmp(argv[i], "--check-config") && wrong ? 2 : 0);
    }
    if (!wrong)
        return;
    fprintf(stderr, "palabre-%s: %s\nSee palabre-%s --help\n", plan->service, wrong->text, plan->service);
    exit(2);
}

/* Signals are taken by daemon_wait alone; every thread inherits the mask. */
static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void name_worker(struct daemon *d)
{
    char host[40] = "localhost", hex[17];
    uint8_t dice[8];

    gethostname(host, sizeof(host) - 1);
    crypto_random(dice, sizeof(dice));
    text_hex(dice, sizeof(dice), hex);
    snprintf(d->worker, sizeof(d->worker), "%.20s@%.39s:%d:%s", d->service, host, (int)getpid(), hex);
}

static err_t open_things(struct ctx *cx, struct daemon *d, const struct daemon_plan *plan)
{
    struct settings *s = &d->settings;
    unsigned uses = plan->uses;

    TRY(persons_open(cx, d->home, s->person_keys, &d->persons));
    if (uses & USES_PG)
        d->pg = pg_open(d->home, s->pg_url, s->pg_connections);
    if (uses & USES_REDIS) {
        d->redis = redis_open(d->home, s->redis_url, 16);
        d->events = events_open(d->home, d->redis);
    }
    if (plan->http)
        d->http = plan->http(d->home, HTTP_CONNECTIONS);
    if (uses & USES_BLOBS)
        TRY(blobs_open(cx, d->home, s->blob_url, &d->blobs));
    TRY(audit_keys_read(cx, s->audit_secret, s->audit_key_id, s->audit_old_secrets, &d->audit));
    return health_open(cx, d);
}

struct daemon *daemon_start(int argc, char **argv, const struct daemon_plan *plan)
{
    struct arena *home = arena_new();
    struct daemon *d = arena_get(home, sizeof(*d));
    struct ctx cx = { .arena = home };

    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
        usage(&cx, plan, plan->config), exit(0);
    if (argc > 1 && !strcmp(argv[1], "--example-env"))
        example(&cx, plan, plan->config), exit(0);
    if (argc > 1 && !strcmp(argv[1], "--settings"))
        tell_settings(&cx, plan), exit(0);
    *d = (struct daemon){ .service = plan->service, .home = home, .settings = defaults, .config = plan->config, .uses = plan->uses };
    err_t wrong = configure(&cx, plan, &d->settings);
    d->lacks = plan->lacks && !wrong ? plan->lacks(&cx) : NULL;
    arguments(argc, argv, plan, wrong, d->lacks);

    mallopt(M_ARENA_MAX, plan->heaps ? plan->heaps : 2);    /* many threads, little memory each: fewer heaps stay fuller */
    block_signals();
    log_start(d->service, d->settings.log_level);
    name_worker(d);
    err_t e = open_things(&cx, d, plan);
    if (e) {
        fprintf(stderr, "palabre-%s: %s\n", plan->service, e->text);
        exit(2);
    }
    if (d->lacks)
        log_event(&cx, LOG_WARN, "a part of the work cannot be done here", LOG_TEXT("lacks", d->lacks));
    log_event(&cx, LOG_INFO, "started", LOG_TEXT("version", PALABRE_VERSION), LOG_TEXT("worker", d->worker),
              LOG_LONG("health_port", d->settings.health_port));
    return d;
}

void daemon_wait(struct daemon *d)
{
    sigset_t set;
    int got;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    while (sigwait(&set, &got))
        ;
    log_event(NULL, LOG_INFO, "stopping", LOG_TEXT("signal", strsignal(got)));
    __atomic_store_n(&d->draining, true, __ATOMIC_RELAXED);
}

void daemon_end(struct daemon *d)
{
    __atomic_store_n(&d->stop, true, __ATOMIC_RELAXED);
    events_close(d->events);
    health_close(d);
    log_event(NULL, LOG_INFO, "stopped");
    arena_free(d->home);
}

struct ctx ctx_new(struct daemon *d)
{
    struct ctx cx = { .arena = arena_new(), .pg = d->pg, .redis = d->redis, .http = d->http, .blobs = d->blobs, .audit = d->audit,
                      .persons = d->persons, .daemon = d };

    trace_start(&cx, NULL);
    return cx;
}

void ctx_free(struct ctx *cx) { arena_free(cx->arena); }
