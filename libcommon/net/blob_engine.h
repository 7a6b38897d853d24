/* What the file store and its engines share. */
#pragma once

#include "net/blob.h"

struct blobs { const struct blob_engine *engine; void *state; };

/* Each engine opens what its URL names. CONFIG_INVALID. */
fallible blob_dir_open(struct ctx *cx, struct arena *a, const char *url, struct blobs *out);

/* Copies from one file to another, whole, noticing stops. `what` is told in errors. */
fallible blob_copy(struct ctx *cx, int from, int to, const char *what);
/* The error of a system call on a file of the store. */
err_t blob_trouble(struct ctx *cx, const char *what, int error);
