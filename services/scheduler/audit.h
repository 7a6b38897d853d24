/* The scheduler's care for the audit log, on a thread of its own: entries get their links, the log its checkpoints, the witness its lines. */
#pragma once

#include "lead.h"

struct keeper;
struct keeper *keeper_start(struct daemon *d, const struct scheduler_settings *s);
/* Links what waits, makes a last checkpoint and ends. */
void keeper_stop(struct keeper *k);

/* One turn each; what goes wrong is logged. keep_links: false when it could not; *more: there may be more to link. */
bool keep_links(struct ctx *cx, bool *more);
void keep_checkpoint(struct ctx *cx, const struct scheduler_settings *s);
bool keep_head(struct ctx *cx, const struct scheduler_settings *s);             /* false: it could not, or the end is not what it was */
