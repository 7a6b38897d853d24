/* A password, asked for without showing it, or read from a pipe; never from the arguments, which others can see. */
#pragma once

#include "ctl.h"

#define SECRET_BYTES 1024

/* From a terminal twice, else the first line of c->in. INPUT_INVALID: empty, too long, not UTF-8, or the two
 * differ. CANCELLED: interrupted. The caller wipes `to`. */
fallible secret_ask(struct ctl *c, const char *what, char to[SECRET_BYTES + 1]);
