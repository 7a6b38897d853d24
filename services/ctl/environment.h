/* Settings from a file of NAME=value lines, for what the environment does not say. */
#pragma once

#include "ctl.h"

/* `named`: the file the operator named, which must be there. NULL: when PG_URL is not set and the directory is one that
 * `make up` ran in, what it gave its daemons, from files that nobody else can write. CONFIG_INVALID. */
fallible environment_read(struct ctl *c, const char *named);
