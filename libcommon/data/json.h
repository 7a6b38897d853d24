/* JSON to and from shapes, and a reader for JSON whose members we choose by hand.
 * RFC 8259, read strictly: UTF-8, no repeated keys, no U+0000, depth and size bounded. */
#pragma once

#include "data/shape.h"

#define JSON_MAX_DEPTH  32
#define JSON_MAX_BYTES  (64u << 20)     /* foreign documents; routes set their own, lower limits */
#define JSON_MAX_KEYS   4096            /* members of one object */

/* Text into a struct. JSON_BROKEN: not JSON. INPUT_INVALID: JSON of another shape, with every flaw. */
fallible json_read(struct ctx *cx, const char *text, size_t len, const struct shape *s, void *out);

/* The same when some members are given elsewhere, in a path: a bit for each field that the text may not name. */
fallible json_read_rest(struct ctx *cx, const char *text, size_t len, const struct shape *s, uint64_t elsewhere, void *out);

/* What this suite wrote into its own rows, perhaps in a later version: members that are not known are passed over, at
 * every depth, so that two versions of a daemon work side by side. */
fallible json_read_kept(struct ctx *cx, const char *text, const struct shape *s, void *out);

/* JSON_BROKEN unless the text is strict JSON within the bounds above. */
fallible json_check(struct ctx *cx, const char *text, size_t len);

/* A struct as JSON. Absent texts, times and raws are left out; numbers that are NONE become null. */
char *json_write(struct ctx *cx, const struct shape *s, const void *from);
void  json_put(struct text *to, const struct shape *s, const void *from);
void  json_put_list(struct text *to, const struct shape *s, const struct list *list);

/* The members of an object one after the other, as they are written, in JSON of our own; `*at` is the text at first. False:
 * there is no more, or it is no object. */
bool json_next(const char **at, struct bytes *name, struct bytes *value);

/* The raw JSON text of one member of an object, by path ("error/message", list items by number);
 * NULL when it is not there. Strings come unescaped by json_text. For foreign documents. */
const char *json_text(struct ctx *cx, const char *json, const char *path);
