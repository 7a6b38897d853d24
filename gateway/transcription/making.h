/* What workers make of a transcription (documents, chapters, summaries, keywords): one job for each revision and form, whoever asks how often. */
#pragma once

#include "app/jobs.h"
#include "transcription/transcript.h"

struct exchange;

struct making {
    const struct transcript_view *t;
    const char *form;                   /* what is made, with its options: "pdf-11fr", "chapters" */
    /* Accepts the job, of the transcription's owner, in the transaction of cx. */
    err_t     (*put)(struct ctx *cx, const struct making *m, const char *job_id, struct ticket *ticket);
    const void *with;
};

/* The job that makes it or has made it; begun where there is none, or where it failed. `kept`: it had ended before. TRANSCRIPTION_UNKNOWN: it
 * was deleted meanwhile. */
fallible making_job(struct ctx *cx, struct exchange *x, const struct making *m, struct job *job, bool *kept);
/* A new one in the place of `job`, or that of who was faster. */
fallible making_again(struct ctx *cx, struct exchange *x, const struct making *m, struct job *job);
