/* Transcripts on paper: what poppler and Python read in them. */
#define _GNU_SOURCE
#include "test_report.h"

#include "handler.h"
#include "markdown.h"
#include "transcript.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "data/json.h"
#include "net/blob.h"
#include "net/child.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

static struct document_material sample(void)
{
    static struct fact facts[] = { { "Source", "https://www.youtube.com/watch?v=dQw4w9WgXcQ" }, { "Durée", "1 h 02 min" }, { "Langue", "français" },
                                   { "Intervenants", "2" }, { "Moteur", "assemblyai" }, { "Confiance", "93 %" }, { "Date", "13 novembre 2025" } };
    static struct turn turns[] = {
        { "Intervenant A", "Bonjour Madame, comment allez-vous depuis votre sortie de l'hôpital ? Avez-vous encore des douleurs, surtout la nuit ?", 0.5 },
        { "Intervenant B", "Ça va mieux, merci. J'ai encore un peu mal au genou <gauche> & je dors assez mal, mais je marche tous les jours jusqu'au marché, et je fais les exercices que le kinésithérapeute m'a montrés.", 7.5 },
        { NULL, "Le soir, c'est plus difficile : la cheville gonfle quand je reste debout trop longtemps.", 41 },
        { "Intervenant A", "Très bien.", 3725 },
    };

    return (struct document_material){ .title = "Suivi à trois jours : « Mme Ba »", .language = "fr", .labels = "fr", .facts = { facts, COUNT(facts) }, .turns = { turns, COUNT(turns) } };
}

/* Three hours: 30,000 words in turns of thirty. */
static struct document_material three_hours(struct ctx *cx)
{
    static const char words[] = "Les représentants des services concernés ont pris acte des mesures annoncées lors de la séance précédente, et les échanges ont porté sur le calendrier, "
                                "les moyens humains et le suivi.";
    struct document_material m = sample();
    size_t n = 1070;

    m.turns.at = NEWS(cx, struct turn, n);
    m.turns.n = n;
    for (size_t i = 0; i < n; i++)
        m.turns.at[i] = (struct turn){ i % 3 ? NULL : i % 2 ? "Intervenant B" : "Intervenant A", words, (double)i * 10.1 };
    return m;
}

/* Sets it as PDF and keeps it for poppler; gives its pages. */
static int set_pdf(struct ctx *cx, const struct document_material *m)
{
    struct made made = { .pages = 0 };
    err_t e = transcript_make(cx, &pango_engine, m, &made);

    if (e) {
        SAY("%s: %s (%s)", err_name(e->code), e->text, e->where);
        return 0;
    }
    keep_pdf(cx, made.file);
    return made.pages;
}

TEST(a_transcript_comes_back_as_text_with_its_times)
{
    struct document_material m = sample();

    CHECK_INT(set_pdf(cx, &m), 1);
    const char *text = text_of(cx, 0);
    CHECK_HAS(text, "Suivi à trois jours : « Mme Ba »");
    CHECK_HAS(text, "https://www.youtube.com/watch?v=dQw4w9WgXcQ");
    CHECK_HAS(text, "Confiance");
    CHECK_HAS(text, "00:00:00");
    CHECK_HAS(text, "Intervenant A : Bonjour Madame,");
    CHECK_HAS(text, "mal au genou <gauche> & je dors");
    CHECK_HAS(text, "01:02:05");
    CHECK_HAS(text, "Page 1 / 1");
    CHECK_INT(count_of(text, "Intervenant B"), 1);
    const char *info = ask(cx, WORDS("pdfinfo", "r.pdf"));
    CHECK_HAS(info, "Title:           Suivi à trois jours : « Mme Ba »");
    CHECK_HAS(info, "Tagged:          yes");
    CHECK(holds("/Lang (fr)") && holds("/URI (https://www.youtube.com/watch?v=dQw4w9WgXcQ)"));
    const char *tree = ask(cx, WORDS("pdfinfo", "-struct-text", "r.pdf"));
    CHECK_INT(count_of(tree, "\n    P (block)") + count_of(tree, "\n  P (block)"), 4);
}

TEST(labels_speak_their_own_language)
{
    struct document_material m = sample();
    struct turn turn = { "Speaker A", "Mbolo! Nga defa baax?", REAL_NONE };

    m.labels = "en", m.language = "wo", m.turns.at = &turn, m.turns.n = 1;
    CHECK_INT(set_pdf(cx, &m), 1);
    CHECK_HAS(text_of(cx, 0), "Speaker A: Mbolo! Nga defa baax?");
    CHECK(!strstr(text_of(cx, 0), "00:00"));
    CHECK(holds("/Lang (wo)"));
}

