#define _GNU_SOURCE
#include "ytdlp.h"
#include "config.h"
#include "fetch.h"
#include "media.h"
#include "tools.h"
#include "app/worker.h"
#include "data/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_S        90
#define LOOK_BYTES    (8 << 20)     /* of what it tells about a video */
#define COOKIES_BYTES (1 << 20)
#define INFO          "info.json"
#define COOKIES       "cookies.txt"
#define EXTRA_MOST    32

FOREIGN(format_headers, "Headers that go with the address of a format.",
    FIELD_AS(format_headers, user_agent, "User-Agent", "Who it pretends to be."),
    FIELD_AS(format_headers, referer,    "Referer",    "Where it pretends to come from."));
FOREIGN(site_chapter, "A chapter.",
    FIELD(site_chapter, title,      "Its title."),
    FIELD(site_chapter, start_time, "Seconds."),
    FIELD(site_chapter, end_time,   "Seconds."));
FOREIGN(site_video, "The answer of yt-dlp --dump-single-json.",
    FIELD(site_video, _type,        "video, playlist ..."),
    FIELD(site_video, id,           "The site's name for it."),
    FIELD(site_video, title,        "Its title."),
    FIELD(site_video, description,  "Its description.", .max = 1 << 20),
    FIELD(site_video, uploader,     "Who put it there."),
    FIELD(site_video, channel,      "Its channel."),
    FIELD(site_video, channel_url,  "The channel's page."),
    FIELD(site_video, uploader_url, "The uploader's page."),
    FIELD(site_video, webpage_url,  "Its page."),
    FIELD(site_video, extractor,    "What read the site."),
    FIELD(site_video, thumbnail,    "Address of an image."),
    FIELD(site_video, upload_date,  "YYYYMMDD."),
    FIELD(site_video, language,     "As the site names it."),
    FIELD(site_video, live_status,  "not_live, is_live, is_upcoming, was_live, post_live."),
    FIELD(site_video, url,          "Address of the format chosen.", .max = 1 << 20),
    FIELD(site_video, protocol,     "How that one is fetched."),
    FIELD(site_video, duration,     "Seconds."),
    FIELD(site_video, view_count,   "Views."),
    FIELD(site_video, like_count,   "Likes."),
    FIELD(site_video, concurrent_view_count, "Who watches a broadcast now."),
    FIELD(site_video, filesize,     "Bytes of the format chosen."),
    FIELD(site_video, tags,         "Tags."),
    FIELD(site_video, categories,   "Categories."),
    FIELD(site_video, is_live,      "It is broadcast now."),
    FIELD(site_video, was_live,     "It was."),
    OBJECT(site_video, http_headers, "Headers of the format chosen.", format_headers),
    FIELD(site_video, subtitles,    "Captions by language.", .max = LOOK_BYTES),
    FIELD(site_video, automatic_captions, "Captions made by machines.", .max = LOOK_BYTES),
    LIST(site_video, chapters,      "Chapters.", site_chapter));

FOREIGN(site_entry, "A video of a list.",
    FIELD(site_entry, id,          "The site's name for it."),
    FIELD(site_entry, title,       "Its title.", .max = 1 << 20),
    FIELD(site_entry, url,         "Where it is.", .max = 1 << 20),
    FIELD(site_entry, webpage_url, "Its page.", .max = 1 << 20),
    FIELD(site_entry, duration,    "Seconds."));
FOREIGN(site_list, "The answer of yt-dlp --dump-single-json --flat-playlist.",
    FIELD(site_list, _type,       "playlist, multi_video; video: it is none."),
    FIELD(site_list, id,          "The site's name for it."),
    FIELD(site_list, title,       "Its title.", .max = 1 << 20),
    FIELD(site_list, webpage_url, "Its page.", .max = 1 << 20),
    FIELD(site_list, duration,    "Of a video: seconds."),
    LIST(site_list, entries,      "Its videos.", site_entry));

/* --- arguments --- */

/* What an operator may add: what only tunes how a site is asked. Nothing that names a file, a program or an address. */
static const char *const safe[] = {
    "--concurrent-fragments", "--extractor-args", "--extractor-retries", "--fragment-retries", "--geo-bypass-country", "--http-chunk-size",
    "--limit-rate", "--max-sleep-interval", "--no-geo-bypass", "--retries", "--sleep-interval", "--sleep-requests", "--throttled-rate",
    "--legacy-server-connect", NULL,
};

