#define _GNU_SOURCE
#include "captions.h"
#include "config.h"
#include "fetch.h"
#include "handler.h"
#include "data/json.h"
#include "net/http.h"

#include <string.h>

#define FORMATS_MOST 32             /* of one language */
#define CUES_MOST    50000
#define TRACK_BYTES  (8 << 20)
#define LINE_BYTES   4096

/* --- which --- */

static size_t base_of(const char *language, size_t n)
{
    const char *end = memchr(language, '-', n);

    return end ? (size_t)(end - language) : n;
}

/* "fr" fits "fr-CA" and "fr-orig". */
static bool fits(struct bytes name, const char *language)
{
    size_t n = base_of(language, strlen(language));

    return base_of(name.at, name.n) == n && !strncasecmp(name.at, language, n);
}

static bool has_end(struct bytes name, const char *end)
{
    size_t n = strlen(end);

    return name.n > n && !memcmp(name.at + name.n - n, end, n);
}

/* `formats`: [{"ext":"vtt","url":"..."}, ...] */
static const char *vtt_of(struct ctx *cx, struct bytes formats)
{
    const char *list = arena_text(cx->arena, formats.at, formats.n), *ext = "";

    for (int i = 0; i < FORMATS_MOST && ext; i++) {
        ext = json_text(cx, list, arena_fmt(cx->arena, "%d/ext", i));
        if (text_is(ext, "vtt"))
            return json_text(cx, list, arena_fmt(cx->arena, "%d/url", i));
    }
    return NULL;
}

/* The first of the languages that fits, "" for any. */
static bool among(struct ctx *cx, struct raw languages, const char *language, struct track *out)
{
    const char *at = languages.text ? languages.text : "";
    struct bytes name, formats;

    while (json_next(&at, &name, &formats)) {
        if (*language && !fits(name, language))
            continue;
        out->url = vtt_of(cx, formats);
        out->language = arena_text(cx->arena, name.at, has_end(name, "-orig") ? name.n - strlen("-orig") : name.n);
        if (out->url && strlen(out->language) <= 35)
            return true;
    }
    return false;
}

static bool manual_find(struct ctx *cx, const struct site_video *v, const char *language, struct track *out)
{
    static const char *const usual[] = { "fr", "en", "es", "de", "ar", "pt", "it", "ja", "ko", "zh", "" };

    if (language)
        return among(cx, v->subtitles, language, out);
    if (v->language && among(cx, v->subtitles, v->language, out))
        return true;
    for (size_t i = 0; i < COUNT(usual); i++)
        if (among(cx, v->subtitles, usual[i], out))
            return true;
    return false;
}

/* YouTube lists translations into every language beside what was heard, "en-orig". */
static const char *heard_language(struct ctx *cx, const struct site_video *v)
{
    const char *at = v->automatic_captions.text ? v->automatic_captions.text : "";
    struct bytes name, formats;

    while (json_next(&at, &name, &formats))
        if (has_end(name, "-orig"))
            return arena_text(cx->arena, name.at, name.n);
    return v->language;
}

bool track_find(struct ctx *cx, const struct site_video *v, const char *language, struct track *out)
{
    *out = (struct track){ .manual = true };
    if (manual_find(cx, v, language, out))
        return true;
    out->manual = false;
    const char *heard = heard_language(cx, v);
    if (!heard || (language && !fits((struct bytes){ heard, strlen(heard) }, language)))
        return false;
    return among(cx, v->automatic_captions, heard, out);
}

/* --- what they say --- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "01:02:03.456" or "02:03.456" at the start of the line; the line goes on behind it. */
static bool take_time(struct bytes *line, double *out)
{
    int64_t whole = 0, part = 0, ms = 0;
    size_t i = 0;

    for (; i < line->n && (is_digit(line->at[i]) || line->at[i] == ':'); i++) {
        if (line->at[i] == ':')
            whole = (whole + part) * 60, part = 0;
        else
            part = part * 10 + line->at[i] - '0';
        if (whole > 1 << 24 || part > 1 << 24)
            return false;
    }
    if (!i || i == line->n || line->at[i++] != '.')
        return false;
    for (int scale = 100; i < line->n && is_digit(line->at[i]); i++, scale /= 10)
        ms += scale * (line->at[i] - '0');
    *out = (double)(whole + part) + (double)ms / 1000;
    *line = (struct bytes){ line->at + i, line->n - i };
    return true;
}

static bool take_arrow(struct bytes *line)
{
    static const char arrow[] = "-->";
    const char *at = memmem(line->at, line->n, arrow, 3);

    if (!at || strspn(line->at, " \t") != (size_t)(at - line->at))
        return false;
    for (at += 3; at < line->at + line->n && (*at == ' ' || *at == '\t'); at++)
        ;
    *line = (struct bytes){ at, line->n - (size_t)(at - line->at) };
    return true;
}

static bool take_times(struct bytes line, struct caption *out)
{
    return take_time(&line, &out->start_s) && take_arrow(&line) && take_time(&line, &out->end_s) && out->end_s >= out->start_s;
}

