/* Shared trips: callers that come while a trip to a server is under way wait for the next one, which takes all of
 * them. The first of a group leads it, the others sleep; a lone caller pays nothing. */
#pragma once

#include "base/err.h"

#include <pthread.h>

#define GROUP_MOST 64

struct group_member;

struct group {
    /* Serve n items in one trip, in the leader's context; each item says for itself what came of it. */
    void (*serve)(struct ctx *cx, void *const *items, size_t n);
    pthread_mutex_t lock;           /* guards what follows, and each member's state */
    struct group_member *first, **last;
    bool leading;
};

#define GROUP(name, serve_) \
    static struct group name = { .serve = serve_, .lock = PTHREAD_MUTEX_INITIALIZER, .last = &name.first }

/* Returns once the item was served, by this thread or another. */
void group_join(struct ctx *cx, struct group *g, void *item);
