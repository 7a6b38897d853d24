#include "app/leaving.h"
#include "app/audit.h"
#include "app/jobs.h"
#include "app/persons.h"
#include "base/log.h"
#include "net/blob.h"
#include "net/pg.h"
#include "net/redis.h"
#include "sql.h"

#include <string.h>

struct leaving_id { const char *id; };
struct leaving_key { const char *key; };
struct leaving_ask { const char *id, *job_id; };
struct leaver { const char *person; };
struct ids { LIST_OF(struct leaving_id) rows; };

SHAPE(leaving_id, "Names a row.", FIELD(leaving_id, id, "Its id."));
SHAPE(leaving_key, "A stored file.", FIELD(leaving_key, key, "Its key."));
SHAPE(leaving_ask, "A question, or a transcription, that is too old.",
    FIELD(leaving_ask, id,     "Its id."),
    FIELD(leaving_ask, job_id, "Its job."));
SHAPE(leaver, "Who leaves.",
    FIELD(leaver, person, "Whose account it is."));
SHAPE(retained, "What is older than it may be.",
    FIELD(retained, asks,   "Questions."),
    FIELD(retained, jobs,   "Jobs and steps of theirs."),
    FIELD(retained, files,  "Stored files."),
    FIELD(retained, oldest, "When the oldest was asked."));

/* --- a person --- */

static fallible leave(struct ctx *cx, const char *person, bool *found)
{
    struct leaver who = { 0 };

    TRY(pg_find(cx, SQL(leaver_find), ARGS(person), &leaver_shape, &who, found));
    if (!*found)
        return OK;
    TRY(pg_do(cx, SQL(leaver_drop), ARGS(person)));
    TRY(person_erase(cx, person));
    TRY(audit_erase(cx, person));
    return audit_add(cx, &(struct audit_entry){ .action = "user.deleted", .type = "user", .id = person });
}

err_t person_leave(struct ctx *cx, const char *person, bool *found)
{
    if (cx->tx)
        return leave(cx, person, found);
    TRY(pg_begin(cx));
    err_t e = leave(cx, person, found);
    if (e || !*found) {
        pg_undo(cx);
        return e;
    }
    return pg_commit(cx);
}

/* --- jobs and what they left --- */

static const char **ids_of(struct ctx *cx, const struct ids *all)
{
    const char **ids = NEWS(cx, const char *, all->rows.n);

    for (size_t i = 0; i < all->rows.n; i++)
        ids[i] = all->rows.at[i].id;
    return ids;
}

err_t leaving_files(struct ctx *cx, const char *const *roots, size_t n, struct texts *out)
{
    struct { LIST_OF(struct leaving_key) rows; } keys = { .rows = { NULL, 0 } };

    TRY(pg_list(cx, SQL(leaving_files), ARGS(pg_array(cx, roots, n)), &leaving_key_shape, &keys.rows));
    *out = (struct texts){ NEWS(cx, const char *, keys.rows.n), keys.rows.n };
    for (size_t i = 0; i < keys.rows.n; i++)
        out->at[i] = keys.rows.at[i].key;
    return OK;
}

/* A file before the row that names it: what is cut short is done again. A key that is none of the store's is nobody's file. */
static fallible drop_files(struct ctx *cx, const char *const *roots, size_t n, int64_t *dropped)
{
    struct texts keys;

    TRY(leaving_files(cx, roots, n, &keys));
    for (size_t i = 0; i < keys.n; i++) {
        err_t e = blob_drop(cx, keys.at[i]);
        if (e && e->code != E_INPUT_INVALID && e->code != E_FILE_UNKNOWN)
            return e;
    }
    *dropped += (int64_t)keys.n;
    return OK;
}

/* Streams go by themselves after a day; without Redis that is when. */
static void drop_streams(struct ctx *cx, const char *const *ids, size_t n)
{
    struct bytes *words = NEWS(cx, struct bytes, 2 * n + 1);
    struct reply_value gone;

    if (!cx->redis || !n)
        return;
    words[0] = W("UNLINK");
    for (size_t i = 0; i < n; i++) {
        words[2 * i + 1] = W(arena_fmt(cx->arena, "ev:%s", ids[i]));
        words[2 * i + 2] = W(arena_fmt(cx->arena, "ev:%s:n", ids[i]));
    }
    err_t e = redis_do(cx, &gone, words, 2 * n + 1);
    if (e)
        log_event(cx, LOG_WARN, "event streams go with their time", LOG_TEXT("text", e->text));
}

