/* A job as a worker holds it, for tests of handlers that use the effect ledger and tell events.
 * Needs PG_URL (migrated) and REDIS_URL: without them the test is skipped. */
#pragma once

#include "base/ctx.h"

struct daemon;

/* Accepts and claims a job of this kind: cx->job and cx->daemon are as in a worker. */
void claimed_start(struct ctx *cx, struct daemon *process, const char *kind);
/* The process died: another takes the job over. */
void claimed_again(struct ctx *cx);

/* It was cancelled while its end was on its way, and is tried again: the effect that ended with it stands in the ledger. */
void claimed_retried(struct ctx *cx);

const char *claimed_explain(struct ctx *cx);    /* what was explained since, without the outer brackets */
const char *claimed_events(struct ctx *cx);     /* "type json" a line, all of them */
