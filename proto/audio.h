/* What the audio worker is asked and gives. The same members stand in audio.proto. */
#pragma once

#include "data/shape.h"

/* audio.extract: any recording or video to 16 kHz mono WAV (s16le) for speech recognition. */
struct audio_extract { const char *file, *transcription; };
/* audio.convert: to what people play. */
struct audio_convert { const char *file, *format; int bit_rate_kbps; };

struct audio_made {
    const char *file, *type, *codec;    /* blob key; media type; codec of the source */
    double  duration_s;
    int64_t size;
    int     channels, rate_hz;          /* of the source */
    bool    video;                      /* the source has a picture */
};

/* audio.fetch: the sound of a video or recording on the web, made ready as audio.extract does. */
struct audio_fetch { const char *url, *transcription; int64_t max_s; };

struct audio_fetched {
    const char *file, *type, *codec;    /* as audio_made */
    double  duration_s;
    int64_t size;
    int     channels, rate_hz;
    bool    video;
    const char *title, *uploader, *webpage, *extractor, *thumbnail, *upload_date;   /* of the source; NULL: it does not say */
    bool    live;                       /* it was broadcast live; what still is, is not fetched */
};

/* audio.look: only what the site tells about it. */
struct audio_look { const char *url; };

struct video_chapter { const char *title; double start_s, end_s; };

struct audio_looked {
    const char *video_id, *title, *description, *uploader, *channel, *webpage, *extractor, *thumbnail, *upload_date, *language;
    double  duration_s;                 /* REAL_NONE: the site does not say */
    int64_t view_count, like_count;     /* LONG_NONE: the same */
    struct texts tags, categories;
    LIST_OF(struct video_chapter) chapters;
    bool    live, was_live;             /* live: now, or soon */
    const char *live_status;            /* yt-dlp's word for it; NULL: it has none */
    int64_t viewers;                    /* of a broadcast, now; LONG_NONE: the site does not say */
};

/* audio.captions: what the site's own captions say. */
struct audio_captions { const char *url, *language; };

struct caption { const char *text; double start_s, end_s; };

struct audio_captioned {
    const char *video_id, *title, *language;
    bool    manual;                     /* made by a person */
    double  duration_s;                 /* REAL_NONE: the site does not say */
    LIST_OF(struct caption) captions;
};

/* audio.playlist: which videos a list has; of none is more asked. What is then done with them, the database knows (playlists.sql). */
struct audio_playlist { const char *url; int most; };

struct listed_video { const char *video_id, *title, *url; double duration_s; };     /* REAL_NONE: the list does not say */

struct audio_listed { const char *title; LIST_OF(struct listed_video) videos; };

/* audio.capture: a piece of what is broadcast now, as audio.fetch makes it, and the same for people. */
struct audio_capture { const char *url, *transcription; int64_t seconds; };

struct audio_captured {
    const char *file;                   /* blob key of the sound for the engine */
    double  duration_s;                 /* of what came: a broadcast may end before */
    const char *title, *webpage, *recording, *method;   /* recording: blob key of the MP3; method: what took it */
    int64_t recording_size;
    bool    live;
};

/* audio.frames: pictures of a video, one every so many seconds. */
struct audio_frames { const char *url; int interval_s, most; };

struct video_frame { double at_s; int64_t size; };

struct audio_framed {
    const char *file;                   /* blob key: JPEG images, one behind the other */
    const char *video_id, *title;
    LIST_OF(struct video_frame) frames;
};

extern const struct shape audio_extract_shape, audio_convert_shape, audio_made_shape, audio_fetch_shape, audio_fetched_shape,
    audio_look_shape, video_chapter_shape, audio_looked_shape, audio_captions_shape, caption_shape, audio_captioned_shape, audio_playlist_shape,
    listed_video_shape, audio_listed_shape, audio_capture_shape, audio_captured_shape, audio_frames_shape, video_frame_shape, audio_framed_shape;
