/* Answers of AssemblyAI. */
#pragma once

#include "proto/stt.h"

enum assemblyai_state { AAI_WAITS, AAI_DONE, AAI_FAILED, AAI_AGAIN };

/* Where a transcript stands: AAI_AGAIN: it failed by no fault of the recording, and may be asked for once more;
 * AAI_FAILED: `why` is the provider's text. ENGINE_BROKEN: no such answer. */
fallible assemblyai_state_read(struct ctx *cx, struct bytes body, enum assemblyai_state *state, const char **why);

/* The error that the text of a failed transcript means: ENGINE_REFUSED, SPEECH_ABSENT. */
err_t assemblyai_failed(struct ctx *cx, const char *why);

/* A completed transcript of a recording of so many seconds, with what it costs; `models` are those that were asked for. ENGINE_BROKEN. */
fallible assemblyai_reply_read(struct ctx *cx, struct bytes body, double duration_s, const char *models, struct transcript *out);

/* The newest transcript of a list that was made of this upload and has not failed; NULL: there is none. `last` is the id to ask
 * for older ones before; NULL: there are none. ENGINE_BROKEN. */
fallible assemblyai_list_find(struct ctx *cx, struct bytes body, const char *url, const char **id, const char **last);
