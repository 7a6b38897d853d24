/* yt-dlp says what went wrong in words only: here they are put into our errors. The first row that fits wins, so what is said
 * more exactly stands first. Words are those of yt-dlp 2023.03 and of sites that it passes on, in lower case. */
#define _GNU_SOURCE
#include "config.h"
#include "ytdlp.h"

#include <ctype.h>
#include <string.h>

#define TOLD_BYTES 200

static const struct { const char *words; enum err_code code; bool rests; } rows[] = {
    { "no space left",                        E_DISK_FULL,         false },
    { "file too large",                       E_MEDIA_TOO_LARGE,   false },
    { "not a bot",                            E_VIDEO_BLOCKED,     true },
    { "http error 429",                       E_VIDEO_BLOCKED,     true },
    { "too many requests",                    E_VIDEO_BLOCKED,     true },
    { "rate-limit",                           E_VIDEO_BLOCKED,     true },
    { "unusual traffic",                      E_VIDEO_BLOCKED,     true },
    { "captcha",                              E_VIDEO_BLOCKED,     true },
    { "private video",                        E_VIDEO_PRIVATE,     false },
    { "video is private",                     E_VIDEO_PRIVATE,     false },
    { "confirm your age",                     E_VIDEO_LOGIN,       false },
    { "age-restricted",                       E_VIDEO_LOGIN,       false },
    { "age restricted",                       E_VIDEO_LOGIN,       false },
    { "inappropriate for some users",         E_VIDEO_LOGIN,       false },
    { "members-only",                         E_VIDEO_LOGIN,       false },
    { "members only",                         E_VIDEO_LOGIN,       false },
    { "join this channel",                    E_VIDEO_LOGIN,       false },
    { "requires payment",                     E_VIDEO_LOGIN,       false },
    { "only available for registered users",  E_VIDEO_LOGIN,       false },
    { "login required",                       E_VIDEO_LOGIN,       false },
    { "need to log in",                       E_VIDEO_LOGIN,       false },
    { "logged-in",                            E_VIDEO_LOGIN,       false },
    { "protected by a password",              E_VIDEO_LOGIN,       false },
    { "http error 401",                       E_VIDEO_LOGIN,       false },
    { "in your country",                      E_VIDEO_GEO_BLOCKED, false },
    { "from your location",                   E_VIDEO_GEO_BLOCKED, false },
    { "geo restrict",                         E_VIDEO_GEO_BLOCKED, false },
    { "geo-restrict",                         E_VIDEO_GEO_BLOCKED, false },
    { "geo block",                            E_VIDEO_GEO_BLOCKED, false },
    { "http error 451",                       E_VIDEO_GEO_BLOCKED, false },
    { "live event will begin",                E_VIDEO_LIVE,        false },
    { "premieres in",                         E_VIDEO_LIVE,        false },
    { "livestreams are not supported",        E_VIDEO_LIVE,        false },
    { "m3u8 download detected but ffmpeg",    E_VIDEO_LIVE,        false },    /* what needs ffmpeg for HLS is a broadcast, or locked */
    { "http error 403",                       E_VIDEO_BLOCKED,     false },
    { "fragment",                             E_FETCH_FAILED,      false },    /* "fragment 3 not found, unable to continue" */
    { "http error 404",                       E_VIDEO_UNAVAILABLE, false },
    { "http error 410",                       E_VIDEO_UNAVAILABLE, false },
    { "video unavailable",                    E_VIDEO_UNAVAILABLE, false },
    { "video is unavailable",                 E_VIDEO_UNAVAILABLE, false },
    { "is not available",                     E_VIDEO_UNAVAILABLE, false },
    { "isn't available",                      E_VIDEO_UNAVAILABLE, false },
    { "no longer available",                  E_VIDEO_UNAVAILABLE, false },
    { "been removed",                         E_VIDEO_UNAVAILABLE, false },
    { "been deleted",                         E_VIDEO_UNAVAILABLE, false },
    { "been terminated",                      E_VIDEO_UNAVAILABLE, false },
    { "does not exist",                       E_VIDEO_UNAVAILABLE, false },
    { "unsupported url",                      E_URL_UNSUPPORTED,   false },
    { "is not a valid url",                   E_URL_UNSUPPORTED,   false },
    { "no video formats found",               E_URL_UNSUPPORTED,   false },
    { "requested format",                     E_URL_UNSUPPORTED,   false },
    { "drm",                                  E_URL_UNSUPPORTED,   false },
    { "no media found",                       E_URL_UNSUPPORTED,   false },
    { "unable to extract",                    E_URL_UNSUPPORTED,   false },    /* the site has changed: a newer yt-dlp may know it */
    { "http error 4",                         E_VIDEO_UNAVAILABLE, false },
    { "http error 5",                         E_SITE_DOWN,         false },
    { "connection failed",                    E_SITE_DOWN,         false },
    { "timed out",                            E_SITE_DOWN,         false },
    { "connection refused",                   E_SITE_DOWN,         false },
    { "connection reset",                     E_SITE_DOWN,         false },
    { "remote end closed",                    E_SITE_DOWN,         false },
    { "incompleteread",                       E_SITE_DOWN,         false },
    { "bytes read",                           E_SITE_DOWN,         false },
    { "urlopen error",                        E_SITE_DOWN,         false },
    { "unable to download",                   E_SITE_DOWN,         false },
};

