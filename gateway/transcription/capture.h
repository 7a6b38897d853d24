/* Pieces of broadcasts, and recordings given back to those whose they are. */
#pragma once

#include "http/exchange.h"

struct capture_in { const char *stream_url; int64_t duration_seconds; };
struct capture {
    bool success;
    const char *file_path, *title, *capture_method, *url, *transcript, *provider, *error, *transcription_id, *status;
    double  duration_seconds;           /* REAL_NONE: nothing was taken */
    int64_t file_size;                  /* LONG_NONE: the same */
};

extern const struct shape capture_in_shape, capture_shape;

err_t capture_post(struct ctx *cx, struct exchange *x, const void *in);
err_t recording_get(struct ctx *cx, struct exchange *x, const void *in);
