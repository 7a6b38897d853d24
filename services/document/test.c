/* The document worker: what poppler reads in its reports, pages and their ends, the job's result. */
#include "test_report.h"

#include "handler.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "net/blob.h"

#include <pthread.h>

#define LINE_END "  \n"

/* --- what a report says of itself --- */

TEST(a_report_tells_its_title_author_and_language)
{
    CHECK_INT(set(cx, &(struct document_report){ .title = "L'état de l'eau (été)", .body = "Bonjour." }), 1);
    const char *info = ask(cx, WORDS("pdfinfo", "r.pdf"));
    CHECK_HAS(info, "Title:           L'état de l'eau (été)");
    CHECK_HAS(info, "Author:          Palabre");
    CHECK_HAS(info, "A4");
    CHECK_HAS(info, "Tagged:          yes");
    CHECK(holds("/Lang (fr)") && holds("/DisplayDocTitle true"));
    CHECK_INT(set(cx, &(struct document_report){ .title = "Water", .language = "en-GB", .body = "Hello." }), 1);
    CHECK(holds("/Lang (en-GB)"));
}

TEST(fonts_are_embedded_in_part_and_map_to_unicode)
{
    set(cx, &(struct document_report){ .title = "T", .body = "a **b** *c* `d` ɓ ɗ ɛ ɔ ŋ fi" });
    const char *fonts = ask(cx, WORDS("pdffonts", "r.pdf"));
    CHECK_HAS(fonts, "LinLibertineO");
    CHECK_INT(count_of(fonts, "+"), count_of(fonts, "yes yes yes"));
    CHECK(count_of(fonts, "+") >= 5);
}

TEST(text_comes_back_as_it_was_set)
{
    CHECK_INT(set(cx, &(struct document_report){ .title = "Œuvre", .body =
        "L'œuvre « naïve » : été, âge, où, ça ? Élève difficile, office, affluent.\n\nƁalde ɗowata ŋ ɛ ɔ ẹ ñ — 12,5 % et 1 250 000 €… 😀\n\n"
        "`int *p = &q; // a  b` et **gras**, [lien](https://example.org/a?b=c&d='e').\n" }), 1);
    const char *text = text_of(cx, 0);
    CHECK_HAS(text, "Œuvre");
    CHECK_HAS(text, "L’œuvre « naïve » : été, âge, où, ça ? Élève difficile, office, affluent.");
    CHECK_HAS(text, "Ɓalde ɗowata ŋ ɛ ɔ ẹ ñ — 12,5 % et 1 250 000 €… 😀");
    CHECK_HAS(text, "int *p = &q; // a");
    CHECK_HAS(text, "gras, lien.");
    CHECK(holds("/URI (https://example.org/a?b=c&d=%27e%27)"));
}

TEST(links_that_could_do_harm_stay_text)
{
    set(cx, &(struct document_report){ .title = "T", .body =
        "[a](javascript:alert(1)) [b](file:///etc/passwd) [c](HTTP://x) ![d](https://example.org/i.png) <script>e</script>\n" });
    CHECK(!holds("javascript") && !holds("file:") && holds("/URI (https://example.org/i.png)"));
    CHECK_HAS(text_of(cx, 0), "a b c d <script>e</script>");
}

TEST(sections_come_in_their_order_under_headings_of_the_language)
{
    struct document_report r = { .title = "T", .body = "# Annexe\n\ncorps", .question = "demande", .answer = "# A\n\nréplique",
                                 .transcript = "mot à mot\nligne **deux**\n\nfin", .facts = { (struct fact[]){ { "Durée", "3 min" } }, 1 } };
    static const char *const french[] = { "Durée", "3 min", "Question", "demande", "Réponse", "A\n", "réplique", "Transcription", "mot à mot\n",
                                          "ligne **deux**", "fin", "Annexe", "corps" };

    for (int english = 0; english < 2; english++) {
        r.language = english ? "en" : NULL;
        CHECK_INT(set(cx, &r), 1);
        const char *at = text_of(cx, 0);
        for (size_t i = 0; i < COUNT(french); i++) {
            const char *want = !english ? french[i] : !strcmp(french[i], "Réponse") ? "Answer" : !strcmp(french[i], "Transcription") ? "Transcript" : french[i];
            CHECK_HAS(at, want);
            at = strstr(at, want) ? strstr(at, want) : at;
        }
    }
    r = (struct document_report){ .title = "T", .question = "  \n", .answer = "", .body = "corps" };
    set(cx, &r);
    CHECK(!strstr(text_of(cx, 0), "Question") && !strstr(text_of(cx, 0), "Réponse"));
}

