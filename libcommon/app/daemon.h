/* What every daemon has: configuration, logs, signals, health, metrics, its connections. */
#pragma once

#include "app/events.h"
#include "data/config.h"

struct relay;
struct ticket;

/* The settings every daemon reads; each adds its own shape. */
struct settings {
    const char *pg_url, *redis_url, *amqp_url, *blob_url, *person_keys;
    const char *log_level, *health_host;
    int  health_port;               /* 0: a free one, logged */
    int  pg_connections, drain_s;
    const char *egress_allow;
    const char *audit_secret, *audit_old_secrets, *audit_public_keys;
    int  audit_key_id;
};
extern const struct shape settings_shape;

struct daemon {
    const char *service;            /* "stt" */
    char        worker[96];         /* "stt@host:pid:random": owner of leases */
    struct arena *home;             /* dies with the process */
    struct settings settings;
    const void *config;             /* the daemon's own settings */
    struct pg *pg; struct redis *redis; struct http *http; struct blobs *blobs;
    struct persons *persons;        /* NULL: nothing is sealed */
    struct events *events;
    struct relay *relay;
    const struct audit_keys *audit;
    struct health *health;
    unsigned uses;
    const char *lacks;              /* a part of its work that it cannot do here, and why; NULL: none */
    bool ready;                     /* it can do its work */
    bool draining;                  /* set by SIGTERM and SIGINT: nothing new is taken */
    bool stop;                      /* set at the end: every thread leaves */
};

/* Which of the shared things a daemon uses. */
enum { USES_PG = 1, USES_REDIS = 2, USES_AMQP = 4, USES_BLOBS = 8, USES_AUDIT = 16 };

struct daemon_plan {
    const char *service, *about;
    unsigned uses;
    struct http *(*http)(struct arena *a, int most);    /* http_open, or NULL: who does not call out does not link libcurl */
    const struct shape *config_shape;   /* its own settings; NULL: none */
    void *config;                       /* defaults on entry */
    const char *(*lacks)(struct ctx *cx);   /* which part of its work it cannot do here, and why, for people; NULL, or gives NULL: none */
    int heaps;                          /* of malloc, for threads that allocate all the time; 0: two */
};

/* Reads arguments (--help, --version, --check-config, --example-env, --settings) and settings, opens what is used,
 * starts health, logs. Exits 0 or 2 after those arguments or an unusable configuration. */
struct daemon *daemon_start(int argc, char **argv, const struct daemon_plan *plan);
/* Waits for SIGTERM or SIGINT, then marks the process as draining. */
void daemon_wait(struct daemon *d);
void daemon_end(struct daemon *d);

/* A context for a piece of work: a new arena, the process's things, a new trace. Freed by ctx_free. */
struct ctx ctx_new(struct daemon *d);
void       ctx_free(struct ctx *cx);
