/* What sites tell about videos and broadcasts. */
#pragma once

#include "http/exchange.h"
#include "app/jobs.h"

struct video_in { const char *video_url, *url; };
struct video_part { const char *title; double start_time, end_time; };
struct video {
    const char *video_id, *title, *description, *uploader, *channel_url, *upload_date, *thumbnail, *language, *job_id, *status;
    int64_t duration_seconds, view_count, like_count;   /* LONG_NONE: the site does not say */
    struct texts tags, categories;
    LIST_OF(struct video_part) chapters;
    bool is_live;
};

struct stream_in { const char *stream_url; };
struct stream_status { bool is_live, was_live; const char *title, *uploader, *url, *error, *job_id, *status; int64_t concurrent_viewers; };

extern const struct shape video_in_shape, video_part_shape, video_shape, stream_in_shape, stream_status_shape;

/* Has a worker ask a site. `input`: of a job of this kind. */
fallible site_ask(struct ctx *cx, struct exchange *x, const char *kind, const char *input, struct job *job);
/* What a job ended with, as far as the route has words for it. */
err_t    site_failed(struct ctx *cx, const struct exchange *x, const char *error, const char *text);
/* "/what is missing", or no address of the web: INPUT_INVALID. */
fallible site_check(struct ctx *cx, const char *url, const char *what);

err_t video_metadata(struct ctx *cx, struct exchange *x, const void *in);
err_t stream_status_post(struct ctx *cx, struct exchange *x, const void *in);
