/* What mails say. Nothing of it is somebody's own words, not even a name: who opens an account for a stranger's address could have us mail them. */
#pragma once

#include "base/text.h"

/* `path` NULL: no link, and nothing to be kept of it. */
struct mail_words { const char *purpose, *path; int64_t good_s; struct { const char *subject, *before, *after; } in[2]; };      /* French, English */

/* NULL: there is no such purpose. */
const struct mail_words *mail_words_of(const char *purpose);
