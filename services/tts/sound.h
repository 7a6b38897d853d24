/* The sound of one job: pieces as engines give them become samples in a file, then one encoded file. */
#pragma once

#include "base/text.h"

struct sound {
    const char *dir, *path;         /* work directory; the samples: mono s16le */
    int     fd, rate_hz;            /* rate_hz: that of the first piece; 0: none yet */
    int64_t bytes;
};

struct encoding { const char *format, *extension, *type; const char *const *codec; };
const struct encoding *encoding_find(const char *format);       /* NULL: unknown */

/* A new, empty sound in a work directory of cx. */
fallible sound_open(struct ctx *cx, struct sound *s);
/* A WAV or MP3 file as samples at the sound's rate (the piece's own, when it is the first: *rate_hz). ENGINE_BROKEN: no sound in it. */
fallible sound_decode(struct ctx *cx, const struct sound *s, struct bytes file, struct bytes *pcm, int *rate_hz);
/* MEDIA_TOO_LONG: more than twelve hours. DISK_FULL. */
fallible sound_add(struct ctx *cx, struct sound *s, struct bytes pcm, int rate_hz);
fallible sound_pause(struct ctx *cx, struct sound *s, int ms);
/* Encodes it; gives the file. */
fallible sound_encode(struct ctx *cx, const struct sound *s, const struct encoding *to, const char **path);
double sound_seconds(const struct sound *s);
