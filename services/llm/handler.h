/* The kinds of work of this daemon. */
#pragma once

#include "app/handler.h"

extern const struct handler answer, text_process, chapters, keywords, sees, see;
