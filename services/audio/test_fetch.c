/* audio.fetch and audio.look against a real site on loopback, with the real yt-dlp. */
#define _GNU_SOURCE
#include "config.h"
#include "fetch.h"
#include "handler.h"
#include "test_site.h"
#include "base/clock.h"
#include "net/blob.h"
#include "net/http.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_YTDLP "/nowhere/yt-dlp"

static fallible fetch(struct ctx *cx, const char *url, struct audio_fetched *out)
{
    struct audio_fetch in = { .url = url };

    *out = (struct audio_fetched){ .file = NULL };
    return audio_fetch.run(cx, &in, out);
}

static void is_speech(struct ctx *cx, const struct audio_fetched *made, double seconds)
{
    struct bytes wav;
    static const char header[] = "\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0" "data";

    CHECK_TEXT(made->file, "jobs/90/0190-audio-2.wav");
    NEED_OK(blob_read(cx, made->file, 1 << 24, &wav));
    CHECK(wav.n > 44 && !memcmp(wav.at, "RIFF", 4) && !memcmp(wav.at + 20, header, sizeof(header) - 1));
    CHECK_INT(made->size, wav.n);
    if (fabs(made->duration_s - seconds) > 0.2)
        SAY("%.3f s, not %.3f", made->duration_s, seconds);
}

/* The error, and that nothing of it is stored. */
static void refused(struct ctx *cx, const char *url, enum err_code code, const char *says)
{
    struct audio_fetched made;
    struct blob_info info;
    int fd;
    err_t e = fetch(cx, url, &made);

    if (!e || e->code != code)
        SAY("%s: %s (%s), not %s", url, e ? err_name(e->code) : "OK", e ? e->text : "", err_name(code));
    else
        CHECK_HAS(e->text, says);
    CHECK_FAILS(blob_open(cx, "jobs/90/0190-audio-2.wav", &fd, &info), FILE_UNKNOWN);
}

/* --- what is fetched --- */

TEST_WITHIN(a_file_at_its_own_address_needs_no_ytdlp, 60)
{
    struct site *s = site_start(cx);
    struct audio_fetched made;

    site_talk(cx, s);
    audio_settings.audio_ytdlp = NO_YTDLP;
    NEED_OK(fetch(cx, site_at(cx, s, "/talk.mp4?from=here"), &made));
    is_speech(cx, &made, 7.1);
    CHECK_TEXT(made.title, "talk");
    CHECK_TEXT(made.extractor, "direct");
    CHECK_TEXT(made.type, "audio/wav");
    CHECK_TEXT(made.codec, "aac");
    CHECK(made.video && !made.live);
    CHECK_INT(site_count(cx, s, "/talk.mp4"), 1);
    NEED_OK(fetch(cx, site_at(cx, s, "/to/talk/x.mp4"), &made));
    is_speech(cx, &made, 7.1);
    CHECK_FAILS(fetch(cx, site_at(cx, s, "/talk/list.m3u8"), &made), ENGINE_DISABLED);
}

TEST_WITHIN(a_page_with_a_video_is_read_by_ytdlp, 120)
{
    struct site *s = site_start(cx);
    struct audio_fetched made;

    site_talk(cx, s);
    site_put(cx, s, "page.html", "<html><head><title>Séance du 9 juin</title></head><body><video src=\"/talk.mp4\"></video></body></html>");
    NEED_OK(fetch(cx, site_at(cx, s, "/page.html"), &made));
    is_speech(cx, &made, 7.1);
    CHECK_HAS(made.title, "Séance du 9 juin");
    CHECK_TEXT(made.extractor, "html5");
    CHECK_TEXT(made.webpage, site_at(cx, s, "/page.html"));
    site_put(cx, s, "film.mp4", "<html><head><title>Called as a film is</title></head><body><video src=\"/talk.mp4\"></video></body></html>");
    NEED_OK(fetch(cx, site_at(cx, s, "/html/film.mp4"), &made));
    is_speech(cx, &made, 7.1);
}