/* The last line that says "ERROR:", or the last of all: of a segment it tells first what the site said, then that it cannot go on. */
static struct bytes error_line(struct bytes all)
{
    static const char mark[] = "ERROR:";
    const char *at = NULL, *end = all.at + all.n;

    for (const char *next = all.at; (next = memmem(next, (size_t)(end - next), mark, sizeof(mark) - 1)); next++)
        at = next;
    while (all.n && all.at[all.n - 1] == '\n')
        all.n--;
    const char *last = all.n ? memrchr(all.at, '\n', all.n) : NULL;
    if (at)
        at += sizeof(mark) - 1;
    else
        at = last ? last + 1 : all.at;
    const char *eol = memchr(at, '\n', (size_t)(all.at + all.n - at));
    return (struct bytes){ at, (size_t)((eol ? eol : all.at + all.n) - at) };
}

static void blacken(char *text, const char *word)
{
    size_t n = word ? strlen(word) : 0;

    for (char *at = text; n && (at = strstr(at, word)); at += n)
        memset(at, '*', n);
}

/* For people and the log: one line, without what yt-dlp adds for its own developers. */
static const char *shortened(struct ctx *cx, struct bytes line, const char *const *hide)
{
    static const char *const after[] = { "; please report", " (caused by", "; see ", " See ", ". Use --", NULL };

    while (line.n && (*line.at == ' ' || (unsigned char)*line.at < ' '))
        line.at++, line.n--;
    char *text = arena_text(cx->arena, line.at, text_utf8_cut(line.at, line.n));
    for (char *c = text; *c; c++)
        *c = (unsigned char)*c < ' ' ? ' ' : *c;
    for (int i = 0; after[i]; i++)
        if (strstr(text, after[i]))
            *strstr(text, after[i]) = '\0';
    for (; *hide; hide++)
        blacken(text, *hide);
    text[text_utf8_cut(text, strnlen(text, TOLD_BYTES))] = '\0';
    return *text && text_is_utf8(text, strlen(text)) ? text : "no reason given";
}

err_t ytdlp_meaning(struct ctx *cx, const struct source *s, struct bytes complaint, const char *const *hide)
{
    struct bytes line = error_line(complaint);
    char *lower = arena_text(cx->arena, line.at, line.n);
    err_t e = fail(cx, FETCH_FAILED, "%s", shortened(cx, line, hide));

    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!strstr(lower, rows[i].words))
            continue;
        e->code = rows[i].code;
        if (rows[i].rests) {
            e->retry_after_ms = audio_settings.audio_host_rest_s * 1000;
            host_rest(cx, s->host, e->retry_after_ms);
        }
        break;
    }
    return e;
}
