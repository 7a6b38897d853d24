/* multipart/form-data (RFC 7578) read in pieces: fields into memory, files to disk, everything bounded. */
#pragma once

#include "http/exchange.h"

#define PARTS_MOST       32
#define PART_HEAD_BYTES  4096
#define FIELD_MAX_BYTES  (4u << 20)     /* of a part without a filename, and of all of them together */

struct part {
    const char *name, *filename, *type;     /* filename NULL: a field */
    struct bytes value;                     /* of a field; NUL-ended */
    const char *path;                       /* of a file, in `dir` */
    int64_t size;
    char sha256[65];                        /* of a file's bytes, hex */
};
struct parts { LIST_OF(struct part) parts; };

/* The whole body, at most `most` bytes; files go to `dir` (a work directory). REQUEST_BROKEN: not such a body, or cut;
 * INPUT_INVALID: too many parts, a name twice; BODY_TOO_LARGE; BODY_TIMEOUT; DISK_FULL. */
fallible multipart_read(struct ctx *cx, struct exchange *x, const char *dir, int64_t most, struct parts *out);

/* The same from bytes that `next` gives (0 at the end): for tests and the fuzzer. */
typedef err_t multipart_source(struct ctx *cx, void *with, char *to, size_t n, size_t *got);
fallible multipart_parse(struct ctx *cx, const char *content_type, const char *dir, multipart_source *next, void *with, struct parts *out);

const struct part *part_named(const struct parts *p, const char *name);     /* NULL: none */
