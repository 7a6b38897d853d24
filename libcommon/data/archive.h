/* A ZIP file made of files and texts. */
#pragma once

#include "base/text.h"

struct archive;

/* Written whole by archive_end; without it nothing is there. BLOB_DOWN, DISK_FULL. */
fallible archive_new(struct ctx *cx, const char *path, struct archive **out);
/* The file must stay until archive_end. `squeeze`: what is not squeezed already, as sound is. */
fallible archive_file(struct ctx *cx, struct archive *a, const char *name, const char *path, bool squeeze);
fallible archive_text(struct ctx *cx, struct archive *a, const char *name, struct bytes text);     /* it must stay as well */
fallible archive_end(struct ctx *cx, struct archive *a);