TEST(headings_make_the_outline_and_the_structure)
{
    set(cx, &(struct document_report){ .title = "T", .body = "# Un\n\n## Deux\n\ntexte\n\n### Trois\n\n- point\n\n> citation\n\n|a|b|\n|-|-|\n|c|d|\n\n```\ncode\n```\n" });
    CHECK(holds("/Outlines") && holds("/Title (Un)") && holds("/Title (Deux)") && holds("/Title (Trois)"));
    const char *tree = ask(cx, WORDS("pdfinfo", "-struct-text", "r.pdf"));
    CHECK_HAS(tree, "Document");
    CHECK_HAS(tree, "H1");
    CHECK_HAS(tree, "H2");
    CHECK_HAS(tree, "L (block)");
    CHECK_HAS(tree, "\"• point \"");
    CHECK_HAS(tree, "BlockQuote");
    CHECK_HAS(tree, "Table");
    CHECK_INT(count_of(tree, "TH"), 2);
    CHECK_INT(count_of(tree, "TD"), 2);
    CHECK_HAS(tree, "Code");
}

/* --- pages --- */

TEST(the_benchmark_report_has_two_numbered_pages)
{
    struct document_report r = benchmark_report(cx);

    CHECK_INT(set(cx, &r), 2);
    CHECK_HAS(text_of(cx, 1), "1 / 2");
    const char *second = text_of(cx, 2);
    CHECK_HAS(second, "2 / 2");
    CHECK_HAS(second, "Rapport de synthèse des auditions");
    CHECK_HAS(second, "Durée (s)");
    CHECK_HAS(second, "Dossier 1039 : suivi des engagements");
    CHECK_INT(count_of(text_of(cx, 0), "Dossier 10"), 40);
    CHECK_HAS(ask(cx, WORDS("pdfinfo", "r.pdf")), "Pages:           2");
}

TEST(a_long_table_repeats_its_header_on_every_page)
{
    struct text body = text_new(cx->arena, 4096, 1 << 20);

    text_put(&body, "Avant.\n\n| Numéro | En-tête répété |\n|---:|---|\n");
    for (int i = 1; i <= 300; i++)
        text_fmt(&body, "| %d | ligne n%d |\n", i, i);
    text_put(&body, "\nAprès.\n");
    int pages = set(cx, &(struct document_report){ .title = "T", .body = body.at });
    CHECK(pages > 5);
    for (int page = 1; page <= pages; page++)
        CHECK_INT(count_of(text_of(cx, page), "En-tête répété"), 1);
    const char *all = text_of(cx, 0);
    for (int i = 1; i <= 300; i++)
        CHECK_INT(count_of(all, arena_fmt(cx->arena, " ligne n%d\n", i)), 1);
}

/* n one-line paragraphs before the text: its first lines meet the page's end for some n. */
static int set_after(struct ctx *cx, int n, const char *text)
{
    struct text body = text_new(cx->arena, 4096, 1 << 20);

    for (int i = 0; i < n; i++)
        text_put(&body, "x\n\n");
    text_put(&body, text);
    return set(cx, &(struct document_report){ .title = "T", .body = body.at });
}

static bool on_page(struct ctx *cx, int page, const char *what) { return strstr(text_of(cx, page), what); }

TEST(a_heading_is_never_left_alone_at_the_end_of_a_page)
{
    int moved = 0;

    for (int n = 24; n < 36; n++) {
        if (set_after(cx, n, "## Titre\n\nUn" LINE_END "Deux" LINE_END "Trois" LINE_END "Quatre\n") < 2)
            continue;
        CHECK_INT(on_page(cx, 1, "Titre"), on_page(cx, 1, "Un"));
        moved += on_page(cx, 2, "Titre");
    }
    CHECK(moved >= 2 && moved < 12);
}

