/* The daemons' programs beside ours, asked about themselves: each knows its engines and settings, ctl does not link them. */
#pragma once

#include "ctl.h"

/* The names ("stt") of those that are there, sorted. CONFIG_INVALID: the directory cannot be read. */
fallible siblings_list(struct ctl *c, struct texts *out);

/* Runs `palabre-NAME ASK` with our environment and reads each line it writes as `s`. CHILD_FAILED, with its last words. */
fallible sibling_ask(struct ctl *c, const char *name, const char *ask, const struct shape *s, void *list);
