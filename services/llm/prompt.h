/* What a model is told: who it is, what it is asked, and which of what it reads is data, not orders. */
#pragma once

#include "engine.h"

/* The messages of a chat, as a JSON list. The same task always gives the same bytes: they go out under an
 * idempotency key. */
void prompt_put(struct text *to, const struct task *task);
