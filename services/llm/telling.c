#include "telling.h"

#include "app/worker.h"

#include <string.h>

#define TOKEN_MOST  8192            /* bytes of text in one event: six times as many when all is escaped */

struct telling telling_new(struct ctx *cx, const char *engine, const char *model)
{
    return (struct telling){
        .cx = cx, .engine = engine, .model = model, .all = text_new(cx->arena, 4096, ANSWER_MAX_BYTES),
        .event = text_new(cx->arena, 512, EVENT_MAX_BYTES - 64),
    };
}

void telling_add(struct telling *t, struct bytes more) { text_add(&t->all, more.at, more.n); }

static void put_pair(struct text *to, const char *before, const char *text, size_t n)
{
    text_put(to, before);
    text_json(to, text, n);
}

static void begin(struct telling *t)
{
    t->event.n = 0;
    put_pair(&t->event, "{\"engine\":", t->engine, strlen(t->engine));
    put_pair(&t->event, ",\"model\":", t->model, strlen(t->model));
    text_put(&t->event, ",\"attempt\":");
    text_long(&t->event, t->cx->job->attempt);
    text_char(&t->event, '}');
    job_event(t->cx, "answer.begin", t->event.at);
    t->begun = true;
}

void telling_flush(struct telling *t)
{
    if (!t->cx->job || t->quiet || t->told == t->all.n)
        return;
    if (!t->begun)
        begin(t);
    while (t->told < t->all.n) {
        size_t n = t->all.n - t->told;
        if (n > TOKEN_MOST)
            n = text_utf8_cut(t->all.at + t->told, TOKEN_MOST);
        t->event.n = 0;
        put_pair(&t->event, "{\"text\":", t->all.at + t->told, n);
        text_char(&t->event, '}');
        job_event(t->cx, "token", t->event.at);
        t->told += n;
    }
}

static void end_write(struct telling *t, size_t n)
{
    t->event.n = 0;
    t->event.full = false;
    put_pair(&t->event, "{\"engine\":", t->engine, strlen(t->engine));
    put_pair(&t->event, ",\"model\":", t->model, strlen(t->model));
    text_put(&t->event, n < t->all.n ? ",\"cut\":true" : "");
    put_pair(&t->event, ",\"text\":", t->all.at, n);
    text_char(&t->event, '}');
}

void telling_end(struct telling *t)
{
    telling_flush(t);
    if (!t->cx->job || t->quiet)
        return;
    end_write(t, t->all.n);
    if (t->event.full)              /* too long for one event: the whole stands in the job's result */
        end_write(t, text_utf8_cut(t->all.at, TOKEN_MOST));
    job_event(t->cx, "answer", t->event.at);
}

void explain(struct ctx *cx, const char *engine, const char *what, const char *why)
{
    struct text line = text_new(cx->arena, 256, 8192);

    if (!cx->job)
        return;
    put_pair(&line, "{\"engine\":", engine, strlen(engine));
    put_pair(&line, ",\"what\":", what, strlen(what));
    put_pair(&line, ",\"why\":", why, strlen(why));
    text_char(&line, '}');
    if (!line.full)
        job_explain(cx, line.at);
}
