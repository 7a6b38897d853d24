/* What the providers charge for speech. */
#pragma once

#include "base/ctx.h"

/* Millionths of a US dollar for `chars` characters; LONG_NONE: the price of this model is not known. */
int64_t price_of_speech(const char *model, size_t chars);
