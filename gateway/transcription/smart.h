/* What is said in a video, in one request: by the captions of its site, or by a transcription. */
#pragma once

#include "http/exchange.h"

struct smart_in { const char *video_url, *url, *language, *prefer_provider; };
struct smart_segment { const char *text; double start, end, duration, confidence; };
struct smart {
    const char *video_id, *text, *language, *provider, *error, *transcription_id, *status;
    LIST_OF(struct smart_segment) segments;
    int64_t duration_seconds;           /* LONG_NONE: not known */
    double  confidence;                 /* REAL_NONE: nobody says */
    bool    is_manual;
};

extern const struct shape smart_in_shape, smart_segment_shape, smart_shape;

/* What is said in a video, waited for until then; a text that is NULL: its transcription goes on. `in`: its address, its language or "auto",
 * its provider or "auto". */
fallible smart_words(struct ctx *cx, struct exchange *x, const struct smart_in *in, int64_t until_ms, struct smart *out);

err_t smart_transcribe(struct ctx *cx, struct exchange *x, const void *in);
