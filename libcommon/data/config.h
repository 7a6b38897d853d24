/* Configuration: a shape filled from the environment, PG_URL for the member pg_url. NAME_FILE names a
 * file that holds the value (secrets mounted by Kubernetes). */
#pragma once

#include "data/shape.h"

/* `out` holds the defaults on entry. CONFIG_INVALID tells every missing or bad variable at once. */
fallible config_read(struct ctx *cx, const struct shape *s, void *out);

/* "  PG_URL   Where the database is. (default: ...)", one line a setting; secrets' defaults are not shown. */
void config_help(struct ctx *cx, const struct shape *s, const void *defaults, struct text *to);
/* The same as lines of an .env file. */
void config_example(struct ctx *cx, const struct shape *s, const void *defaults, struct text *to);
