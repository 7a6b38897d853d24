/* Text as it is searched: without case, accents and marks; runs of white space are one blank. */
#pragma once

#include "base/text.h"

/* `from[i]`: where the byte i of `at` stood in the original; from[n] is its length. */
struct folded { const char *at; size_t n; const size_t *from; };

/* UTF-8; bytes that are none are taken as they are. */
struct folded fold(struct ctx *cx, const char *text, size_t n);
