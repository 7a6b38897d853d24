/* Uploads in parts: begun, told how far they are, continued, given up. Each part is a file of its own, so any gateway takes the next. */
#include "transcription/uploads.h"
#include "http/gateway.h"
#include "transcription/media.h"
#include "app/files_left.h"
#include "data/json.h"
#include "data/uuid.h"
#include "net/blob.h"
#include "net/pg.h"
#include "sql.h"

#include <fcntl.h>
#include <string.h>

#define OPEN_MOST    5              /* uploads of a person */
#define PARTS_MOST   10000
#define PIECE_BYTES  65536

SHAPE(upload_in, "A recording to be sent in parts.",
    FIELD(upload_in, size,     "Its bytes.", .need = true, .min = 1),
    FIELD(upload_in, filename, "Its name.", .need = true, .min = 1, .max = 1000),
    FIELD(upload_in, type,     "Its media type.", .max = 200),
    FIELD(upload_in, sha256,   "Of all of it, 64 hex digits; checked at the end.", .min = 64, .max = 64));

SHAPE(upload_ref, "Names an upload.", FIELD(upload_ref, id, "Its id.", .need = true, .format = &format_uuid));

SHAPE(upload, "A recording that arrives in parts.",
    FIELD(upload, id,         "Its id.", .need = true),
    FIELD(upload, owner,      "Whose it is.", .hidden = true),
    FIELD(upload, filename,   "Its name."),
    FIELD(upload, type,       "Its media type.", .nullable = true),
    FIELD(upload, sha256,     "Of all of it, as its sender says.", .nullable = true),
    FIELD(upload, size,       "Bytes of all of it.", .need = true),
    FIELD(upload, offset,     "Bytes that are here: the next part begins there.", .need = true),
    FIELD(upload, parts,      "How many parts have come."),
    FIELD(upload, transcription, "What it has become.", .nullable = true),
    FIELD(upload, created_at, "When it was begun."));

static void put_headers(struct ctx *cx, struct exchange *x, const struct upload *u)
{
    exchange_header(x, "Upload-Offset", arena_fmt(cx->arena, "%lld", (long long)u->offset));
    exchange_header(x, "Upload-Length", arena_fmt(cx->arena, "%lld", (long long)u->size));
}

static void answer(struct ctx *cx, struct exchange *x, int status, const struct upload *u)
{
    put_headers(cx, x, u);
    exchange_json(cx, x, status, &upload_shape, u);
}

static fallible find(struct ctx *cx, const char *id, struct upload *out)
{
    bool found;

    TRY(pg_find(cx, SQL(upload_find), ARGS(id, cx->user), &upload_shape, out, &found));
    return found ? OK : fail(cx, UPLOAD_UNKNOWN, "no upload %s", id);
}

err_t upload_begin(struct ctx *cx, struct exchange *x, const void *given)
{
    int64_t most = x->gateway->settings->transcription_max_bytes;
    struct upload_in in = { 0 };
    struct upload u = { 0 };
    char hash[32];
    bool made;

    (void)given;
    TRY(exchange_read_json(cx, x, &in));
    if (in.size > most)
        return fail(cx, BODY_TOO_LARGE, "a recording may have %lld bytes", (long long)most);
    if (in.sha256 && !text_unhex(in.sha256, 64, hash))
        return fail(cx, INPUT_INVALID, "/sha256 is not 64 hex digits");
    TRY(media_check(cx, in.type, in.filename));
    TRY(pg_begin(cx));
    TRY(pg_later(cx, SQL(transcription_lock), ARGS(cx->user, "uploads"), NULL, NULL, false));      /* they are counted */
    TRY(pg_find(cx, SQL(upload_put), ARGS(uuid_make(cx), cx->user, media_name(cx, in.filename), in.type, in.sha256, in.size, OPEN_MOST), &upload_shape, &u, &made));
    if (!made)
        return fail(cx, UPLOADS_OPEN, "%d uploads are open: complete or delete one", OPEN_MOST);
    TRY(pg_commit(cx));
    exchange_header(x, "Location", arena_fmt(cx->arena, "/api/v1/transcription/uploads/%s", u.id));
    answer(cx, x, 201, &u);
    return OK;
}

