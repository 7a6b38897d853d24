/* Texts of any kind: sentences lie within them, and what is picked is a sentence. First line: the question. */
#include "extract/asked.h"
#include "extract/passages.h"
#include "extract/rank.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    char *question = arena_text(cx.arena, (const char *)data, size), *text = strchr(question, '\n');
    const char *picked;
    struct document d;
    struct pick picks[9];
    size_t n;

    if (text)
        *text++ = '\0';
    else
        text = question;
    if (document_read(&cx, text, &d))
        abort();
    struct query q = query_read(&d, question);
    n = rank_find(&d, &q, picks, 3);
    for (size_t i = 0; i < n; i++)
        if (picks[i].sentence >= d.n)
            abort();
    n = rank_summary(&cx, &d, picks, 9);
    for (size_t i = 0; i < n; i++)
        if (picks[i].sentence >= d.n || (i && picks[i].sentence <= picks[i - 1].sentence))
            abort();
    for (size_t i = 0; i < d.n; i++)
        if (d.sentences[i].text.at < text || d.sentences[i].text.at + d.sentences[i].text.n > text + strlen(text))
            abort();
    asks_summary(question, &n);
    asks_question(question);
    if (passages_pick(&cx, text, question, 100, &picked))
        abort();
    arena_free(cx.arena);
    return 0;
}
