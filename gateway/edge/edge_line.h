/* What civetweb hides of a connection, and what we must have to bound it: its socket, where its bytes lie, a clock
 * on every wait. civetweb calls poll and recv like everyone; the executable's come first in symbol lookup, and ours
 * serve civetweb only while it waits for a client (`ours`). One thread carries one connection, so all is the thread's. */
#pragma once

#include "base/err.h"

#include <stdatomic.h>
#include <sys/uio.h>

/* How long a transfer may take: a time, and more for what has passed, never for what was announced. */
struct pace { int64_t start_ms, ms, bytes_per_ms, passed; };

struct line {
    const atomic_bool *over;    /* everything ends: no wait goes on */
    bool    master;             /* the thread that accepts */
    bool    ours;               /* civetweb is the caller of poll and recv, not a library that a handler uses */
    bool    awaiting;           /* the first byte of a head */
    bool    expired, gone;      /* how the last wait ended: by our clock, by the client */
    bool    refused;            /* this connection's last request was answered by a refusal */
    bool    surplus;            /* came when all places were taken */
    int     fd;                 /* -1 until the first wait */
    struct pace pace;           /* of what is being read */
    int64_t head_ms;            /* how long a head may take from its first byte, if longer */
    size_t  bytes;              /* received since the last answer */
    const char *base;           /* where civetweb keeps heads; NULL before the first byte */
};
extern _Thread_local struct line line;

bool line_works(void);                          /* the linker put ours before libc's */
void line_open(const atomic_bool *over);        /* a new connection on this thread */
void line_await(int64_t wait_ms, int64_t head_ms);      /* civetweb may wait for a head */
void line_read(struct pace *body);              /* civetweb may read a body */
void line_pause(void);                          /* poll and recv are everyone's again */

/* All of it at that pace, or false. */
bool line_write(struct iovec *parts, int n, struct pace pace);
/* What goes at once, from any thread; parts and n become what is left. false: nothing went. */
bool line_try(int fd, struct iovec **parts, int *n);
bool line_send_file(int file, int64_t offset, int64_t length, struct pace pace);
bool line_has_gone(void);
/* Say that no more comes, then give what the client still sends a moment to go nowhere: a socket closed on unread
 * bytes is reset, and the client may lose the answer. */
void line_linger(void);
