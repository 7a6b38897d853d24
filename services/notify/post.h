/* One request to a receiver. */
#pragma once

#include "data/shape.h"

struct delivery { const char *id, *endpoint, *owner, *message, *type, *payload, *url, *secret, *old_secret; int tries, failures; bool enabled; };
extern const struct shape delivery_shape;

/* How an attempt went. `status` 0: there was no answer. */
struct outcome { int status; bool taken; const char *error; int64_t took_ms, retry_after_ms; };

/* Sign and send. An error is ours, or the work was stopped; what the receiver does wrong stands in `o`. PERSON_ERASED. */
fallible post(struct ctx *cx, const struct delivery *d, struct outcome *o);
