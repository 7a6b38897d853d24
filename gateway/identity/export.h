/* All that is kept of the caller, as a ZIP. */
#pragma once

#include "http/exchange.h"

err_t me_export(struct ctx *cx, struct exchange *x, const void *in);
