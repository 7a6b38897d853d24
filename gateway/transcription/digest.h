/* What is made of what was said: chapters, summaries, keywords. Workers make them; the answer waits for a while. */
#pragma once

#include "http/exchange.h"
#include "transcription/transcript.h"

struct chapters_in { const char *video_url, *url, *language, *provider; };
struct digest_in   { const char *id, *provider; };
struct summary_in  { const char *id, *style, *provider; };
struct keywords_in { const char *id; int limit; };

struct chapter_view { const char *title; double start_time, end_time; const char *text, *summary; };
struct chapters_view {
    const char *video_id, *title, *full_summary, *provider, *source, *language, *transcription_id, *job_id, *status;
    LIST_OF(struct chapter_view) chapters;
};
struct summary_view { const char *transcription_id, *style, *summary, *provider, *language, *job_id, *status; };
struct keyword_view { const char *keyword; int count; double score; };
struct keywords_view { const char *transcription_id, *language, *job_id, *status; LIST_OF(struct keyword_view) keywords; };

extern const struct shape chapters_in_shape, digest_in_shape, summary_in_shape, keywords_in_shape, chapter_view_shape, chapters_view_shape, summary_view_shape,
    keyword_view_shape, keywords_view_shape;

err_t auto_chapter(struct ctx *cx, struct exchange *x, const void *in);
err_t transcription_chapters(struct ctx *cx, struct exchange *x, const void *in);
err_t transcription_summary(struct ctx *cx, struct exchange *x, const void *in);
err_t transcription_keywords(struct ctx *cx, struct exchange *x, const void *in);

/* --- inside --- */

#define DIGEST_WAIT_MS    25000     /* clients give up after thirty seconds */
#define DIGEST_DEADLINE_S 600

/* "auto" and nothing are NULL. */
const char *digest_provider(const char *given);
/* A language as workers take it; NULL: they shall find out. */
const char *digest_language(const char *known);
/* What is not done yet is told with 202: where it will be. */
void digest_later(struct ctx *cx, struct exchange *x, const char *where);

/* What is to be cut into chapters, and whose it is. */
struct chapters_plan {
    const char *owner, *video_url;      /* whose site may have chapters of its own; NULL: by subject */
    const char *language, *provider;    /* NULL: the text's own; the declared order */
    const struct segment *segments;
    size_t n;
};
/* Its flow, accepted. */
fallible chapters_put(struct ctx *cx, const struct chapters_plan *p, const char *id, struct ticket *ticket);
/* Waits until then, and answers; `view` has what is known beside the chapters. Engines' failures, as far as the route names them. */
fallible chapters_answer(struct ctx *cx, struct exchange *x, struct job *job, const char *owner, int64_t until_ms, struct chapters_view *view);
/* The chapters of an opened transcript; `video_url` as above. SPEECH_ABSENT: nothing is said in it. */
fallible chapters_of_transcript(struct ctx *cx, struct exchange *x, const struct transcript_view *t, const char *video_url, const char *provider, int64_t until_ms);
