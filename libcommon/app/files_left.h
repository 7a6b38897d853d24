/* Files that nobody needs from a moment on; the scheduler deletes them. A file is noted here before it is written, and its note goes
 * in the commit of the row that owns it: what dies in between is tidied up. Rows that are deleted note their files by triggers. */
#pragma once

#include "base/text.h"

#define FILE_LEFT_S 86400       /* for as long as a file may be without an owner */

/* `key` goes in so many seconds, unless files_left_keep comes before. */
fallible files_left_note(struct ctx *cx, const char *key, int64_t in_s);
fallible files_left_keep(struct ctx *cx, const char *key);

/* Delete what is due, at most `most`. Needs the file store. */
fallible files_left_work(struct ctx *cx, int most, int64_t *dropped);
