/* Handlers of the transcription area, and what they share. */
#pragma once

#include "http/exchange.h"
#include "transcription/shapes.h"

/* What is to be transcribed, and how. */
struct transcription_plan {
    const char *id, *job_id;
    const char *owner;                  /* NULL: the caller */
    const char *source_type, *video_url, *filename;
    const char *key;                    /* blob key of an upload, noted in files_left; NULL: a video */
    const char *upload;                 /* id of the upload that it came by, or NULL */
    const char *print;                  /* SHA-256 of an upload, or NULL */
    const char *language, *engine, *prompt;
    int64_t capture_s;                  /* of a broadcast at video_url; 0: it is none */
    bool diarize;
};

/* `language` of a request: "auto" for none. INPUT_INVALID. */
fallible transcription_language(struct ctx *cx, const char *given, const char **out);
/* Keep a recording that was sent, under the id that the plan gets. BLOB_DOWN; DISK_FULL. */
fallible transcription_keep(struct ctx *cx, struct transcription_plan *plan, const char *path);
/* Accept it with its flow, or find that it was accepted just now; answers 201. USER_UNKNOWN. */
fallible transcription_accept(struct ctx *cx, struct exchange *x, struct transcription_plan *plan);
/* The same of a video without a prompt, and without an answer: its id is in the plan. */
fallible transcription_begin(struct ctx *cx, struct exchange *x, struct transcription_plan *plan);
/* Its flow alone, in the transaction of cx. */
fallible transcription_flow(struct ctx *cx, struct exchange *x, const struct transcription_plan *plan, struct ticket *ticket);
/* The steps of such a flow, as a row keeps them. */
const char *transcription_steps(struct ctx *cx, const struct exchange *x, const struct transcription_plan *plan);
/* The word MOCK stands for the key of the engine: nobody is asked, and texts are invented. */
bool transcription_is_mocked(const struct exchange *x);
/* Answer with one: 201. */
fallible transcription_answer(struct ctx *cx, struct exchange *x, const char *id);

/* The row of one that the caller may act on, its text still closed. TRANSCRIPTION_UNKNOWN; TRANSCRIPTION_FOREIGN. */
fallible transcription_of_caller(struct ctx *cx, const char *id, struct transcription *out);
/* Open what is closed and work out what is not in the row. */
fallible transcription_finish(struct ctx *cx, struct transcription *t);
/* Who acts on what is not their own is told in the audit log. */
fallible transcription_audit(struct ctx *cx, const char *action, const struct transcription *t);

/* Seconds left of a step that took `ran_ms` for `percent`; LONG_NONE: it has not told yet. */
int64_t progress_eta_s(int percent, int64_t ran_ms);
/* Of the whole, when this step, the first (0) or the second of its flow, is at `percent`. */
int progress_percent(const char *source_type, const char *step, int place, int percent);

extern const struct handler transcription_get, transcription_stats_get, transcription_cancel_post, transcription_retry_post, youtube_validate_post;

err_t transcription_create(struct ctx *cx, struct exchange *x, const void *in);
err_t transcription_upload_post(struct ctx *cx, struct exchange *x, const void *in);
err_t transcriptions_list(struct ctx *cx, struct exchange *x, const void *in);
err_t transcription_delete(struct ctx *cx, struct exchange *x, const void *in);
err_t transcription_events(struct ctx *cx, struct exchange *x, const void *in);
