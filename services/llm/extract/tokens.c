#include "tokens.h"

#include "base/clock.h"

#include <string.h>

/* Nothing that parts words lies between: blanks, and at most one apostrophe, straight or curly. */
static bool is_joint(const char *from, const char *to)
{
    bool apostrophe = false;

    for (; from < to; from++) {
        bool curly = to - from >= 3 && !memcmp(from, "\xe2\x80\x99", 3);
        if ((*from == '\'' || curly) && !apostrophe)
            apostrophe = true, from += curly ? 2 : 0;
        else if (!strchr(" \t\r\n", *from) || !*from)
            return false;
    }
    return true;
}

static void token_add(struct document *words, const char *part, uint32_t nth, struct folded *w, struct bytes raw, struct tokens *out)
{
    struct token *t = &out->at[out->n], *before = out->n ? t - 1 : NULL;
    uint32_t known = document_term(words, w);

    *t = (struct token){ .raw = raw, .term = TERM_NONE, .part = nth };
    if (w->letters && w->n > 1 && (known == TERM_NONE || !words->terms[known].empty)) {
        word_stem(w, words->french);
        t->term = document_term_put(words, w->at, w->n);
    }
    t->follows = before && before->part == nth && before->raw.at >= part && is_joint(before->raw.at + before->raw.n, raw.at);
    out->n++;
}

err_t tokens_read(struct ctx *cx, const char *const *parts, size_t n, bool french, struct tokens *out)
{
    struct document words;
    struct bytes raw;
    struct folded w;
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes += strlen(parts[i]);
    document_begin(cx, french, &words);
    size_t room = bytes / 2 + n < TOKENS_MOST ? bytes / 2 + n : TOKENS_MOST;       /* a word and what parts it from the next */
    *out = (struct tokens){ .at = NEWS(cx, struct token, room), .parts = n };
    for (size_t i = 0; i < n; i++) {
        struct bytes left = { parts[i], strlen(parts[i]) };
        TRY(clock_check(cx));
        while (out->n < room && word_next(&left, &w, &raw))
            token_add(&words, parts[i], (uint32_t)i, &w, raw, out);
    }
    out->terms = words.terms_n;
    return OK;
}
