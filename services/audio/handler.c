/* audio.extract and audio.convert: fetch, look, convert, store. */
#include "handler.h"
#include "config.h"
#include "app/worker.h"
#include "net/blob.h"

#include <sys/stat.h>

/* The recording as MEDIA_INPUT in a directory of its own. */
static fallible fetch(struct ctx *cx, const char *file, const char **dir, const struct container **sniffed)
{
    struct blob_info info;
    int fd;

    TRY(blob_open(cx, file, &fd, &info));
    if (info.size > audio_settings.audio_max_bytes)
        return fail(cx, BODY_TOO_LARGE, "The file has %lld bytes; at most %lld are taken", (long long)info.size,
                    (long long)audio_settings.audio_max_bytes);
    TRY(media_sniff(cx, fd, info.size, sniffed));
    TRY(blob_workdir(cx, dir));
    return blob_fetch(cx, file, arena_fmt(cx->arena, "%s/" MEDIA_INPUT, *dir));
}

static fallible store(struct ctx *cx, const struct conversion *c, struct audio_made *out)
{
    struct stat st;

    if (!cx->job)
        return fail(cx, BUG, "a conversion outside a job");
    if (stat(c->path, &st))
        return fail(cx, CHILD_FAILED, "ffmpeg left no result");
    out->file = job_made_file(cx, NULL, c->to->extension);
    out->size = st.st_size;
    return blob_put_file(cx, out->file, c->path);
}

err_t audio_make(struct ctx *cx, const struct container *sniffed, struct conversion *c, struct audio_made *out)
{
    struct media media = { .codec = "" };

    TRY(media_probe(cx, c->dir, sniffed, &media));
    c->media = &media;
    TRY(convert(cx, c));
    TRY(store(cx, c, out));
    job_progress(cx, 100);
    out->type = c->to->type;
    out->codec = media.codec;
    out->duration_s = c->duration_s;
    out->channels = media.channels;
    out->rate_hz = media.rate_hz;
    out->video = media.video;
    return OK;
}

static fallible make(struct ctx *cx, const char *file, struct conversion *c, struct audio_made *out)
{
    const struct container *sniffed;

    TRY(fetch(cx, file, &c->dir, &sniffed));
    return audio_make(cx, sniffed, c, out);
}

/* Any recording or video to what speech recognition reads.
 * Final: FILE_UNKNOWN, BODY_TOO_LARGE, MEDIA_UNREADABLE, MEDIA_SILENT, MEDIA_TOO_LONG. */
HANDLER(audio_extract, audio_extract, audio_made)
{
    struct conversion c = { .to = &target_speech };

    job_begins(cx, in->transcription);
    return make(cx, in->file, &c, out);
}

/* The same, to what people play. */
HANDLER(audio_convert, audio_convert, audio_made)
{
    struct conversion c = { .to = target_find(in->format ? in->format : "mp3"), .bit_rate_kbps = in->bit_rate_kbps };

    if (!c.to)
        return fail(cx, INPUT_INVALID, "no such format: %s", in->format);
    return make(cx, in->file, &c, out);
}
