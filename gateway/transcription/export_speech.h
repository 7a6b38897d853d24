/* Inside the exports: what was said, in pieces, and what is made of them: captions and paragraphs. */
#pragma once

#include "proto/document.h"
#include "transcription/transcript.h"

#define TEXT_MOST (64u << 20)           /* bytes of anything made here */

/* A word with the marks around it; a whole segment where an engine times no words; a paragraph where it times nothing. */
struct spoken {
    const char *text;
    size_t  n;
    int     width;                      /* characters */
    int64_t start_ms, end_ms;           /* never running backward */
    const char *speaker;
    bool    joined;                     /* no space before it */
    bool    ends_sentence, ends_clause;
};

struct speech {
    LIST_OF(struct spoken) spoken;
    bool timed, by_word;
    int  speakers;                      /* told apart */
};

struct speech speech_of(struct ctx *cx, const struct transcript_view *t);
int  text_width(const char *at, size_t n);
/* Pieces first to last as they are read, spaces between them. */
void spoken_put(struct text *to, const struct spoken *at, size_t first, size_t last);
bool spoken_pauses(const struct spoken *at, size_t i, int64_t ms);     /* more than `ms` of silence behind piece i */

/* --- captions (export_captions.c) --- */

#define LINE_MOST     42                /* characters */
#define SHOWN_LEAST   1000              /* ms */
#define SHOWN_MOST    7000
#define PAUSE_MS      700
#define NAME_MOST     20                /* characters of a speaker's name that make a caption's first line shorter */

struct caption { int64_t from_ms, to_ms; const char *speaker; struct texts lines; };
struct captions { LIST_OF(struct caption) captions; };

/* In time order, none over another. `names`: the first line leaves room for the speaker's name. */
struct captions captions_cut(struct ctx *cx, const struct speech *s, bool names);

/* --- paragraphs (export_turns.c) --- */

struct turns { LIST_OF(struct turn) turns; };

/* One speaker's each, ended at a pause or once long enough; a speaker is named where another spoke before. */
struct turns turns_cut(struct ctx *cx, const struct speech *s);
