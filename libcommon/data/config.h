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

/* What a setting is now, for programs that ask: of a secret, and of the password in an address, only that it is there. */
struct setting_told { const char *service, *name, *value, *from, *flaw, *about; };
extern const struct shape setting_told_shape;
/* Each setting of the shape as a line of JSON. */
void config_tell(struct ctx *cx, const char *service, const struct shape *s, const void *defaults, struct text *to);
