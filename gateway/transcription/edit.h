/* Corrections of segments: each is a row, numbered by the revision that it made; the engine's own words stay as they came. */
#pragma once

#include "http/exchange.h"
#include "transcription/transcript.h"

struct transcript_row {
    const char *id, *user_id, *title, *video_url, *original_filename, *language, *engine, *status, *text, *words, *segments;
    double      confidence;
    int         duration_seconds, revision;
    struct when created_at, completed_at;
};
struct transcript_edit {
    int         revision, segment;
    const char *text, *speaker, *text_before, *speaker_before, *editor;
    struct when made_at;
};

struct segment_ref { const char *id; int n; };
struct segment_in  { const char *id; int n; const char *text, *speaker; int revision; };
struct segment_view { int n; const char *text, *speaker; double start, end; };
struct segments_view { int revision; LIST_OF(struct segment_view) segments; };
struct segment_changed { int revision; struct segment_view segment; };
struct history_view { int revision; LIST_OF(struct transcript_edit) edits; };

extern const struct shape transcript_row_shape, transcript_edit_shape, segment_ref_shape, segment_in_shape, segment_view_shape,
    segments_view_shape, segment_changed_shape, history_view_shape;
extern const struct handler transcription_segments_get, transcription_segment_patch, transcription_history_get, transcription_revert_post;

/* Segments say something else: n opened corrections, in the order of their segments, one for each. Words that a segment still says
 * keep their times; what is new shares the time of what it replaces, by its letters, and has no confidence. */
void edits_apply(struct ctx *cx, struct transcript_view *t, const struct transcript_edit *edits, size_t n);
/* What is sealed of n corrections is opened. */
fallible edits_open(struct ctx *cx, const char *owner, struct transcript_edit *at, size_t n);
/* All segments, one behind the other. */
const char *edit_text(struct ctx *cx, const struct transcript_view *t);