TEST_WITHIN(a_list_of_segments_becomes_one_recording, 120)
{
    struct site *s = site_start(cx);
    struct audio_fetched made;

    site_talk(cx, s);
    NEED_OK(fetch(cx, site_at(cx, s, "/talk/list.m3u8"), &made));
    is_speech(cx, &made, 7.1);
    CHECK_TEXT(made.title, "list");
    CHECK_TEXT(made.extractor, "generic");
    CHECK(!made.video);
}

TEST_WITHIN(a_look_tells_of_a_video_and_fetches_nothing, 120)
{
    struct site *s = site_start(cx);
    struct audio_looked seen = { .title = NULL };
    struct audio_look in = { .url = site_at(cx, s, "/page.html") };

    site_talk(cx, s);
    site_put(cx, s, "page.html", "<html><head><title>Un débat</title></head><body><video src=\"/talk.mp4\" poster=\"/poster.jpg\"></video></body></html>");
    NEED_OK(audio_look.run(cx, &in, &seen));
    CHECK_HAS(seen.title, "Un débat");
    CHECK_HAS(seen.thumbnail, "/poster.jpg");
    CHECK(isnan(seen.duration_s) && seen.view_count == LONG_NONE && !seen.live);
    CHECK_INT(site_count(cx, s, " 206 "), 0);
    CHECK_INT(site_count(cx, s, "200 /talk.mp4"), 0);
}

/* --- where it may not go --- */

TEST_WITHIN(no_redirect_leads_into_a_private_network, 180)
{
    static const char *const ways[] = { "/to/ten/x", "/to/metadata/x", "/to/inside/x", "/to/number/x" };
    struct site *s = site_start(cx);

    site_talk(cx, s);
    for (size_t i = 0; i < COUNT(ways); i++)
        refused(cx, site_at(cx, s, arena_fmt(cx->arena, "%s.mp4", ways[i])), E_EGRESS_REFUSED, "");
    for (size_t i = 0; i < COUNT(ways); i++)
        refused(cx, site_at(cx, s, ways[i]), E_EGRESS_REFUSED, "");
    refused(cx, arena_fmt(cx->arena, "%s/talk.mp4", s->inside), E_EGRESS_REFUSED, "port");
    refused(cx, "http://127.0.0.1/talk.mp4", E_EGRESS_REFUSED, "private");
    CHECK_INT(site_count(cx, s, arena_fmt(cx->arena, "%d ", s->closed_port)), 0);
}

TEST_WITHIN(no_page_and_no_playlist_leads_there_either, 180)
{
    struct site *s = site_start(cx);

    site_talk(cx, s);
    site_put(cx, s, "page.html", "<html><body><video src=\"%s/talk.mp4\"></video></body></html>");
    refused(cx, site_at(cx, s, "/page.html"), E_EGRESS_REFUSED, "");
    site_put(cx, s, "talk/inside.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nlist0.ts\n#EXTINF:2,\n%s/talk/list1.ts\n#EXT-X-ENDLIST\n");
    refused(cx, site_at(cx, s, "/talk/inside.m3u8"), E_EGRESS_REFUSED, "");
    site_put(cx, s, "talk/key.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI=\"%s/talk.mp4\"\n#EXTINF:2,\nlist0.ts\n#EXT-X-ENDLIST\n");
    refused(cx, site_at(cx, s, "/talk/key.m3u8"), E_EGRESS_REFUSED, "");
    CHECK_INT(site_count(cx, s, arena_fmt(cx->arena, "%d ", s->closed_port)), 0);
}

TEST_WITHIN(other_protocols_do_not_go_around_the_gate, 120)
{
    deep();
    struct site *s = site_start(cx);
    int port = s->port + 2, fd = site_listen(port);
    struct audio_fetched made;
    err_t e;

    e = fetch(cx, site_at(cx, s, "/to/ftp/x"), &made);
    CHECK(e != OK);
    site_put(cx, s, "ftp.html", arena_fmt(cx->arena, "<html><body><video src=\"ftp://127.0.0.1:%d/talk.mp4\"></video></body></html>", port));
    e = fetch(cx, site_at(cx, s, "/ftp.html"), &made);
    CHECK(e != OK);
    CHECK(accept(fd, NULL, NULL) < 0);
    close(fd);
    refused(cx, "file:///etc/passwd", E_EGRESS_REFUSED, "not an http");
    refused(cx, "http://user:secret@127.0.0.1/x", E_URL_UNSUPPORTED, "password");
}