static size_t put_entity(struct text *to, const char *at, size_t n)
{
    static const struct { const char *name, *is; } entities[] = {
        { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&nbsp;", " " }, { "&quot;", "\"" }, { "&#39;", "'" }, { "&lrm;", "" }, { "&rlm;", "" },
    };

    for (size_t i = 0; i < COUNT(entities); i++) {
        size_t len = strlen(entities[i].name);
        if (len <= n && !memcmp(at, entities[i].name, len)) {
            text_put(to, entities[i].is);
            return len;
        }
    }
    text_char(to, *at);
    return 1;
}

/* Without tags, and without blanks at its ends: a line of nothing else says nothing. */
static const char *plain_of(struct ctx *cx, struct bytes line)
{
    struct text to = text_new(cx->arena, line.n < LINE_BYTES ? line.n + 1 : LINE_BYTES, LINE_BYTES);
    bool in_tag = false;

    for (size_t i = 0; i < line.n;) {
        char c = line.at[i];
        in_tag |= c == '<';
        if (in_tag || ((c == ' ' || c == '\t') && !to.n)) {
            in_tag &= c != '>';
            i++;
        } else {
            i += put_entity(&to, line.at + i, line.n - i);
        }
    }
    if (to.full)
        to.n = text_utf8_cut(to.at, to.n);
    while (to.n && strchr(" \t\r", to.at[to.n - 1]))
        to.n--;
    return arena_text(cx->arena, to.at, to.n);
}

static bool next_line(struct bytes *file, struct bytes *line)
{
    const char *end = memchr(file->at, '\n', file->n);
    size_t n = end ? (size_t)(end - file->at) : file->n, taken = n + (end != NULL);

    if (!file->n)
        return false;
    *line = (struct bytes){ file->at, n && file->at[n - 1] == '\r' ? n - 1 : n };
    *file = (struct bytes){ file->at + taken, file->n - taken };
    return true;
}

/* The lines below its times; what the line before said already is left out. */
static const char *cue_text(struct ctx *cx, struct bytes *file, const char **last)
{
    struct text to = text_new(cx->arena, 128, LINE_BYTES);
    struct bytes line;

    while (next_line(file, &line) && line.n) {
        const char *plain = plain_of(cx, line);
        if (!*plain || !strcmp(plain, *last))
            continue;
        text_fmt(&to, "%s%s", to.n ? " " : "", plain);
        *last = plain;
    }
    return to.n ? to.at : "";
}

static size_t lines_in(struct bytes file)
{
    size_t n = 1;

    for (size_t i = 0; i < file.n; i++)
        n += file.at[i] == '\n';
    return n < CUES_MOST ? n : CUES_MOST;
}

bool vtt_read(struct ctx *cx, struct bytes file, struct captions *out)
{
    size_t mark = file.n >= 3 && !memcmp(file.at, "\xef\xbb\xbf", 3) ? 3 : 0, most;
    const char *last = "";
    struct bytes line;

    file = (struct bytes){ file.at + mark, file.n - mark };
    *out = (struct captions){ .cues = { NULL, 0 } };
    if (file.n < 6 || memcmp(file.at, "WEBVTT", 6) || !text_is_utf8(file.at, file.n) || memchr(file.at, '\0', file.n))
        return false;
    most = lines_in(file);
    out->cues.at = NEWS(cx, struct caption, most);
    while (out->cues.n < most && next_line(&file, &line)) {
        struct caption *c = &out->cues.at[out->cues.n];
        if (!take_times(line, c))
            continue;
        c->text = cue_text(cx, &file, &last);
        out->cues.n += *c->text != '\0';
    }
    return true;
}

/* --- the kind --- */

static fallible read_track(struct ctx *cx, struct source *s, const struct track *t, struct captions *out)
{
    struct http_answer answer;

    TRY(http_send(cx, &(struct http_ask){ .url = t->url, .guarded = true, .proxy = gate_url(s->gate), .redirects = 3, .max_bytes = TRACK_BYTES }, &answer));
    if (answer.status != 200)
        TRY(gate_verdict(cx, s->gate));
    if (answer.status != 200 || !vtt_read(cx, answer.body, out) || !out->cues.n)
        return fail(cx, CAPTIONS_ABSENT, "The site's captions cannot be read (status %d)", answer.status);
    return OK;
}

static fallible look(struct ctx *cx, struct source *s, const char *language, struct audio_captioned *out)
{
    struct site_video v = { .id = NULL };
    struct captions read;
    struct track track;

    TRY(ytdlp_look(cx, s, &v));
    if (!track_find(cx, &v, language, &track))
        return fail(cx, CAPTIONS_ABSENT, "The site has no captions of what is said in this video%s%s", language ? " in " : "", language ? language : "");
    TRY(read_track(cx, s, &track, &read));
    *out = (struct audio_captioned){ .video_id = fetch_kept(cx, v.id, 200), .title = fetch_kept(cx, v.title, 500), .language = track.language, .manual = track.manual,
                                     .duration_s = v.duration > 0 ? v.duration : REAL_NONE };
    out->captions.at = read.cues.at, out->captions.n = read.cues.n;
    return OK;
}

/* What a site's own captions of a video say. CAPTIONS_ABSENT: there are none in that language; otherwise the errors of audio.look. */
HANDLER(audio_captions, audio_captions, audio_captioned)
{
    struct source s = { .max_s = audio_settings.audio_max_s };

    TRY(source_open(cx, in->url, &s));
    err_t e = look(cx, &s, in->language, out);
    host_leave(cx, s.turn);
    return e;
}
