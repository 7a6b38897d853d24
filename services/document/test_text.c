/* Typography, Markdown and tables by themselves; then what hostile texts do. */
#define _GNU_SOURCE
#include "test_report.h"

#include "markdown.h"
#include "pipes.h"
#include "base/clock.h"

#define T "\u202f"              /* narrow no-break space */
#define N "\u00a0"              /* no-break space */

static const char *typed(struct ctx *cx, const char *text, enum manner manner)
{
    struct prose raw = prose_plain(cx, text, strlen(text)), out = typography(cx, &raw, manner);

    CHECK(!out.runs_n || out.runs[out.runs_n - 1].end == out.n);
    return out.n ? out.text : "";
}

TEST(french_has_its_spaces_quotes_and_apostrophes)
{
    static const struct { const char *in, *out; } known[] = {
        { "Quoi ? Oui ! Non ; si : ok", "Quoi" T "? Oui" T "! Non" T "; si" T ": ok" },
        { "Quoi? Oui! Non; si: ok", "Quoi" T "? Oui" T "! Non" T "; si" T ": ok" },
        { "Quoi ?! Ah!!!", "Quoi" T "?! Ah" T "!!!" },
        { "à 10:30, http://a.b/c?d=e;f!g", "à 10:30, http://a.b/c?d=e;f!g" },
        { "l'été d'Aimé, aujourd'hui", "l’été d’Aimé, aujourd’hui" },
        { "« mot » et «mot»", "«" T "mot" T "» et «" T "mot" T "»" },
        { "«" N "mot" N "»" N "!", "«" T "mot" T "»" T "!" },
        { "dit \"bonjour\" et \"au revoir\".", "dit «" T "bonjour" T "» et «" T "au revoir" T "»." },
        { "un écran de 5\" ou 6\"", "un écran de 5\" ou 6\"" },
        { "12 500 000 F, 12 %, 5 €, en 2019 345 cas", "12" T "500" T "000 F, 12" N "%, 5" N "€, en 2019 345 cas" },
        { "M. Obame, Mme Ba et le Dr Sy, n° 5", "M." N "Obame, Mme" N "Ba et le Dr" N "Sy, n°" N "5" },
        { "attends... - oui -- non --- peut-être", "attends… – oui – non — peut-être" },
        { "....", "...." }, { "a - b", "a – b" }, { "- a", "- a" }, { "", "" }, { "'", "'" }, { "\"", "\"" }, { "«", "«" }, { "»", "»" },
        { " : ", ": " }, { "rock 'n' roll", "rock 'n’ roll" }, { "5' 3", "5' 3" }, { "مرحبا؟ oui ?", "مرحبا؟ oui" T "?" },
    };

    for (size_t i = 0; i < COUNT(known); i++)
        CHECK_TEXT(typed(cx, known[i].in, MANNER_FRENCH), known[i].out);
}

TEST(english_and_others_have_their_own)
{
    CHECK_TEXT(typed(cx, "\"It's\" 'fine' : ok? 12 % - yes...", MANNER_ENGLISH), "“It’s” ‘fine’ : ok? 12" N "% – yes…");
    CHECK_TEXT(typed(cx, "\"It's\" : ok? - yes...", MANNER_PLAIN), "\"It's\" : ok? - yes...");
    CHECK_INT(manner_of(NULL), MANNER_FRENCH);
    CHECK_INT(manner_of("fr-GA"), MANNER_FRENCH);
    CHECK_INT(manner_of("FR"), MANNER_FRENCH);
    CHECK_INT(manner_of("en-GB"), MANNER_ENGLISH);
    CHECK_INT(manner_of("frr"), MANNER_PLAIN);
    CHECK_INT(manner_of("sw"), MANNER_PLAIN);
}

/* --- markdown: each block as "kind indent/quotes marker [look]text" --- */

static void block_tell(struct text *to, const struct block *b)
{
    static const char *const kinds[] = { "title", "subtitle", "facts", "h", "p", "code", "table", "rule" };
    size_t from = 0;

    text_fmt(to, "%s%s %d/%d %s", kinds[b->kind], b->kind == HEADING ? (char[]){ (char)('0' + b->level), 0 } : "", b->indent, b->quotes,
             b->marker ? b->marker : "");
    for (size_t i = 0; i < b->prose.runs_n; from = b->prose.runs[i++].end) {
        const struct run *run = &b->prose.runs[i];
        text_fmt(to, "[%u%s]", run->look, run->url ? run->url : "");
        text_add(to, b->prose.text + from, run->end - from);
    }
    text_char(to, ';');
}

static const char *told(struct ctx *cx, const char *markdown)
{
    struct paper *p = paper_new(cx);
    struct text to = text_new(cx->arena, 256, 1 << 20);

    markdown_add(cx, p, markdown, MANNER_PLAIN, 0);
    for (const struct block *b = p->first; b; b = b->next)
        block_tell(&to, b);
    return to.n ? to.at : "";
}

