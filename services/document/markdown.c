#include "markdown.h"

#include "pipes.h"

#include <cmark.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES_MOST 256         /* cmark takes quadratic time over many "![" */

struct level { bool ordered, tight; int next; const char *after; };

/* The walk over cmark's tree. Text is gathered as it stands in the source, a line end as '\n', a hard one
 * as "\r\n", since what looks like a paragraph may be a table. */
struct walk {
    struct ctx *cx;
    struct paper *paper;
    enum manner manner;
    int shift;
    struct prose_maker prose;
    int bold, italic, links;
    const char *url;
    int quotes, depth;
    struct level levels[INDENT_MOST];
    const char *marker;         /* of the item that has no block yet */
    bool tight;                 /* the next block follows densely */
};

static int at_most(int n, int most) { return n < most ? n : most; }

/* --- inlines --- */

static void gather(struct walk *w, const char *text, unsigned look)
{
    look |= (w->bold ? LOOK_BOLD : 0) | (w->italic ? LOOK_ITALIC : 0);
    prose_add(w->cx, &w->prose, text, strlen(text), look, w->url);
}

static void on_text(struct walk *w, cmark_node *node)  { gather(w, cmark_node_get_literal(node), 0); }
static void on_code(struct walk *w, cmark_node *node)  { gather(w, cmark_node_get_literal(node), LOOK_CODE); }
static void on_soft(struct walk *w, cmark_node *node)  { (void)node; gather(w, "\n", 0); }
static void on_hard(struct walk *w, cmark_node *node)  { (void)node; gather(w, "\r\n", 0); }
static void on_bold(struct walk *w, cmark_node *node)  { (void)node; w->bold++; }
static void off_bold(struct walk *w, cmark_node *node) { (void)node; w->bold--; }
static void on_italic(struct walk *w, cmark_node *node)  { (void)node; w->italic++; }
static void off_italic(struct walk *w, cmark_node *node) { (void)node; w->italic--; }

static void on_html(struct walk *w, cmark_node *node)
{
    const char *tag = cmark_node_get_literal(node);

    if (!strncmp(tag, "<br", 3))
        gather(w, "\r\n", 0);
    else
        gather(w, tag, 0);
}

/* Only addresses that a reader may safely click. */
static bool is_safe(const char *url)
{
    return text_starts(url, "https://") || text_starts(url, "http://") || text_starts(url, "mailto:");
}

static void on_link(struct walk *w, cmark_node *node)
{
    const char *url = cmark_node_get_url(node);

    if (w->links++ || !url || !is_safe(url) || strlen(url) > 2000)
        return;
    w->url = arena_text(w->cx->arena, url, strlen(url));
}

static void off_link(struct walk *w, cmark_node *node)
{
    (void)node;
    if (!--w->links)
        w->url = NULL;
}

static void on_image(struct walk *w, cmark_node *node)
{
    on_link(w, node);
    w->italic++;
}

static void off_image(struct walk *w, cmark_node *node)
{
    off_link(w, node);
    w->italic--;
}

/* --- blocks --- */

static struct block *block_here(struct walk *w, enum block_kind kind)
{
    struct block *b = paper_add(w->cx, w->paper, kind);

    b->indent = at_most(w->depth, INDENT_MOST);
    b->quotes = at_most(w->quotes, INDENT_MOST);
    b->marker = w->marker;
    b->tight = w->tight;
    w->marker = NULL;
    w->tight = w->depth && w->levels[b->indent - 1].tight;
    return b;
}

/* Line ends become spaces, hard ones stay. In place: our own text, of the same length. */
static void lines_join(struct prose *p)
{
    for (char *at = p->n ? (char *)(uintptr_t)p->text : NULL, *end = at + p->n; at < end; at++)
        *at = *at == '\n' ? ' ' : *at == '\r' ? '\n' : *at;
}

static struct prose finished(struct walk *w, struct prose p)
{
    p = pipes_unmark(w->cx, &p, false);
    lines_join(&p);
    return typography(w->cx, &p, w->manner);
}