static bool is_safe(struct bytes word)
{
    const char *sign = memchr(word.at, '=', word.n);
    size_t n = sign ? (size_t)(sign - word.at) : word.n;

    for (int i = 0; safe[i]; i++)
        if (strlen(safe[i]) == n && !memcmp(safe[i], word.at, n))
            return true;
    return false;
}

/* The next word between spaces; false: there is none. */
static bool next_word(const char *text, size_t n, size_t *at, struct bytes *out)
{
    while (*at < n && text[*at] == ' ')
        ++*at;
    out->at = text + *at;
    while (*at < n && text[*at] != ' ')
        ++*at;
    out->n = (size_t)(text + *at - out->at);
    return out->n > 0;
}

static const char *check_args(const char *text, size_t n)
{
    struct bytes word;
    size_t at = 0, words = 0;
    bool may_be_value = false;

    while (next_word(text, n, &at, &word)) {
        for (size_t i = 0; i < word.n; i++)
            if (word.at[i] <= ' ' || word.at[i] > '~')
                return "is plain ASCII";
        if (++words > EXTRA_MOST)
            return "has too many words";
        if (*word.at == '-' ? !is_safe(word) : !may_be_value)
            return "takes only the options that docs/FETCHING.md lists, as --name value or --name=value";
        may_be_value = *word.at == '-' && !memchr(word.at, '=', word.n);
    }
    return NULL;
}
const struct format format_ytdlp_args = { "yt-dlp arguments", check_args };

static void put_extra(struct ctx *cx, struct args *a)
{
    const char *text = audio_settings.audio_ytdlp_args;
    struct bytes word;
    size_t at = 0;

    while (text && next_word(text, strlen(text), &at, &word))
        args_put(a, WORDS(arena_text(cx->arena, word.at, word.n)));
}

