/* The small things that make a text look printed: spaces before French punctuation, quotation marks,
 * apostrophes, dashes, numbers that stay together. Code is left as it is. */
#pragma once

#include "paper.h"

enum manner { MANNER_PLAIN, MANNER_FRENCH, MANNER_ENGLISH };

enum manner manner_of(const char *language);        /* by the primary subtag; NULL is French */

struct prose typography(struct ctx *cx, const struct prose *raw, enum manner manner);
