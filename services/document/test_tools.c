#define _GNU_SOURCE
#include "test_report.h"

#include "net/blob.h"
#include "net/child.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct bytes pdf;
static const char *dir;

static void keep(struct ctx *cx)
{
    if (!dir && blob_workdir(cx, &dir))
        skip("no directory to work in");
    int fd = open(arena_fmt(cx->arena, "%s/r.pdf", dir), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, pdf.at, pdf.n) == (ssize_t)pdf.n);
    close(fd);
}

void keep_pdf(struct ctx *cx, struct bytes made)
{
    pdf = made;
    keep(cx);
}

int set(struct ctx *cx, const struct document_report *r)
{
    struct made made = { .pages = 0 };
    err_t e = report_make(cx, &pango_engine, r, &made);

    if (e) {
        SAY("%s: %s (%s)", err_name(e->code), e->text, e->where);
        return 0;
    }
    keep_pdf(cx, made.file);
    return made.pages;
}

const char *ask(struct ctx *cx, const char *const *words)
{
    struct child_end end = { .status = 0 };

    CHECK_OK(child_run(cx, &(struct child_ask){ .argv = words, .dir = dir }, &end));
    CHECK_INT(end.status, 0);
    if (end.complaint.n)
        SAY("%s: %.*s", words[0], (int)end.complaint.n, end.complaint.at);
    return arena_text(cx->arena, end.output.at, end.output.n);
}

const char *text_of(struct ctx *cx, int page)
{
    const char *number = arena_fmt(cx->arena, "%d", page ? page : 1), *last = page ? number : "9999";

    return ask(cx, WORDS("pdftotext", "-layout", "-f", number, "-l", last, "r.pdf", "-"));
}

int count_of(const char *text, const char *part)
{
    int n = 0;

    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

bool holds(const char *part) { return memmem(pdf.at, pdf.n, part, strlen(part)); }

struct document_report benchmark_report(struct ctx *cx)
{
    static const char *const titles[] = { "Contexte", "Méthode", "Constats", "Recommandations", "Suivi" };
    static const char *const states[] = { "ouvert", "clos", "en cours" };
    static const char text[] =
        "La commission a entendu les représentants des services concernés et a pris acte des mesures annoncées. Les échanges ont porté "
        "sur le calendrier, les moyens humains et le suivi des signalements transmis depuis le dernier rapport. Les points restés ouverts "
        "sont repris dans le tableau ci-après avec leur état d'avancement.";
    struct text body = text_new(cx->arena, 8192, 1 << 16);

    for (size_t i = 0; i < COUNT(titles); i++)
        text_fmt(&body, "## %zu. %s\n\n%s %s\n\n", i + 1, titles[i], text, text);
    text_put(&body, "| Date | Intervenant | Objet | Durée (s) | État |\n|---|---|---|---:|---|\n");
    for (int i = 0; i < 40; i++)
        text_fmt(&body, "| 2025-03-%02d | Intervenant %d | Dossier %d : suivi des engagements | %d | %s |\n",
                 i % 28 + 1, i % 9 + 1, 1000 + i, 60 + 37 * i, states[i % 3]);
    return (struct document_report){ .title = "Rapport de synthèse des auditions", .language = "fr", .body = body.at,
                                     .subtitle = "Direction des études, 2025-03-14. Référence RPT-2025-0314" };
}
