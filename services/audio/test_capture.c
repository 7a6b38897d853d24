/* audio.capture, audio.playlist and audio.frames against a real site on loopback, with the real yt-dlp and ffmpeg. */
#include "config.h"
#include "handler.h"
#include "test_site.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "net/blob.h"

#include <math.h>
#include <string.h>

static err_t capture(struct ctx *cx, const char *url, int64_t seconds, struct audio_captured *out)
{
    struct audio_capture in = { .url = url, .seconds = seconds };

    *out = (struct audio_captured){ .file = NULL };
    return audio_capture.run(cx, &in, out);
}

static void refused(struct ctx *cx, const char *url, enum err_code code)
{
    struct audio_captured got;
    err_t e = capture(cx, url, 2, &got);

    if (!e || e->code != code)
        SAY("%s: %s (%s), not %s", url, e ? err_name(e->code) : "OK", e ? e->text : "", err_name(code));
    CHECK(!got.recording);
}

/* --- a piece of a broadcast --- */

TEST_WITHIN(a_piece_of_a_broadcast_is_as_long_as_was_asked, 120)
{
    struct site *s = site_start(cx);
    struct audio_captured got;
    struct bytes mp3, wav;
    int64_t from = clock_ms();

    site_broadcast(cx, s);
    NEED_OK(capture(cx, site_at(cx, s, "/live/list.m3u8"), 6, &got));
    CHECK_WITHIN(clock_ms() - from, 0, 60000);
    if (fabs(got.duration_s - 6) > 0.3)
        SAY("%.3f s, not 6", got.duration_s);
    CHECK_HAS(got.title, "list");
    CHECK_TEXT(got.method, "ffmpeg");
    CHECK_TEXT(got.recording, "jobs/90/0190-capture-2.mp3");
    NEED_OK(blob_read(cx, got.recording, 1 << 20, &mp3));
    CHECK_INT(got.recording_size, mp3.n);
    NEED_OK(blob_read(cx, got.file, 1 << 20, &wav));
    CHECK(wav.n > 44 && !memcmp(wav.at, "RIFF", 4) && fabs((double)wav.n / 32000 - 6) < 0.3);
    CHECK(site_count(cx, s, "/live/list.m3u8") >= 3);       /* it was read again and again */
}

TEST_WITHIN(a_broadcast_that_ends_leaves_what_came, 120)
{
    struct site *s = site_start(cx);
    struct audio_captured got;

    site_talk(cx, s);
    NEED_OK(capture(cx, site_at(cx, s, "/talk/list.m3u8"), 60, &got));
    CHECK(fabs(got.duration_s - 7.1) < 0.3);
    CHECK(!got.live);
    NEED_OK(capture(cx, site_at(cx, s, "/talk.mp4"), 2, &got));
    CHECK(fabs(got.duration_s - 2) < 0.3);
}

TEST_WITHIN(a_broadcast_does_not_lead_into_a_private_network, 180)
{
    struct site *s = site_start(cx);

    site_talk(cx, s);
    site_put(cx, s, "talk/live.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n%s/talk/list0.ts\n#EXTINF:2,\n%s/talk/list1.ts\n#EXT-X-ENDLIST\n");
    refused(cx, site_at(cx, s, "/talk/live.m3u8"), E_EGRESS_REFUSED);
    site_put(cx, s, "talk/key.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI=\"%s/talk.mp4\"\n#EXTINF:2,\nlist0.ts\n#EXT-X-ENDLIST\n");
    refused(cx, site_at(cx, s, "/talk/key.m3u8"), E_EGRESS_REFUSED);
    refused(cx, arena_fmt(cx->arena, "%s/talk/list.m3u8", s->inside), E_EGRESS_REFUSED);
    refused(cx, "file:///etc/passwd", E_EGRESS_REFUSED);
    refused(cx, "http://10.0.0.1/list.m3u8", E_EGRESS_REFUSED);
    CHECK_INT(site_count(cx, s, arena_fmt(cx->arena, "%d ", s->closed_port)), 0);
}

