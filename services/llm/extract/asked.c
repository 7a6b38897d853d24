#include "asked.h"

#include "words.h"

#include <string.h>

#define LOOKED_AT 24            /* words */

static bool is_any(const char *const *list, const struct folded *w)
{
    for (; *list; list++)
        if (strlen(*list) == w->n && !memcmp(*list, w->at, w->n))
            return true;
    return false;
}

/* A question mark, or a first word that asks: engines of speech write no punctuation. */
bool asks_question(const char *text)
{
    static const char *const asking[] = {
        "qui", "que", "qu", "quoi", "quand", "ou", "comment", "pourquoi", "combien", "quel", "quelle", "quels", "quelles", "est",
        "what", "who", "whom", "whose", "when", "where", "why", "how", "which", "is", "are", "was", "were", "does", "do", "did",
        "can", "could", "has", "have", "will", "would", "should", NULL };
    struct bytes left = { text, strlen(text) }, raw;
    struct folded w;

    return strchr(text, '?') || (word_next(&left, &w, &raw) && is_any(asking, &w));
}

bool asks_summary(const char *text, size_t *sentences)
{
    static const char *const asking[] = {
        "resume", "resumer", "resumez", "synthese", "synthetise", "synthetiser", "essentiel", "condense", "summary", "summarize",
        "summarise", "summaries", "digest", "overview", "gist", NULL };
    static const char *const counts[] = { "un", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "one", "two", "three",
                                          "four", "five", "six", "seven", NULL };
    static const uint8_t values[] = { 1, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7 };
    struct bytes left = { text, strlen(text) }, raw;
    struct folded w;
    size_t last = 0;
    bool asked = false;

    *sentences = 0;
    for (int i = 0; i < LOOKED_AT && word_next(&left, &w, &raw); i++) {
        asked |= is_any(asking, &w);
        if (last && w.n > 5 && (!memcmp(w.at, "phrase", 6) || !memcmp(w.at, "senten", 6) || !memcmp(w.at, "points", 6)))
            *sentences = last;
        last = w.digits && w.n == 1 ? (size_t)(w.at[0] - '0') : 0;
        for (size_t k = 0; !last && counts[k]; k++)
            if (strlen(counts[k]) == w.n && !memcmp(counts[k], w.at, w.n))
                last = values[k];
    }
    return asked;
}
