/* What of a long text is worth a model's attention. */
#pragma once

#include "base/text.h"

/* The text itself when it has at most `most` bytes; else about so many of it, in its order, "[…]" where something is
 * left out: the sentences nearest to the question with their neighbours, or evenly chosen ones when it names nothing. */
fallible passages_pick(struct ctx *cx, const char *text, const char *question, size_t most, const char **out);
