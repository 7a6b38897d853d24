/* yt-dlp as a child: it knows the sites. It gets no configuration, cache or plugin of anybody's, no ffmpeg, and the gate as the
 * only way out. */
#pragma once

#include "gate.h"
#include "hosts.h"

/* An address to fetch from, and what the attempt has for it. */
struct source {
    const char  *url, *host;
    const char  *dir;               /* private; MEDIA_INPUT appears in it */
    struct gate *gate;
    struct turn *turn;
    int64_t      max_s;
    bool         pictures;          /* they are wanted, and not its sound alone */
    const char  *video_id;          /* out: the site's own name for it */
    double       expected_s;        /* out: what the site says; 0: it does not */
};

struct format_headers { const char *user_agent, *referer; };
struct site_chapter { const char *title; double start_time, end_time; };

/* What yt-dlp finds out about an address (its README, "OUTPUT TEMPLATE"): of these names, NULL or 0 when it does not say. */
struct site_video {
    const char *_type, *id, *title, *description, *uploader, *channel, *channel_url, *uploader_url, *webpage_url, *extractor, *thumbnail,
               *upload_date, *language, *live_status, *url, *protocol;
    double  duration;
    int64_t view_count, like_count, concurrent_view_count;
    double  filesize;
    struct texts tags, categories;
    bool    is_live, was_live;
    struct format_headers http_headers;
    LIST_OF(struct site_chapter) chapters;
    struct raw subtitles, automatic_captions;   /* {"fr": [{"ext": "vtt", "url": ...}, ...], ...} */
};
extern const struct shape site_video_shape;

/* A list of videos; an address that is one video is a list of it. */
struct site_entry { const char *id, *title, *url, *webpage_url; double duration; };
struct site_list {
    const char *_type, *id, *title, *webpage_url;
    double duration;
    LIST_OF(struct site_entry) entries;
};

bool ytdlp_is_there(void);
/* What is at an address; nothing is fetched. Its description stays in the directory for ytdlp_fetch.
 * VIDEO_..., URL_UNSUPPORTED, SITE_DOWN, EGRESS_REFUSED, ENGINE_DISABLED: no yt-dlp. */
fallible ytdlp_look(struct ctx *cx, const struct source *s, struct site_video *out);
/* The first `most` videos of a list, as the list tells them. The same errors. */
fallible ytdlp_list(struct ctx *cx, const struct source *s, int most, struct site_list *out);
/* The sound, or all of it when sound is not apart, as MEDIA_INPUT. The same errors; MEDIA_TOO_LARGE, TIMEOUT. */
fallible ytdlp_fetch(struct ctx *cx, const struct source *s);

/* A line of progress as ytdlp_fetch asks for them: "[palabre] bytes total estimate fragment fragments", "NA" for what it does not
 * know. False: it is none. */
struct download { int percent; int64_t bytes; };
bool ytdlp_progress(const char *line, size_t n, struct download *out);

/* What it complained about, as an error of ours: ytdlp_words.c. `hide`: words that must not be told, NULL-ended. */
fallible ytdlp_meaning(struct ctx *cx, const struct source *s, struct bytes complaint, const char *const *hide);

extern const struct format format_ytdlp_args;   /* of AUDIO_YTDLP_ARGS */
