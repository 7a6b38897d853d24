/* Segments of a transcript, read and corrected. */
#include "transcription/edit.h"
#include "transcription/transcription.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

static struct segment_view view_of(const struct transcript_view *t, size_t n)
{
    const struct segment *s = &t->segments.at[n];

    return (struct segment_view){ .n = (int)n, .text = s->text, .speaker = s->speaker, .start = s->start, .end = s->end };
}

HANDLER(transcription_segments_get, transcription_ref, segments_view)
{
    struct transcript_view t;

    TRY(transcript_open(cx, in->id, &t));
    out->revision = t.revision;
    out->segments.at = NEWS(cx, struct segment_view, t.segments.n);
    for (; out->segments.n < t.segments.n; out->segments.n++)
        out->segments.at[out->segments.n] = view_of(&t, out->segments.n);
    return OK;
}

/* --- correcting --- */

static fallible close_or_null(struct ctx *cx, const char *owner, const char *text, const char **out)
{
    *out = NULL;
    return text && *text ? transcript_close(cx, owner, text, out) : OK;
}

static fallible changed_meanwhile(struct ctx *cx, const char *id)
{
    struct transcription now = { 0 };

    TRY(transcription_of_caller(cx, id, &now));
    return fail(cx, TRANSCRIPTION_CHANGED, "the transcript is at revision %d", now.revision);
}

/* The row of a correction, and the whole text as it is then. */
static fallible put_edit(struct ctx *cx, const struct transcript_view *before, const struct transcript_edit *e, int *revision)
{
    const struct segment *was = &before->segments.at[e->segment];
    struct segment *segments = NEWS(cx, struct segment, before->segments.n);
    struct transcript_view after = *before;
    struct transcript_edit row = { 0 };
    const char *text, *speaker, *text_before, *speaker_before, *whole;
    bool made;

    memcpy(segments, before->segments.at, before->segments.n * sizeof(*segments));
    segments[e->segment].text = e->text;
    after.segments.at = segments;
    TRY(transcript_close(cx, before->owner, e->text, &text));
    TRY(close_or_null(cx, before->owner, e->speaker, &speaker));
    TRY(transcript_close(cx, before->owner, was->text, &text_before));
    TRY(close_or_null(cx, before->owner, was->speaker, &speaker_before));
    TRY(transcript_close(cx, before->owner, edit_text(cx, &after), &whole));
    TRY(pg_find(cx, SQL(transcript_edit_put), ARGS(before->id, before->revision, e->segment, text, speaker, text_before, speaker_before, cx->user, whole),
                &transcript_edit_shape, &row, &made));
    *revision = row.revision;
    return made ? OK : changed_meanwhile(cx, before->id);
}

static fallible change(struct ctx *cx, const struct transcript_view *t, const struct transcript_edit *e, struct segment_changed *out)
{
    const struct segment *was = &t->segments.at[e->segment];

    TRY(transcription_audit(cx, "transcription.correct", &(struct transcription){ .id = t->id, .user_id = t->owner }));
    TRY(put_edit(cx, t, e, &out->revision));
    out->segment = (struct segment_view){ .n = e->segment, .text = e->text, .speaker = e->speaker && *e->speaker ? e->speaker : NULL, .start = was->start, .end = was->end };
    return OK;
}

/* A speaker that is not named stays; an empty one goes. */
HANDLER(transcription_segment_patch, segment_in, segment_changed)
{
    struct transcript_view t;

    TRY(transcript_open(cx, in->id, &t));
    if ((size_t)in->n >= t.segments.n)
        return fail(cx, SEGMENT_UNKNOWN, "there are %zu segments, from 0", t.segments.n);
    if (in->revision != t.revision)
        return fail(cx, TRANSCRIPTION_CHANGED, "the transcript is at revision %d", t.revision);
    struct transcript_edit e = { .segment = in->n, .text = in->text, .speaker = in->speaker ? in->speaker : t.segments.at[in->n].speaker };
    return change(cx, &t, &e, out);
}

/* --- what was corrected --- */

err_t edits_open(struct ctx *cx, const char *owner, struct transcript_edit *at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        TRY(transcript_text(cx, owner, &at[i].text));
        TRY(transcript_text(cx, owner, &at[i].speaker));
        TRY(transcript_text(cx, owner, &at[i].text_before));
        TRY(transcript_text(cx, owner, &at[i].speaker_before));
        at[i].text = at[i].text ? at[i].text : "";
    }
    return OK;
}

HANDLER(transcription_history_get, transcription_ref, history_view)
{
    struct transcription t = { 0 };

    TRY(transcription_of_caller(cx, in->id, &t));
    TRY(transcription_audit(cx, "transcription.read", &t));
    out->revision = t.revision;
    TRY(pg_list(cx, SQL(transcript_edits), ARGS(in->id), &transcript_edit_shape, &out->edits));
    return edits_open(cx, t.user_id, out->edits.at, out->edits.n);
}

/* The segment says again what it said before that correction; this is a correction of its own. */
HANDLER(transcription_revert_post, segment_ref, segment_changed)
{
    struct transcript_edit old = { 0 };
    struct transcript_view t;
    bool found;

    TRY(transcript_open(cx, in->id, &t));
    TRY(pg_find(cx, SQL(transcript_edit_find), ARGS(in->id, in->n), &transcript_edit_shape, &old, &found));
    if (!found || (size_t)old.segment >= t.segments.n)
        return fail(cx, SEGMENT_UNKNOWN, "no correction made revision %d", in->n);
    TRY(edits_open(cx, t.owner, &old, 1));
    struct transcript_edit e = { .segment = old.segment, .text = old.text_before ? old.text_before : "", .speaker = old.speaker_before };
    return change(cx, &t, &e, out);
}
