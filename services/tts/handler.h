/* What the speech worker does. */
#pragma once

#include "app/handler.h"

extern const struct handler tts_speak;
