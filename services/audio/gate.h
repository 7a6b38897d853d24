/* The one way out for what is fetched: a forward proxy of ours, on loopback, for the programs and requests of one attempt.
 * Names are resolved here and each address is asked of the egress gate (http.h) when it is connected to, so that neither a
 * redirect, nor a playlist, nor a name that changes its address leads into a private network. */
#pragma once

#include "data/shape.h"

struct gate;

/* Dies with cx's arena, and with cx's deadline and stop. At most `most_bytes` come through it. */
fallible gate_open(struct ctx *cx, int64_t most_bytes, struct gate **out);

/* "http://user:secret@127.0.0.1:port". Not for the arguments of a program, which everybody on a machine can read. */
const char *gate_url(const struct gate *g);
/* The secret in it, for whoever writes down what a program said. */
const char *gate_secret(const struct gate *g);

/* What it could not do, as an error: EGRESS_REFUSED, MEDIA_TOO_LARGE, SITE_DOWN. OK: nothing failed here. */
fallible gate_verdict(struct ctx *cx, struct gate *g);
int gate_visits(const struct gate *g);          /* connections so far */

extern const struct format format_proxy;        /* of AUDIO_PROXY */
