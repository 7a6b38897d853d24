/* Connections to Redis for redis.c and redis_feed.c. hiredis is known in redis_link.c alone. */
#pragma once

#include "net/redis.h"

struct redis_link { struct redis_link *next; void *link; bool broken; int64_t rested_ms; };

fallible redis_link_open(struct ctx *cx, const char *url, int64_t wait_ms, struct redis_link **out);
void     redis_link_close(struct redis_link *l);
bool     redis_link_is_alive(struct redis_link *l);
int      redis_link_fd(const struct redis_link *l);

void     redis_link_put(struct redis_link *l, const struct bytes *words, size_t n);         /* into the output buffer */
/* Send what is buffered and read one reply into cx's arena. REDIS_DOWN; a reply that is an error: BUG, or
 * REDIS_DOWN while the server loads or has failed over. `no_script` tells NOSCRIPT instead. */
fallible redis_link_get(struct ctx *cx, struct redis_link *l, struct reply_value *out, bool *no_script);

/* Without blocking: send what is buffered (false: broken), take in what came, give the next whole reply. */
bool     redis_link_send(struct redis_link *l);
bool     redis_link_receive(struct redis_link *l);
bool     redis_link_next(struct ctx *cx, struct redis_link *l, struct reply_value *out);    /* false: none yet, or broken */
