/* What a site tells about a video. */
#pragma once

#include "http/exchange.h"

struct video_in { const char *video_url, *url; };
struct video_part { const char *title; double start_time, end_time; };
struct video {
    const char *video_id, *title, *description, *uploader, *channel_url, *upload_date, *thumbnail, *language, *job_id, *status;
    int64_t duration_seconds, view_count, like_count;   /* LONG_NONE: the site does not say */
    struct texts tags, categories;
    LIST_OF(struct video_part) chapters;
    bool is_live;
};

extern const struct shape video_in_shape, video_part_shape, video_shape;

err_t video_metadata(struct ctx *cx, struct exchange *x, const void *in);
