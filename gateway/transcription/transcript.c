/* Transcripts: what the engine heard, with what people made of it. */
#include "transcription/transcript.h"
#include "transcription/edit.h"
#include "transcription/transcription.h"
#include "app/persons.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define SENTENCE_PAUSE_S 0.8        /* of silence ends a segment */
#define SENTENCE_LONG_S  20.0       /* so does a word behind so long a segment */

/* --- opening --- */

/* What is sealed is the JSON of a string; what is not, the string. */
err_t transcript_text(struct ctx *cx, const char *owner, const char **text)
{
    const char *kept = *text;

    if (!kept || !person_is_sealed(kept))
        return OK;
    TRY(person_open(cx, owner, kept, text));
    if (*text)
        *text = json_text(cx, arena_fmt(cx->arena, "{\"text\":%s}", *text), "text");
    return OK;
}

err_t transcript_close(struct ctx *cx, const char *owner, const char *text, const char **out)
{
    struct text json = text_new(cx->arena, strlen(text) + 64, TRANSCRIPT_BYTES);

    text_json(&json, text, strlen(text));
    TRY(person_seal(cx, owner, (struct bytes){ json.at, json.n }, out));
    if (!person_is_sealed(*out))
        *out = text;
    return json.full ? fail(cx, BUG, "a text is too large to be kept") : OK;
}

struct transcript_lists { LIST_OF(struct word) words; LIST_OF(struct segment) segments; };
extern const struct shape transcript_lists_shape;
FOREIGN(transcript_lists, "The lists of a result.",
    LIST(transcript_lists, words,    "Words.", word, .max = 500000),
    LIST(transcript_lists, segments, "Segments.", segment, .max = 100000));

static fallible open_lists(struct ctx *cx, const struct transcript_row *row, struct transcript_view *out)
{
    const char *words = row->words, *segments = row->segments;
    struct transcript_lists lists = { .words = { NULL, 0 } };

    TRY(person_open_all(cx, row->user_id, (const char **const[]){ &words, &segments }, 2));
    struct text json = text_new(cx->arena, (words ? strlen(words) : 0) + (segments ? strlen(segments) : 0) + 64, TRANSCRIPT_BYTES);
    text_put(&json, "{\"words\":"), text_put(&json, words ? words : "[]");
    text_put(&json, ",\"segments\":"), text_put(&json, segments ? segments : "[]"), text_char(&json, '}');
    if (json.full)
        return fail(cx, BUG, "the words of a transcript are too many");
    TRY(json_read_kept(cx, json.at, &transcript_lists_shape, &lists));
    out->words.at = lists.words.at, out->words.n = lists.words.n;
    out->segments.at = lists.segments.at, out->segments.n = lists.segments.n;
    return OK;
}

/* --- segments of an engine that gave none --- */

static bool ends_sentence(const char *word)
{
    size_t n = strlen(word);

    while (n && strchr("\"')]»", word[n - 1]))
        n--;
    return n && (strchr(".?!", word[n - 1]) || (n > 2 && !memcmp(word + n - 3, "…", 3)));
}

static bool segment_ends(const struct word *w, const struct word *next, double began)
{
    if (!text_is(w->speaker, next->speaker) || next->start - w->end >= SENTENCE_PAUSE_S)
        return true;
    return ends_sentence(w->word) || w->end - began >= SENTENCE_LONG_S;
}

static struct segment segment_of(struct ctx *cx, const struct word *at, size_t n)
{
    struct text text = text_new(cx->arena, 128, TRANSCRIPT_BYTES);

    for (size_t i = 0; i < n; i++) {
        if (i)
            text_char(&text, ' ');
        text_put(&text, at[i].word);
    }
    return (struct segment){ .text = text.at, .start = at[0].start, .end = at[n - 1].end, .speaker = at[0].speaker };
}

void transcript_divide(struct ctx *cx, struct transcript_view *t)
{
    size_t n = t->words.n, first = 0;

    if (t->segments.n)
        return;
    t->segments.at = NEWS(cx, struct segment, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || segment_ends(&t->words.at[i], &t->words.at[i + 1], t->words.at[first].start)) {
            t->segments.at[t->segments.n++] = segment_of(cx, t->words.at + first, i + 1 - first);
            first = i + 1;
        }
    if (!n && t->text && *t->text)
        t->segments.at[t->segments.n++] = (struct segment){ .text = t->text, .end = t->duration_seconds == INT_NONE ? 0 : t->duration_seconds };
}

/* --- the whole --- */

static fallible apply_edits(struct ctx *cx, struct transcript_view *t)
{
    struct { LIST_OF(struct transcript_edit) rows; } edits = { .rows = { NULL, 0 } };

    if (!t->revision)
        return OK;
    TRY(pg_list(cx, SQL(transcript_edits_last), ARGS(t->id), &transcript_edit_shape, &edits.rows));
    TRY(edits_open(cx, t->owner, edits.rows.at, edits.rows.n));
    edits_apply(cx, t, edits.rows.at, edits.rows.n);
    return OK;
}

static fallible open_row(struct ctx *cx, struct transcript_row *row, struct transcript_view *out)
{
    *out = (struct transcript_view){ .id = row->id, .owner = row->user_id, .title = row->title, .video_url = row->video_url, .original_filename = row->original_filename,
                                     .language = row->language, .engine = row->engine, .created_at = row->created_at, .completed_at = row->completed_at,
                                     .confidence = row->confidence < 0 ? REAL_NONE : row->confidence, .duration_seconds = row->duration_seconds,
                                     .revision = row->revision, .text = row->text };
    TRY(transcript_text(cx, row->user_id, &out->text));
    TRY(open_lists(cx, row, out));
    transcript_divide(cx, out);
    return apply_edits(cx, out);
}

err_t transcript_open(struct ctx *cx, const char *id, struct transcript_view *out)
{
    struct transcript_row row = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(transcript_find), ARGS(id), &transcript_row_shape, &row, &found));
    if (!found)
        return fail(cx, TRANSCRIPTION_UNKNOWN, "Transcription job not found");
    if (!exchange_may_see(cx, row.user_id))
        return fail(cx, TRANSCRIPTION_FOREIGN, "Access denied");
    if (!text_is(row.status, "completed"))
        return fail(cx, TRANSCRIPTION_NOT_READY, "it is %s", row.status);
    TRY(transcription_audit(cx, "transcription.read", &(struct transcription){ .id = row.id, .user_id = row.user_id }));
    return open_row(cx, &row, out);
}
