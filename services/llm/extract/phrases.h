/* The phrases that a part of a text comes back to and that tell it from the other parts: one to three words, "budget", "appel d'offres". */
#pragma once

#include "tokens.h"

struct phrase { struct bytes at; size_t count; double weight; };    /* where it stands first; how often, in all its inflections */

/* The weightiest first, none within another. Gives how many; of a part without words 0. DEADLINE_PASSED, CANCELLED. */
fallible phrases_find(struct ctx *cx, const struct tokens *t, size_t part, struct phrase *out, size_t most, size_t *n);