err_t leaving_texts(struct ctx *cx, const char *const *roots, size_t n)
{
    const char *all = pg_array(cx, roots, n);

    TRY(pg_do(cx, SQL(leaving_effects), ARGS(all)));
    return pg_do(cx, SQL(leaving_jobs), ARGS(all));
}

err_t leaving_jobs(struct ctx *cx, const char *const *ids, size_t n, int64_t *files)
{
    TRY(drop_files(cx, ids, n, files));
    drop_streams(cx, ids, n);
    return leaving_texts(cx, ids, n);
}

static fallible erase_rest(struct ctx *cx, const char *person, int most)
{
    struct ids live = { 0 }, done = { 0 };
    int64_t files = 0;

    TRY(pg_list(cx, SQL(leaver_live), ARGS(person, most), &leaving_id_shape, &live.rows));
    for (size_t i = 0; i < live.rows.n; i++) {
        err_t e = job_cancel(cx, live.rows.at[i].id);
        if (e && e->code != E_JOB_ENDED && e->code != E_JOB_UNKNOWN)
            return e;
    }
    TRY(pg_list(cx, SQL(leaver_jobs), ARGS(person, most), &leaving_id_shape, &done.rows));
    TRY(leaving_jobs(cx, ids_of(cx, &done), done.rows.n, &files));
    if (live.rows.n || done.rows.n == (size_t)most)
        return OK;                      /* not the last time */
    return pg_do(cx, SQL(erasure_end), ARGS(person));
}

err_t erasures_work(struct ctx *cx, int most, int64_t *pending)
{
    struct ids persons = { 0 };

    TRY(pg_list(cx, SQL(erasures_pending), NO_ARGS, &leaving_id_shape, &persons.rows));
    for (size_t i = 0; i < persons.rows.n; i++)
        TRY(erase_rest(cx, persons.rows.at[i].id, most));
    TRY(pg_list(cx, SQL(erasures_pending), NO_ARGS, &leaving_id_shape, &persons.rows));
    *pending = (int64_t)persons.rows.n;
    return OK;
}

/* --- age --- */

static fallible drop_old(struct ctx *cx, struct when before, int most, struct retained *out)
{
    struct { LIST_OF(struct leaving_ask) rows; } old = { .rows = { NULL, 0 } };

    TRY(pg_list(cx, SQL(retention_asks), ARGS(before, most), &leaving_ask_shape, &old.rows));
    const char **asks = NEWS(cx, const char *, old.rows.n), **roots = NEWS(cx, const char *, old.rows.n);
    for (size_t i = 0; i < old.rows.n; i++)
        asks[i] = old.rows.at[i].id, roots[i] = old.rows.at[i].job_id;
    TRY(leaving_jobs(cx, roots, old.rows.n, &out->files));
    TRY(pg_do(cx, SQL(retention_drop), ARGS(pg_array(cx, asks, old.rows.n))));
    out->asks = (int64_t)old.rows.n;
    return OK;
}

err_t retention_work(struct ctx *cx, struct when before, int most, bool dry_run, struct retained *out)
{
    bool found;

    *out = (struct retained){ 0 };
    return dry_run ? pg_find(cx, SQL(retention_count), ARGS(before), &retained_shape, out, &found) : drop_old(cx, before, most, out);
}

/* Their recordings go with the rows, by way of files_left. */
err_t transcriptions_retire(struct ctx *cx, struct when before, int most, int64_t *gone)
{
    struct { LIST_OF(struct leaving_ask) rows; } old = { .rows = { NULL, 0 } };
    int64_t files = 0;

    TRY(pg_list(cx, SQL(retention_transcriptions), ARGS(before, most), &leaving_ask_shape, &old.rows));
    const char **ids = NEWS(cx, const char *, old.rows.n), **roots = NEWS(cx, const char *, old.rows.n);
    for (size_t i = 0; i < old.rows.n; i++)
        ids[i] = old.rows.at[i].id, roots[i] = old.rows.at[i].job_id;
    TRY(leaving_jobs(cx, roots, old.rows.n, &files));
    *gone = (int64_t)old.rows.n;
    return pg_do(cx, SQL(retention_transcriptions_drop), ARGS(pg_array(cx, ids, old.rows.n)));
}

err_t uploads_expire(struct ctx *cx)
{
    return pg_do(cx, SQL(uploads_expire), NO_ARGS);
}