TEST(markdown_becomes_blocks)
{
    CHECK_TEXT(told(cx, "# A *b*\n\ntext `c` **d *e***\n"), "h1 0/0 [0]A [2]b;p 0/0 [0]text [4]c[0] [1]d [3]e;");
    CHECK_TEXT(told(cx, "a\nb  \nc\\\nd<br>e\n"), "p 0/0 [0]a b\nc\nd\ne;");
    CHECK_TEXT(told(cx, "- a\n  - b\n- c\n\n3) d\n4) e\n"), "p 1/0 •[0]a;p 2/0 –[0]b;p 1/0 •[0]c;p 1/0 3)[0]d;p 1/0 4)[0]e;");
    CHECK_TEXT(told(cx, "- \n- - x\n"), "p 1/0 •;p 2/0 • –[0]x;");
    CHECK_TEXT(told(cx, "> a\n> > b\n\n---\n"), "p 0/1 [0]a;p 0/2 [0]b;rule 0/0 ;");
    CHECK_TEXT(told(cx, "```c\nint a;\n\n  b\n```\n\n    c\n"), "code 0/0 [4]int a;\n\n  b;code 0/0 [4]c;");
    CHECK_TEXT(told(cx, "[a](https://b) ![c](https://d) [e](ftp://f)"), "p 0/0 [0https://b]a[0] [2https://d]c[0] e;");
    CHECK_TEXT(told(cx, "a \\| b `c\\|d` &lt; &amp; \\* !\n\n<div>x</div>\n"), "p 0/0 [0]a | b [4]c\\|d[0] < & * !;p 0/0 [0]<div>x</div>;");
    CHECK_TEXT(told(cx, "\ufdf0 \\| \ufdf1"), "p 0/0 [0]\ufdf0 | \ufdf1;");
    CHECK_TEXT(told(cx, ""), "");
}

static struct grid *grid_of(struct ctx *cx, const char *markdown)
{
    struct paper *p = paper_new(cx);

    markdown_add(cx, p, markdown, MANNER_PLAIN, 0);
    for (const struct block *b = p->first; b; b = b->next)
        if (b->kind == TABLE)
            return b->grid;
    return NULL;
}

static const char *cell_of(struct ctx *cx, const struct grid *g, size_t row, int column)
{
    const struct prose *p = &g->cells[row * (size_t)g->columns + (size_t)column];

    return arena_text(cx->arena, p->text, p->n);
}

TEST(pipe_tables_are_found_in_paragraphs)
{
    struct grid *g = grid_of(cx, "text\n| a | b \\| c | `d\\|e` |\n|:--|:-:|--:|\n| 1 |\n 2 | **3** | 4 | 5 |  \n\nafter\n");

    if (!g) {
        SAY("no table");
        return;
    }
    CHECK_INT(g->columns, 3);
    CHECK_INT(g->rows, 3);
    CHECK(g->align[0] == ALIGN_LEFT && g->align[1] == ALIGN_CENTRE && g->align[2] == ALIGN_RIGHT);
    CHECK_TEXT(cell_of(cx, g, 0, 1), "b | c");
    CHECK_TEXT(cell_of(cx, g, 0, 2), "d|e");
    CHECK_TEXT(cell_of(cx, g, 1, 0), "1");
    CHECK_TEXT(cell_of(cx, g, 1, 2), "");
    CHECK_TEXT(cell_of(cx, g, 2, 1), "3");
    CHECK_INT(g->cells[7].runs[0].look, LOOK_BOLD);
    CHECK_TEXT(cell_of(cx, g, 2, 2), "4");
    CHECK(grid_of(cx, "a | b\n--- | ---\nc | d"));
    CHECK(grid_of(cx, "- a | b\n  --- | ---\n  c | d"));
}

TEST(what_only_looks_like_a_table_stays_text)
{
    static const char *const texts[] = { "a | b\nc | d", "| a |\n|---|---|", "a\n---", "| a | b |\n|---|x--|", "|", "||\n||", "| a | b |\n| | |",
                                         "|a|b|c|d|e|f|g|h|i|j|k|l|m|\n|-|-|-|-|-|-|-|-|-|-|-|-|-|\n" };

    for (size_t i = 0; i < COUNT(texts); i++)
        if (grid_of(cx, texts[i]))
            SAY("a table in: %s", texts[i]);
    CHECK(grid_of(cx, "|a|b|c|d|e|f|g|h|i|j|k|l|\n|-|-|-|-|-|-|-|-|-|-|-|-|\n"));
}

/* --- hostile texts --- */

static char *repeated(struct ctx *cx, const char *unit, size_t bytes)
{
    struct text t = text_new(cx->arena, bytes + 64, 2 * bytes + 64);

    while (t.n < bytes)
        text_put(&t, unit);
    return t.at;
}

