/* audio.capture: a piece of what is broadcast. yt-dlp tells where its sound is, ffmpeg takes it as it comes, through the gate. */
#define _GNU_SOURCE
#include "config.h"
#include "fetch.h"
#include "handler.h"
#include "tools.h"
#include "app/files_left.h"
#include "app/worker.h"
#include "base/clock.h"
#include "net/blob.h"

#include <string.h>
#include <sys/stat.h>

#define PATIENCE_MS 60000           /* beyond the piece itself: to connect, and for segments that come late */
#define SECOND_BYTES 400000         /* twice the sound of a CD that nobody has packed */

struct taking { const struct source *s; int64_t from_ms, seconds, most_bytes; };

/* What it is called and how it is spoken to; a line break would begin another header. */
static const char *header_of(struct ctx *cx, const char *name, const char *value)
{
    return value && *value && !strpbrk(value, "\r\n") ? arena_fmt(cx->arena, "%s: %s\r\n", name, value) : "";
}

static bool is_hls(const struct site_video *v) { return v->protocol && text_starts(v->protocol, "m3u8"); }

/* Of its protocols http alone opens connections, and that by the proxy of the environment; a list of segments names nothing else (libavformat/hls.c). */
static void arguments(struct ctx *cx, const struct taking *t, const struct site_video *v, struct args *a)
{
    const struct format_headers *h = &v->http_headers;

    args_put(a, WORDS("ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-nostats", "-threads", "1", "-rw_timeout", "30000000"));
    args_put(a, WORDS("-protocol_whitelist", "http,https,tls,tcp,httpproxy,crypto"));
    args_put(a, WORDS("-format_whitelist", arena_fmt(cx->arena, "hls,%s", container_demuxers(cx))));
    if (is_hls(v))
        args_put(a, WORDS("-f", "hls", "-http_persistent", "0"));
    args_put(a, WORDS("-headers", arena_fmt(cx->arena, "%s%s", header_of(cx, "User-Agent", h->user_agent), header_of(cx, "Referer", h->referer))));
    args_put(a, WORDS("-i", v->url, "-map", "0:a:0", "-vn", "-sn", "-dn", "-c:a", "copy", "-map_metadata", "-1"));
    args_put(a, WORDS("-t", arena_fmt(cx->arena, "%lld", (long long)t->seconds), "-f", "matroska", "-y", MEDIA_INPUT));
}

static fallible watch(struct ctx *cx, void *with)
{
    const struct taking *t = with;

    host_renew(cx, t->s->turn);
    job_progress(cx, (int)((clock_ms() - t->from_ms) * FETCH_SHARE / 1000 / t->seconds));
    return dir_bytes(t->s->dir) > t->most_bytes ? fetch_too_large(cx) : OK;
}

static int64_t taken_bytes(struct ctx *cx, const struct source *s)
{
    struct stat about;

    return stat(arena_fmt(cx->arena, "%s/" MEDIA_INPUT, s->dir), &about) ? 0 : about.st_size;
}

/* A broadcast that falls silent before its time is over leaves what came. */
static fallible take(struct ctx *cx, const struct source *s, const struct site_video *v, int64_t seconds)
{
    struct taking t = { s, clock_ms(), seconds, seconds * SECOND_BYTES + (8 << 20) };
    const char *env[] = { arena_fmt(cx->arena, "http_proxy=%s", gate_url(s->gate)), NULL };
    struct args a = { .n = 0 };
    struct child_end end;

    arguments(cx, &t, v, &a);
    err_t e = tool_run(cx, &(struct child_ask){ .argv = a.at, .dir = s->dir, .env = env, .cpu_s = audio_settings.audio_cpu_s, .file_bytes = t.most_bytes,
                                                .wall_ms = seconds * 1000 + PATIENCE_MS, .tick = watch, .with = &t }, &end);
    if (e && e->code != E_TIMEOUT)
        return e;
    TRY(clock_check(cx));
    if ((e || end.status) && gate_verdict(cx, s->gate))
        return gate_verdict(cx, s->gate);
    if (!e && end.status && memmem(end.complaint.at, end.complaint.n, "matches no streams", 18))
        return fail(cx, MEDIA_SILENT, "The broadcast has no sound");
    return taken_bytes(cx, s) ? OK : fail(cx, FETCH_FAILED, "nothing came of the broadcast in %lld s", (long long)(clock_ms() - t.from_ms) / 1000);
}

/* For people. Noted before it is written: the transcription that owns it takes it from there. */
static fallible keep(struct ctx *cx, const struct source *s, const struct media *media, int64_t seconds, struct audio_captured *out)
{
    struct conversion c = { .media = media, .to = target_find("mp3"), .dir = s->dir, .max_s = seconds + 60, .done_percent = FETCH_SHARE };
    struct stat about;

    TRY(convert(cx, &c));
    if (!cx->job || stat(c.path, &about))
        return fail(cx, CHILD_FAILED, "ffmpeg left no result");
    out->recording = job_made_file(cx, "capture", "mp3");
    out->recording_size = about.st_size;
    TRY(files_left_note(cx, out->recording, FILE_LEFT_S));
    return blob_put_file(cx, out->recording, c.path);
}

static fallible make(struct ctx *cx, const struct source *s, int64_t seconds, struct audio_captured *out)
{
    struct conversion speech = { .to = &target_speech, .dir = s->dir, .max_s = seconds + 60, .done_percent = 85 };
    struct media media = { .codec = "" };
    struct audio_made made = { .file = NULL };
    const struct container *sniffed;

    TRY(fetch_sniff(cx, s->dir, &sniffed));
    TRY(media_probe(cx, s->dir, sniffed, &media));
    TRY(keep(cx, s, &media, seconds, out));
    TRY(audio_make(cx, sniffed, &speech, &made));
    out->file = made.file;
    out->duration_s = made.duration_s;
    return OK;
}

static fallible find(struct ctx *cx, struct source *s, struct site_video *v)
{
    TRY(ytdlp_look(cx, s, v));
    return v->url && *v->url ? OK : fail(cx, URL_UNSUPPORTED, "No sound is broadcast at this address");
}

/* A piece of a broadcast, or the beginning of a video that is none. The errors of audio.fetch, but for VIDEO_LIVE. */
HANDLER(audio_capture, audio_capture, audio_captured)
{
    struct source s = { .max_s = in->seconds };
    struct site_video v = { .id = NULL };

    job_begins(cx, in->transcription);
    TRY(source_open(cx, in->url, &s));
    err_t e = find(cx, &s, &v);
    if (!e)
        e = take(cx, &s, &v, in->seconds);
    host_leave(cx, s.turn);
    TRY(e);
    job_progress(cx, FETCH_SHARE);
    out->title = fetch_kept(cx, v.title, 500);
    out->webpage = fetch_kept(cx, v.webpage_url && *v.webpage_url ? v.webpage_url : in->url, 2048);
    out->live = fetch_is_live(&v);
    out->method = "ffmpeg";
    return make(cx, &s, in->seconds, out);
}
