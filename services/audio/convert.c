/* ffmpeg as a child: arguments, progress, and what its end means. */
#define _GNU_SOURCE
#include "convert.h"
#include "config.h"
#include "tools.h"
#include "app/worker.h"

#include <string.h>

const struct target target_speech = {
    "speech", "wav", "audio/wav", WORDS("-c:a", "pcm_s16le", "-ac", "1", "-ar", "16000", "-f", "wav"), .bytes_s = 32000,
};

/* Bit rates: LAME's and Opus's own ranges (RFC 6716 2.1.1); for AAC those that players take. */
static const struct target targets[] = {
    { "mp3", "mp3", "audio/mpeg", WORDS("-c:a", "libmp3lame", "-f", "mp3"), 128, 8, 320, 40000 },
    { "aac", "m4a", "audio/mp4", WORDS("-c:a", "aac", "-movflags", "+faststart", "-f", "ipod"), 128, 16, 320, 80000 },
    { "opus", "ogg", "audio/ogg", WORDS("-c:a", "libopus", "-f", "ogg"), 64, 6, 256, 40000 },
    { "wav", "wav", "audio/wav", WORDS("-c:a", "pcm_s16le", "-f", "wav"), 0, 0, 0, 192000 },
};

#define CHANNELS_MOST 2
#define RATE_MOST     48000

const struct target *target_find(const char *format)
{
    for (size_t i = 0; i < COUNT(targets); i++)
        if (text_is(targets[i].format, format))
            return &targets[i];
    return NULL;
}

/* --- progress: lines "name=value" on standard output --- */

struct progress { double claimed_s; int done_percent; int64_t done_us; char line[128]; size_t n; };

static void progress_line(struct ctx *cx, struct progress *p)
{
    static const char name[] = "out_time_us=";
    int64_t us;

    if (p->n < sizeof(name) || memcmp(p->line, name, sizeof(name) - 1) ||
        !text_to_long(p->line + sizeof(name) - 1, p->n - (sizeof(name) - 1), &us) || us < p->done_us)
        return;
    p->done_us = us;
    double percent = p->claimed_s > 0 ? (double)us / 1e4 / p->claimed_s : 0;
    if (percent > 0)
        job_progress(cx, p->done_percent + (int)((percent < 99 ? percent : 99) * (100 - p->done_percent) / 100));
}

static err_t progress_read(struct ctx *cx, void *with, const char *at, size_t n)
{
    struct progress *p = with;

    for (size_t i = 0; i < n; i++) {
        if (at[i] == '\n') {
            progress_line(cx, p);
            p->n = 0;
        } else if (p->n < sizeof(p->line)) {
            p->line[p->n++] = at[i];
        }
    }
    return OK;
}

/* --- arguments --- */

static int64_t longest_s(const struct conversion *c) { return c->max_s ? c->max_s : audio_settings.audio_max_s; }

static int bit_rate(const struct conversion *c)
{
    int kbps = c->bit_rate_kbps ? c->bit_rate_kbps : c->to->usual_kbps;

    kbps = kbps > c->to->least_kbps ? kbps : c->to->least_kbps;
    return kbps < c->to->most_kbps ? kbps : c->to->most_kbps;
}

/* The time stamps are counted from the samples decoded, not taken from the file: a gap or a header that
 * claims hours makes neither a long file nor a wrong duration. */
static void arguments(struct ctx *cx, const struct conversion *c, struct args *a)
{
    args_put(a, WORDS("ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-nostats", "-progress", "pipe:1"));
    args_put(a, WORDS("-stats_period", "0.5", "-filter_threads", "1", "-protocol_whitelist", "file,pipe"));
    args_put(a, WORDS("-format_whitelist", c->media->container->demuxer, "-f", c->media->container->demuxer));
    args_put(a, WORDS("-threads", "1", "-i", MEDIA_INPUT, "-map", "0:a:0", "-vn", "-sn", "-dn"));
    args_put(a, WORDS("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"));
    args_put(a, WORDS("-af", "asetpts=N/SR/TB", "-threads", "1"));
    args_put(a, WORDS("-t", arena_fmt(cx->arena, "%lld", (long long)longest_s(c) + 1)));
    if (c->to != &target_speech && c->media->channels > CHANNELS_MOST)
        args_put(a, WORDS("-ac", "2"));
    if (c->to != &target_speech && c->media->rate_hz > RATE_MOST)
        args_put(a, WORDS("-ar", "48000"));
    if (c->to->most_kbps)
        args_put(a, WORDS("-b:a", arena_fmt(cx->arena, "%dk", bit_rate(c))));
    args_put(a, c->to->codec);
    args_put(a, WORDS("-y", arena_fmt(cx->arena, "output.%s", c->to->extension)));
}

static fallible judge(struct ctx *cx, const struct child_end *end, const struct conversion *c)
{
    const char *name = c->media->container->name;

    if (end->complaint.n && memmem(end->complaint.at, end->complaint.n, "No space left", 13))
        return fail(cx, DISK_FULL, "no room for the converted recording");
    if (end->status)
        return fail(cx, MEDIA_UNREADABLE, "The sound of the %s file cannot be decoded: %s", name, tool_complaint(cx, end));
    if (c->duration_s <= 0)
        return fail(cx, MEDIA_UNREADABLE, "The %s file is damaged or cut: there is no sound left in it", name);
    if (c->duration_s > (double)longest_s(c) + 0.5)
        return fail(cx, MEDIA_TOO_LONG, "The recording is longer than %lld seconds", (long long)longest_s(c));
    if (c->duration_s < c->least_s)
        return fail(cx, FETCH_FAILED, "only %.1f of %.1f seconds came", c->duration_s, c->least_s);
    return OK;
}

err_t convert(struct ctx *cx, struct conversion *c)
{
    struct progress progress = { .claimed_s = c->media->claimed_s, .done_percent = c->done_percent };
    struct args a = { .n = 0 };
    struct child_end end;

    arguments(cx, c, &a);
    TRY(tool_run(cx, &(struct child_ask){
        .argv = a.at, .dir = c->dir, .cpu_s = audio_settings.audio_cpu_s, .memory_bytes = 1LL << 30,
        .file_bytes = (audio_settings.audio_max_s + 2) * c->to->bytes_s + (1 << 20),
        .max_output = 16 << 20, .on = progress_read, .with = &progress }, &end));
    c->duration_s = (double)progress.done_us / 1e6;
    c->path = arena_fmt(cx->arena, "%s/output.%s", c->dir, c->to->extension);
    return judge(cx, &end, c);
}
