/* Words of French and English texts as a search sees them: without case and accents, cut to their stems. */
#pragma once

#include "base/text.h"

#define WORD_MOST 32

struct folded { char at[WORD_MOST]; size_t n; bool letters, digits, capital; };

/* The next word of *left: letters and digits, folded to ASCII where they are Latin; longer ones are cut. */
bool word_next(struct bytes *left, struct folded *w, struct bytes *raw);

/* Cut to its stem, in place. */
void word_stem(struct folded *w, bool french);

/* Small words that say nothing about a text, of both languages; NULL-ended. */
extern const char *const words_empty[];
