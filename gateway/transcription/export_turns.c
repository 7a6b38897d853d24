/* Paragraphs: each is one speaker's, and ends where a reader would want it to. */
#include "transcription/export_speech.h"

#define PAUSE_SENTENCE 1000             /* ms that end a paragraph behind a sentence, */
#define PAUSE_ANY      2500             /* or anywhere */
#define LONG           500              /* characters: it may end behind any sentence, or at any pause */
#define LONGEST        1500             /* it ends behind the next word */

static bool ends_here(const struct spoken *at, size_t i, int width)
{
    if (!text_is(at[i].speaker, at[i + 1].speaker) || spoken_pauses(at, i, PAUSE_ANY) || width >= LONGEST)
        return true;
    if (at[i].ends_sentence)
        return width >= LONG || spoken_pauses(at, i, PAUSE_SENTENCE);
    return width >= LONG && spoken_pauses(at, i, PAUSE_MS);
}

struct turns turns_cut(struct ctx *cx, const struct speech *s)
{
    const struct spoken *at = s->spoken.at;
    struct turns out = { { NEWS(cx, struct turn, s->spoken.n), 0 } };
    const char *named = NULL;

    for (size_t first = 0, i = 0, width = 0; i < s->spoken.n; i++) {
        width += (size_t)at[i].width + 1;
        if (i + 1 < s->spoken.n && s->timed && !ends_here(at, i, (int)width))
            continue;
        struct turn *turn = &out.turns.at[out.turns.n++];
        struct text text = text_new(cx->arena, 256, TEXT_MOST);
        spoken_put(&text, at, first, i);
        *turn = (struct turn){ .text = text.at, .start = s->timed ? (double)at[first].start_ms / 1000 : REAL_NONE };
        if (s->speakers > 1 && !text_is(named, at[first].speaker))
            turn->speaker = at[first].speaker;
        named = at[first].speaker;
        first = i + 1, width = 0;
    }
    return out;
}
