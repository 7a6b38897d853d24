#include "passages.h"

#include "asked.h"
#include "rank.h"

#include <string.h>

#define PICKS_MOST 1024
#define GAP        "[…]"

struct choice { const struct document *d; bool *kept; size_t left; };

static size_t room_of(const struct document *d, size_t i) { return d->sentences[i].text.n + sizeof(GAP) + 1; }

static void keep(struct choice *c, size_t i)
{
    if (i >= c->d->n || c->kept[i] || room_of(c->d, i) > c->left)
        return;
    c->kept[i] = true;
    c->left -= room_of(c->d, i);
}

static void keep_nearest(struct ctx *cx, struct choice *c, const char *question)
{
    struct pick *picks = NEWS(cx, struct pick, PICKS_MOST);
    struct query q = query_read(c->d, question);
    size_t n = rank_find(c->d, &q, picks, PICKS_MOST);

    for (size_t i = 0; i < n; i++) {
        keep(c, picks[i].sentence);
        keep(c, picks[i].sentence + 1);
        keep(c, (size_t)picks[i].sentence - 1);
    }
}

/* So many sentences that they fill the room, at equal distances. */
static void keep_evenly(struct choice *c)
{
    size_t room = c->left, all = 0, due = 0;

    for (size_t i = 0; i < c->d->n; i++)
        all += room_of(c->d, i);
    for (size_t i = 0; i < c->d->n; i++) {
        due += room_of(c->d, i);
        if ((double)due / (double)all * (double)room > (double)(room - c->left))
            keep(c, i);
    }
}

static const char *kept_write(struct ctx *cx, const struct choice *c, size_t most)
{
    struct text t = text_new(cx->arena, most + 64, most * 2 + 64);
    bool gap = false;

    for (size_t i = 0; i < c->d->n; i++) {
        const struct sentence *s = &c->d->sentences[i];
        if (!c->kept[i]) {
            gap = true;
            continue;
        }
        if (gap)
            text_put(&t, t.n ? " " GAP : GAP);
        if (t.n)
            text_char(&t, s->opens ? '\n' : ' ');
        text_add(&t, s->text.at, s->text.n);
        gap = false;
    }
    if (gap)
        text_put(&t, " " GAP);
    return t.at;
}

fallible passages_pick(struct ctx *cx, const char *text, const char *question, size_t most, const char **out)
{
    size_t n = text ? strlen(text) : 0, wanted;
    struct document d;

    *out = text;
    if (n <= most)
        return OK;
    TRY(document_read(cx, text, &d));
    struct choice c = { &d, NEWS(cx, bool, d.n), most };
    if (question && !asks_summary(question, &wanted))
        keep_nearest(cx, &c, question);
    if (c.left > most / 2)
        keep_evenly(&c);
    *out = kept_write(cx, &c, most);
    return OK;
}
