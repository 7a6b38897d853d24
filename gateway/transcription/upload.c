/* POST /transcription/upload: a recording in one multipart body. */
#include "http/gateway.h"
#include "http/multipart.h"
#include "transcription/media.h"
#include "transcription/transcription.h"
#include "app/files_left.h"
#include "data/uuid.h"
#include "net/blob.h"

#include <string.h>

/* A text part goes into the member of its name, by the shape's own rules. */
static fallible read_field(struct ctx *cx, const struct part *p, struct transcription_upload *in)
{
    const struct field *f = shape_field(&transcription_upload_shape, p->name, strlen(p->name));
    const char *flaw = NULL;

    if (!strcmp(p->name, "file") || (f && p->filename))
        return fail(cx, INPUT_INVALID, "/%s is %s", p->name, p->filename ? "not a text field" : "not a file");
    if (f)
        flaw = field_keep(cx, f, in, p->value.at, p->value.n);
    return flaw ? fail(cx, INPUT_INVALID, "/%s %s", p->name, flaw) : OK;
}

static fallible read_parts(struct ctx *cx, struct exchange *x, struct transcription_upload *in, const struct part **file)
{
    int64_t most = x->gateway->settings->transcription_max_bytes;
    struct parts parts = { 0 };
    const char *dir;

    if (x->request->length > most + MULTIPART_EXTRA)
        return fail(cx, BODY_TOO_LARGE, "a recording may have %lld bytes", (long long)most);
    TRY(blob_workdir(cx, &dir));
    TRY(multipart_read(cx, x, dir, most + MULTIPART_EXTRA, &parts));
    for (size_t i = 0; i < parts.parts.n; i++)
        if (!strcmp(parts.parts.at[i].name, "file") && parts.parts.at[i].filename)
            *file = &parts.parts.at[i];
        else
            TRY(read_field(cx, &parts.parts.at[i], in));
    if (!*file || !(*file)->size)
        return fail(cx, INPUT_INVALID, *file ? "/file is empty" : "/file is missing");
    return (*file)->size > most ? fail(cx, BODY_TOO_LARGE, "a recording may have %lld bytes", (long long)most) : OK;
}

/* Kept before its row is in, since a large file takes its time; noted first, so that without the row it goes again. */
err_t transcription_keep(struct ctx *cx, struct transcription_plan *plan, const char *path)
{
    plan->id = uuid_make(cx);
    plan->key = arena_fmt(cx->arena, "transcriptions/%s/recording", plan->id);
    TRY(files_left_note(cx, plan->key, FILE_LEFT_S));
    return blob_put_file(cx, plan->key, path);
}

err_t transcription_upload_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct transcription_upload in = { 0 };
    struct transcription_plan plan = { .source_type = "upload" };
    const struct part *file = NULL;

    (void)given;
    TRY(read_parts(cx, x, &in, &file));
    TRY(media_check(cx, file->type, file->filename));
    TRY(transcription_language(cx, in.language, &plan.language));
    plan.filename = media_name(cx, file->filename), plan.print = file->sha256;
    plan.engine = in.engine, plan.prompt = in.prompt, plan.diarize = in.diarize;
    TRY(transcription_keep(cx, &plan, file->path));
    return transcription_accept(cx, x, &plan);
}
