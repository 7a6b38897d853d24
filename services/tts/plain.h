/* Markdown to what a reader would say aloud: one line per paragraph, heading, list item or table row. */
#pragma once

#include "base/text.h"

/* Emphasis, links and tags lose their marks, addresses are cut to their host, blocks of code are only mentioned
 * (in `language`), control characters go. Plain text stays as it is. */
const char *plain_text(struct ctx *cx, const char *markdown, const char *language);

/* "fr" or "en", by the small words of the text; "fr" when they do not tell. */
const char *language_guess(const char *text);
