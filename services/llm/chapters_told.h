/* What an engine wrote of chapters: for each a line "## title" and its summary, last "## =" and the summary of the whole. */
#pragma once

#include "base/text.h"

struct told { const char *title, *summary; };

/* The n chapters' and, last, the whole's (n + 1 rows). False: it is something else. Titles and summaries are one line each. */
bool chapters_told(struct ctx *cx, const char *text, struct told *out, size_t n);
