/* Lines of a job's explanation: which engine was left out, failed or was taken, and why. */
#pragma once

#include "base/err.h"

void explain(struct ctx *cx, const char *engine, const char *what, const char *why);
