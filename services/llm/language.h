/* Which language a text is in, by its most frequent small words. */
#pragma once

#include "base/text.h"

/* "fr" or "en"; "fr" when nothing tells. */
const char *language_guess(const char *text);
