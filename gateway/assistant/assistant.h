/* Handlers of the assistant area: works on texts. */
#pragma once

#include "http/exchange.h"

struct process_in { const char *text, *task, *provider, *language; };
struct process_out {
    const char *original_text, *processed_text, *provider_used, *task_performed;
    struct texts improvements;
    const char *language, *job_id, *status;
};

extern const struct shape process_in_shape, process_out_shape;

err_t process_text(struct ctx *cx, struct exchange *x, const void *in);
err_t process_stream(struct ctx *cx, struct exchange *x, const void *in);

/* --- inside --- */

/* The request, with what it leaves out: the task, and NULL for a provider or a language that are "auto". INPUT_INVALID. */
fallible process_read(struct ctx *cx, struct exchange *x, struct process_in *in);
/* Its job, accepted. USER_UNKNOWN. */
fallible process_put(struct ctx *cx, struct exchange *x, const struct process_in *in, struct job *job);
