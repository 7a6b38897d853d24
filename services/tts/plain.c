#include "plain.h"

#include <cmark.h>
#include <string.h>

#define PLAIN_MAX_BYTES (4u << 20)

struct plain { struct text all, block; const char *code; };

/* --- a finished block of text --- */

/* Marks that CommonMark does not know but chat models write: strikethrough, task boxes, footnotes, and what a voice
 * would take for a command: espeak-ng reads control characters and [[phonemes]]. */
static size_t mark_bytes(const char *at)
{
    static const char *const marks[] = { "~~", "[ ] ", "[x] ", "[X] ", NULL };

    for (size_t i = 0; marks[i]; i++)
        if (text_starts(at, marks[i]))
            return strlen(marks[i]);
    if (at[0] == '[' && at[1] == '^' && strcspn(at, "] \n") < 12 && at[strcspn(at, "] \n")] == ']')
        return strcspn(at, "]") + 1;
    return 0;
}

static bool is_control(const char *at)
{
    unsigned char c = (unsigned char)at[0];

    return c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)at[1] < 0xa0) || c == '[' || c == ']';
}

/* Bytes of the address at `at`, and of its host, which alone is spoken. */
static size_t address_host(const char *at, size_t *host)
{
    size_t scheme = text_starts(at, "https://") ? 8 : text_starts(at, "http://") ? 7 : 0, all = scheme;

    if (!scheme)
        return 0;
    while (at[all] && !is_control(at + all) && !strchr(" )>\"", at[all]))
        all++;
    while (all > scheme && strchr(".,;:!?", at[all - 1]))
        all--;
    *host = 0;
    while (scheme + *host < all && !strchr("/?#:", at[scheme + *host]))
        ++*host;
    return all;
}

static void put_char(struct text *to, char c)
{
    if (c != ' ' || (to->n && to->at[to->n - 1] != ' ' && to->at[to->n - 1] != '\n'))
        text_char(to, c);
}

static void put_line(struct plain *p, const char *at)
{
    size_t start = p->all.n, n, host = 0;

    while (*at) {
        if ((n = mark_bytes(at))) {
            at += n;
        } else if ((n = address_host(at, &host))) {
            text_add(&p->all, at + (text_starts(at, "https") ? 8 : 7), host);
            at += n;
        } else if (is_control(at)) {
            put_char(&p->all, ' ');
            at += (unsigned char)*at == 0xc2 ? 2 : 1;
        } else {
            put_char(&p->all, *at++);
        }
    }
    while (p->all.n > start && p->all.at[p->all.n - 1] == ' ')
        p->all.at[--p->all.n] = '\0';
    if (p->all.n > start)
        text_char(&p->all, '\n');
}

/* --- tables: a paragraph whose second line is "|---|---|" --- */

static bool is_rule(const char *line)
{
    size_t n = strcspn(line, "\n");

    return strspn(line, "|-: ") == n && memchr(line, '|', n) && memchr(line, '-', n);
}

static void put_row(struct plain *p, char *row)
{
    struct text cells = text_new(p->all.arena, strlen(row) + 16, PLAIN_MAX_BYTES);

    for (char *end, *cell = row; cell; cell = end ? end + 1 : NULL) {
        if ((end = strchr(cell, '|')))
            *end = '\0';
        cell += strspn(cell, " ");
        if (!*cell)
            continue;
        text_put(&cells, cells.n ? ", " : "");
        text_put(&cells, cell);
        while (cells.n && cells.at[cells.n - 1] == ' ')
            cells.at[--cells.n] = '\0';
    }
    put_line(p, cells.at);
}

static void put_table(struct plain *p, char *block)
{
    for (char *end; block; block = end ? end + 1 : NULL) {
        if ((end = strchr(block, '\n')))
            *end = '\0';
        if (!is_rule(block))
            put_row(p, block);
    }
}