/* Whatever a list names, ffmpeg opens none of it but by the gate. */
TEST_WITHIN(a_broadcast_names_no_file_and_no_other_protocol, 180)
{
    static const char *const parts[] = { "file:///etc/passwd", "/etc/passwd", "tcp://127.0.0.1:22", "concat:/etc/passwd", "crypto:file:///etc/passwd" };
    struct site *s = site_start(cx);
    struct audio_captured got;

    site_talk(cx, s);
    for (size_t i = 0; i < COUNT(parts); i++) {
        site_put(cx, s, "talk/odd.m3u8", arena_fmt(cx->arena, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n%s\n#EXT-X-ENDLIST\n", parts[i]));
        err_t e = capture(cx, site_at(cx, s, "/talk/odd.m3u8"), 2, &got);
        if (!e || (e->code != E_FETCH_FAILED && e->code != E_EGRESS_REFUSED && e->code != E_MEDIA_SILENT))
            SAY("%s: %s %s", parts[i], e ? err_name(e->code) : "OK", e ? e->text : "");
    }
}

TEST_WITHIN(a_film_without_sound_and_a_page_without_a_film_are_told, 120)
{
    struct site *s = site_start(cx);

    site_tool(cx, s, WORDS("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=32x32:r=5:d=3", "-c:v", "mpeg4", "-movflags", "+faststart", "mute.mp4"));
    site_put(cx, s, "mute.html", "<html><body><video src=\"/mute.mp4\"></video></body></html>");
    refused(cx, site_at(cx, s, "/mute.html"), E_MEDIA_SILENT);
    site_put(cx, s, "text.html", "<html><body>Rien à voir.</body></html>");
    refused(cx, site_at(cx, s, "/text.html"), E_URL_UNSUPPORTED);
}

/* --- lists --- */

static err_t list_of(struct ctx *cx, const char *url, int most, struct audio_listed *out)
{
    struct audio_playlist in = { .url = url, .most = most };

    *out = (struct audio_listed){ .title = NULL };
    return audio_playlist.run(cx, &in, out);
}

TEST_WITHIN(the_first_videos_of_a_list_are_told_and_not_visited, 120)
{
    struct site *s = site_start(cx);
    struct audio_listed got;

    site_put(cx, s, "list.xml", "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Débats</title><link>http://x/</link><item><title>Un</title><link>%s/one.html</link></item>"
                                "<item><title>Deux</title><link>file:///etc/passwd</link></item><item><title>Trois</title><link>%s/three.html</link></item></channel></rss>");
    NEED_OK(list_of(cx, site_at(cx, s, "/list.xml"), 2, &got));
    CHECK_TEXT(got.title, "Débats");
    CHECK_INT(got.videos.n, 2);
    CHECK_TEXT(got.videos.at[0].title, "Un");
    CHECK_TEXT(got.videos.at[0].url, arena_fmt(cx->arena, "%s/one.html", s->inside));
    CHECK_TEXT(got.videos.at[1].url, "file:///etc/passwd");     /* who asks for it is refused */
    CHECK(isnan(got.videos.at[0].duration_s));
    NEED_OK(list_of(cx, site_at(cx, s, "/list.xml"), 50, &got));
    CHECK_INT(got.videos.n, 3);
    CHECK_INT(site_count(cx, s, ".html"), 0);
}

TEST_WITHIN(one_video_is_a_list_of_one, 120)
{
    struct site *s = site_start(cx);
    struct audio_listed got;

    site_talk(cx, s);
    site_put(cx, s, "page.html", "<html><head><title>Un débat</title></head><body><video src=\"/talk.mp4\"></video></body></html>");
    NEED_OK(list_of(cx, site_at(cx, s, "/page.html"), 20, &got));
    CHECK_INT(got.videos.n, 1);
    CHECK_TEXT(got.videos.at[0].url, site_at(cx, s, "/page.html"));
    CHECK_HAS(got.videos.at[0].title, "Un débat");
    CHECK(!got.title);
    CHECK_FAILS(list_of(cx, arena_fmt(cx->arena, "%s/list.xml", s->inside), 20, &got), EGRESS_REFUSED);
    CHECK_FAILS(list_of(cx, site_at(cx, s, "/say/404/list"), 20, &got), VIDEO_UNAVAILABLE);
}

/* --- pictures --- */

static err_t frames_of(struct ctx *cx, const char *url, int interval_s, int most, struct audio_framed *out)
{
    struct audio_frames in = { .url = url, .interval_s = interval_s, .most = most };

    *out = (struct audio_framed){ .file = NULL };
    return audio_frames.run(cx, &in, out);
}

/* The first half is red, the second blue. */
static void put_film(struct ctx *cx, const struct site *s)
{
    site_tool(cx, s, WORDS("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=red:s=1280x720:r=5:d=5", "-f", "lavfi", "-i", "color=blue:s=1280x720:r=5:d=5", "-filter_complex",
                           "concat=n=2:v=1:a=0", "-c:v", "mpeg4", "-movflags", "+faststart", "film.mp4"));
}

TEST_WITHIN(pictures_are_taken_at_their_times_as_long_as_there_are_some, 120)
{
    struct site *s = site_start(cx);
    struct audio_framed got;
    struct bytes all;
    int64_t at = 0;

    put_film(cx, s);
    NEED_OK(frames_of(cx, site_at(cx, s, "/film.mp4"), 2, 20, &got));
    CHECK_TEXT(got.title, "film");
    CHECK_TEXT(got.file, "jobs/90/0190-frames-2.mjpeg");
    CHECK_INT(got.frames.n, 5);
    NEED_OK(blob_read(cx, got.file, 8 << 20, &all));
    for (size_t i = 0; i < got.frames.n; i++) {
        const struct video_frame *f = &got.frames.at[i];
        CHECK(f->at_s == 2 * (double)i && f->size > 100 && at + f->size <= (int64_t)all.n);
        CHECK(!memcmp(all.at + at, "\xff\xd8\xff", 3) && !memcmp(all.at + at + f->size - 2, "\xff\xd9", 2));
        at += f->size;
    }
    CHECK_INT(at, all.n);
    CHECK(!memcmp(all.at, all.at + got.frames.at[0].size, (size_t)got.frames.at[0].size));                /* red and red */
    const char *last = all.at + all.n - got.frames.at[4].size;
    CHECK(got.frames.at[0].size != got.frames.at[4].size || memcmp(all.at, last, (size_t)got.frames.at[4].size));     /* red and blue */
    NEED_OK(frames_of(cx, site_at(cx, s, "/film.mp4"), 1, 3, &got));
    CHECK_INT(got.frames.n, 3);
}

TEST_WITHIN(a_page_gives_the_pictures_of_its_film_and_a_sound_has_none, 120)
{
    struct site *s = site_start(cx);
    struct audio_framed got;

    put_film(cx, s);
    site_talk(cx, s);
    site_put(cx, s, "page.html", "<html><head><title>Un film</title></head><body><video src=\"/film.mp4\"></video></body></html>");
    NEED_OK(frames_of(cx, site_at(cx, s, "/page.html"), 4, 20, &got));
    CHECK_HAS(got.title, "Un film");
    CHECK(got.video_id != NULL);
    CHECK_INT(got.frames.n, 3);
    site_tool(cx, s, WORDS("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=d=1", "sine.mp3"));
    CHECK_FAILS(frames_of(cx, site_at(cx, s, "/sine.mp3"), 1, 1, &got), MEDIA_UNREADABLE);
    CHECK_FAILS(frames_of(cx, arena_fmt(cx->arena, "%s/film.mp4", s->inside), 1, 1, &got), EGRESS_REFUSED);
}
