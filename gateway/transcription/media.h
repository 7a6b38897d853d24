/* Which recordings are taken, by what their sender says of them; the audio worker looks at what they are. */
#pragma once

#include "base/err.h"

#define MULTIPART_EXTRA 65536       /* bytes that a body may have beside its file */

/* By the type, its parameters aside (audio/webm;codecs=opus); by the name where the type says nothing. FILE_TYPE_REFUSED. */
fallible media_check(struct ctx *cx, const char *type, const char *filename);

/* A name without directories, at most 255 bytes of it. */
const char *media_name(struct ctx *cx, const char *filename);
