/* What ffprobe says about a file. */
#include "media.h"
#include "tools.h"
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

struct disposition { int attached_pic; };
struct probed_stream { const char *codec_type, *codec_name, *sample_rate; int channels; struct disposition disposition; };
struct probed_format { const char *format_name, *duration; };
struct probed { LIST_OF(struct probed_stream) streams; struct probed_format format; };

FOREIGN(disposition, "Flags of a stream.",
    FIELD(disposition, attached_pic, "A cover, not a moving picture."));
FOREIGN(probed_stream, "A stream.",
    FIELD(probed_stream, codec_type,  "audio, video, subtitle, data."),
    FIELD(probed_stream, codec_name,  "Absent when it is unknown."),
    FIELD(probed_stream, sample_rate, "A number as text."),
    FIELD(probed_stream, channels,    "Of audio."),
    OBJECT(probed_stream, disposition, "Its flags.", disposition));
FOREIGN(probed_format, "The container.",
    FIELD(probed_format, format_name, "Demuxers, with commas."),
    FIELD(probed_format, duration,    "Seconds, as text."));
FOREIGN(probed, "The answer of ffprobe -of json (ffprobe-all(1), writers).",
    LIST(probed, streams, "Streams.", probed_stream),
    OBJECT(probed, format, "The container.", probed_format));

static double number(const char *text)
{
    double v;

    return text && text_to_real(text, strlen(text), &v) && v > 0 ? v : 0;
}

static fallible unreadable(struct ctx *cx, const struct container *c, const char *why)
{
    if (!c)
        return fail(cx, MEDIA_UNREADABLE, "The file is not audio or video of a known kind");
    return fail(cx, MEDIA_UNREADABLE, "The file begins as %s but cannot be read: %s", c->name, why);
}

static fallible ask(struct ctx *cx, const char *dir, const struct container *c, struct probed *out)
{
    struct args a = { .n = 0 };
    struct child_end end;

    args_put(&a, WORDS("ffprobe", "-v", "error", "-protocol_whitelist", "file,pipe"));
    args_put(&a, WORDS("-format_whitelist", container_demuxers(cx)));
    if (c)
        args_put(&a, WORDS("-f", c->demuxer));
    args_put(&a, WORDS("-show_entries", "format=format_name,duration"
                       ":stream=codec_type,codec_name,channels,sample_rate:stream_disposition=attached_pic"));
    args_put(&a, WORDS("-of", "json", MEDIA_INPUT));
    TRY(tool_run(cx, &(struct child_ask){ .argv = a.at, .dir = dir, .cpu_s = 60, .file_bytes = 1 << 20,
                                          .wall_ms = 120000, .max_output = 1 << 20 }, &end));
    if (end.status)
        return unreadable(cx, c, tool_complaint(cx, &end));
    return json_read(cx, end.output.at, end.output.n, &probed_shape, out);
}

/* The first audio stream is the one converted (-map 0:a:0), so it is the one described. */
static const struct probed_stream *first_audio(const struct probed *p, bool *video)
{
    const struct probed_stream *audio = NULL;

    for (size_t i = 0; i < p->streams.n; i++) {
        const struct probed_stream *s = &p->streams.at[i];
        *video |= text_is(s->codec_type, "video") && !s->disposition.attached_pic;
        if (!audio && text_is(s->codec_type, "audio"))
            audio = s;
    }
    return audio;
}

err_t media_probe(struct ctx *cx, const char *dir, const struct container *sniffed, struct media *out)
{
    struct probed p = { .format.format_name = NULL };

    TRY(ask(cx, dir, sniffed, &p));
    out->container = sniffed ? sniffed : container_of_demuxer(p.format.format_name ? p.format.format_name : "");
    if (!out->container)
        return unreadable(cx, NULL, "");
    const struct probed_stream *audio = first_audio(&p, &out->video);
    if (!audio && out->video)
        return fail(cx, MEDIA_SILENT, "The video has no audio track");
    if (!audio)
        return unreadable(cx, out->container, "there is no sound in it");
    if (!audio->codec_name)
        return unreadable(cx, out->container, "its sound is in an unknown codec");
    out->codec = audio->codec_name;
    out->channels = audio->channels;
    out->rate_hz = (int)number(audio->sample_rate);
    out->claimed_s = number(p.format.duration);
    return OK;
}
