/* Lists of videos: what is said in each, by the captions of its site or by a transcription. */
#pragma once

#include "http/exchange.h"

struct playlist_in  { const char *playlist_url, *url, *language; int max_videos; };
struct playlist_ref { const char *id; };
struct playlist_count { int64_t n; };

/* As the database gives it: below zero is not known; the text is sealed or not. */
struct playlist_row {
    const char *video_id, *title, *url, *transcription_id, *status, *error_code, *provider, *language, *text;
    double duration_s, confidence;
    bool   is_manual, mock;
};

struct playlist_more { const char *transcription_id, *status, *error_code; double confidence; bool is_manual, mock; };
struct playlist_video {
    const char *video_id, *title, *url, *transcript, *provider, *language, *error;
    double duration;                    /* seconds; REAL_NONE: not known */
    bool   success;
    struct playlist_more metadata;
};
struct playlist {
    bool success;
    int  total, transcribed;
    LIST_OF(struct playlist_video) results;
    const char *error, *playlist_id, *title, *status;
};

extern const struct shape playlist_in_shape, playlist_ref_shape, playlist_count_shape, playlist_row_shape, playlist_more_shape, playlist_video_shape, playlist_shape;
extern const struct handler playlist_get, playlist_cancel_post;

err_t playlist_post(struct ctx *cx, struct exchange *x, const void *in);
