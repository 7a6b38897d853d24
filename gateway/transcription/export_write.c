/* The formats that are text: SubRip, WebVTT (W3C), plain text, Markdown (CommonMark with GFM's tables), JSON. */
#include "transcription/export_write.h"

#include "data/json.h"
#include "transcription/shapes_export.h"

#include <math.h>
#include <string.h>

static struct bytes end_of(const struct text *t) { return (struct bytes){ t->n ? t->at : "", t->n }; }

/* --- captions --- */

static void put_time(struct text *to, int64_t ms, char point)
{
    text_fmt(to, "%02lld:%02lld:%02lld%c%03lld", (long long)(ms / 3600000), (long long)(ms / 60000 % 60), (long long)(ms / 1000 % 60), point, (long long)(ms % 1000));
}

/* A line of SubRip has no escapes: an arrow is what readers take for times. */
static void put_plain(struct text *to, const char *line)
{
    for (const char *arrow; (arrow = strstr(line, "-->")); line = arrow + 3) {
        text_add(to, line, (size_t)(arrow - line));
        text_put(to, "->");
    }
    text_put(to, line);
}

/* CRLF: SubRip's own, which players of every kind read. */
struct bytes export_srt(struct ctx *cx, const struct transcript_view *t, const struct export_look *look)
{
    struct speech s = speech_of(cx, t);
    struct captions all = captions_cut(cx, &s, look->speakers);
    struct text to = text_new(cx->arena, 4096, TEXT_MOST);

    if (!s.timed)
        return (struct bytes){ NULL, 0 };
    for (size_t i = 0; i < all.captions.n; i++) {
        const struct caption *c = &all.captions.at[i];
        text_fmt(&to, "%zu\r\n", i + 1);
        put_time(&to, c->from_ms, ',');
        text_put(&to, " --> ");
        put_time(&to, c->to_ms, ',');
        text_put(&to, "\r\n");
        if (look->speakers && s.speakers > 1 && c->speaker) {
            put_plain(&to, c->speaker);
            text_put(&to, ": ");
        }
        for (size_t k = 0; k < c->lines.n; k++) {
            put_plain(&to, c->lines.at[k]);
            text_put(&to, "\r\n");
        }
        text_put(&to, "\r\n");
    }
    return end_of(&to);
}

/* WebVTT 3.3: what would be a tag or an escape; so no arrow is left either. */
static void put_escaped(struct text *to, const char *line)
{
    for (; *line; line++)
        if (*line == '&')
            text_put(to, "&amp;");
        else if (*line == '<')
            text_put(to, "&lt;");
        else if (*line == '>')
            text_put(to, "&gt;");
        else
            text_char(to, *line);
}

struct bytes export_vtt(struct ctx *cx, const struct transcript_view *t, const struct export_look *look)
{
    struct speech s = speech_of(cx, t);
    struct captions all = captions_cut(cx, &s, look->speakers);
    struct text to = text_new(cx->arena, 4096, TEXT_MOST);

    if (!s.timed)
        return (struct bytes){ NULL, 0 };
    text_put(&to, "WEBVTT\n");
    for (size_t i = 0; i < all.captions.n; i++) {
        const struct caption *c = &all.captions.at[i];
        text_fmt(&to, "\n%zu\n", i + 1);
        put_time(&to, c->from_ms, '.');
        text_put(&to, " --> ");
        put_time(&to, c->to_ms, '.');
        text_char(&to, '\n');
        if (look->speakers && c->speaker) {
            text_put(&to, "<v ");
            put_escaped(&to, c->speaker);
            text_char(&to, '>');
        }
        for (size_t k = 0; k < c->lines.n; k++) {
            put_escaped(&to, c->lines.at[k]);
            text_char(&to, '\n');
        }
    }
    return end_of(&to);
}

/* --- to read --- */

/* "[00:00:05] Intervenant A : ", as far as it is known and wanted. */
struct bytes export_txt(struct ctx *cx, const struct transcript_view *t, const struct export_look *look)
{
    struct document_material m = export_material(cx, t, look);
    struct text to = text_new(cx->arena, 4096, TEXT_MOST);

    for (size_t i = 0; i < m.turns.n; i++) {
        const struct turn *turn = &m.turns.at[i];
        if (i)
            text_char(&to, '\n');
        if (!isnan(turn->start))
            text_fmt(&to, "[%s] ", time_label(cx, turn->start));
        if (turn->speaker)
            text_fmt(&to, "%s%s ", turn->speaker, look->english ? ":" : " :");
        text_put(&to, turn->text);
        text_char(&to, '\n');
    }
    return end_of(&to);
}

/* CommonMark 2.4: any of these may be escaped; `start`: also what would begin a block. */
static void put_marked(struct text *to, const char *text, bool start)
{
    size_t digits = start ? strspn(text, "0123456789") : 0;

    if (start && strchr("-+=~", *text) && *text)
        text_char(to, '\\');
    for (size_t i = 0; text[i]; i++) {
        bool list = digits && i == digits && (text[i] == '.' || text[i] == ')');
        if (list || strchr("\\`*_[]<>#|&~", text[i]))
            text_char(to, '\\');
        text_char(to, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    }
}

static void put_facts(struct text *to, const struct document_material *m)
{
    for (size_t i = 0; i < m->facts.n; i++) {
        text_put(to, i ? "| **" : "\n| | |\n|---|---|\n| **");
        text_put(to, m->facts.at[i].label);
        text_put(to, "** | ");
        put_marked(to, m->facts.at[i].value, false);
        text_put(to, " |\n");
    }
}

struct bytes export_md(struct ctx *cx, const struct transcript_view *t, const struct export_look *look)
{
    struct document_material m = export_material(cx, t, look);
    struct text to = text_new(cx->arena, 4096, TEXT_MOST);

    text_put(&to, "# ");
    put_marked(&to, m.title, false);
    text_char(&to, '\n');
    put_facts(&to, &m);
    for (size_t i = 0; i < m.turns.n; i++) {
        const struct turn *turn = &m.turns.at[i];
        bool timed = !isnan(turn->start);
        text_char(&to, '\n');
        if (timed)
            text_fmt(&to, "`%s` ", time_label(cx, turn->start));
        if (turn->speaker) {
            text_put(&to, "**");
            put_marked(&to, turn->speaker, false);
            text_put(&to, look->english ? ":** " : " :** ");
        }
        put_marked(&to, turn->text, !timed && !turn->speaker);
        text_char(&to, '\n');
    }
    return end_of(&to);
}

struct bytes export_json(struct ctx *cx, const struct transcript_view *t, const struct export_look *look)
{
    struct speech s = speech_of(cx, t);
    struct transcript_file file = {
        .id = t->id, .title = export_title(t, look->english), .video_url = t->video_url, .original_filename = t->original_filename, .language = t->language,
        .engine = t->engine, .text = t->text, .created_at = t->created_at, .completed_at = t->completed_at, .confidence = t->confidence,
        .duration_seconds = t->duration_seconds, .revision = t->revision, .speaker_count = s.speakers ? s.speakers : INT_NONE,
        .segments = { t->segments.at, t->segments.n }, .words = { t->words.at, t->words.n },
    };
    struct text to = text_new(cx->arena, 4096, TEXT_MOST);

    json_put(&to, &transcript_file_shape, &file);
    return end_of(&to);
}
