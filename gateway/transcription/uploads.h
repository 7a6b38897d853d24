/* Recordings that arrive in parts, on any gateway; what breaks off goes on where it was. */
#pragma once

#include "http/exchange.h"

struct upload_in { int64_t size; const char *filename, *type, *sha256; };
struct upload_ref { const char *id; };
struct upload {
    const char *id, *owner, *filename, *type, *sha256, *transcription;
    int64_t size, offset;
    int     parts;
    struct when created_at;
};
struct upload_done { const char *id, *language, *engine, *prompt; bool diarize; };

extern const struct shape upload_in_shape, upload_ref_shape, upload_shape, upload_done_shape;

err_t upload_begin(struct ctx *cx, struct exchange *x, const void *in);
err_t upload_tell(struct ctx *cx, struct exchange *x, const void *in);
err_t upload_append(struct ctx *cx, struct exchange *x, const void *in);
err_t upload_complete(struct ctx *cx, struct exchange *x, const void *in);
err_t upload_drop(struct ctx *cx, struct exchange *x, const void *in);
