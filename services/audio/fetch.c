/* audio.fetch and audio.look: what stands at an address of the web. */
#define _GNU_SOURCE
#include "fetch.h"
#include "config.h"
#include "handler.h"
#include "playlist.h"
#include "app/worker.h"
#include "base/clock.h"
#include "net/blob.h"
#include "net/http_link.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES_BYTES    (64 << 20)   /* of pages and lists, beside the recording itself */
#define PLAYLIST_BYTES (4 << 20)
#define SHORT_S        2.0          /* what sites tell is rounded, and one in a hundred may be missing */
#define SHORT_SHARE    0.99

err_t fetch_too_large(struct ctx *cx)
{
    return fail(cx, MEDIA_TOO_LARGE, "The recording has more than %lld bytes", (long long)audio_settings.audio_max_bytes);
}

int64_t dir_bytes(const char *dir)
{
    DIR *list = opendir(dir);
    struct stat about;
    int64_t bytes = 0;

    for (struct dirent *d; list && (d = readdir(list));)
        if (!fstatat(dirfd(list), d->d_name, &about, AT_SYMLINK_NOFOLLOW) && S_ISREG(about.st_mode))
            bytes += about.st_size;
    if (list)
        closedir(list);
    return bytes;
}

/* --- before anything is asked --- */

static const char *host_of(struct ctx *cx, const struct http_place *place)
{
    char *host = arena_fmt(cx->arena, "%s", place->host);

    for (char *c = host; *c; c++)
        *c |= *c >= 'A' && *c <= 'Z' ? 0x20 : 0;
    return text_starts(host, "www.") ? host + 4 : host;
}

static fallible check_url(struct ctx *cx, const char *url, struct http_place *place)
{
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 127)
            return fail(cx, URL_UNSUPPORTED, "The address has a space in it");
    TRY(http_place(cx, url, place));
    const char *site = strstr(url, "://");
    if (site && memchr(site + 3, '@', strcspn(site + 3, "/?#")))
        return fail(cx, URL_UNSUPPORTED, "An address with a password in it is not taken");
    return OK;
}

err_t source_open(struct ctx *cx, const char *url, struct source *s)
{
    struct http_place place;

    TRY(check_url(cx, url, &place));
    s->url = url;
    s->host = host_of(cx, &place);
    TRY(blob_workdir(cx, &s->dir));
    TRY(host_enter(cx, s->host, &s->turn));
    return gate_open(cx, audio_settings.audio_max_bytes + PAGES_BYTES, &s->gate);
}

/* --- by yt-dlp --- */

bool fetch_is_live(const struct site_video *v)
{
    return v->is_live || text_is(v->live_status, "is_live") || text_is(v->live_status, "is_upcoming");
}

/* Over, whether or not the site has its recording ready. */
static bool was_live(const struct site_video *v)
{
    return v->was_live || text_is(v->live_status, "was_live") || text_is(v->live_status, "post_live");
}

/* A bare list of segments tells nothing of its length but in itself. What cannot be read is judged when it is there. */
static fallible measure_playlist(struct ctx *cx, struct source *s, const struct site_video *v)
{
    const char *agent = v->http_headers.user_agent, *from = v->http_headers.referer;
    const char *headers[3] = { NULL };
    struct http_answer answer;
    struct playlist list;
    size_t n = 0;

    if (!v->url || !v->protocol || !text_starts(v->protocol, "m3u8"))
        return OK;
    if (agent && !strpbrk(agent, "\r\n"))
        headers[n++] = arena_fmt(cx->arena, "User-Agent: %s", agent);
    if (from && !strpbrk(from, "\r\n"))
        headers[n++] = arena_fmt(cx->arena, "Referer: %s", from);
    err_t e = http_send(cx, &(struct http_ask){ .url = v->url, .headers = headers, .guarded = true, .proxy = gate_url(s->gate), .redirects = 3,
                                                .max_bytes = PLAYLIST_BYTES }, &answer);
    if (e || answer.status != 200 || !playlist_read(answer.body.at, answer.body.n, &list))
        return clock_check(cx);
    if (!list.ended)
        return fail(cx, VIDEO_LIVE, "The list of its parts has no end: it is a broadcast");
    s->expected_s = list.seconds;
    return OK;
}

static fallible judge(struct ctx *cx, struct source *s, const struct site_video *v)
{
    if (fetch_is_live(v))
        return fail(cx, VIDEO_LIVE, "The video is broadcast now, or will be");
    s->expected_s = v->duration > 0 ? v->duration : 0;
    if (!s->expected_s)
        TRY(measure_playlist(cx, s, v));
    if (s->expected_s > (double)s->max_s + 0.5)
        return fail(cx, MEDIA_TOO_LONG, "The recording lasts %.0f seconds; at most %lld are taken", s->expected_s, (long long)s->max_s);
    return v->filesize > (double)audio_settings.audio_max_bytes ? fetch_too_large(cx) : OK;
}

static const char *first_of(const char *a, const char *b) { return a && *a ? a : b; }

const char *fetch_kept(struct ctx *cx, const char *text, size_t most)
{
    return text && *text ? arena_text(cx->arena, text, text_utf8_cut(text, strnlen(text, most))) : NULL;
}

