/* What is plainly a file needs no yt-dlp. */
#define _GNU_SOURCE
#include "fetch.h"
#include "config.h"
#include "media.h"
#include "app/worker.h"
#include "base/clock.h"
#include "net/blob.h"
#include "net/http.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SNIFF_BYTES  16             /* enough to know a container, or a page */
#define REDIRECTS    5
#define TITLE_BYTES  200

/* Names that recordings have; pages and playlists have others. */
static const char *const endings[] = {
    "mp3", "mp4", "m4a", "m4v", "mov", "wav", "ogg", "oga", "ogv", "opus", "webm", "mkv", "mka", "flac", "aac", "amr", "aif", "aiff",
    "avi", "mpg", "mpeg", "wma", "wmv", "flv", "3gp",
};

/* The last part of a path. */
static struct bytes name_of(const char *url)
{
    const char *path = strstr(url, "://"), *end;

    path = path ? strchr(path + 3, '/') : NULL;
    if (!path)
        return (struct bytes){ "", 0 };
    end = path + strcspn(path, "?#");
    const char *slash = memrchr(path, '/', (size_t)(end - path));
    return (struct bytes){ slash + 1, (size_t)(end - slash - 1) };
}

bool direct_looks_so(const char *url)
{
    struct bytes name = name_of(url);
    const char *dot = name.n ? memrchr(name.at, '.', name.n) : NULL;
    size_t n = dot ? (size_t)(name.at + name.n - dot) - 1 : 0;

    for (size_t i = 0; dot && i < COUNT(endings); i++)
        if (strlen(endings[i]) == n && !strncasecmp(endings[i], dot + 1, n))
            return true;
    return false;
}

/* "D%C3%A9bat.mp4" is called "Débat". */
static const char *title_of(struct ctx *cx, const char *url)
{
    struct bytes name = name_of(url);
    const char *dot = name.n ? memrchr(name.at, '.', name.n) : NULL;
    size_t n = dot ? (size_t)(dot - name.at) : name.n, made = 0;
    char *title = arena_get(cx->arena, n + 1);

    for (size_t i = 0; i < n; i++) {
        char c = name.at[i];
        if (c == '%' && i + 2 < n && text_unhex(name.at + i + 1, 2, &c))
            i += 2;
        title[made++] = (unsigned char)c < ' ' ? ' ' : c;
    }
    title[text_utf8_cut(title, made < TITLE_BYTES ? made : TITLE_BYTES)] = '\0';
    return *title && text_is_utf8(title, strlen(title)) ? title : NULL;
}

struct saving {
    const struct source *s;
    const struct http_answer *answer;
    const char *path;
    int fd;
    int64_t bytes;
    uint8_t first[SNIFF_BYTES];
    bool decided, is_other;
};

/* By what it begins with; where that tells nothing yet (a tag of MP3, MPEG-TS), it is no text and not called so. */
static bool is_recording(const struct saving *w)
{
    const struct container *c = container_of_bytes(w->first, SNIFF_BYTES);

    return c ? c->demuxer != NULL : !text_starts(w->answer->type, "text/");
}

static fallible save(struct ctx *cx, void *with, const char *at, size_t n)
{
    struct saving *w = with;
    int64_t had = w->bytes;

    if (had < SNIFF_BYTES)
        memcpy(w->first + had, at, n < (size_t)(SNIFF_BYTES - had) ? n : (size_t)(SNIFF_BYTES - had));
    w->bytes += (int64_t)n;
    if (!w->decided && w->bytes >= SNIFF_BYTES) {
        w->decided = true;
        w->is_other = !is_recording(w);
        if (w->is_other)
            return fail(cx, URL_UNSUPPORTED, "no recording");
    }
    if (w->bytes > audio_settings.audio_max_bytes || w->answer->length > audio_settings.audio_max_bytes)
        return fetch_too_large(cx);
    if (w->answer->length > 0)
        job_progress(cx, (int)(w->bytes * FETCH_SHARE / w->answer->length));
    host_renew(cx, w->s->turn);
    return disk_write(cx, w->fd, at, n, "what is fetched");
}

/* 403 and the like may be about who asks: yt-dlp asks as a browser does. */
static fallible judge(struct ctx *cx, const struct source *s, const struct http_answer *a)
{
    if (a->status == 404 || a->status == 410)
        return fail(cx, VIDEO_UNAVAILABLE, "The site answers %d", a->status);
    if (a->status == 429) {
        err_t e = fail(cx, VIDEO_BLOCKED, "The site answers 429");
        e->retry_after_ms = a->retry_after_ms ? a->retry_after_ms : audio_settings.audio_host_rest_s * 1000;
        host_rest(cx, s->host, e->retry_after_ms);
        return e;
    }
    if (a->status >= 500) {
        err_t e = fail(cx, SITE_DOWN, "The site answers %d", a->status);
        e->retry_after_ms = a->retry_after_ms;
        return e;
    }
    return OK;
}

/* Between the gate and us only the gate knows why nothing came. */
static fallible reason(struct ctx *cx, const struct source *s, const err_t e)
{
    TRY(gate_verdict(cx, s->gate));
    if (e->code == E_DEADLINE_PASSED && !clock_check(cx))
        return fail(cx, TIMEOUT, "fetching took longer than %lld s", (long long)audio_settings.audio_fetch_s);
    return e->code == E_ENGINE_DOWN || e->code == E_ENGINE_BROKEN || e->code == E_TIMEOUT ? fail(cx, SITE_DOWN, "%s", e->text) : e;
}

static fallible get(struct ctx *cx, const struct source *s, struct saving *w, struct http_answer *answer)
{
    const char *agent = audio_settings.audio_user_agent;
    const char *headers[] = { "Accept: */*", agent && *agent ? arena_fmt(cx->arena, "User-Agent: %s", agent) : NULL, NULL };
    struct ctx mine = *cx;
    int64_t until_ms = clock_ms() + audio_settings.audio_fetch_s * 1000;

    if (!mine.deadline_ms || mine.deadline_ms > until_ms)
        mine.deadline_ms = until_ms;
    return http_send(&mine, &(struct http_ask){
        .url = s->url, .headers = headers, .guarded = true, .proxy = gate_url(s->gate), .redirects = REDIRECTS, .connect_ms = 20000,
        .max_bytes = (size_t)audio_settings.audio_max_bytes + (1 << 20), .on = save, .with = w }, answer);
}

err_t direct_fetch(struct ctx *cx, const struct source *s, struct direct *out, bool *found)
{
    struct http_answer answer = { .type = "" };
    struct saving w = { .s = s, .answer = &answer, .path = arena_fmt(cx->arena, "%s/" MEDIA_INPUT, s->dir) };

    *found = false;
    w.fd = open(w.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (w.fd < 0)
        return disk_trouble(cx, "what is fetched");
    err_t e = get(cx, s, &w, &answer);
    close(w.fd);
    if (e && !w.is_other)
        return reason(cx, s, e);
    if (!e && answer.status / 100 != 2) {
        TRY(gate_verdict(cx, s->gate));
        TRY(judge(cx, s, &answer));
    }
    *found = !e && answer.status / 100 == 2 && w.decided;
    if (!*found && unlink(w.path))
        return disk_trouble(cx, "what is fetched");
    *out = (struct direct){ title_of(cx, s->url), answer.effective_url };
    return OK;
}