static void flush(struct plain *p)
{
    const char *second = p->block.n ? strchr(p->block.at, '\n') : NULL;

    if (second && memchr(p->block.at, '|', (size_t)(second - p->block.at)) && is_rule(second + 1))
        put_table(p, p->block.at);
    else if (p->block.n)
        put_line(p, p->block.at);
    p->block.n = 0;
    p->block.at[0] = '\0';
}

/* --- the tree --- */

/* What is between the tags of a block of HTML; scripts, styles and comments have nothing to say. */
static void put_html(struct plain *p, const char *at)
{
    bool tag = false;

    if (text_starts(at, "<script") || text_starts(at, "<style") || text_starts(at, "<!--"))
        return;
    for (; *at; at++) {
        tag |= *at == '<';
        if (!tag)
            text_char(&p->block, *at);
        if (*at == '>' && tag) {
            tag = false;
            text_char(&p->block, ' ');
        }
    }
}

static void put_number(struct plain *p, cmark_node *item)
{
    cmark_node *list = cmark_node_parent(item);
    int n = cmark_node_get_list_start(list);

    if (cmark_node_get_list_type(list) != CMARK_ORDERED_LIST)
        return;
    /* The number is in user_data of the list: counting the items before each would take quadratic time. */
    n += (int)(intptr_t)cmark_node_get_user_data(list);
    cmark_node_set_user_data(list, (void *)(intptr_t)(n - cmark_node_get_list_start(list) + 1));
    text_fmt(&p->block, "%d. ", n);
}

static void enter(struct plain *p, cmark_node *node)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_CODE:        text_put(&p->block, cmark_node_get_literal(node)); return;
    case CMARK_NODE_SOFTBREAK:   text_char(&p->block, '\n'); return;
    case CMARK_NODE_LINEBREAK:   flush(p); return;
    case CMARK_NODE_ITEM:        flush(p); put_number(p, node); return;
    case CMARK_NODE_CODE_BLOCK:  text_put(&p->block, p->code); flush(p); return;
    case CMARK_NODE_HTML_BLOCK:  put_html(p, cmark_node_get_literal(node)); flush(p); return;
    default: return;
    }
}

static void leave(struct plain *p, cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);

    if (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING || type == CMARK_NODE_ITEM)
        flush(p);
}

/* Indentation says nothing aloud, but four spaces would make code of a paragraph. An image is spoken like a link, by its
 * text; cmark 0.30 takes quadratic time over many "![[]()". */
static struct text flatten(struct ctx *cx, const char *markdown)
{
    struct text to = text_new(cx->arena, strlen(markdown) + 2, PLAIN_MAX_BYTES);
    bool line = true;

    for (const char *at = markdown; *at; at++) {
        bool space = *at == ' ' || *at == '\t';
        if ((line && space) || (at[0] == '!' && at[1] == '[' && (line || strchr(" \t(", at[-1]))))
            continue;
        text_char(&to, *at);
        if (at[0] == '!' && at[1] == '[')
            text_char(&to, ' ');
        line = *at == '\n';
    }
    return to;
}

static void drop_document(void *node) { cmark_node_free(node); }

const char *plain_text(struct ctx *cx, const char *markdown, const char *language)
{
    struct text flat = flatten(cx, markdown);
    struct plain p = {
        .all = text_new(cx->arena, flat.n + 2, PLAIN_MAX_BYTES),
        .block = text_new(cx->arena, 1024, PLAIN_MAX_BYTES),
        .code = text_starts(language, "fr") ? "Extrait de code." : "Code excerpt.",
    };
    cmark_node *document = cmark_parse_document(flat.at, flat.n, CMARK_OPT_VALIDATE_UTF8);
    arena_own(cx->arena, document, drop_document);
    cmark_iter *walk = cmark_iter_new(document);

    for (cmark_event_type event; (event = cmark_iter_next(walk)) != CMARK_EVENT_DONE;) {
        if (event == CMARK_EVENT_ENTER)
            enter(&p, cmark_iter_get_node(walk));
        else
            leave(&p, cmark_iter_get_node(walk));
    }
    cmark_iter_free(walk);
    flush(&p);
    return p.all.at;
}
