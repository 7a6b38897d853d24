/* What the leading scheduler does, one look at a time. */
#pragma once

#include "app/daemon.h"

struct scheduler_settings {
    int64_t scheduler_tick_ms, scheduler_batch, jobs_keep_days, asks_keep_days, transcriptions_keep_days, audit_keep_days, audit_checkpoint_s;
    const char *audit_sign_key, *audit_witness;
};
extern const struct shape scheduler_settings_shape;

/* The session of cx is or becomes the leader's. */
fallible lead_try(struct ctx *cx, bool *leads);
/* One look at what is due; *found: how many rows. */
fallible lead_look(struct ctx *cx, int most, size_t *found);
/* About once a minute: old idempotency keys go, and months of jobs that ended more than `keep_days` ago (0: none). */
fallible lead_tidy(struct ctx *cx, int keep_days);
/* With it: what is left of persons who left, and questions of more than `keep_days` before `now_ms` (0: none), in batches
 * with an end, so that what is due is looked at meanwhile. Needs the file store. */
fallible lead_forget(struct ctx *cx, int64_t now_ms, int keep_days);
/* Transcriptions of more than `keep_days` before `now_ms` (0: none), likewise, and uploads that were left in the middle. */
fallible lead_forget_transcriptions(struct ctx *cx, int64_t now_ms, int keep_days);
/* Every second: the log hears how transcriptions ended, whichever process ended them. */
fallible lead_tell_transcriptions(struct ctx *cx);
/* Every few seconds: files that nobody needs. */
fallible lead_drop_files(struct ctx *cx);
/* And months of entries of the audit log that had ended `keep_days` before `now_ms` (0: none), each with an entry that says so. */
fallible lead_retire(struct ctx *cx, int64_t now_ms, int keep_days);
