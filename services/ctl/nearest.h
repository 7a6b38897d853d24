/* What somebody may have meant who mistyped a name. */
#pragma once

#include "base/text.h"

/* "; did you mean list, dead?" with those nearest to `given`; "" when none is near. */
const char *nearest(struct ctx *cx, const char *given, const char *const *names, size_t n);