static void text_block(struct walk *w, enum block_kind kind, struct prose p, int level)
{
    struct block *b = block_here(w, kind);

    b->prose = finished(w, p);
    b->level = level;
}

static void table_block(struct walk *w, struct grid *g)
{
    for (size_t i = 0; i < g->rows * (size_t)g->columns; i++) {
        lines_join(&g->cells[i]);
        g->cells[i] = typography(w->cx, &g->cells[i], w->manner);
    }
    block_here(w, TABLE)->grid = g;
}

static void off_paragraph(struct walk *w, cmark_node *node)
{
    struct prose p = prose_end(w->cx, &w->prose);
    struct grid *g;
    size_t start;

    (void)node;
    if (!pipes_find(w->cx, &p, &g, &start)) {
        text_block(w, PARAGRAPH, p, 0);
        return;
    }
    if (start)
        text_block(w, PARAGRAPH, prose_part(w->cx, &p, 0, start), 0);
    table_block(w, g);
}

static void off_heading(struct walk *w, cmark_node *node)
{
    w->tight = false;
    text_block(w, HEADING, prose_end(w->cx, &w->prose), at_most(cmark_node_get_heading_level(node) + w->shift, 6));
}

static void on_code_block(struct walk *w, cmark_node *node)
{
    const char *code = cmark_node_get_literal(node);
    size_t n = strlen(code);

    while (n && code[n - 1] == '\n')
        n--;
    struct prose p = prose_plain(w->cx, arena_text(w->cx->arena, code, n), n);
    p.runs->look = LOOK_CODE;
    block_here(w, CODE_BLOCK)->prose = pipes_unmark(w->cx, &p, false);
}

/* Nobody renders it here, and nothing a person wrote is left out: it stands as text. */
static void on_html_block(struct walk *w, cmark_node *node)
{
    const char *html = cmark_node_get_literal(node);
    size_t n = strlen(html);

    while (n && html[n - 1] == '\n')
        n--;
    text_block(w, PARAGRAPH, prose_plain(w->cx, arena_text(w->cx->arena, html, n), n), 0);
}

static void on_rule(struct walk *w, cmark_node *node)
{
    (void)node;
    block_here(w, RULE);
}

static void on_quote(struct walk *w, cmark_node *node)  { (void)node; w->quotes++; w->tight = false; }
static void off_quote(struct walk *w, cmark_node *node) { (void)node; w->quotes--; w->tight = false; }

static void on_list(struct walk *w, cmark_node *node)
{
    struct level *l = &w->levels[at_most(w->depth, INDENT_MOST - 1)];

    w->tight = w->depth && l > w->levels && l[-1].tight;
    w->depth++;
    *l = (struct level){ .ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST, .next = cmark_node_get_list_start(node),
                         .tight = cmark_node_get_list_tight(node), .after = cmark_node_get_list_delim(node) == CMARK_PAREN_DELIM ? ")" : "." };
}

static void off_list(struct walk *w, cmark_node *node)
{
    (void)node;
    w->depth--;
    w->tight = w->depth && w->levels[at_most(w->depth, INDENT_MOST) - 1].tight;
}

static void on_item(struct walk *w, cmark_node *node)
{
    static const char *const bullets[] = { "•", "–", "·" };
    int depth = at_most(w->depth, INDENT_MOST);
    struct level *l = &w->levels[depth - 1];

    (void)node;
    const char *outer = w->marker;
    w->marker = l->ordered ? arena_fmt(w->cx->arena, "%d%s", l->next++, l->after) : bullets[(depth - 1) % 3];
    if (outer && strlen(outer) < 12)        /* an item that begins with a list: both markers in one line */
        w->marker = arena_fmt(w->cx->arena, "%s %s", outer, w->marker);
}

static void off_item(struct walk *w, cmark_node *node)
{
    (void)node;
    if (w->marker)
        block_here(w, PARAGRAPH);
}

/* --- the walk --- */

