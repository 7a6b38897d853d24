/* Redis: a pool of connections for commands and scripts, and dedicated ones for subscriptions. */
#pragma once

#include "base/text.h"

/* unix:/path/redis.sock or redis://[:password@]host:port[/db]. */
struct redis *redis_open(struct arena *a, const char *url, int most);
bool          redis_is_up(struct ctx *cx);

enum reply_kind { REPLY_NIL, REPLY_LONG, REPLY_TEXT, REPLY_LIST };
struct reply_value {
    enum reply_kind kind;
    int64_t number;
    struct bytes text;              /* NUL-ended */
    struct reply_value *at;         /* LIST */
    size_t n;
};

/* One command, its words as bytes. REDIS_DOWN within `wait_ms` at most (0: the pool's default, 1000 ms). */
fallible redis_do(struct ctx *cx, struct reply_value *out, const struct bytes *words, size_t n);
#define W(text_)   ((struct bytes){ (text_), strlen(text_) })

/* A Lua script, by its hash; sent in full when the server does not know it. */
struct script { const char *name, *text; char sha[41]; };
fallible redis_run(struct ctx *cx, struct script *s, struct reply_value *out,
                   const struct bytes *keys, size_t keys_n, const struct bytes *args, size_t args_n);

/* Many script calls written at once and answered in order; `out` has room for n. */
struct call { struct script *script; const struct bytes *keys; size_t keys_n; const struct bytes *args; size_t args_n; };
fallible redis_run_all(struct ctx *cx, const struct call *calls, size_t n, struct reply_value *out);

/* A subscription: a connection and a thread of the caller's. */
struct feed;
/* `on` is called for each message, in the thread that runs feed_run; with message.at NULL when the subscription to
 * `channel` stands, since what was published before it did not come. */
struct feed *feed_open(struct arena *a, const char *url,
                       void (*on)(void *with, const char *channel, struct bytes message), void *with);
/* Reads until *stop; reconnects by itself and then calls `again` (subscriptions were renewed, messages may be missed). */
void feed_run(struct feed *f, const bool *stop, void (*again)(void *with));
/* From any thread. REDIS_DOWN is not told: the next connection subscribes. */
void feed_add(struct feed *f, const char *channel);
void feed_drop(struct feed *f, const char *channel);
bool feed_is_up(struct feed *f);
