/* What goes: all of a person who asked for it, and what is older than it may be. The texts are closed at once, by the end of
 * the person's key; files and rows then go in batches, again and again until they are gone. */
#pragma once

#include "data/shape.h"

/* Keys of the files that jobs or flows worked on and made. */
fallible leaving_files(struct ctx *cx, const char *const *roots, size_t n, struct texts *out);

/* What ended jobs or flows worked on, made and said goes: their files (counted in `files`), event streams and texts; the bare rows
 * stay. Needs the file store. */
fallible leaving_jobs(struct ctx *cx, const char *const *roots, size_t n, int64_t *files);

/* The texts alone. */
fallible leaving_texts(struct ctx *cx, const char *const *roots, size_t n);

/* In cx's transaction or one of its own: the key ends, the account goes with what hangs on it, and the rest is noted for
 * erasures_work. `found` false: there is no such account; LAST_SUPER_ADMIN. */
fallible person_leave(struct ctx *cx, const char *person, bool *found);

/* The files, the jobs' texts and the event streams of those who left: as much as `most` jobs' at a time. What still runs is
 * cancelled, and goes when it has ended. `pending`: persons of whom something is left. Needs the file store. */
fallible erasures_work(struct ctx *cx, int most, int64_t *pending);

/* Transcriptions of before `before`, at most `most`, likewise. Uploads that nobody went on with for a day. */
fallible transcriptions_retire(struct ctx *cx, struct when before, int most, int64_t *gone);
fallible uploads_expire(struct ctx *cx);

/* Questions of before `before`, with their answers and files, at most `most`; those whose work goes on stay. A dry run only
 * counts, all of them. Needs the file store unless it is dry. */
struct retained { int64_t asks, jobs, files; struct when oldest; };
extern const struct shape retained_shape;
fallible retention_work(struct ctx *cx, struct when before, int most, bool dry_run, struct retained *out);