static const struct { void (*on)(struct walk *, cmark_node *), (*off)(struct walk *, cmark_node *); } visits[] = {
    [CMARK_NODE_BLOCK_QUOTE]    = { on_quote, off_quote },
    [CMARK_NODE_LIST]           = { on_list, off_list },
    [CMARK_NODE_ITEM]           = { on_item, off_item },
    [CMARK_NODE_CODE_BLOCK]     = { on_code_block, NULL },
    [CMARK_NODE_HTML_BLOCK]     = { on_html_block, NULL },
    [CMARK_NODE_PARAGRAPH]      = { NULL, off_paragraph },
    [CMARK_NODE_HEADING]        = { NULL, off_heading },
    [CMARK_NODE_THEMATIC_BREAK] = { on_rule, NULL },
    [CMARK_NODE_TEXT]           = { on_text, NULL },
    [CMARK_NODE_SOFTBREAK]      = { on_soft, NULL },
    [CMARK_NODE_LINEBREAK]      = { on_hard, NULL },
    [CMARK_NODE_CODE]           = { on_code, NULL },
    [CMARK_NODE_HTML_INLINE]    = { on_html, NULL },
    [CMARK_NODE_EMPH]           = { on_italic, off_italic },
    [CMARK_NODE_STRONG]         = { on_bold, off_bold },
    [CMARK_NODE_LINK]           = { on_link, off_link },
    [CMARK_NODE_IMAGE]          = { on_image, off_image },
};

static void walk_tree(struct walk *w, cmark_node *root)
{
    cmark_iter *iter = cmark_iter_new(root);

    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        unsigned type = cmark_node_get_type(node);
        if (type >= COUNT(visits))
            continue;
        if (event == CMARK_EVENT_ENTER && visits[type].on)
            visits[type].on(w, node);
        if (event == CMARK_EVENT_EXIT && visits[type].off)
            visits[type].off(w, node);
    }
    cmark_iter_free(iter);
}

/* The source with our marks: for \| everywhere, and between ! and [ once there are too many images. */
static struct bytes source_mark(struct ctx *cx, const char *text)
{
    size_t n = strlen(text), images = 0;
    struct text out;

    if (!strstr(text, "\\|") && !strstr(text, "!["))
        return (struct bytes){ text, n };
    out = text_new(cx->arena, n + 64, 3 * n);
    for (const char *at = text; *at;) {
        size_t plain = strcspn(at, "\\!");
        text_add(&out, at, plain);
        at += plain;
        if (!*at)
            break;
        if (text_starts(at, "\\|")) {
            text_put(&out, PIPE_MARK);
            at += 2;
            continue;
        }
        size_t pair = *at == '\\' && at[1] ? 2 : 1;     /* a backslash takes what follows along */
        text_add(&out, at, pair);
        if (text_starts(at, "![") && ++images > IMAGES_MOST)
            text_put(&out, NONE_MARK);
        at += pair;
    }
    return (struct bytes){ out.at, out.n };
}

static void root_drop(void *root) { cmark_node_free(root); }

void markdown_add(struct ctx *cx, struct paper *p, const char *text, enum manner manner, int shift)
{
    struct bytes source = source_mark(cx, text);
    struct walk w = { .cx = cx, .paper = p, .manner = manner, .shift = shift, .prose = prose_start(cx, 2 * source.n + 16) };
    cmark_node *root = cmark_parse_document(source.at, source.n, CMARK_OPT_DEFAULT);

    walk_tree(&w, arena_own(cx->arena, root, root_drop));
}

static void paragraph_add(struct ctx *cx, struct paper *p, const char *text, size_t n, enum manner manner)
{
    struct prose raw = prose_plain(cx, text, n);

    paper_add(cx, p, PARAGRAPH)->prose = typography(cx, &raw, manner);
}

void plain_add(struct ctx *cx, struct paper *p, const char *text, enum manner manner)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t n = end ? (size_t)(end - text) : strlen(text);
        if (n)
            paragraph_add(cx, p, text, n, manner);
        text += n;
        text += strspn(text, "\n");
    }
}