TEST(each_page_of_a_long_one_is_numbered_and_titled)
{
    struct document_material m = three_hours(cx);
    int pages = set_pdf(cx, &m);

    CHECK(pages > 50);
    CHECK_HAS(text_of(cx, 2), arena_fmt(cx->arena, "Page 2 / %d", pages));
    CHECK_HAS(text_of(cx, pages), "Suivi à trois jours");
    const char *all = text_of(cx, 0);
    CHECK_INT(count_of(all, "suivi."), 1070);
    CHECK_HAS(all, "02:59:56");
}

/* --- Word --- */

/* Reads a package as its standard has it: every part is well formed, has a type, and every relation leads somewhere. Tells the
 * title, then each paragraph on a line of its own. */
static const char reader[] =
    "import sys, zipfile, xml.etree.ElementTree as E\n"
    "z = zipfile.ZipFile('t.docx'); assert z.testzip() is None\n"
    "names = z.namelist(); assert names[0] == '[Content_Types].xml' and len(names) == len(set(names))\n"
    "trees = {n: E.fromstring(z.read(n)) for n in names}\n"
    "types = trees['[Content_Types].xml']\n"
    "for over in types.findall('{*}Override'): assert over.get('PartName')[1:] in names, over.get('PartName')\n"
    "known = {o.get('PartName')[1:] for o in types.findall('{*}Override')} | {n for n in names if n.endswith('.rels')} | {'[Content_Types].xml'}\n"
    "assert known == set(names), known ^ set(names)\n"
    "for r in trees['_rels/.rels']: assert r.get('Target') in names\n"
    "for r in trees['word/_rels/document.xml.rels']: assert 'word/' + r.get('Target') in names\n"
    "w = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'\n"
    "styles = {s.get(w + 'styleId') for s in trees['word/styles.xml'].findall('{*}style')}\n"
    "body = trees['word/document.xml']\n"
    "for kind in ('pStyle', 'rStyle', 'tblStyle'):\n"
    "    for s in body.iter(w + kind): assert s.get(w + 'val') in styles, s.get(w + 'val')\n"
    "core = trees['docProps/core.xml']\n"
    "print(core.find('{*}title').text, core.find('{*}language').text, sep='|')\n"
    "for p in body.iter(w + 'p'):\n"
    "    print(''.join('\\t' if t.tag == w + 'tab' else t.text or '' for t in p.iter() if t.tag in (w + 't', w + 'tab') and (t.tag == w + 't' or not t.get(w + 'pos'))))\n";

static const char *read_docx(struct ctx *cx, const struct document_material *m)
{
    struct child_end end = { .status = 0 };
    struct made made;
    const char *dir;

    CHECK_OK(transcript_make(cx, &docx_engine, m, &made));
    CHECK_OK(blob_workdir(cx, &dir));
    int fd = open(arena_fmt(cx->arena, "%s/t.docx", dir), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, made.file.at, made.file.n) == (ssize_t)made.file.n);
    close(fd);
    CHECK_OK(child_run(cx, &(struct child_ask){ .argv = WORDS("python3", "-X", "utf8", "-c", reader), .dir = dir }, &end));
    if (end.status || end.complaint.n)
        SAY("%.*s", (int)end.complaint.n, end.complaint.at);
    CHECK_INT(made.pages, INT_NONE);
    return arena_text(cx->arena, end.output.at, end.output.n);
}

TEST(a_word_document_holds_together_and_says_the_same)
{
    struct document_material m = sample();
    const char *read = read_docx(cx, &m);

    CHECK(text_starts(read, "Suivi à trois jours : « Mme Ba »|fr\n"));
    CHECK_HAS(read, "\nSource\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ\nDurée\n");
    CHECK_HAS(read, "\n00:00:00\tIntervenant A\u202f: Bonjour Madame, comment allez-vous");
    CHECK_HAS(read, "genou <gauche> & je dors assez mal");
    CHECK_HAS(read, "\n00:00:41\tLe soir, c’est plus difficile\u202f: la cheville");
    CHECK_HAS(read, "\n01:02:05\tIntervenant A\u202f: Très bien.\n");
}

