/* The kinds of work of this daemon. */
#pragma once

#include "app/handler.h"

extern const struct handler answer;
extern const struct handler sees, see;
