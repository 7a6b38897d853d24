/* All that is kept of a person, as a ZIP: the account, the questions and transcriptions with what came of them, the files. Made in a private
 * directory and sent from there; few at once, since each copies all the files of its person. */
#include "http/gateway.h"
#include "identity/accounts.h"
#include "identity/export.h"
#include "identity/shapes.h"
#include "transcription/edit.h"
#include "transcription/transcription.h"
#include "voice/ask.h"
#include "webhooks/webhooks.h"
#include "app/audit.h"
#include "app/leaving.h"
#include "app/persons.h"
#include "data/archive.h"
#include "data/json.h"
#include "net/blob.h"
#include "net/pg.h"
#include "sql.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT_ONCE 2

struct export { const char *dir; struct archive *zip; int64_t files; };
struct export_ask { const char *id, *job_id; };
extern const struct shape export_ask_shape;
SHAPE(export_ask, "A question or a transcription of theirs.",
    FIELD(export_ask, id,     "Its id."),
    FIELD(export_ask, job_id, "Its job."));

struct export_material { const char *material; };
extern const struct shape export_material_shape;
SHAPE(export_material, "What a question was to be answered from.",
    FIELD(export_material, material, "A text."));

static const char *new_path(struct ctx *cx, struct export *e)
{
    return arena_fmt(cx->arena, "%s/%lld", e->dir, (long long)e->files++);
}

static fallible write_text(struct ctx *cx, const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return disk_trouble(cx, "an export");
    err_t e = disk_write(cx, fd, text, strlen(text), "an export");
    close(fd);
    return e;
}

static fallible add_json(struct ctx *cx, struct export *e, const char *name, const struct shape *s, const void *from)
{
    const char *path = new_path(cx, e);

    TRY(write_text(cx, path, json_write(cx, s, from)));
    return archive_file(cx, e->zip, name, path, true);
}

/* A file may have gone meanwhile, or never have come. */
static fallible add_file(struct ctx *cx, struct export *e, const char *key)
{
    const char *path = new_path(cx, e);
    err_t why = blob_fetch(cx, key, path);

    if (why && (why->code == E_FILE_UNKNOWN || why->code == E_INPUT_INVALID))
        return OK;
    TRY(why);
    return archive_file(cx, e->zip, arena_fmt(cx->arena, "files/%s", key), path, false);
}

static fallible add_files(struct ctx *cx, struct export *e, const struct export_ask *row)
{
    struct texts keys;

    TRY(leaving_files(cx, &row->job_id, 1, &keys));
    for (size_t i = 0; i < keys.n; i++)
        TRY(add_file(cx, e, keys.at[i]));
    return OK;
}

static fallible add_material(struct ctx *cx, struct export *e, const struct export_ask *row)
{
    struct export_material of = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(export_material), ARGS(row->id, cx->user), &export_material_shape, &of, &found));
    TRY(person_open(cx, cx->user, of.material, &of.material));
    if (!of.material)
        return OK;
    const char *path = new_path(cx, e);
    TRY(write_text(cx, path, of.material));
    return archive_file(cx, e->zip, arena_fmt(cx->arena, "asks/%s.material.txt", row->id), path, true);
}

static fallible add_ask(struct ctx *cx, struct export *e, const struct export_ask *row)
{
    struct ask ask = { 0 };
    err_t why = ask_get.run(cx, &(struct ask_ref){ row->id }, &ask);

    if (why && why->code == E_ASK_UNKNOWN)      /* its job is older than jobs are kept */
        return OK;
    TRY(why);
    TRY(add_json(cx, e, arena_fmt(cx->arena, "asks/%s.json", row->id), &ask_shape, &ask));
    TRY(add_material(cx, e, row));
    return add_files(cx, e, row);
}

