/* Any words and times as a transcription in every format: captions in time order, one line each, and UTF-8 stays UTF-8. */
#include "transcription/export_write.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MOST 500

/* A word a line; its first byte says how its time goes on and who speaks. */
static struct transcript_view transcript_read(struct ctx *cx, const char *text, bool segments)
{
    static const char *const speakers[] = { NULL, "A", "B", "x --> <y> & \n z" };
    struct transcript_view t = { .id = "i", .text = text, .confidence = REAL_NONE, .words = { NEWS(cx, struct word, WORDS_MOST), 0 } };
    double at = 0;

    t.segments.at = NEWS(cx, struct segment, WORDS_MOST);
    while (*text && t.words.n < WORDS_MOST && t.segments.n < WORDS_MOST) {
        unsigned char how = (unsigned char)*text++;
        size_t n = strcspn(text, "\n");
        const char *word = arena_text(cx->arena, text, n), *speaker = speakers[how >> 2 & 3];
        double length = how & 64 ? REAL_NONE : (how & 31) * 0.1;
        if (segments)
            t.segments.at[t.segments.n++] = (struct segment){ .text = word, .start = at, .end = at + length, .speaker = speaker };
        else
            t.words.at[t.words.n++] = (struct word){ .word = word, .start = at, .end = at + length, .confidence = REAL_NONE, .speaker = speaker };
        at += how & 1 ? (how >> 3) * 0.1 : how & 2 ? -0.5 : 0;
        text += n + (text[n] == '\n');
    }
    return t;
}

static void captions_hold(struct ctx *cx, const struct transcript_view *t)
{
    struct speech s = speech_of(cx, t);
    struct captions all = captions_cut(cx, &s, true);
    int64_t last = 0;

    for (size_t i = 0; i < all.captions.n; i++) {
        const struct caption *c = &all.captions.at[i];
        if (c->from_ms < last || c->to_ms <= c->from_ms || !c->lines.n)
            abort();
        last = c->to_ms;
        for (size_t k = 0; k < c->lines.n; k++)
            if (!*c->lines.at[k] || strpbrk(c->lines.at[k], "\r\n"))
                abort();
    }
}

static void file_holds(struct bytes file, bool utf8)
{
    if (file.at && utf8 && !text_is_utf8(file.at, file.n))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    const char *text = arena_text(cx.arena, (const char *)data, size);
    struct export_look look = { .timestamps = size % 2, .speakers = size % 3, .english = size % 5 };
    struct transcript_view t = transcript_read(&cx, text, size % 7 == 0);
    bool utf8 = text_is_utf8(text, strlen(text));

    for (size_t i = 0; i < t.words.n && utf8; i++)
        utf8 = text_is_utf8(t.words.at[i].word, strlen(t.words.at[i].word));
    for (size_t i = 0; i < t.segments.n && utf8; i++)
        utf8 = text_is_utf8(t.segments.at[i].text, strlen(t.segments.at[i].text));
    captions_hold(&cx, &t);
    file_holds(export_srt(&cx, &t, &look), utf8);
    file_holds(export_vtt(&cx, &t, &look), utf8);
    file_holds(export_txt(&cx, &t, &look), utf8);
    file_holds(export_md(&cx, &t, &look), utf8);
    file_holds(export_json(&cx, &t, &look), utf8);
    arena_free(cx.arena);
    return 0;
}
