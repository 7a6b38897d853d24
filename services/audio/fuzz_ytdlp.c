/* Any text that yt-dlp may write: lines of progress, complaints, what it tells about a video, playlists. */
#include "captions.h"
#include "config.h"
#include "playlist.h"
#include "ytdlp.h"
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(struct ctx *cx, const char *at, size_t n)
{
    struct source s = { .host = "fuzz" };
    err_t e = ytdlp_meaning(cx, &s, (struct bytes){ at, n }, (const char *const[]){ "hidden", NULL });

    if (!e || strlen(e->text) > 200 || !text_is_utf8(e->text, strlen(e->text)) || strpbrk(e->text, "\r\n\t") || strstr(e->text, "hidden"))
        abort();
}

static void read_captions(struct ctx *cx, const char *at, size_t n)
{
    struct captions c;

    if (!vtt_read(cx, (struct bytes){ at, n }, &c))
        return;
    for (size_t i = 0; i < c.cues.n; i++)
        if (!*c.cues.at[i].text || !text_is_utf8(c.cues.at[i].text, strlen(c.cues.at[i].text)) || !(c.cues.at[i].start_s <= c.cues.at[i].end_s))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    const char *at = arena_text(cx.arena, (const char *)data, size);
    struct site_video video = { .id = NULL };
    struct playlist list;
    struct download d;
    struct track track;

    if (ytdlp_progress(at, size, &d) && (d.percent < 0 || d.percent > 100 || d.bytes < 0))
        abort();
    if (playlist_read(at, size, &list) && !(list.seconds >= 0))
        abort();
    complain(&cx, at, size);
    err_t e = json_read(&cx, at, size, &site_video_shape, &video);
    if (!e && (video.duration != video.duration || (video.title && !text_is_utf8(video.title, strlen(video.title)))))
        abort();
    if (!e && track_find(&cx, &video, NULL, &track) && (!track.url || !track.language))
        abort();
    read_captions(&cx, at, size);
    format_ytdlp_args.check(at, size);
    format_proxy.check(at, size);
    arena_free(cx.arena);
    return 0;
}