TEST(no_line_of_a_paragraph_stands_alone_on_a_page)
{
    int split = 0;

    for (int n = 24; n < 36; n++) {
        if (set_after(cx, n, "Un" LINE_END "Deux" LINE_END "Trois" LINE_END "Quatre\n") < 2)
            continue;
        CHECK_INT(on_page(cx, 1, "Un"), on_page(cx, 1, "Deux"));
        CHECK_INT(on_page(cx, 2, "Trois"), on_page(cx, 2, "Quatre"));
        split += on_page(cx, 1, "Un") && on_page(cx, 2, "Quatre");
    }
    CHECK_INT(split, 1);
}

TEST(a_row_higher_than_a_page_goes_on_over_pages)
{
    struct text body = text_new(cx->arena, 4096, 1 << 20);

    text_put(&body, "| Tête | b |\n|---|---|\n| ");
    for (int i = 1; i <= 3000; i++)
        text_fmt(&body, "mot%d ", i);
    text_put(&body, "| côté |\n| fin | fin |\n");
    CHECK(set(cx, &(struct document_report){ .title = "T", .body = body.at }) >= 3);
    const char *all = text_of(cx, 0);
    CHECK(strstr(all, "mot1 ") && strstr(all, "mot3000") && strstr(all, "côté") && strstr(all, "fin"));
}

/* --- the job --- */

TEST(a_job_puts_its_report_where_others_find_it)
{
    struct job job = { .id = "0192", .root = "0190", .step = "document", .kind = "document.report", .attempt = 2 };
    struct document_report in = { .title = "T", .answer = "Oui." };
    struct document_made out = { .file = NULL };
    struct bytes back;
    const char *home;

    NEED_OK(blob_workdir(cx, &home));
    NEED_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s/blobs", home), &cx->blobs));
    CHECK_FAILS(document_report.run(cx, &in, &out), BUG);
    cx->job = &job;
    NEED_OK(document_report.run(cx, &in, &out));
    CHECK_TEXT(out.file, "jobs/90/0190-document-2.pdf");
    CHECK_TEXT(out.type, "application/pdf");
    CHECK_INT(out.pages, 1);
    NEED_OK(blob_read(cx, out.file, 1 << 20, &back));
    CHECK_INT(back.n, out.size);
    CHECK(back.n > 1000 && !memcmp(back.at, "%PDF-1.", 7));
    job.step = NULL;
    NEED_OK(document_report.run(cx, &in, &out));
    CHECK_TEXT(out.file, "jobs/90/0190-document.report-2.pdf");
}

TEST(a_report_ends_at_its_deadline)
{
    struct document_report r = benchmark_report(cx);
    struct bytes out;

    cx->deadline_ms = clock_ms() - 1;
    CHECK_FAILS(report_typeset(cx, &r, &out), DEADLINE_PASSED);
}

static void *set_many(void *with)
{
    struct ctx cx = { .arena = arena_new() };
    struct document_report r = benchmark_report(&cx);
    struct bytes *out = with;

    for (int i = 0; i < 5; i++)
        CHECK_OK(report_typeset(&cx, &r, out));
    *out = (struct bytes){ NULL, out->n };
    arena_free(cx.arena);
    return NULL;
}

TEST(threads_set_reports_side_by_side)
{
    struct bytes made[4] = { { NULL, 0 } };
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, set_many, &made[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < 4; i++)
        CHECK(made[i].n && made[i].n / 100 == made[0].n / 100);
}

TEST(a_two_page_report_takes_milliseconds)
{
    struct document_report r = benchmark_report(cx);
    int64_t best_us = INT64_MAX;
    struct bytes out;

    for (int i = 0; i < 30; i++) {
        struct ctx one = *cx;
        one.arena = arena_new();
        int64_t start = clock_us();
        CHECK_OK(report_typeset(&one, &r, &out));
        int64_t took = clock_us() - start;
        best_us = took < best_us ? took : best_us;
        arena_free(one.arena);
    }
    fprintf(stderr, "a report takes %.2f ms\n", (double)best_us / 1000);
    CHECK(best_us < 200 * 1000);        /* generous: sanitizers and a busy machine */
}
