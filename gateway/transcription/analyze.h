/* What a video shows: pictures of it, described by a model that sees. */
#pragma once

#include "http/exchange.h"

struct analyze_in { const char *video_url, *url; int interval_seconds, max_frames; };
struct analysis_ref { const char *id; };
struct frame_seen { double timestamp; const char *description; };
struct analysis {
    const char *video_id, *title, *summary, *error, *analysis_id, *status, *provider;
    int frames_analyzed;
    LIST_OF(struct frame_seen) analyses;
};

extern const struct shape analyze_in_shape, analysis_ref_shape, frame_seen_shape, analysis_shape;
extern const struct handler analysis_get;

err_t analyze_post(struct ctx *cx, struct exchange *x, const void *in);
