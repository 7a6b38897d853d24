/* GET /transcription/{id}/export/{format}: which format, in which words, and is it what the caller has already? */
#include "transcription/export.h"

#include <string.h>

/* Written here; NULL: a document, made by a worker. */
static const struct format_of { const char *name, *type; struct bytes (*write)(struct ctx *, const struct transcript_view *, const struct export_look *); bool timestamps; } formats[] = {
    { "txt",  "text/plain; charset=utf-8",            export_txt,  false },
    { "srt",  "application/x-subrip; charset=utf-8",  export_srt,  true },
    { "vtt",  "text/vtt; charset=utf-8",              export_vtt,  true },
    { "json", "application/json",                     export_json, true },
    { "md",   "text/markdown; charset=utf-8",         export_md,   true },
    { "docx", NULL, NULL, true },
    { "pdf",  NULL, NULL, true },
};

static const struct format_of *format_named(const char *name)
{
    size_t i = 0;

    while (strcmp(formats[i].name, name))           /* the shape lets no others through */
        i++;
    return &formats[i];
}

static bool is_wanted(const char *given, bool otherwise) { return given ? *given == '1' || *given == 't' : otherwise; }

/* SaaS-IA's clients name application/json and read the text out of it; browsers and curl do not, and get the file. */
static bool is_wrapped(const struct exchange *x, const struct export_in *in)
{
    const char *accept = exchange_read_header(x, "Accept");

    return is_wanted(in->wrap, accept && strstr(accept, "application/json"));
}

/* Of all that the answer's bytes come from. */
static const char *etag_of(struct ctx *cx, const struct transcript_view *t, const struct export_look *look, const char *format, bool wrapped)
{
    const char *from = arena_fmt(cx->arena, "%s %s %d%d%d%d " PALABRE_VERSION, t->id, format, look->timestamps, look->speakers, look->english, wrapped);

    return arena_fmt(cx->arena, "\"r%d-%08x\"", t->revision, text_hash(from));
}

static void put_wrapped(struct ctx *cx, struct exchange *x, const struct transcript_view *t, const char *format, const char *name, struct bytes file)
{
    struct export_out out = { t->id, format, arena_text(cx->arena, file.at, file.n), name };

    exchange_json(cx, x, 200, &export_out_shape, &out);
}

static err_t send_text(struct ctx *cx, struct exchange *x, const struct transcript_view *t, const struct format_of *f, const struct export_look *look, bool wrapped)
{
    const char *etag = etag_of(cx, t, look, f->name, wrapped), *name = export_filename(cx, export_title(t, look->english), f->name);

    exchange_header_instead(x, "Cache-Control", "private, no-cache");
    exchange_header(x, "ETag", etag);
    exchange_header(x, "Vary", "Accept, Accept-Language");
    if (exchange_has(x, etag)) {
        exchange_text(cx, x, 304, NULL, (struct bytes){ NULL, 0 });
        return OK;
    }
    struct bytes file = f->write(cx, t, look);
    if (!file.at)
        return fail(cx, TIMES_ABSENT, "the engine gave no times of words or segments");
    if (wrapped) {
        put_wrapped(cx, x, t, f->name, name, file);
        return OK;
    }
    exchange_header(x, "Content-Disposition", export_disposition(cx, name));
    exchange_text(cx, x, 200, f->type, file);
    return OK;
}

err_t transcription_export(struct ctx *cx, struct exchange *x, const void *given)
{
    struct export_in in = *(const struct export_in *)given;
    struct transcript_view t = { .id = NULL };

    TRY(exchange_query(cx, x, &export_in_shape, &in));
    const struct format_of *f = format_named(in.format);
    struct export_look look = { .timestamps = is_wanted(in.timestamps, f->timestamps), .speakers = is_wanted(in.speakers, true),
                                .english = in.language ? text_is(in.language, "en") : x->english };
    TRY(transcript_open(cx, in.id, &t));
    return f->write ? send_text(cx, x, &t, f, &look, is_wrapped(x, &in)) : export_document(cx, x, &t, f->name, &look);
}
