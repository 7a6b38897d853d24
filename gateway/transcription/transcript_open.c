/* A transcription that is done, opened as the engine gave it. */
#include "http/exchange.h"
#include "transcription/transcript.h"
#include "app/persons.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

struct opened_row {
    const char *id, *owner, *title, *video_url, *original_filename, *language, *engine, *status, *text, *words, *segments;
    double confidence;
    int    duration_seconds, revision;
    struct when created_at, completed_at;
};
extern const struct shape opened_row_shape;
SHAPE(opened_row, "The row of a transcription.",
    FIELD(opened_row, id,                "Its id."),
    FIELD(opened_row, owner,             "Whose it is."),
    FIELD(opened_row, title,             "What it is called."),
    FIELD(opened_row, video_url,         "Where the recording is."),
    FIELD(opened_row, original_filename, "Of an upload."),
    FIELD(opened_row, language,          "As heard."),
    FIELD(opened_row, engine,            "Who heard it."),
    FIELD(opened_row, status,            "How far it is."),
    FIELD(opened_row, text,              "Sealed."),
    FIELD(opened_row, words,             "Sealed."),
    FIELD(opened_row, segments,          "Sealed."),
    FIELD(opened_row, confidence,        "-1: not known."),
    FIELD(opened_row, duration_seconds,  "Of the recording."),
    FIELD(opened_row, revision,          "Grows with each correction."),
    FIELD(opened_row, created_at,        "When it was asked for."),
    FIELD(opened_row, completed_at,      "When it was done."));

struct opened_lists { LIST_OF(struct word) words; LIST_OF(struct segment) segments; };
extern const struct shape opened_lists_shape;
SHAPE(opened_lists, "Its lists.",
    LIST(opened_lists, words,    "Words.", word, .max = 500000),
    LIST(opened_lists, segments, "Segments.", segment, .max = 100000));

err_t transcript_open(struct ctx *cx, const char *id, struct transcript_view *out)
{
    struct opened_row r = { .id = NULL };
    struct opened_lists lists = { .words = { NULL, 0 } };
    bool found;

    TRY(pg_find(cx, SQL(opened_find), ARGS(id), &opened_row_shape, &r, &found));
    if (!found)
        return fail(cx, TRANSCRIPTION_UNKNOWN, "Transcription job not found");
    if (!exchange_may_see(cx, r.owner))
        return fail(cx, TRANSCRIPTION_FOREIGN, "Access denied");
    if (!text_is(r.status, "completed"))
        return fail(cx, TRANSCRIPTION_NOT_READY, "it is %s", r.status);
    TRY(transcript_text(cx, r.owner, &r.text));
    TRY(person_open_all(cx, r.owner, (const char **const[]){ &r.words, &r.segments }, 2));
    const char *json = arena_fmt(cx->arena, "{\"words\":%s,\"segments\":%s}", r.words ? r.words : "[]", r.segments ? r.segments : "[]");
    TRY(json_read_kept(cx, json, &opened_lists_shape, &lists));
    *out = (struct transcript_view){ .id = r.id, .owner = r.owner, .title = r.title, .video_url = r.video_url, .original_filename = r.original_filename, .language = r.language,
                                     .engine = r.engine, .created_at = r.created_at, .completed_at = r.completed_at, .confidence = r.confidence < 0 ? REAL_NONE : r.confidence,
                                     .duration_seconds = r.duration_seconds, .revision = r.revision, .text = r.text,
                                     .words = { lists.words.at, lists.words.n }, .segments = { lists.segments.at, lists.segments.n } };
    return OK;
}
