/* Text heard twice: where two hearings of one stretch of speech overlap, found by their words, since
 * engines that give no word times punctuate and capitalise each hearing in their own way. */
#pragma once

#include "base/text.h"

/* How many words at the start of `text` repeat the end of `old`; *torn: the last word of `old` is the
 * half of one that `text` has whole, and goes. */
size_t echo_words(struct bytes old, struct bytes text, bool *torn);

struct bytes echo_trim(const char *text);                       /* without the space around it; NULL is "" */
struct bytes echo_skip(struct bytes text, size_t *words);       /* without its first words, as far as it has so many */
size_t echo_but_last(struct bytes text);                        /* how long it is without its last word */