/* Sets the text as every section; gives the pages, which poppler must agree about. */
static int survives(struct ctx *cx, const char *what, const char *text)
{
    struct document_report r = { .title = "T", .body = text, .answer = "x" };
    int64_t start = clock_ms();
    int pages = set(cx, &r);

    if (clock_ms() - start > 20000)
        SAY("%s took %lld ms", what, (long long)(clock_ms() - start));
    CHECK_HAS(ask(cx, WORDS("pdfinfo", "r.pdf")), arena_fmt(cx->arena, "Pages:           %d\n", pages));
    return pages;
}

TEST_WITHIN(deep_nesting_is_set_at_a_depth, 120)
{
    survives(cx, "quotes", arena_fmt(cx->arena, "%s deep", repeated(cx, ">", 10000)));
    survives(cx, "lists", arena_fmt(cx->arena, "%s deep", repeated(cx, "- ", 20000)));
    survives(cx, "both", arena_fmt(cx->arena, "%s deep", repeated(cx, "> 1. ", 10000)));
    CHECK_HAS(text_of(cx, 0), "deep");
    survives(cx, "emphasis", arena_fmt(cx->arena, "%s deep %s", repeated(cx, "*a ", 10000), repeated(cx, " b*", 10000)));
    survives(cx, "links", arena_fmt(cx->arena, "%s deep %s", repeated(cx, "[", 10000), repeated(cx, "](u)", 10000)));
}

TEST_WITHIN(a_megabyte_of_anything_is_set, 180)
{
    survives(cx, "asterisks", repeated(cx, "*", 1 << 20));
    CHECK(survives(cx, "a word", repeated(cx, "a", 1 << 20)) > 100);
    survives(cx, "accents", repeated(cx, "\u0301", 1 << 18));
    survives(cx, "joiners", repeated(cx, "\u200d\u200b", 1 << 18));
    survives(cx, "emoji", repeated(cx, "👩🏽‍🚀", 1 << 18));
}

TEST_WITHIN(what_made_cmark_slow_is_not_slow, 120)
{
    survives(cx, "images", repeated(cx, "![[]()", 1 << 20));
    survives(cx, "openers", repeated(cx, "![a](", 1 << 18));
    survives(cx, "backticks", repeated(cx, "`a``b", 1 << 18));
}

TEST_WITHIN(tables_of_any_size_are_set, 120)
{
    char *wide = repeated(cx, "| mot ", 6000), *row = repeated(cx, "| abc def ", 120);
    struct text body = text_new(cx->arena, 1 << 20, 8 << 20);

    survives(cx, "a wide row", arena_fmt(cx->arena, "%s|\n%s|\n", wide, repeated(cx, "|-", 2000)));
    text_fmt(&body, "%s|\n%s|\n", row, repeated(cx, "|-", 24));
    for (int i = 0; i < 5000; i++)
        text_fmt(&body, "%s|\n", row);
    CHECK(survives(cx, "a long table", body.at) > 50);
    survives(cx, "cells of one long word",
             arena_fmt(cx->arena, "|a|b|c|d|e|f|g|h|i|j|k|l|\n|-|-|-|-|-|-|-|-|-|-|-|-|\n|%s|\n", repeated(cx, "wwwwwwwwwwwwwwwwwwwwwwwwwww|", 200)));
}

TEST(odd_characters_do_no_harm)
{
    struct document_report r = { .title = "T\n\t\x01 \u202e تجربة", .subtitle = "\u2028\u2029", .language = "x-private",
                                 .body = "a\x01\x02\x7f\xc2\x85\u200e\u202e\u2066\ufeff\ufffe\U0010ffff b\n\n\tcode\there\n\nعربي 123 abc שלום.\n",
                                 .facts = { (struct fact[]){ { "\n\n", " " } }, 1 } };

    CHECK_INT(set(cx, &r), 1);
    ask(cx, WORDS("pdfinfo", "r.pdf"));
    CHECK_HAS(text_of(cx, 0), "here");
}

TEST(what_is_not_utf8_or_has_no_title_is_refused)
{
    struct bytes out;

    CHECK_FAILS(report_typeset(cx, &(struct document_report){ .title = "T", .body = "a\xff" }, &out), INPUT_INVALID);
    CHECK_FAILS(report_typeset(cx, &(struct document_report){ .title = "\xc3", .body = "a" }, &out), INPUT_INVALID);
    CHECK_FAILS(report_typeset(cx, &(struct document_report){ .title = "T", .facts = { (struct fact[]){ { "\xed\xa0\x80", "b" } }, 1 } }, &out), INPUT_INVALID);
    CHECK_FAILS(report_typeset(cx, &(struct document_report){ .title = "", .body = "a" }, &out), INPUT_INVALID);
}

TEST_WITHIN(more_pages_than_allowed_are_refused, 120)
{
    struct bytes out;
    struct document_report r = { .title = "T", .body = repeated(cx, "x\n\n", 400000) };
    err_t e = report_typeset(cx, &r, &out);

    CHECK(e && e->code == E_INPUT_INVALID && strstr(e->text, "2000 pages"));
}
