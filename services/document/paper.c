#include "paper.h"

#include <string.h>

struct paper *paper_new(struct ctx *cx)
{
    struct paper *p = NEW(cx, struct paper);

    p->last = &p->first;
    return p;
}

struct block *paper_add(struct ctx *cx, struct paper *p, enum block_kind kind)
{
    struct block *b = NEW(cx, struct block);

    b->kind = kind;
    *p->last = b;
    p->last = &b->next;
    p->blocks++;
    return b;
}

struct prose_maker prose_start(struct ctx *cx, size_t max)
{
    return (struct prose_maker){ .text = text_new(cx->arena, 256, max) };
}

static void run_add(struct ctx *cx, struct prose_maker *m, const struct run *run)
{
    struct run *last = m->n ? &m->runs[m->n - 1] : NULL;

    if (last && last->look == run->look && last->url == run->url) {
        last->end = run->end;
        return;
    }
    if (m->n == m->room) {
        m->room = m->room ? 2 * m->room : 4;
        struct run *more = NEWS(cx, struct run, m->room);
        if (m->n)
            memcpy(more, m->runs, m->n * sizeof(*more));
        m->runs = more;
    }
    m->runs[m->n++] = *run;
}

void prose_add(struct ctx *cx, struct prose_maker *m, const char *at, size_t n, unsigned look, const char *url)
{
    if (!n)
        return;
    text_add(&m->text, at, n);
    run_add(cx, m, &(struct run){ m->text.n, look, url });
}

struct prose prose_end(struct ctx *cx, struct prose_maker *m)
{
    struct prose p = { m->text.at, m->text.n, m->runs, m->n };

    *m = (struct prose_maker){ .text = text_new(cx->arena, 256, m->text.max) };
    return p;
}

struct prose prose_plain(struct ctx *cx, const char *text, size_t n)
{
    struct prose p = { text, n, NEW(cx, struct run), 1 };

    p.runs->end = n;
    return p;
}

struct prose prose_part(struct ctx *cx, const struct prose *p, size_t from, size_t to)
{
    struct prose part = { p->text + from, to - from, NULL, 0 };
    size_t first = 0, last;

    while (first < p->runs_n && p->runs[first].end <= from)
        first++;
    for (last = first; last < p->runs_n && p->runs[last].end < to; last++)
        ;
    part.runs_n = last < p->runs_n ? last - first + 1 : last - first;
    part.runs = NEWS(cx, struct run, part.runs_n + 1);
    for (size_t i = 0; i < part.runs_n; i++) {
        part.runs[i] = p->runs[first + i];
        part.runs[i].end = part.runs[i].end < to ? part.runs[i].end - from : to - from;
    }
    return part;
}
