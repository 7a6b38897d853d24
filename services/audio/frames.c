/* audio.frames: pictures of a video, one every so many seconds, for who can see. */
#define _GNU_SOURCE
#include "config.h"
#include "fetch.h"
#include "handler.h"
#include "tools.h"
#include "app/files_left.h"
#include "app/worker.h"
#include "net/blob.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAME       "frame.jpg"
#define FRAMES      "frames"        /* all of them */
#define FRAME_BYTES (1 << 20)       /* of 768 pixels the most are a tenth of that */
#define FRAME_CPU_S 120

/* To the place at once: what is between two pictures is not decoded. */
static void arguments(struct ctx *cx, const struct container *c, int64_t at_s, struct args *a)
{
    args_put(a, WORDS("ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-nostats", "-filter_threads", "1", "-protocol_whitelist", "file,pipe"));
    args_put(a, WORDS("-format_whitelist", c ? c->demuxer : container_demuxers(cx)));
    if (c)
        args_put(a, WORDS("-f", c->demuxer));
    args_put(a, WORDS("-threads", "1", "-ss", arena_fmt(cx->arena, "%lld", (long long)at_s), "-i", MEDIA_INPUT, "-map", "0:v:0", "-an", "-sn", "-dn", "-frames:v", "1"));
    args_put(a, WORDS("-vf", "scale=w='min(768,iw)':h=-2", "-map_metadata", "-1", "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"));
    args_put(a, WORDS("-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "image2", "-update", "1", "-y", FRAME));
}

/* Size 0: the video has none there. */
static fallible take(struct ctx *cx, const struct source *s, const struct container *c, int64_t at_s, int64_t *size)
{
    const char *path = arena_fmt(cx->arena, "%s/" FRAME, s->dir);
    struct args a = { .n = 0 };
    struct child_end end;
    struct stat about;

    unlink(path);
    arguments(cx, c, at_s, &a);
    TRY(tool_run(cx, &(struct child_ask){ .argv = a.at, .dir = s->dir, .cpu_s = FRAME_CPU_S, .wall_ms = FRAME_CPU_S * 2000, .file_bytes = FRAME_BYTES, .memory_bytes = 1LL << 30 }, &end));
    *size = !end.status && !stat(path, &about) ? about.st_size : 0;
    if (end.status && !at_s)
        return fail(cx, MEDIA_UNREADABLE, "There is no picture in it: %s", tool_complaint(cx, &end));
    return OK;
}

static fallible append(struct ctx *cx, const struct source *s, int to, int64_t size)
{
    char *room = arena_get(cx->arena, FRAME_BYTES);
    int from = open(arena_fmt(cx->arena, "%s/" FRAME, s->dir), O_RDONLY | O_CLOEXEC);
    ssize_t n = from < 0 ? -1 : read(from, room, FRAME_BYTES);

    if (from >= 0)
        close(from);
    return n == size ? disk_write(cx, to, room, (size_t)n, "a picture") : disk_trouble(cx, "a picture");
}

static fallible take_all(struct ctx *cx, const struct source *s, const struct audio_frames *in, int to, struct audio_framed *out)
{
    const struct container *c;
    int64_t size = 1;

    TRY(fetch_sniff(cx, s->dir, &c));
    out->frames.at = NEWS(cx, struct video_frame, (size_t)in->most);
    for (int i = 0; i < in->most; i++) {
        struct video_frame *f = &out->frames.at[out->frames.n];
        TRY(take(cx, s, c, (int64_t)i * in->interval_s, &size));
        if (!size)
            break;
        *f = (struct video_frame){ (double)i * in->interval_s, size };
        TRY(append(cx, s, to, size));
        out->frames.n++;
        job_progress(cx, FETCH_SHARE + (100 - FETCH_SHARE) * (i + 1) / in->most);
    }
    return out->frames.n ? OK : fail(cx, MEDIA_UNREADABLE, "There is no picture in it");
}

/* For a day: who looks at them does it soon, or again. */
static fallible keep(struct ctx *cx, const struct source *s, const struct audio_frames *in, struct audio_framed *out)
{
    const char *path = arena_fmt(cx->arena, "%s/" FRAMES, s->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return disk_trouble(cx, "pictures");
    err_t e = take_all(cx, s, in, fd, out);
    close(fd);
    TRY(e);
    out->file = job_made_file(cx, "frames", "mjpeg");
    TRY(files_left_note(cx, out->file, FILE_LEFT_S));
    return blob_put_file(cx, out->file, path);
}

/* Pictures of a video of the web, from its start on, at most 768 pixels wide. The errors of audio.fetch, but for MEDIA_SILENT. */
HANDLER(audio_frames, audio_frames, audio_framed)
{
    struct source s = { .max_s = audio_settings.audio_max_s, .pictures = true };
    struct audio_fetched about = { .file = NULL };

    if (!cx->job)
        return fail(cx, BUG, "pictures outside a job");
    TRY(source_open(cx, in->url, &s));
    err_t e = fetch_get(cx, &s, &about);
    host_leave(cx, s.turn);
    TRY(e);
    job_progress(cx, FETCH_SHARE);
    out->video_id = s.video_id;
    out->title = about.title;
    return keep(cx, &s, in, out);
}