err_t upload_tell(struct ctx *cx, struct exchange *x, const void *given)
{
    struct upload u = { 0 };

    TRY(find(cx, ((const struct upload_ref *)given)->id, &u));
    answer(cx, x, 200, &u);
    return OK;
}

err_t upload_drop(struct ctx *cx, struct exchange *x, const void *given)
{
    struct upload u = { 0 };

    TRY(find(cx, ((const struct upload_ref *)given)->id, &u));
    TRY(pg_do(cx, SQL(upload_end), ARGS(u.id, cx->user)));
    exchange_text(cx, x, 204, NULL, (struct bytes){ NULL, 0 });
    return OK;
}

/* --- the next part --- */

static fallible offset_of(struct ctx *cx, const struct exchange *x, int64_t *out)
{
    const char *header = exchange_read_header(x, "Upload-Offset");

    if (!header || !text_to_long(header, strlen(header), out) || *out < 0)
        return fail(cx, INPUT_INVALID, "the header Upload-Offset is missing, or no number");
    return OK;
}

/* 409 with the offset that is right. */
static fallible elsewhere(struct ctx *cx, struct exchange *x, const struct upload *u)
{
    put_headers(cx, x, u);
    return fail(cx, UPLOAD_OFFSET, "the upload goes on at %lld", (long long)u->offset);
}

static fallible read_body(struct ctx *cx, struct exchange *x, const char *path, int64_t most, int64_t *size, err_t *cut)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    char *room = arena_get(cx->arena, PIECE_BYTES);
    size_t got = 0;

    if (fd < 0)
        return disk_trouble(cx, "an upload");
    arena_own_fd(cx->arena, fd);
    do {
        *cut = edge_read(cx, x->request, room, PIECE_BYTES, (size_t)most, &got);
        TRY(disk_write(cx, fd, room, got, "an upload"));
        *size += (int64_t)got;
    } while (got && !*cut);
    return OK;
}

/* Its file before its row; noted first, so that without the row it goes again. */
static fallible keep_part(struct ctx *cx, struct upload *u, const char *path, int64_t size, bool *kept)
{
    const char *key = arena_fmt(cx->arena, "uploads/%s/%s", u->id, uuid_make(cx));
    struct upload now = { 0 };

    TRY(files_left_note(cx, key, FILE_LEFT_S));
    TRY(blob_put_file(cx, key, path));
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(upload_append), ARGS(u->id, u->offset, size, key), &upload_shape, &now, kept));
    if (*kept)
        TRY(files_left_keep(cx, key));
    TRY(pg_commit(cx));
    if (*kept)
        *u = now;
    else
        TRY(files_left_note(cx, key, 0));
    return OK;
}

/* What came before a connection broke is kept: its sender asks for the offset and goes on there. */
err_t upload_append(struct ctx *cx, struct exchange *x, const void *given)
{
    struct upload u = { 0 };
    int64_t offset, size = 0;
    err_t broken = OK;
    const char *dir;
    bool kept = true;

    TRY(offset_of(cx, x, &offset));
    TRY(find(cx, ((const struct upload_ref *)given)->id, &u));
    if (offset != u.offset)
        return elsewhere(cx, x, &u);
    if (u.parts >= PARTS_MOST)
        return fail(cx, UPLOADS_OPEN, "an upload has at most %d parts", PARTS_MOST);
    if (x->request->length > u.size - u.offset)
        return fail(cx, BODY_TOO_LARGE, "%lld bytes are missing", (long long)(u.size - u.offset));
    TRY(blob_workdir(cx, &dir));
    const char *path = arena_fmt(cx->arena, "%s/part", dir);
    TRY(read_body(cx, x, path, u.size - u.offset, &size, &broken));
    if (broken && broken->code == E_BODY_TOO_LARGE)
        return broken;
    if (size)
        TRY(keep_part(cx, &u, path, size, &kept));
    TRY(broken);
    if (!kept) {
        TRY(find(cx, u.id, &u));
        return elsewhere(cx, x, &u);
    }
    answer(cx, x, 200, &u);
    return OK;
}
