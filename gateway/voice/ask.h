/* Handlers of the voice area. */
#pragma once

#include "http/exchange.h"
#include "voice/shapes.h"

extern const struct handler ask_get;

err_t ask_create(struct ctx *cx, struct exchange *x, const void *in);
err_t ask_audio(struct ctx *cx, struct exchange *x, const void *in);
err_t ask_report(struct ctx *cx, struct exchange *x, const void *in);
err_t asks_list(struct ctx *cx, struct exchange *x, const void *in);
