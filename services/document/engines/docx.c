/* Office Open XML (ECMA-376): a paper as a Word document. Its parts are fixed but for the text, which goes through the same
 * typography as the PDF's; pages are broken by whoever opens it. */
#include "engines/docx.h"

#include "base/clock.h"
#include "data/archive.h"
#include "net/blob.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XML_MOST  (96u << 20)
#define ASIDE     1020          /* twips: the times beside a transcript */
#define INDENT    360

/* --- XML --- */

/* XML 1.0 2.2: no controls but tab and line end, which are spaces here. */
static void put_escaped(struct text *to, const char *at, size_t n)
{
    static const char *const escapes[128] = { ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\t'] = " ", ['\n'] = " ", ['\r'] = " " };

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)at[i];
        if (c < 128 && escapes[c])
            text_put(to, escapes[c]);
        else if (c >= ' ' && c != 0x7f)
            text_add(to, at + i, 1);
    }
}

static void put_text(struct text *to, const char *text) { put_escaped(to, text, strlen(text)); }

/* --- runs --- */

static void put_look(struct text *to, unsigned look, bool link)
{
    if (!look && !link)
        return;
    text_put(to, "<w:rPr>");
    if (link)
        text_put(to, "<w:rStyle w:val=\"Hyperlink\"/>");
    else if (look & LOOK_CODE)
        text_put(to, "<w:rStyle w:val=\"CodeText\"/>");
    if (look & LOOK_BOLD)
        text_put(to, "<w:b/>");
    if (look & LOOK_ITALIC)
        text_put(to, "<w:i/>");
    text_put(to, "</w:rPr>");
}

static void put_run(struct text *to, const char *at, size_t n, unsigned look, bool link)
{
    text_put(to, "<w:r>");
    put_look(to, look, link);
    for (size_t from = 0; from <= n;) {
        const char *end = memchr(at + from, '\n', n - from);
        size_t len = end ? (size_t)(end - at) - from : n - from;
        text_put(to, "<w:t xml:space=\"preserve\">");
        put_escaped(to, at + from, len);
        text_put(to, end ? "</w:t><w:br/>" : "</w:t>");
        from += len + 1;
    }
    text_put(to, "</w:r>");
}

/* An address as a field's instruction takes it: visible ASCII without quotes and backslashes. */
static bool is_address(const char *url)
{
    for (const char *at = url; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == '"' || *at == '\\')
            return false;
    return true;
}

static void put_prose(struct text *to, const struct prose *p)
{
    size_t from = 0;

    for (size_t i = 0; i < p->runs_n; from = p->runs[i++].end) {
        const struct run *run = &p->runs[i];
        bool link = run->url && is_address(run->url);
        if (link) {
            text_put(to, "<w:fldSimple w:instr=\" HYPERLINK &quot;");
            put_text(to, run->url);
            text_put(to, "&quot; \">");
        }
        put_run(to, p->text + from, run->end - from, run->look, link);
        if (link)
            text_put(to, "</w:fldSimple>");
    }
}

/* --- blocks --- */

static const char *style_of(struct ctx *cx, const struct block *b)
{
    switch (b->kind) {
    case TITLE:      return "Title";
    case SUBTITLE:   return "Subtitle";
    case HEADING:    return arena_fmt(cx->arena, "Heading%d", b->level < 3 ? b->level : 3);
    case CODE_BLOCK: return "Code";
    case RULE:       return "Rule";
    case TURN:       return b->marker ? "Turn" : "Normal";
    default:         return b->quotes ? "Quote" : "Normal";
    }
}

static void put_paragraph(struct ctx *cx, struct text *to, const struct block *b)
{
    text_fmt(to, "<w:p><w:pPr><w:pStyle w:val=\"%s\"/>", style_of(cx, b));
    if (b->kind == TURN && b->level)
        text_put(to, "<w:spacing w:before=\"200\"/>");
    if (b->indent && b->kind != TURN)
        text_fmt(to, "<w:ind w:left=\"%d\"%s/>", INDENT * b->indent, b->marker ? " w:hanging=\"360\"" : "");
    text_put(to, "</w:pPr>");
    if (b->marker) {
        text_put(to, b->kind == TURN ? "<w:r><w:rPr><w:rStyle w:val=\"Time\"/></w:rPr><w:t>" : "<w:r><w:t>");
        put_text(to, b->marker);
        text_put(to, "</w:t><w:tab/></w:r>");
    }
    put_prose(to, &b->prose);
    text_put(to, "</w:p>");
}

static void put_cell(struct text *to, const struct prose *p, const char *style, int width)
{
    text_fmt(to, "<w:tc><w:tcPr><w:tcW w:w=\"%d\" w:type=\"dxa\"/></w:tcPr><w:p><w:pPr><w:pStyle w:val=\"%s\"/></w:pPr>", width, style);
    put_prose(to, p);
    text_put(to, "</w:p></w:tc>");
}