/* --- what sites answer --- */

TEST_WITHIN(each_refusal_of_a_site_has_its_name, 240)
{
    deep();
    static const struct { const char *path; enum err_code code; } said[] = {
        { "/say/404/x.mp4", E_VIDEO_UNAVAILABLE }, { "/say/410/x.mp4", E_VIDEO_UNAVAILABLE }, { "/say/503/x.mp4", E_SITE_DOWN },
        { "/say/404/page", E_VIDEO_UNAVAILABLE },  { "/say/403/page", E_VIDEO_BLOCKED },      { "/say/403/x.mp4", E_VIDEO_BLOCKED },
        { "/say/401/page", E_VIDEO_LOGIN },        { "/say/451/page", E_VIDEO_GEO_BLOCKED },  { "/say/503/page", E_SITE_DOWN },
    };
    struct site *s = site_start(cx);

    for (size_t i = 0; i < COUNT(said); i++)
        refused(cx, site_at(cx, s, said[i].path), said[i].code, "");
    site_put(cx, s, "text.html", "<html><body>Rien à voir.</body></html>");
    refused(cx, site_at(cx, s, "/text.html"), E_URL_UNSUPPORTED, "");
    site_put(cx, s, "two.html", "<html><body><video src=\"/a.mp4\"></video><video src=\"/b.mp4\"></video></body></html>");
    refused(cx, site_at(cx, s, "/two.html"), E_VIDEO_PLAYLIST, "list");
}

TEST_WITHIN(a_site_that_says_too_many_is_left_alone, 120)
{
    struct site *s = site_start(cx);
    struct audio_fetched made;
    err_t e = fetch(cx, site_at(cx, s, "/say/429/x.mp4"), &made);

    CHECK(e && e->code == E_VIDEO_BLOCKED && e->retry_after_ms == 7000);
    e = fetch(cx, site_at(cx, s, "/talk.mp4"), &made);
    CHECK(e && e->code == E_SITE_BUSY && e->retry_after_ms > 3000 && e->retry_after_ms <= 7000);
    CHECK_INT(site_count(cx, s, "/talk.mp4"), 0);
}

TEST_WITHIN(a_page_that_says_too_many_gives_rest_too, 120)
{
    deep();
    struct site *s = site_start(cx);
    struct audio_fetched made;

    cx->redis = NULL;
    audio_settings.audio_host_rest_s = 100;
    err_t e = fetch(cx, site_at(cx, s, "/say/429/page"), &made);
    CHECK(e && e->code == E_VIDEO_BLOCKED && e->retry_after_ms == 100000);
    CHECK_FAILS(fetch(cx, site_at(cx, s, "/talk.mp4"), &made), SITE_BUSY);
}

TEST_WITHIN(a_site_that_is_away_is_tried_again, 120)
{
    deep();
    struct audio_fetched made;
    struct site *s = site_start(cx);
    int away = s->port + 2;

    NEED_OK(egress_open(cx, arena_fmt(cx->arena, "127.0.0.1:%d", away)));
    CHECK_FAILS(fetch(cx, arena_fmt(cx->arena, "http://127.0.0.1:%d/x.mp4", away), &made), SITE_DOWN);
    CHECK_FAILS(fetch(cx, arena_fmt(cx->arena, "http://127.0.0.1:%d/page", away), &made), SITE_DOWN);
    CHECK_FAILS(fetch(cx, "http://nobody.invalid/x.mp4", &made), SITE_DOWN);
}

/* --- too long, too large, too slow, not whole --- */

