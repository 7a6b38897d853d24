/* One run of ffmpeg: a recording into a format of ours. */
#pragma once

#include "media.h"

struct target {
    const char *format, *extension, *type;      /* "opus", "ogg", "audio/ogg" */
    const char *const *codec;                   /* ffmpeg's arguments, NULL-ended */
    int usual_kbps, least_kbps, most_kbps;      /* 0: without a bit rate */
    int bytes_s;                                /* at most, for the limit of the file's size */
};
extern const struct target target_speech;       /* 16 kHz mono WAV */
const struct target *target_find(const char *format);   /* for people; NULL: unknown */

struct conversion {
    const struct media  *media;
    const struct target *to;
    int64_t max_s;                  /* longest taken; 0: the setting */
    double  least_s;                /* what the source said; shorter is not all of it. 0 and less: it did not say */
    int  done_percent;              /* of the job, before the conversion */
    int  bit_rate_kbps;             /* 0: the usual; outside the format's range: its nearest */
    const char *dir;                /* has MEDIA_INPUT */
    const char *path;               /* out: the result */
    double duration_s;              /* out: of the sound really decoded */
};

/* MEDIA_UNREADABLE, MEDIA_TOO_LONG, FETCH_FAILED (shorter than least_s). Says its progress. */
fallible convert(struct ctx *cx, struct conversion *c);
