/* Whether what the suite stands on answers. */
#include "ctl.h"
#include "inputs.h"
#include "print.h"
#include "rows.h"
#include "base/clock.h"
#include "data/config.h"
#include "net/amqp.h"
#include "net/blob.h"
#include "net/pg.h"
#include "net/redis.h"
#include "sql.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANSWER_MS 5000

struct check_settings { const char *pg_url, *redis_url, *amqp_url, *blob_url; };
extern const struct shape check_settings_shape;
SHAPE(check_settings, "What is looked for.",
    FIELD(check_settings, pg_url,    "PostgreSQL.", .secret = true),
    FIELD(check_settings, redis_url, "Redis.", .secret = true),
    FIELD(check_settings, amqp_url,  "RabbitMQ.", .secret = true),
    FIELD(check_settings, blob_url,  "The file store."));

static fallible check_pg(struct ctx *cx, const char *url, const char **says)
{
    struct reach answer = { .says = "PostgreSQL" };
    bool found;

    cx->pg = pg_open(cx->arena, url, 1);
    TRY(pg_find(cx, SQL(server_version), NO_ARGS, &reach_shape, &answer, &found));
    *says = answer.says;
    return OK;
}

static fallible check_redis(struct ctx *cx, const char *url, const char **says)
{
    struct reply_value answer;

    cx->redis = redis_open(cx->arena, url, 1);
    TRY(redis_do(cx, &answer, (struct bytes[]){ W("PING") }, 1));
    *says = "Redis";
    return OK;
}

static fallible check_amqp(struct ctx *cx, const char *url, const char **says)
{
    TRY(amqp_publish(cx, amqp_publisher_open(cx->arena, url, "palabrectl"), NULL, 0, NULL));
    *says = "RabbitMQ";
    return OK;
}

/* A directory is only looked at: opening it as a store would make it, with us as its owner. */
static fallible check_blobs(struct ctx *cx, const char *url, const char **says)
{
    const char *path = url + strlen("file://");
    struct stat s;

    *says = url;
    if (!text_starts(url, "file://")) {
        TRY(blobs_open(cx, cx->arena, url, &cx->blobs));
        return blobs_is_up(cx) ? OK : fail(cx, BLOB_DOWN, "the file store does not answer");
    }
    if (stat(path, &s))
        return fail(cx, BLOB_DOWN, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(s.st_mode) || access(path, W_OK | X_OK))
        return fail(cx, BLOB_DOWN, "%s: %s", path, S_ISDIR(s.st_mode) ? strerror(errno) : "is no directory");
    return OK;
}

static struct reach look(struct ctl *c, const char *name, const char *url,
                         err_t (*check)(struct ctx *cx, const char *url, const char **says))
{
    struct reach r = { .name = name, .state = "unset", .ms = LONG_NONE };
    struct ctx cx = *c->cx;

    if (!url || !*url)
        return r;
    int64_t start_us = clock_us();
    cx.deadline_ms = clock_ms() + ANSWER_MS;
    err_t e = check(&cx, url, &r.says);
    r.ms = (clock_us() - start_us + 500) / 1000;
    r.state = e ? "down" : "up";
    if (e)
        r.says = e->text;
    return r;
}

COMMAND(check_all, check_in)
{
    struct check_settings s = { .blob_url = "file:///var/lib/palabre/blobs" };

    TRY(config_read(c->cx, &check_settings_shape, &s));
    struct reach all[] = {
        look(c, "postgresql", s.pg_url, check_pg), look(c, "redis", s.redis_url, check_redis),
        look(c, "rabbitmq", s.amqp_url, check_amqp), look(c, "files", s.blob_url, check_blobs),
    };
    struct list rows = { all, COUNT(all) };
    print_rows(c, in->json, &reach_shape, "name state ms says", &rows);
    for (size_t i = 0; i < COUNT(all); i++)
        c->failed |= !text_is(all[i].state, "up");
    return OK;
}