/* yt-dlp writes its cookies back into the file it is given, so it gets a copy. */
static fallible copy_cookies(struct ctx *cx, const char *dir)
{
    char *room = arena_get(cx->arena, COOKIES_BYTES);
    int from = open(audio_settings.audio_cookies, O_RDONLY | O_CLOEXEC);
    int to = open(arena_fmt(cx->arena, "%s/" COOKIES, dir), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n = from < 0 ? -1 : read(from, room, COOKIES_BYTES);
    bool fine = n >= 0 && to >= 0 && write(to, room, (size_t)n) == n;

    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return fine ? OK : fail(cx, ENGINE_DISABLED, "the file that AUDIO_COOKIES names cannot be read");
}

/* --ffmpeg-location names nothing: ffmpeg would go its own way with whatever addresses a playlist has. Formats are those whose
 * protocols go through the gate; extractors that speak WebSocket would not. */
#define PROTOCOLS "[protocol~='^(https?|m3u8(_native)?|http_dash_segments)$']"

static fallible put_common(struct ctx *cx, const struct source *s, struct args *a)
{
    args_put(a, WORDS(audio_settings.audio_ytdlp, "--ignore-config", "--no-cache-dir", "--no-color", "--no-warnings", "--no-playlist"));
    args_put(a, WORDS("--use-extractors", "default,-fc2.*,-twitcasting.*,-niconico:live.*", "--ffmpeg-location", "./none", "--fixup", "never"));
    args_put(a, WORDS("--socket-timeout", "30", "--retries", "3", "--fragment-retries", "3", "--extractor-retries", "1"));
    args_put(a, WORDS("--abort-on-unavailable-fragments", "--no-mtime", "--hls-prefer-native"));
    args_put(a, WORDS("-f", s->pictures ? "best[height<=?480]" PROTOCOLS "/bestvideo[height<=?480]" PROTOCOLS "/best" PROTOCOLS : "bestaudio" PROTOCOLS "/best" PROTOCOLS));
    if (audio_settings.audio_user_agent && *audio_settings.audio_user_agent)
        args_put(a, WORDS("--user-agent", audio_settings.audio_user_agent));
    put_extra(cx, a);
    if (!audio_settings.audio_cookies || !*audio_settings.audio_cookies)
        return OK;
    TRY(copy_cookies(cx, s->dir));
    args_put(a, WORDS("--cookies", COOKIES));
    return OK;
}

/* For every scheme that Python's urllib knows: what --proxy would leave out (ftp) must not go around the gate either. */
static const char *const *environment(struct ctx *cx, const struct source *s)
{
    static const char *const names[] = { "http_proxy", "https_proxy", "ftp_proxy", "all_proxy" };
    const char **env = NEWS(cx, const char *, COUNT(names) + 4);
    size_t n = 0;

    for (; n < COUNT(names); n++)
        env[n] = arena_fmt(cx->arena, "%s=%s", names[n], gate_url(s->gate));
    env[n++] = "YTDLP_NO_PLUGINS=1";
    env[n++] = "PYTHONNOUSERSITE=1";
    env[n++] = "PYTHONDONTWRITEBYTECODE=1";
    return env;
}

/* --- running it --- */

bool ytdlp_is_there(void)
{
    char path[1100];

    snprintf(path, sizeof(path), "%s%s", *audio_settings.audio_ytdlp == '/' ? "" : "/usr/bin/", audio_settings.audio_ytdlp);
    return !access(path, X_OK);
}

static fallible run(struct ctx *cx, const struct source *s, struct child_ask *ask, struct child_end *end)
{
    const char *hide[] = { gate_secret(s->gate), s->dir, audio_settings.audio_cookies, NULL };

    if (!ytdlp_is_there())
        return fail(cx, ENGINE_DISABLED, "%s is not installed", audio_settings.audio_ytdlp);
    ask->dir = s->dir;
    ask->env = environment(cx, s);
    err_t e = child_run(cx, ask, end);
    err_t gate = e || end->status ? gate_verdict(cx, s->gate) : OK;
    if (gate && gate->code != E_SITE_DOWN)
        return gate;
    TRY(e);
    if (!end->status)
        return OK;
    e = end->signal ? fail(cx, CHILD_FAILED, "%s died of signal %d", ask->argv[0], end->signal) : ytdlp_meaning(cx, s, end->complaint, hide);
    return gate && e->code == E_FETCH_FAILED ? gate : e;
}

static fallible still_going(struct ctx *cx, void *with)
{
    const struct source *s = with;

    host_renew(cx, s->turn);
    return OK;
}

static fallible keep(struct ctx *cx, const struct source *s, struct bytes json)
{
    int fd = open(arena_fmt(cx->arena, "%s/" INFO, s->dir), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool fine = fd >= 0 && write(fd, json.at, json.n) == (ssize_t)json.n;

    if (fd >= 0)
        close(fd);
    return fine ? OK : fail(cx, DISK_FULL, "no room for what a site tells about a video");
}

err_t ytdlp_look(struct ctx *cx, const struct source *s, struct site_video *out)
{
    struct args a = { .n = 0 };
    struct child_end end;

    TRY(put_common(cx, s, &a));
    args_put(&a, WORDS("--dump-single-json", "--flat-playlist", "--playlist-items", "1:2", "--", s->url));
    TRY(run(cx, s, &(struct child_ask){ .argv = a.at, .cpu_s = LOOK_S, .wall_ms = LOOK_S * 1000, .file_bytes = LOOK_BYTES, .max_output = LOOK_BYTES,
                                        .tick = still_going, .with = (void *)(uintptr_t)s }, &end));
    *out = (struct site_video){ .view_count = LONG_NONE, .like_count = LONG_NONE, .concurrent_view_count = LONG_NONE };
    err_t e = json_read(cx, end.output.at, end.output.n, &site_video_shape, out);
    if (e)
        return fail(cx, FETCH_FAILED, "what yt-dlp tells cannot be read: %s", e->text);
    if (out->_type && !text_is(out->_type, "video"))
        return fail(cx, VIDEO_PLAYLIST, "The address is a list of videos");
    return keep(cx, s, end.output);
}

err_t ytdlp_list(struct ctx *cx, const struct source *s, int most, struct site_list *out)
{
    struct args a = { .n = 0 };
    struct child_end end;

    TRY(put_common(cx, s, &a));
    args_put(&a, WORDS("--yes-playlist", "--dump-single-json", "--flat-playlist", "--playlist-items", arena_fmt(cx->arena, "1:%d", most), "--", s->url));
    TRY(run(cx, s, &(struct child_ask){ .argv = a.at, .cpu_s = LOOK_S, .wall_ms = LOOK_S * 1000, .file_bytes = LOOK_BYTES, .max_output = LOOK_BYTES,
                                        .tick = still_going, .with = (void *)(uintptr_t)s }, &end));
    err_t e = json_read(cx, end.output.at, end.output.n, &site_list_shape, out);
    return e ? fail(cx, FETCH_FAILED, "what yt-dlp tells cannot be read: %s", e->text) : OK;
}

/* --- fetching --- */

/* "NA" and "None" are nothing known. */
static double number_of(struct bytes word)
{
    double v;

    return text_to_real(word.at, word.n, &v) && v > 0 && v < 1e18 ? v : 0;
}

bool ytdlp_progress(const char *line, size_t n, struct download *out)
{
    enum { MARK, BYTES, TOTAL, ESTIMATE, FRAGMENT, FRAGMENTS, PARTS };
    struct bytes words[PARTS];
    size_t at = 0;

    for (int i = 0; i < PARTS; i++)
        if (!next_word(line, n, &at, &words[i]))
            return false;
    if (words[MARK].n != 9 || memcmp(words[MARK].at, "[palabre]", 9))
        return false;
    double done = number_of(words[BYTES]), total = number_of(words[TOTAL]), part = number_of(words[FRAGMENT]), parts = number_of(words[FRAGMENTS]);
    if (total <= 0)
        total = number_of(words[ESTIMATE]);
    double percent = parts >= 1 ? 100 * part / parts : total > 0 ? 100 * done / total : 0;
    out->bytes = (int64_t)done;
    out->percent = percent < 0 ? 0 : percent > 100 ? 100 : (int)percent;
    return true;
}

struct watch { const struct source *s; char line[256]; size_t n; };

static fallible take_line(struct ctx *cx, struct watch *w)
{
    struct download d;

    if (!ytdlp_progress(w->line, w->n, &d))
        return OK;
    if (d.bytes > audio_settings.audio_max_bytes)
        return fetch_too_large(cx);
    job_progress(cx, d.percent * FETCH_SHARE / 100);
    return OK;
}

static fallible listen_to(struct ctx *cx, void *with, const char *at, size_t n)
{
    struct watch *w = with;

    for (size_t i = 0; i < n; i++) {
        if (at[i] != '\n') {
            if (w->n < sizeof(w->line))
                w->line[w->n++] = at[i];
            continue;
        }
        TRY(take_line(cx, w));
        w->n = 0;
    }
    return OK;
}

/* Whatever it says: what is in its directory counts. */
static fallible watch(struct ctx *cx, void *with)
{
    const struct source *s = ((struct watch *)with)->s;
    int64_t bytes = dir_bytes(s->dir);

    host_renew(cx, s->turn);
    return bytes > audio_settings.audio_max_bytes + LOOK_BYTES ? fetch_too_large(cx) : OK;
}

err_t ytdlp_fetch(struct ctx *cx, const struct source *s)
{
    struct watch w = { .s = s };
    struct args a = { .n = 0 };
    struct child_end end;
    struct stat about;

    TRY(put_common(cx, s, &a));
    args_put(&a, WORDS("--quiet", "--progress", "--newline", "--progress-template",
                       "download:[palabre] %(progress.downloaded_bytes)s %(progress.total_bytes)s %(progress.total_bytes_estimate)s "
                       "%(progress.fragment_index)s %(progress.fragment_count)s"));
    args_put(&a, WORDS("--no-continue", "-o", MEDIA_INPUT, "--load-info-json", INFO));
    TRY(run(cx, s, &(struct child_ask){ .argv = a.at, .cpu_s = audio_settings.audio_cpu_s, .wall_ms = audio_settings.audio_fetch_s * 1000,
                                        .file_bytes = audio_settings.audio_max_bytes + LOOK_BYTES, .max_output = 256 << 20, .on = listen_to,
                                        .tick = watch, .with = &w }, &end));
    if (stat(arena_fmt(cx->arena, "%s/" MEDIA_INPUT, s->dir), &about) || !about.st_size)
        return fail(cx, FETCH_FAILED, "yt-dlp left nothing");
    return about.st_size > audio_settings.audio_max_bytes ? fetch_too_large(cx) : OK;
}
