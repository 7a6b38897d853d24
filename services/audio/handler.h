/* What the audio worker does. */
#pragma once

#include "app/handler.h"

extern const struct handler audio_extract, audio_convert;
