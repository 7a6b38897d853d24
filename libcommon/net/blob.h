/* The file store: keys to bytes, behind a vtable (a local directory now, S3 later). */
#pragma once

#include "base/text.h"

/* Keys: "asks/0192.../audio.mp3"; [a-z0-9._/-], no "..", no leading slash, at most 200 bytes. */
struct blob_info { int64_t size; const char *etag; struct { int64_t ms; } modified; };

struct blob_engine {
    const char *name;
    err_t (*put)(struct ctx *cx, struct blobs *b, const char *key, struct bytes body);          /* durable, then visible; atomically */
    err_t (*put_file)(struct ctx *cx, struct blobs *b, const char *key, const char *path);      /* the same; not through a link */
    err_t (*open)(struct ctx *cx, struct blobs *b, const char *key, int *fd, struct blob_info *info); /* fd owned by cx's arena */
    err_t (*fetch)(struct ctx *cx, struct blobs *b, const char *key, const char *to_path);
    err_t (*drop)(struct ctx *cx, struct blobs *b, const char *key);                            /* absent is OK */
    err_t (*check)(struct ctx *cx, struct blobs *b);                                            /* could something be put? */
};

/* "file:///var/lib/palabre/blobs". CONFIG_INVALID. */
fallible blobs_open(struct ctx *cx, struct arena *a, const char *url, struct blobs **out);
bool blobs_is_up(struct ctx *cx);

/* FILE_UNKNOWN, BLOB_DOWN, DISK_FULL, INPUT_INVALID (a bad key). */
fallible blob_put(struct ctx *cx, const char *key, struct bytes body);
fallible blob_put_file(struct ctx *cx, const char *key, const char *path);
fallible blob_open(struct ctx *cx, const char *key, int *fd, struct blob_info *info);
fallible blob_read(struct ctx *cx, const char *key, size_t max_bytes, struct bytes *out);       /* BODY_TOO_LARGE */
fallible blob_drop(struct ctx *cx, const char *key);

/* A private directory (0700) that is removed with everything in it when cx's arena dies. */
fallible blob_workdir(struct ctx *cx, const char **path);
/* Write all of it into a file there; `what` is told in errors. DISK_FULL, BLOB_DOWN. */
fallible disk_write(struct ctx *cx, int fd, const char *at, size_t n, const char *what);
/* The error of a system call on such a file: DISK_FULL, BLOB_DOWN. */
err_t disk_trouble(struct ctx *cx, const char *what);
/* A blob as a file in a work directory (hard link or copy): for children. */
fallible blob_fetch(struct ctx *cx, const char *key, const char *to_path);
