/* The parts of an upload become a recording, and that a transcription. */
#define _GNU_SOURCE
#include "transcription/uploads.h"
#include "http/gateway.h"
#include "transcription/transcription.h"
#include "data/crypto.h"
#include "data/json.h"
#include "net/blob.h"
#include "net/blob_engine.h"
#include "net/pg.h"
#include "sql.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

SHAPE(upload_done, "How to transcribe what was sent.",
    FIELD(upload_done, id,       "Id of the upload.", .need = true, .format = &format_uuid),
    FIELD(upload_done, language, "BCP 47 tag of what is spoken; auto: detected.", .max = 10),
    FIELD(upload_done, engine,   "The engine wanted; the operator's order when absent.", .max = 40),
    FIELD(upload_done, prompt,   "Names and terms to expect, comma separated.", .max = 2000),
    FIELD(upload_done, diarize,  "Tell the speakers apart, with an engine that can."));

struct upload_part { const char *key; };
extern const struct shape upload_part_shape;
SHAPE(upload_part, "A part.", FIELD(upload_part, key, "Its file."));

static fallible append(struct ctx *cx, int to, const char *key)
{
    struct ctx own = *cx;
    struct blob_info info;
    int from;

    own.arena = arena_new();
    err_t e = blob_open(&own, key, &from, &info);
    if (!e)
        e = blob_copy(&own, from, to, "an upload");
    e = e ? err_new(cx, e->code, e->where, "%s", e->text) : OK;
    arena_free(own.arena);
    return e;
}

static fallible join(struct ctx *cx, const struct upload *u, const char *path, char hash[65])
{
    struct { LIST_OF(struct upload_part) rows; } parts = { .rows = { NULL, 0 } };
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return disk_trouble(cx, "an upload");
    arena_own_fd(cx->arena, fd);
    TRY(pg_list(cx, SQL(upload_parts_of), ARGS(u->id), &upload_part_shape, &parts.rows));
    for (size_t i = 0; i < parts.rows.n; i++)
        TRY(append(cx, fd, parts.rows.at[i].key));
    TRY(crypto_sha256_file(cx, fd, hash));
    if (lseek(fd, 0, SEEK_END) != u->size)
        return fail(cx, UPLOAD_INCOMPLETE, "it has not the size that was announced");
    return u->sha256 && strcasecmp(u->sha256, hash) ? fail(cx, UPLOAD_INCOMPLETE, "its SHA-256 is %s", hash) : OK;
}

static fallible find(struct ctx *cx, const char *id, struct upload *u)
{
    bool found;

    TRY(pg_find(cx, SQL(upload_find), ARGS(id, cx->user), &upload_shape, u, &found));
    if (!found)
        return fail(cx, UPLOAD_UNKNOWN, "no upload %s", id);
    return u->offset == u->size ? OK : fail(cx, UPLOAD_INCOMPLETE, "%lld of %lld bytes are here", (long long)u->offset, (long long)u->size);
}

/* A client that got no answer asks again and gets the same. */
err_t upload_complete(struct ctx *cx, struct exchange *x, const void *given)
{
    const char *id = ((const struct upload_done *)given)->id;
    struct upload_done in = { 0 };
    struct transcription_plan plan = { .source_type = "upload" };
    struct upload u = { 0 };
    const char *dir;
    char hash[65];

    TRY(exchange_read_json(cx, x, &in));
    TRY(transcription_language(cx, in.language, &plan.language));
    TRY(find(cx, id, &u));
    if (u.transcription)
        return transcription_answer(cx, x, u.transcription);
    TRY(blob_workdir(cx, &dir));
    const char *path = arena_fmt(cx->arena, "%s/recording", dir);
    TRY(join(cx, &u, path, hash));
    plan.filename = u.filename, plan.print = arena_fmt(cx->arena, "%s", hash), plan.upload = u.id;
    plan.engine = in.engine, plan.prompt = in.prompt, plan.diarize = in.diarize;
    TRY(transcription_keep(cx, &plan, path));
    return transcription_accept(cx, x, &plan);
}