static fallible by_ytdlp(struct ctx *cx, struct source *s, struct audio_fetched *out)
{
    struct site_video v = { .id = NULL };

    TRY(ytdlp_look(cx, s, &v));
    TRY(judge(cx, s, &v));
    job_progress(cx, 2);
    TRY(ytdlp_fetch(cx, s));
    s->video_id = fetch_kept(cx, v.id, 200);
    out->title = fetch_kept(cx, v.title, 500);
    out->uploader = fetch_kept(cx, first_of(v.uploader, v.channel), 200);
    out->webpage = fetch_kept(cx, first_of(v.webpage_url, s->url), 2048);
    out->extractor = fetch_kept(cx, v.extractor, 100);
    out->thumbnail = fetch_kept(cx, v.thumbnail, 2048);
    out->upload_date = fetch_kept(cx, v.upload_date, 8);
    out->live = was_live(&v);
    return OK;
}

/* --- the kinds --- */

err_t fetch_get(struct ctx *cx, struct source *s, struct audio_fetched *out)
{
    struct direct direct;
    bool found = false;

    if (direct_looks_so(s->url))
        TRY(direct_fetch(cx, s, &direct, &found));
    if (!found)
        return by_ytdlp(cx, s, out);
    out->title = direct.title;
    out->webpage = fetch_kept(cx, s->url, 2048);
    out->extractor = "direct";
    return OK;
}

err_t fetch_sniff(struct ctx *cx, const char *dir, const struct container **out)
{
    int fd = open(arena_fmt(cx->arena, "%s/" MEDIA_INPUT, dir), O_RDONLY | O_CLOEXEC);
    struct stat about;

    if (fd < 0 || fstat(fd, &about)) {
        if (fd >= 0)
            close(fd);
        return fail(cx, FETCH_FAILED, "what was fetched is gone");
    }
    err_t e = media_sniff(cx, fd, about.st_size, out);
    close(fd);
    return e;
}

/* Before it is stored: a result that lacks an end is none. */
static fallible convert_whole(struct ctx *cx, const struct source *s, struct audio_fetched *out)
{
    struct conversion c = { .to = &target_speech, .dir = s->dir, .max_s = s->max_s, .least_s = s->expected_s * SHORT_SHARE - SHORT_S, .done_percent = FETCH_SHARE };
    const struct container *sniffed;
    struct audio_made made = { .file = NULL };

    TRY(fetch_sniff(cx, s->dir, &sniffed));
    TRY(audio_make(cx, sniffed, &c, &made));
    out->file = made.file, out->type = made.type, out->codec = made.codec, out->duration_s = made.duration_s, out->size = made.size;
    out->channels = made.channels, out->rate_hz = made.rate_hz, out->video = made.video;
    return OK;
}

/* A video or recording of the web to what speech recognition reads.
 * Final: URL_UNSUPPORTED, EGRESS_REFUSED, VIDEO_UNAVAILABLE, _PRIVATE, _LOGIN, _GEO_BLOCKED, _LIVE, _PLAYLIST, MEDIA_UNREADABLE, _SILENT,
 * _TOO_LONG, _TOO_LARGE, ENGINE_DISABLED. Again later: VIDEO_BLOCKED, SITE_DOWN, SITE_BUSY (not counted), FETCH_FAILED. */
HANDLER(audio_fetch, audio_fetch, audio_fetched)
{
    struct source s = { .max_s = audio_settings.audio_max_s };

    job_begins(cx, in->transcription);
    if (in->max_s && in->max_s < s.max_s)
        s.max_s = in->max_s;
    TRY(source_open(cx, in->url, &s));
    err_t e = fetch_get(cx, &s, out);
    host_leave(cx, s.turn);
    TRY(e);
    job_progress(cx, FETCH_SHARE);
    return convert_whole(cx, &s, out);
}

static void chapters_of(struct ctx *cx, const struct site_video *v, struct audio_looked *out)
{
    out->chapters.n = v->chapters.n;
    out->chapters.at = NEWS(cx, struct video_chapter, v->chapters.n);
    for (size_t i = 0; i < v->chapters.n; i++)
        out->chapters.at[i] = (struct video_chapter){ fetch_kept(cx, v->chapters.at[i].title, 500), v->chapters.at[i].start_time, v->chapters.at[i].end_time };
}

/* What a site tells about a video; nothing is fetched. The same errors. */
HANDLER(audio_look, audio_look, audio_looked)
{
    struct source s = { .max_s = audio_settings.audio_max_s };
    struct site_video v = { .id = NULL };

    TRY(source_open(cx, in->url, &s));
    err_t e = ytdlp_look(cx, &s, &v);
    host_leave(cx, s.turn);
    TRY(e);
    *out = (struct audio_looked){
        .video_id = fetch_kept(cx, v.id, 200), .title = fetch_kept(cx, v.title, 500), .description = fetch_kept(cx, v.description, 20000),
        .uploader = fetch_kept(cx, first_of(v.uploader, v.channel), 200), .channel = fetch_kept(cx, first_of(v.channel_url, v.uploader_url), 2048),
        .webpage = fetch_kept(cx, first_of(v.webpage_url, s.url), 2048), .extractor = fetch_kept(cx, v.extractor, 100), .thumbnail = fetch_kept(cx, v.thumbnail, 2048),
        .upload_date = fetch_kept(cx, v.upload_date, 8), .language = fetch_kept(cx, v.language, 35), .duration_s = v.duration > 0 ? v.duration : REAL_NONE,
        .view_count = v.view_count, .like_count = v.like_count, .tags = v.tags, .categories = v.categories,
        .live = fetch_is_live(&v), .was_live = was_live(&v), .live_status = v.live_status ? fetch_kept(cx, v.live_status, 20) : v.is_live ? "is_live" : NULL,
        .viewers = v.concurrent_view_count,
    };
    chapters_of(cx, &v, out);
    return OK;
}
