/* What a text asks for: an answer, a summary, or nothing. */
#pragma once

#include "base/text.h"

bool asks_question(const char *text);

/* `sentences`: how many it wants ("in three sentences"), 0 when it does not say. */
bool asks_summary(const char *text, size_t *sentences);
