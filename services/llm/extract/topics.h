/* Where a talk turns to something else: by the words that hold its parts together, with the silences between them (after M. Hearst,
 * "TextTiling", Computational Linguistics 23, 1997: blocks on both sides of each gap, the depth of the valleys of their likeness). */
#pragma once

#include "tokens.h"

/* A sentence or so of it: when it begins, and how long it was still before. Without times all are 0. */
struct utterance { double start_s, silence_s; };

/* The tokens have the utterances as their parts. begins[i]: with utterance i something else begins; the first always does.
 * DEADLINE_PASSED, CANCELLED. */
fallible topics_cut(struct ctx *cx, const struct tokens *t, const struct utterance *at, size_t n, bool *begins);