/* A metadata box, or a table whose first row is its header. */
static void put_table(struct text *to, const struct block *b)
{
    const struct grid *g = b->grid;
    bool facts = b->kind == FACTS;
    int whole = 9020, first = facts ? 1900 : whole / g->columns, rest = facts ? whole - first : first;

    text_fmt(to, "<w:tbl><w:tblPr><w:tblStyle w:val=\"%s\"/><w:tblW w:w=\"%d\" w:type=\"dxa\"/><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>", facts ? "Facts" : "Grid", whole);
    for (int i = 0; i < g->columns; i++)
        text_fmt(to, "<w:gridCol w:w=\"%d\"/>", i ? rest : first);
    text_put(to, "</w:tblGrid>");
    for (size_t r = 0; r < g->rows; r++) {
        bool header = !r && !g->headless;
        text_put(to, header ? "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" : "<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        for (int i = 0; i < g->columns; i++)
            put_cell(to, &g->cells[r * (size_t)g->columns + (size_t)i], header || (facts && !i) ? "FactLabel" : "FactValue", i ? rest : first);
        text_put(to, "</w:tr>");
    }
    text_put(to, "</w:tbl><w:p><w:pPr><w:pStyle w:val=\"Rule\"/></w:pPr></w:p>");     /* Word joins tables that touch */
}

static fallible body_put(struct ctx *cx, struct text *to, const struct paper *paper)
{
    text_put(to, docx_document_begin);
    for (const struct block *b = paper->first; b; b = b->next) {
        TRY(clock_check(cx));
        if (b->grid)
            put_table(to, b);
        else
            put_paragraph(cx, to, b);
    }
    text_put(to, docx_document_end);
    return to->full ? fail(cx, INPUT_INVALID, "The document is too long.") : OK;
}

/* --- parts --- */

static void put_core(struct text *to, const struct paper *paper)
{
    char now[CLOCK_ISO_BYTES];

    clock_iso(clock_wall_ms() / 1000 * 1000, now);
    text_put(to, docx_core_begin);
    text_put(to, "<dc:title>");
    put_text(to, paper->title);
    text_put(to, "</dc:title><dc:creator>");
    put_text(to, paper->author);
    text_put(to, "</dc:creator><dc:language>");
    put_text(to, paper->language);
    text_fmt(to, "</dc:language><dcterms:created xsi:type=\"dcterms:W3CDTF\">%s</dcterms:created>", now);
    text_put(to, "</cp:coreProperties>");
}

/* The header of every page but the first says what it is; the footer its page. */
static void put_header(struct text *to, const struct paper *paper)
{
    text_put(to, docx_header_begin);
    put_prose(to, &paper->running);
    text_put(to, "</w:p></w:hdr>");
}

static void put_footer(struct text *to, const struct paper *paper)
{
    text_put(to, docx_footer_begin);
    put_run(to, paper->page_word, strlen(paper->page_word), 0, false);
    text_put(to, docx_footer_end);
}

static void put_styles(struct text *to, const struct paper *paper)
{
    text_put(to, docx_styles_begin);
    put_text(to, paper->language);
    text_put(to, docx_styles_end);
}

static fallible part_add(struct ctx *cx, struct archive *a, const char *name, const struct text *part)
{
    return archive_text(cx, a, name, (struct bytes){ part->at, part->n });
}

static fallible parts_add(struct ctx *cx, struct archive *a, const struct paper *paper, const struct text *body)
{
    struct text core = text_new(cx->arena, 1024, 1 << 20), header = text_new(cx->arena, 1024, 1 << 20);
    struct text footer = text_new(cx->arena, 1024, 1 << 20), styles = text_new(cx->arena, 8192, 1 << 20);

    put_core(&core, paper);
    put_header(&header, paper);
    put_footer(&footer, paper);
    put_styles(&styles, paper);
    for (size_t i = 0; docx_fixed[i].name; i++)
        TRY(archive_text(cx, a, docx_fixed[i].name, (struct bytes){ docx_fixed[i].xml, strlen(docx_fixed[i].xml) }));
    TRY(part_add(cx, a, "docProps/core.xml", &core));
    TRY(part_add(cx, a, "word/header.xml", &header));
    TRY(part_add(cx, a, "word/footer.xml", &footer));
    TRY(part_add(cx, a, "word/styles.xml", &styles));
    return part_add(cx, a, "word/document.xml", body);
}

static fallible file_read(struct ctx *cx, const char *path, struct bytes *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;

    if (fd < 0)
        return fail(cx, BLOB_DOWN, "a document: it is gone");
    arena_own_fd(cx->arena, fd);
    if (fstat(fd, &info) || info.st_size < 0)
        return fail(cx, BLOB_DOWN, "a document: it cannot be read");
    char *at = arena_get(cx->arena, (size_t)info.st_size + 1);
    size_t n = 0;
    for (ssize_t got; n < (size_t)info.st_size && (got = read(fd, at + n, (size_t)info.st_size - n)) > 0;)
        n += (size_t)got;
    *out = (struct bytes){ at, n };
    return n == (size_t)info.st_size ? OK : fail(cx, BLOB_DOWN, "a document: it is cut short");
}

static err_t typeset(struct ctx *cx, const struct paper *paper, struct made *out)
{
    struct text body = text_new(cx->arena, 64 << 10, XML_MOST);
    struct archive *archive;
    const char *dir;

    TRY(blob_workdir(cx, &dir));
    const char *path = arena_fmt(cx->arena, "%s/document.docx", dir);
    TRY(archive_new(cx, path, &archive));
    TRY(body_put(cx, &body, paper));
    TRY(parts_add(cx, archive, paper, &body));
    TRY(archive_end(cx, archive));
    out->pages = INT_NONE;
    return file_read(cx, path, &out->file);
}

const struct document_engine docx_engine = { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", typeset };