TEST_WITHIN(ten_hours_are_refused_before_a_segment_is_fetched, 120)
{
    struct site *s = site_start(cx);
    struct text list = text_new(cx->arena, 4096, 1 << 20);
    struct audio_fetch in = { .url = site_at(cx, s, "/talk/list.m3u8"), .max_s = 5 };
    struct audio_fetched made = { .file = NULL };

    site_talk(cx, s);
    text_put(&list, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:36\n");
    for (int i = 0; i < 1000; i++)
        text_fmt(&list, "#EXTINF:36.0,\nlist%d.ts\n", i % 3);
    text_put(&list, "#EXT-X-ENDLIST\n");
    site_put(cx, s, "talk/long.m3u8", list.at);
    refused(cx, site_at(cx, s, "/talk/long.m3u8"), E_MEDIA_TOO_LONG, "36000 seconds");
    CHECK_FAILS(audio_fetch.run(cx, &in, &made), MEDIA_TOO_LONG);
    CHECK_INT(site_count(cx, s, ".ts"), 0);
    in.url = site_at(cx, s, "/talk.mp4");
    CHECK_FAILS(audio_fetch.run(cx, &in, &made), MEDIA_TOO_LONG);
}

TEST_WITHIN(a_list_without_an_end_is_a_broadcast, 120)
{
    deep();
    struct site *s = site_start(cx);

    site_talk(cx, s);
    site_put(cx, s, "talk/live.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2,\nlist0.ts\n");
    refused(cx, site_at(cx, s, "/talk/live.m3u8"), E_VIDEO_LIVE, "broadcast");
    CHECK_INT(site_count(cx, s, ".ts"), 0);
}

TEST_WITHIN(what_is_too_large_is_stopped_while_it_comes, 120)
{
    struct site *s = site_start(cx);

    site_talk(cx, s);
    audio_settings.audio_max_bytes = 3000000;
    site_tool(cx, s, WORDS("cp", "talk.mp4", "huge.mp4"));
    site_tool(cx, s, WORDS("truncate", "-s", "2G", "huge.mp4"));
    site_put(cx, s, "huge.html", "<html><body><video src=\"/huge.mp4\"></video></body></html>");
    refused(cx, site_at(cx, s, "/huge.mp4"), E_MEDIA_TOO_LARGE, "3000000");
    refused(cx, site_at(cx, s, "/huge.html"), E_MEDIA_TOO_LARGE, "3000000");
    audio_settings.audio_max_bytes = 20000;
    refused(cx, site_at(cx, s, "/talk/list.m3u8"), E_MEDIA_TOO_LARGE, "20000");
}

TEST_WITHIN(a_drip_is_given_up, 120)
{
    deep();
    struct site *s = site_start(cx);
    struct audio_fetched made;

    site_talk(cx, s);
    audio_settings.audio_fetch_s = 3;
    int64_t from = clock_ms();
    CHECK_FAILS(fetch(cx, site_at(cx, s, "/drip/talk.mp4"), &made), TIMEOUT);
    CHECK_WITHIN(clock_ms() - from, 0, 5000);
    site_put(cx, s, "drip.html", "<html><body><video src=\"/drip/talk.mp4\"></video></body></html>");
    CHECK_FAILS(fetch(cx, site_at(cx, s, "/drip.html"), &made), TIMEOUT);
}

TEST_WITHIN(a_missing_segment_is_no_whole_recording, 120)
{
    deep();
    struct site *s = site_start(cx);

    site_talk(cx, s);
    unlink(arena_fmt(cx->arena, "%s/talk/list1.ts", s->dir));
    refused(cx, site_at(cx, s, "/talk/list.m3u8"), E_FETCH_FAILED, "");
}

TEST_WITHIN(segments_shorter_than_their_list_says_are_no_whole_recording, 120)
{
    deep();
    struct site *s = site_start(cx);

    site_talk(cx, s);
    site_put(cx, s, "talk/says.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nlist0.ts\n#EXTINF:9,\nlist1.ts\n#EXT-X-ENDLIST\n");
    refused(cx, site_at(cx, s, "/talk/says.m3u8"), E_FETCH_FAILED, "seconds came");
}

TEST_WITHIN(a_file_that_was_cut_at_its_site_gives_what_is_there, 60)
{
    struct site *s = site_start(cx);
    struct audio_fetched made;
    struct stat about;

    site_talk(cx, s);
    CHECK(!stat(arena_fmt(cx->arena, "%s/talk.mp4", s->dir), &about));
    CHECK(!truncate(arena_fmt(cx->arena, "%s/talk.mp4", s->dir), about.st_size * 2 / 3));
    NEED_OK(fetch(cx, site_at(cx, s, "/talk.mp4"), &made));
    CHECK(made.duration_s > 2 && made.duration_s < 7);
    CHECK(!truncate(arena_fmt(cx->arena, "%s/talk.mp4", s->dir), 600));
    CHECK_FAILS(fetch(cx, site_at(cx, s, "/talk.mp4"), &made), MEDIA_UNREADABLE);
}

/* --- being stopped --- */

static bool stop;

static void *stop_soon(void *with)
{
    (void)with;
    clock_sleep_ms(2500);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    return NULL;
}

TEST_WITHIN(a_cancel_ends_ytdlp_and_leaves_nothing, 120)
{
    struct site *s = site_start(cx);
    struct ctx work = *cx;
    struct audio_fetched made;
    pthread_t thread;

    site_talk(cx, s);
    site_put(cx, s, "drip.html", "<html><body><video src=\"/drip/talk.mp4\"></video></body></html>");
    work.arena = arena_new();
    work.stop = &stop;
    pthread_create(&thread, NULL, stop_soon, NULL);
    int64_t from = clock_ms();
    CHECK_FAILS(fetch(&work, site_at(cx, s, "/drip.html"), &made), CANCELLED);
    CHECK_WITHIN(clock_ms() - from, 0, 5000);
    pthread_join(thread, NULL);
    arena_free(work.arena);
    NEED_OK(fetch(cx, site_at(cx, s, "/talk.mp4"), &made));      /* its turn was given back */
}

/* --- what the operator says --- */

TEST_WITHIN(cookies_and_the_name_we_go_by_are_the_operators, 120)
{
    deep();
    struct site *s = site_start(cx);
    struct audio_fetched made;
    struct stat before, after;
    const char *jar = arena_fmt(cx->arena, "%s/jar", s->dir);

    site_talk(cx, s);
    site_put(cx, s, "jar", "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tmember\tyes\n");
    site_put(cx, s, "page.html", "<html><body><video src=\"/talk.mp4\"></video></body></html>");
    CHECK(!stat(jar, &before));
    audio_settings.audio_cookies = jar;
    audio_settings.audio_user_agent = "palabre-test";
    audio_settings.audio_ytdlp_args = "--retries=1 --sleep-requests 0";
    NEED_OK(fetch(cx, site_at(cx, s, "/page.html"), &made));
    CHECK(site_count(cx, s, "/page.html palabre-test [member=yes]") > 0);
    CHECK(!stat(jar, &after) && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && before.st_size == after.st_size);
    NEED_OK(fetch(cx, site_at(cx, s, "/talk.mp4?direct"), &made));
    CHECK(site_count(cx, s, "/talk.mp4?direct palabre-test") == 1);
    audio_settings.audio_cookies = "/nowhere/jar";
    err_t e = fetch(cx, site_at(cx, s, "/page.html"), &made);
    CHECK(e && e->code == E_ENGINE_DISABLED && !strstr(e->text, "nowhere"));
}

TEST(arguments_that_are_not_harmless_are_refused)
{
    static const char *const bad[] = { "--exec rm", "--proxy http://x", "--config-location=/x", "-o /x", "--retries=3 --exec=x", "x", "--cookies /x",
                                       "--ffmpeg-location /x", "--plugin-dirs /x", "--retries\n3", "--retries 3 http://x" };

    for (size_t i = 0; i < COUNT(bad); i++)
        if (!format_ytdlp_args.check(bad[i], strlen(bad[i])))
            SAY("%s is taken", bad[i]);
    CHECK(!format_ytdlp_args.check("--retries 3 --extractor-args youtube:player_client=web", 54));
    CHECK(!format_ytdlp_args.check("", 0));
    CHECK(format_ports.check("80,,443", 7) && format_ports.check("0", 1) && format_ports.check("x", 1) && !format_ports.check("80,443", 6));
    CHECK(audio_port_is_open("80") && audio_port_is_open("443") && !audio_port_is_open("8") && !audio_port_is_open("44") && !audio_port_is_open("8080"));
    CHECK(format_user_agent.check("a\r\nb", 4) && !format_user_agent.check("Mozilla/5.0 (X11)", 17));
    CHECK(format_proxy.check("socks5://x:1", 12) && format_proxy.check("http://x", 8) && !format_proxy.check("http://u:p@x:3128", 17) && !format_proxy.check("http://x:3128/", 14));
    static const char zeros[] = "http://x:00000000000000000000000000041";
    CHECK(format_proxy.check(zeros, strlen(zeros)) && format_proxy.check("http://x:00003128", 17) && !format_proxy.check("http://x:0003128", 16));
}

TEST_WITHIN(the_operators_own_proxy_is_used_and_private_addresses_stay_closed, 120)
{
    deep();
    struct site *s = site_start(cx);
    struct audio_fetched made;

    site_talk(cx, s);
    site_put(cx, s, "page.html", "<html><body><video src=\"/talk.mp4\"></video></body></html>");
    audio_settings.audio_proxy = arena_fmt(cx->arena, "http://me:pass@127.0.0.1:%d", s->port);
    NEED_OK(fetch(cx, "http://videos.invalid/talk.mp4", &made));
    is_speech(cx, &made, 7.1);
    NEED_OK(fetch(cx, "http://videos.invalid/page.html", &made));
    CHECK(site_count(cx, s, "[Basic bWU6cGFzcw==]") >= 3);
    CHECK_FAILS(fetch(cx, "http://10.0.0.1/talk.mp4", &made), EGRESS_REFUSED);
    CHECK_FAILS(fetch(cx, "http://videos.invalid:8080/talk.mp4", &made), EGRESS_REFUSED);
}

/* --- what it says --- */

TEST(words_of_ytdlp_are_put_into_errors_of_ours)
{
    static const struct { const char *said; enum err_code code; } all[] = {
        { "ERROR: [youtube] dQw4w9WgXcQ: Private video. Sign in if you've been granted access to this video", E_VIDEO_PRIVATE },
        { "ERROR: [youtube] dQw4w9WgXcQ: Video unavailable. This video is private", E_VIDEO_PRIVATE },
        { "ERROR: [youtube] dQw4w9WgXcQ: Sign in to confirm you\xe2\x80\x99re not a bot. Use --cookies-from-browser", E_VIDEO_BLOCKED },
        { "ERROR: [youtube] dQw4w9WgXcQ: Sign in to confirm your age. This video may be inappropriate for some users.", E_VIDEO_LOGIN },
        { "ERROR: [youtube] x: Video unavailable. The uploader has not made this video available in your country", E_VIDEO_GEO_BLOCKED },
        { "ERROR: [youtube] x: Video unavailable. This video has been removed by the uploader", E_VIDEO_UNAVAILABLE },
        { "ERROR: [youtube] x: Join this channel to get access to members-only content", E_VIDEO_LOGIN },
        { "ERROR: [youtube] x: This live event will begin in 3 hours.", E_VIDEO_LIVE },
        { "ERROR: [youtube] x: Premieres in 20 minutes", E_VIDEO_LIVE },
        { "ERROR: [vimeo] 1: Unable to download JSON metadata: HTTP Error 429: Too Many Requests (caused by <HTTPError 429>)", E_VIDEO_BLOCKED },
        { "ERROR: unable to download video data: HTTP Error 403: Forbidden", E_VIDEO_BLOCKED },
        { "ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found (caused by ...)", E_VIDEO_UNAVAILABLE },
        { "ERROR: Unsupported URL: http://example.org/", E_URL_UNSUPPORTED },
        { "ERROR: [x] y: This video is DRM protected", E_URL_UNSUPPORTED },
        { "ERROR: [x] y: Unable to extract player; please report this issue on  https://github.com/", E_URL_UNSUPPORTED },
        { "ERROR: [generic] Unable to download webpage: <urlopen error [Errno 111] Connection refused>", E_SITE_DOWN },
        { "ERROR: [generic] None: Unable to download webpage: The read operation timed out", E_SITE_DOWN },
        { "ERROR: fragment 3 not found, unable to continue", E_FETCH_FAILED },
        { "ERROR: unable to write data: [Errno 28] No space left on device", E_DISK_FULL },
        { "ERROR: something that nobody has seen before", E_FETCH_FAILED },
        { "Traceback (most recent call last):\n  File \"x\"\nMemoryError\n", E_FETCH_FAILED },
        { "", E_FETCH_FAILED },
    };
    struct source s = { .host = "words.test" };

    cx->redis = NULL;
    for (size_t i = 0; i < COUNT(all); i++) {
        err_t e = ytdlp_meaning(cx, &s, (struct bytes){ all[i].said, strlen(all[i].said) }, (const char *const[]){ NULL });
        if (!e || e->code != all[i].code)
            SAY("%s: %s", all[i].said, e ? err_name(e->code) : "OK");
        if (strstr(e->text, "report") || strstr(e->text, "caused by") || strlen(e->text) > 200)
            SAY("told: %s", e->text);
    }
}

TEST(secrets_are_not_told)
{
    static const char said[] = "WARNING: x\nERROR: cannot read /secret/jar through http://palabre:0123abcd@127.0.0.1:9\n";
    struct source s = { .host = "words.test" };
    err_t e = ytdlp_meaning(cx, &s, (struct bytes){ said, sizeof(said) - 1 }, (const char *const[]){ "0123abcd", "/secret/jar", NULL });

    CHECK_TEXT(e->text, "cannot read *********** through http://palabre:********@127.0.0.1:9");
}

TEST(lines_of_progress_are_read)
{
    static const struct { const char *line; int percent; int64_t bytes; } good[] = {
        { "[palabre] 512 1024 NA NA NA", 50, 512 },        { "[palabre] 512 NA 1024.0 NA NA", 50, 512 },
        { "[palabre] 99 NA 1000 3 4", 75, 99 },            { "[palabre] 5 NA NA NA NA", 0, 5 },
        { "[palabre] 2000 1000 NA NA NA", 100, 2000 },     { "[palabre] NA NA NA 9 3", 100, 0 },
        { "[palabre] nan inf -5 1e400 -1", 0, 0 },         { "[palabre] None None None None None", 0, 0 },
    };
    struct download d;

    for (size_t i = 0; i < COUNT(good); i++) {
        CHECK(ytdlp_progress(good[i].line, strlen(good[i].line), &d));
        CHECK_INT(d.percent, good[i].percent);
        CHECK_INT(d.bytes, good[i].bytes);
    }
    CHECK(!ytdlp_progress("[download] 5%", 13, &d) && !ytdlp_progress("", 0, &d) && !ytdlp_progress("[palabre] 1 2 3 4", 17, &d));
}

TEST(what_ends_like_a_recording_is_taken_for_one)
{
    CHECK(direct_looks_so("https://x.test/a/b.MP3?x=1#t"));
    CHECK(direct_looks_so("https://x.test/b.webm"));
    CHECK(!direct_looks_so("https://x.test/list.m3u8"));
    CHECK(!direct_looks_so("https://x.test/watch?v=a.mp3"));
    CHECK(!direct_looks_so("https://x.mp3"));
    CHECK(!direct_looks_so("https://x.test/mp3"));
    CHECK(!direct_looks_so("https://x.test/"));
}
