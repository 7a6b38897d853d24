/* A handler: a function from one shape to another. The gateway runs it for a route, a worker for a kind
 * of job; both read `in` and write `out` from the shapes it names. */
#pragma once

#include "data/shape.h"

struct handler {
    const char         *name;
    err_t             (*run)(struct ctx *cx, const void *in, void *out);
    const struct shape *in, *out;
};

/* HANDLER(name, in, out) { body }: the body sees typed cx, in and out. */
#define HANDLER(name_, in_t, out_t)                                                      \
    static err_t name_##_typed(struct ctx *, const struct in_t *, struct out_t *);       \
    static err_t name_##_run(struct ctx *cx, const void *in, void *out)                  \
    { return name_##_typed(cx, in, out); }                                               \
    extern const struct handler name_;                                                   \
    const struct handler name_ = { #name_, name_##_run, &in_t##_shape, &out_t##_shape }; \
    static err_t name_##_typed(struct ctx *cx, const struct in_t *in, struct out_t *out)
