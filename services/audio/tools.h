/* ffmpeg and ffprobe as children: their arguments, and what their end means for the recording. */
#pragma once

#include "net/child.h"
#include "data/shape.h"

#define ARGS_MOST 80
struct args { const char *at[ARGS_MOST + 1]; size_t n; };
/* Adds words, ended by NULL. More than ARGS_MOST is a fault of ours: the process dies. */
void args_put(struct args *a, const char *const *words);

/* Like child_run, but a tool that dies of what is in the file (a crash, a spent limit) is MEDIA_UNREADABLE:
 * the same file would kill the next attempt as well. */
fallible tool_run(struct ctx *cx, const struct child_ask *ask, struct child_end *end);

/* The first line a tool complained with, without its "[mp3 @ 0x55...]". */
const char *tool_complaint(struct ctx *cx, const struct child_end *end);