TEST(word_documents_of_odd_texts_stay_well_formed)
{
    struct turn turns[] = { { "<A> & \"B\"", "a\x01\x02\x0b\x7f\t]]> &amp; <w:t> \ufffe\U0010ffff\ufdd0 b\nc \u202e", 1e300 }, { "", "", -5 }, { NULL, "\U0001f600 é", REAL_NONE } };
    struct fact facts[] = { { "a\n", "http://x/\"\\ <>" }, { "b", "https://exa mple/é" }, { "<", "&" } };
    struct document_material m = { .title = "T\n<\x01>", .language = "fr", .facts = { facts, COUNT(facts) }, .turns = { turns, COUNT(turns) } };
    const char *read = read_docx(cx, &m);

    CHECK_HAS(read, "a ]]> &amp\u202f; <w:t> bc");
    CHECK_HAS(read, "\U0001f600 é");
    CHECK_INT(set_pdf(cx, &m), 1);
    CHECK_HAS(text_of(cx, 0), "<w:t>");
}

TEST(every_kind_of_block_has_its_place_in_word)
{
    struct paper *p = paper_new(cx);
    struct made made;

    p->title = "T", p->language = "fr", p->author = "A", p->page_word = "Page ";
    markdown_add(cx, p, "# Un\n\n- a\n  1. b\n\n> c `d` **e**\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```\nf\n g\n```\n\n---\n\n[h](https://i)\n", MANNER_FRENCH, 0);
    NEED_OK(docx_engine.typeset(cx, p, &made));
    CHECK(made.file.n > 2000 && !memcmp(made.file.at, "PK\003\004", 4));
}

/* --- what is refused --- */

TEST(a_transcript_without_title_or_of_broken_text_is_refused)
{
    struct document_material m = sample();
    struct turn bad = { NULL, "\xff", 0 };
    struct made made;

    m.title = "";
    CHECK_FAILS(transcript_make(cx, &pango_engine, &m, &made), INPUT_INVALID);
    m.title = "T", m.turns.at = &bad, m.turns.n = 1;
    CHECK_FAILS(transcript_make(cx, &pango_engine, &m, &made), INPUT_INVALID);
    CHECK_FAILS(transcript_make(cx, &docx_engine, &m, &made), INPUT_INVALID);
}

/* --- the job --- */

TEST(a_job_reads_its_material_and_puts_the_document)
{
    struct job job = { .id = "0192", .root = "0192", .kind = "document.transcript", .attempt = 1 };
    struct document_material m = sample();
    struct document_made out = { .file = NULL };
    struct document_transcript in = { .file = "jobs/92/0192-material.json", .format = "docx" };
    const char *home, *json = json_write(cx, &document_material_shape, &m);
    struct bytes back;

    NEED_OK(blob_workdir(cx, &home));
    NEED_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s/blobs", home), &cx->blobs));
    cx->job = &job;
    CHECK_FAILS(document_transcript.run(cx, &in, &out), FILE_UNKNOWN);
    NEED_OK(blob_put(cx, in.file, (struct bytes){ json, strlen(json) }));
    NEED_OK(document_transcript.run(cx, &in, &out));
    CHECK_TEXT(out.file, "jobs/92/0192-document.transcript-1.docx");
    CHECK_HAS(out.type, "wordprocessingml.document");
    CHECK_INT(out.pages, INT_NONE);
    NEED_OK(blob_read(cx, out.file, 1 << 20, &back));
    CHECK(back.n == (size_t)out.size && !memcmp(back.at, "PK\003\004", 4));
    in.format = "pdf";
    NEED_OK(document_transcript.run(cx, &in, &out));
    CHECK_TEXT(out.file, "jobs/92/0192-document.transcript-1.pdf");
    CHECK_INT(out.pages, 1);
}

static long peak_kb(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

static void three_hours_take(struct ctx *cx, const struct document_engine *engine)
{
    struct document_material m = three_hours(cx);
    struct made made;
    long before = peak_kb();
    int64_t start = clock_ms();

    NEED_OK(transcript_make(cx, engine, &m, &made));
    fprintf(stderr, "three hours as %s: %lld ms, %zu bytes, peak %ld kB (before: %ld)\n", engine->ending, (long long)(clock_ms() - start), made.file.n, peak_kb(), before);
    CHECK_WITHIN(clock_ms() - start, 0, 60000);          /* generous: sanitizers and a busy machine */
}

TEST_WITHIN(three_hours_become_a_pdf_in_time, 90)  { three_hours_take(cx, &pango_engine); }
TEST_WITHIN(three_hours_become_a_docx_in_time, 90) { three_hours_take(cx, &docx_engine); }