/* The transcript with its corrections, and how it came to them. Files that its job only made on the way are not theirs. */
static fallible add_transcript(struct ctx *cx, struct export *e, const char *id)
{
    struct segments_view segments = { 0 };
    struct history_view history = { 0 };

    TRY(transcription_segments_get.run(cx, &(struct transcription_ref){ id }, &segments));
    TRY(add_json(cx, e, arena_fmt(cx->arena, "transcriptions/%s.segments.json", id), &segments_view_shape, &segments));
    TRY(transcription_history_get.run(cx, &(struct transcription_ref){ id }, &history));
    return history.edits.n ? add_json(cx, e, arena_fmt(cx->arena, "transcriptions/%s.history.json", id), &history_view_shape, &history) : OK;
}

static fallible add_transcription(struct ctx *cx, struct export *e, const struct export_ask *row)
{
    struct transcription t = { 0 };
    err_t why = transcription_get.run(cx, &(struct transcription_ref){ row->id }, &t);

    if (why && why->code == E_TRANSCRIPTION_UNKNOWN)
        return OK;
    TRY(why);
    TRY(add_json(cx, e, arena_fmt(cx->arena, "transcriptions/%s.json", row->id), &transcription_shape, &t));
    if (text_is(t.status, "completed"))
        TRY(add_transcript(cx, e, row->id));
    return t.recording ? add_file(cx, e, t.recording) : OK;
}

/* Each one in memory of its own. */
static fallible add_each(struct ctx *cx, struct export *e, const struct sql *rows_of, err_t (*add)(struct ctx *, struct export *, const struct export_ask *))
{
    struct { LIST_OF(struct export_ask) rows; } all = { .rows = { NULL, 0 } };

    TRY(pg_list(cx, rows_of, ARGS(cx->user), &export_ask_shape, &all.rows));
    for (size_t i = 0; i < all.rows.n; i++) {
        struct ctx own = *cx;
        own.arena = arena_new();
        err_t why = add(&own, e, &all.rows.at[i]);
        why = why ? err_new(cx, why->code, why->where, "%s", why->text) : OK;
        arena_free(own.arena);
        TRY(why);
    }
    return OK;
}

static fallible make(struct ctx *cx, const char *path, struct export *e)
{
    struct user user = { 0 };
    struct webhooks hooks = { .webhooks.n = 0 };

    TRY(account_read(cx, cx->user, &user));
    TRY(webhooks_list.run(cx, &(struct none){ 0 }, &hooks));
    TRY(archive_new(cx, path, &e->zip));
    TRY(add_json(cx, e, "account.json", &user_shape, &user));
    TRY(add_json(cx, e, "webhooks.json", &webhooks_shape, &hooks));
    TRY(add_each(cx, e, SQL(export_asks), add_ask));
    TRY(add_each(cx, e, SQL(export_transcriptions), add_transcription));
    return archive_end(cx, e->zip);
}

static fallible send_file(struct ctx *cx, struct exchange *x, const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return disk_trouble(cx, "an export");
    arena_own_fd(cx->arena, fd);
    if (fstat(fd, &about))
        return disk_trouble(cx, "an export");
    exchange_header(x, "Content-Type", "application/zip");
    exchange_header(x, "Content-Disposition", "attachment; filename=\"palabre.zip\"");
    x->answered = true;
    x->status = 200;
    edge_file(x->request, x->status, x->headers, x->headers_n, fd, 0, about.st_size);
    return OK;
}

static fallible export(struct ctx *cx, struct exchange *x)
{
    struct export e = { 0 };

    TRY(audit_add(cx, &(struct audit_entry){ .action = "user.exported", .type = "user", .id = cx->user }));
    TRY(blob_workdir(cx, &e.dir));
    const char *path = arena_fmt(cx->arena, "%s/palabre.zip", e.dir);
    TRY(make(cx, path, &e));
    return send_file(cx, x, path);
}

err_t me_export(struct ctx *cx, struct exchange *x, const void *in)
{
    static int running;                 /* atomically */
    err_t e;

    (void)in;
    if (__atomic_add_fetch(&running, 1, __ATOMIC_RELAXED) > AT_ONCE)
        e = fail(cx, OVERLOADED, "too many exports are being made");
    else
        e = export(cx, x);
    __atomic_sub_fetch(&running, 1, __ATOMIC_RELAXED);
    return e;
}
