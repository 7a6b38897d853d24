/* audio.fetch and audio.look with a yt-dlp that says what it is told to say, sites that play a script, and tools that die. */
#define _GNU_SOURCE
#include "config.h"
#include "fetch.h"
#include "handler.h"
#include "tools.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "net/blob.h"
#include "net/http.h"
#include "net/redis.h"
#include "net/test_script.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE  "http://93.184.216.34/watch?v=1"          /* nobody goes there */
#define EMPTY "Content-Length: 0\r\n\r\n"

static struct job the_job = { .id = "0192", .root = "0190", .step = "audio", .kind = "audio.fetch", .attempt = 2 };

static const char *start(struct ctx *cx)
{
    const char *dir = "/tmp";

    CHECK_OK(blob_workdir(cx, &dir));
    CHECK_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s/blobs", dir), &cx->blobs));
    cx->http = http_open(cx->arena, 4);
    cx->job = &the_job;
    cx->redis = NULL;
    audio_settings.audio_host_interval_ms = 0;
    return dir;
}

static void put_file(struct ctx *cx, const char *dir, const char *name, const char *text)
{
    int fd = open(arena_fmt(cx->arena, "%s/%s", dir, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

    CHECK_INT(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static const char *text_in(struct ctx *cx, const char *dir, const char *name)
{
    char *room = arena_get(cx->arena, 65536);
    int fd = open(arena_fmt(cx->arena, "%s/%s", dir, name), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, room, 65535);

    if (fd >= 0)
        close(fd);
    room[n < 0 ? 0 : n] = '\0';
    return room;
}

/* A yt-dlp that answers `json` when it is to look, and runs `fetch` when it is to fetch. What it is told stands in the file "told". */
static void plays(struct ctx *cx, const char *dir, const char *json, const char *fetch)
{
    put_file(cx, dir, "look.json", json);
    put_file(cx, dir, "yt-dlp", arena_fmt(cx->arena, "#!/bin/sh\necho \"$*\" >>%s/told\necho \"$http_proxy\" >>%s/proxies\ncase \"$*\" in\n*--dump-single-json*) cat %s/look.json ;;\n*) %s ;;\nesac\n",
                                          dir, dir, dir, fetch));
    put_file(cx, dir, "told", "");
    audio_settings.audio_ytdlp = arena_fmt(cx->arena, "%s/yt-dlp", dir);
}

static int lines_in(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static err_t fetch(struct ctx *cx, const char *url, struct audio_fetched *out)
{
    struct audio_fetch in = { .url = url };

    *out = (struct audio_fetched){ .file = NULL };
    return audio_fetch.run(cx, &in, out);
}

/* --- what a site tells --- */

TEST(what_a_site_tells_of_a_video_decides_before_it_is_fetched)
{
    static const struct { const char *json; enum err_code code; const char *says; } cases[] = {
        { "{\"_type\":\"playlist\"}",                              E_VIDEO_PLAYLIST,  "list" },
        { "{\"is_live\":true,\"duration\":5}",                     E_VIDEO_LIVE,      "broadcast" },
        { "{\"live_status\":\"is_live\"}",                         E_VIDEO_LIVE,      "broadcast" },
        { "{\"live_status\":\"is_upcoming\"}",                     E_VIDEO_LIVE,      "broadcast" },
        { "{\"duration\":14401}",                                  E_MEDIA_TOO_LONG,  "14401 seconds; at most 14400" },
        { "{\"duration\":5,\"filesize\":5e9}",                     E_MEDIA_TOO_LARGE, "4294967296" },
        { "{\"duration\":\"long\"}",                               E_FETCH_FAILED,    "cannot be read" },
        { "Traceback",                                             E_FETCH_FAILED,    "cannot be read" },
        { "",                                                      E_FETCH_FAILED,    "cannot be read" },
    };
    const char *dir = start(cx);
    struct audio_fetched made;

    for (size_t i = 0; i < COUNT(cases); i++) {
        plays(cx, dir, cases[i].json, "exit 0");
        err_t e = fetch(cx, PAGE, &made);
        if (!e || e->code != cases[i].code || !strstr(e->text, cases[i].says))
            SAY("%s: %s %s", cases[i].json, e ? err_name(e->code) : "OK", e ? e->text : "");
        CHECK_INT(lines_in(text_in(cx, dir, "told")), 1);
    }
}

TEST(how_ytdlp_ends_has_a_meaning)
{
    static const struct { const char *does; enum err_code code; const char *says; } cases[] = {
        { "echo 'ERROR: [x] y: HTTP Error 403: Forbidden' >&2; exit 1",            E_VIDEO_BLOCKED,   "403" },
        { "echo 'ERROR: unable to write data: No space left on device' >&2; exit 1", E_DISK_FULL,     "space" },
        { "kill -SEGV $$",                                                          E_CHILD_FAILED,   "signal 11" },
        { "exit 0",                                                                 E_FETCH_FAILED,   "left nothing" },
        { ": >input",                                                               E_FETCH_FAILED,   "left nothing" },
        { "echo '[palabre] 99999999999 NA NA NA NA'; sleep 20",                     E_MEDIA_TOO_LARGE, "4294967296" },
        { "truncate -s 4294967297 input",                                           E_MEDIA_TOO_LARGE, "4294967296" },
        { "truncate -s 4000M a; truncate -s 4000M b; sleep 20",                     E_MEDIA_TOO_LARGE, "4294967296" },
        { "echo 'this is no sound' >input",                                         E_MEDIA_UNREADABLE, "" },
    };
    const char *dir = start(cx);
    struct audio_fetched made;
    int64_t from = clock_ms();

    for (size_t i = 0; i < COUNT(cases); i++) {
        plays(cx, dir, "{\"duration\":5}", cases[i].does);
        err_t e = fetch(cx, arena_fmt(cx->arena, "http://93.184.216.%zu/x", i + 1), &made);
        if (!e || e->code != cases[i].code || !strstr(e->text, cases[i].says))
            SAY("%s: %s %s", cases[i].does, e ? err_name(e->code) : "OK", e ? e->text : "");
    }
    CHECK_WITHIN(clock_ms() - from, 0, 20000);
}

#define TOLD "{\"id\":\"v1\",\"title\":\"Un d\\u00e9bat\",\"channel\":\"Le greffe\",\"channel_url\":\"http://c/\",\"description\":\"\",\"duration\":1,\"view_count\":12,\"live_status\":\"was_live\"," \
             "\"extractor\":\"x\",\"thumbnail\":\"http://t/\",\"upload_date\":\"20240609\",\"tags\":[\"a\",\"b\"],\"webpage_url\":\"http://93.184.216.34/v1\"," \
             "\"chapters\":[{\"title\":\"Un\",\"start_time\":0,\"end_time\":0.5},{\"title\":\"Deux\",\"start_time\":0.5,\"end_time\":1}]}"

TEST_WITHIN(what_is_known_of_a_video_comes_along_with_its_sound, 60)
{
    const char *dir = start(cx);
    struct audio_fetched made;
    struct audio_looked seen = { .title = NULL };
    struct blob_info info;
    int fd;

    plays(cx, dir, TOLD, "/usr/bin/ffmpeg -nostdin -v error -f lavfi -i sine=d=1 -f ogg input; echo '[palabre] 5 10 NA NA NA'");
    NEED_OK(fetch(cx, PAGE, &made));
    CHECK_TEXT(made.title, "Un débat");
    CHECK_TEXT(made.uploader, "Le greffe");
    CHECK_TEXT(made.webpage, "http://93.184.216.34/v1");
    CHECK_TEXT(made.thumbnail, "http://t/");
    CHECK_TEXT(made.upload_date, "20240609");
    CHECK(made.live && !made.video && made.duration_s > 0.9 && made.duration_s < 1.1);
    CHECK_TEXT(made.file, "jobs/90/0190-audio-2.wav");
    CHECK_OK(blob_open(cx, made.file, &fd, &info));
    CHECK_INT(info.size, made.size);
    CHECK_HAS(text_in(cx, dir, "told"), "--load-info-json info.json");

    struct audio_look in = { .url = PAGE };
    NEED_OK(audio_look.run(cx, &in, &seen));
    CHECK_TEXT(seen.video_id, "v1");
    CHECK(!seen.description && seen.view_count == 12 && seen.like_count == LONG_NONE);
    CHECK(seen.was_live && !seen.live && seen.duration_s == 1);
    CHECK(seen.tags.n == 2 && seen.chapters.n == 2 && seen.chapters.at[1].start_s == 0.5);
    CHECK_TEXT(seen.chapters.at[1].title, "Deux");
    CHECK_INT(lines_in(text_in(cx, dir, "told")), 3);
}

TEST(a_sound_that_lacks_its_end_is_none)
{
    const char *dir = start(cx);
    struct audio_fetched made;

    plays(cx, dir, "{\"duration\":10}", "/usr/bin/ffmpeg -nostdin -v error -f lavfi -i sine=d=1 -f ogg input");
    err_t e = fetch(cx, PAGE, &made);
    CHECK(e && e->code == E_FETCH_FAILED && strstr(e->text, "1.0 of 7.9 seconds came"));
    CHECK(!made.file);
}

TEST(what_the_operator_sets_is_told_to_ytdlp_and_nothing_else_gets_out)
{
    const char *dir = start(cx);
    struct audio_fetched made;

    put_file(cx, dir, "jar", "# Netscape HTTP Cookie File\n");
    plays(cx, dir, "{\"duration\":5}", arena_fmt(cx->arena, "cp cookies.txt %s/copied; echo changed >cookies.txt; exit 0", dir));
    audio_settings.audio_cookies = arena_fmt(cx->arena, "%s/jar", dir);
    audio_settings.audio_user_agent = "palabre-test";
    audio_settings.audio_ytdlp_args = "  --retries=1   --sleep-requests 0 ";
    CHECK_FAILS(fetch(cx, PAGE, &made), FETCH_FAILED);
    CHECK_HAS(text_in(cx, dir, "told"), " --user-agent palabre-test --retries=1 --sleep-requests 0 --cookies cookies.txt ");
    CHECK_HAS(text_in(cx, dir, "told"), "--ffmpeg-location ./none ");
    CHECK_HAS(text_in(cx, dir, "proxies"), "http://palabre:");
    CHECK_TEXT(text_in(cx, dir, "copied"), "# Netscape HTTP Cookie File\n");
    CHECK_TEXT(text_in(cx, dir, "jar"), "# Netscape HTTP Cookie File\n");
    audio_settings.audio_cookies = "/nowhere/jar";
    err_t e = fetch(cx, PAGE, &made);
    CHECK(e && e->code == E_ENGINE_DISABLED && !strstr(e->text, "nowhere"));
    audio_settings.audio_ytdlp = "/nowhere/yt-dlp";
    CHECK_FAILS(fetch(cx, PAGE, &made), ENGINE_DISABLED);
}

TEST(addresses_with_a_space_or_a_password_are_not_even_looked_up)
{
    static const char *const bad[] = { "http://93.184.216.34/a b", "http://93.184.216.34/a\nb", "http://93.184.216.34/\x7f", "http://me:secret@93.184.216.34/", "http://me@93.184.216.34?x" };
    const char *dir = start(cx);
    struct audio_fetched made;

    plays(cx, dir, "{}", "exit 0");
    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_FAILS(fetch(cx, bad[i], &made), URL_UNSUPPORTED);
    CHECK_TEXT(text_in(cx, dir, "told"), "");
}

/* --- lists of segments --- */

static const char *list_answer(struct ctx *cx, const char *list)
{
    return arena_fmt(cx->arena, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(list), list);
}

TEST(the_length_of_a_bare_list_is_read_in_the_list_itself)
{
    const struct { const char *list; enum err_code code; const char *says; } cases[] = {
        { "#EXTM3U\n#EXTINF:9000,\na.ts\n#EXTINF:9000,\nb.ts\n#EXT-X-ENDLIST\n", E_MEDIA_TOO_LONG, "18000 seconds" },
        { "#EXTM3U\n#EXTINF:9,\na.ts\n",                                          E_VIDEO_LIVE,     "no end" },
        { "#EXTM3U\n#EXTINF:9,\na.ts\n#EXT-X-ENDLIST\n",                          E_FETCH_FAILED,   "left nothing" },
        { "<html>",                                                               E_FETCH_FAILED,   "left nothing" },
    };
    const char *dir = start(cx);
    struct audio_fetched made;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server *s = SERVER(PLAY(ANSWERS(list_answer(cx, cases[i].list))));
        CHECK_OK(egress_open(cx, arena_fmt(cx->arena, "127.0.0.1:%d", server_port(s))));
        plays(cx, dir, arena_fmt(cx->arena, "{\"url\":\"%s\",\"protocol\":\"m3u8_native\",\"http_headers\":{\"User-Agent\":\"like a browser\",\"Referer\":\"http://p/\"}}", server_url(cx, s, "/l.m3u8")),
              "exit 0");
        err_t e = fetch(cx, PAGE, &made);
        if (!e || e->code != cases[i].code || !strstr(e->text, cases[i].says))
            SAY("%s: %s %s", cases[i].list, e ? err_name(e->code) : "OK", e ? e->text : "");
        CHECK_HAS(server_seen(cx, s), "User-Agent: like a browser\r\n");
        CHECK_HAS(server_seen(cx, s), "Referer: http://p/\r\n");
    }
}

/* --- files at their own address --- */

static err_t fetch_from(struct ctx *cx, const struct step *play)
{
    struct server *s = SERVER(play);
    struct audio_fetched made;

    CHECK_OK(egress_open(cx, arena_fmt(cx->arena, "127.0.0.1:%d", server_port(s))));
    return fetch(cx, server_url(cx, s, "/talk.mp4"), &made);
}

TEST_WITHIN(what_a_site_answers_for_a_file_has_its_name, 60)
{
    const struct { const struct step *play; enum err_code code; int64_t retry_after_ms; } cases[] = {
        { PLAY(ANSWERS("HTTP/1.1 404 No\r\n" EMPTY)),                                              E_VIDEO_UNAVAILABLE, 0 },
        { PLAY(ANSWERS("HTTP/1.1 410 No\r\n" EMPTY)),                                              E_VIDEO_UNAVAILABLE, 0 },
        { PLAY(ANSWERS("HTTP/1.1 503 Later\r\nRetry-After: 9\r\n" EMPTY)),                         E_SITE_DOWN,         9000 },
        { PLAY(ANSWERS("HTTP/1.1 403 No\r\n" EMPTY)),                                              E_ENGINE_DISABLED,   0 },        /* yt-dlp is to ask, and is not there */
        { PLAY(ANSWERS("HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\nOggS56789abcdef!")),  E_MEDIA_TOO_LARGE,   0 },
        { PLAY(ANSWERS("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<html>no film here</html> ")), E_ENGINE_DISABLED, 0 },
        { PLAY(ANSWERS("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd")),                       E_ENGINE_DISABLED,   0 },        /* too little to be judged */
        { PLAY(TAKES, SAYS("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nOggS56789abcdef!"), RESETS), E_SITE_DOWN, 0 },
        { PLAY(ANSWERS("nonsense\r\n\r\n")),                                                       E_SITE_DOWN,         0 },
        { PLAY(ANSWERS("HTTP/1.1 429 Slow\r\n" EMPTY)),                                            E_VIDEO_BLOCKED,     100000 },
        { PLAY(ANSWERS("HTTP/1.1 404 No\r\n" EMPTY)),                                              E_SITE_BUSY,         -1 },       /* it rests */
    };

    start(cx);
    audio_settings.audio_ytdlp = "/nowhere/yt-dlp";
    audio_settings.audio_host_rest_s = 100;
    for (size_t i = 0; i < COUNT(cases); i++) {
        err_t e = fetch_from(cx, cases[i].play);
        if (!e || e->code != cases[i].code || (cases[i].retry_after_ms >= 0 && e->retry_after_ms != cases[i].retry_after_ms))
            SAY("case %zu: %s %s, again in %lld ms", i, e ? err_name(e->code) : "OK", e ? e->text : "", e ? (long long)e->retry_after_ms : 0);
    }
}

TEST(a_file_that_drips_is_given_up_in_time)
{
    int64_t from = clock_ms();

    start(cx);
    audio_settings.audio_fetch_s = 1;
    CHECK_FAILS(fetch_from(cx, PLAY(TAKES, DRIPS(100, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabcdefghijklmnopqrstuvwxyz"))), TIMEOUT);
    CHECK_WITHIN(clock_ms() - from, 0, 5000);
}

/* --- tools --- */

TEST(a_tool_that_dies_of_what_it_reads_blames_the_file_and_else_itself)
{
    static const struct { const char *does; enum err_code code; const char *says; } cases[] = {
        { "kill -SEGV $$", E_MEDIA_UNREADABLE, "crash" },           { "kill -ABRT $$", E_MEDIA_UNREADABLE, "crash" },
        { "kill -XCPU $$", E_MEDIA_UNREADABLE, "processor time" },  { "kill -XFSZ $$", E_MEDIA_UNREADABLE, "larger than allowed" },
        { "kill -TERM $$", E_CHILD_FAILED,     "signal 15" },
    };
    struct child_end end;

    for (size_t i = 0; i < COUNT(cases); i++) {
        err_t e = tool_run(cx, &(struct child_ask){ .argv = WORDS("sh", "-c", cases[i].does) }, &end);
        if (!e || e->code != cases[i].code || !strstr(e->text, cases[i].says))
            SAY("%s: %s %s", cases[i].does, e ? err_name(e->code) : "OK", e ? e->text : "");
    }
    CHECK_OK(tool_run(cx, &(struct child_ask){ .argv = WORDS("sh", "-c", "echo '[mp3 @ 0x55] Header missing' >&2; echo more >&2; exit 3") }, &end));
    CHECK_INT(end.status, 3);
    CHECK_TEXT(tool_complaint(cx, &end), "Header missing");
    CHECK_OK(tool_run(cx, &(struct child_ask){ .argv = WORDS("sh", "-c", "printf '[mp3 @' >&2") }, &end));
    CHECK_TEXT(tool_complaint(cx, &end), "[mp3 @");
    CHECK_OK(tool_run(cx, &(struct child_ask){ .argv = WORDS("true") }, &end));
    CHECK_TEXT(tool_complaint(cx, &end), "no reason given");
}
