/* Settings from a file of NAME=value lines, for what the environment does not say. */
#pragma once

#include "ctl.h"

/* `named`: the file the operator named, which must be there. NULL: the one that `make up` leaves, when PG_URL is not set
 * and there is such a file of ours. CONFIG_INVALID. */
fallible environment_read(struct ctl *c, const char *named);
