/* The transcript of a transcription: opened, with its corrections, in segments whatever the engine gave. */
#pragma once

#include "proto/stt.h"

#define TRANSCRIPT_BYTES ((size_t)64 << 20)

struct transcript_view {
    const char *id, *owner, *title, *video_url, *original_filename, *language, *engine;
    struct when created_at, completed_at;
    double      confidence;             /* REAL_NONE: the engine does not say */
    int         duration_seconds, revision;     /* INT_NONE: not known */
    LIST_OF(struct segment) segments;
    LIST_OF(struct word)    words;
    const char *text;
};

/* For the caller, who may read it. TRANSCRIPTION_UNKNOWN; TRANSCRIPTION_FOREIGN; TRANSCRIPTION_NOT_READY. */
fallible transcript_open(struct ctx *cx, const char *id, struct transcript_view *out);

/* The text of a row: opened, or as it is. NULL: there is none, or the key of its person is destroyed. And back. */
fallible transcript_text(struct ctx *cx, const char *owner, const char **text);
fallible transcript_close(struct ctx *cx, const char *owner, const char *text, const char **out);

/* Segments of the words, where the engine gave none: to the end of a sentence, a pause, another speaker. Without words all is one. */
void transcript_divide(struct ctx *cx, struct transcript_view *t);
