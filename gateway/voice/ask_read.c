/* Questions read back: the whole one, its files, the list. */
#include "http/gateway.h"
#include "voice/ask.h"
#include "app/audit.h"
#include "app/persons.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

/* What the ask needs of any step's result. */
struct step_result { const char *engine, *model, *voice, *answer, *language, *file, *type; int64_t cost_micro; };
extern const struct shape step_result_shape;
FOREIGN(step_result, "Of a worker's result.",
    FIELD(step_result, engine,     "Which engine."),
    FIELD(step_result, model,      "Which model."),
    FIELD(step_result, voice,      "Which voice."),
    FIELD(step_result, answer,     "The answer.", .max = 16 << 20),
    FIELD(step_result, language,   "Of what."),
    FIELD(step_result, file,       "Blob key."),
    FIELD(step_result, type,       "Media type."),
    FIELD(step_result, cost_micro, "Price."));

/* Who reads what is not their own is told in the audit log. */
static err_t find(struct ctx *cx, const char *id, struct ask *out)
{
    const struct exchange *x = cx->host;
    bool found;

    TRY(pg_find(cx, SQL(ask_find), ARGS(id, x->own ? cx->user : NULL), &ask_shape, out, &found));
    if (!found)
        return fail(cx, ASK_UNKNOWN, "no question %s", id);
    TRY(person_open(cx, out->owner, out->text, &out->text));
    TRY(person_open(cx, out->owner, out->question, &out->question));
    return text_is(out->owner, cx->user) ? OK : audit_add(cx, &(struct audit_entry){ .action = "ask.read", .type = "ask", .id = id });
}

static err_t result_of(struct ctx *cx, const struct job *j, struct step_result *out)
{
    *out = (struct step_result){ .cost_micro = LONG_NONE };
    return j->result.text ? json_read(cx, j->result.text, strlen(j->result.text), &step_result_shape, out) : OK;
}

static void put_step(struct ask *out, const struct job *j, const struct step_result *r)
{
    struct ask_step *s = &out->steps.at[out->steps.n++];

    *s = (struct ask_step){ .step = j->step, .state = j->state, .engine = r->engine, .model = r->model ? r->model : r->voice, .error = j->error,
                            .attempt = j->attempt, .cost_micro = r->cost_micro, .ms = LONG_NONE };
    if (j->started_at.ms && j->finished_at.ms)
        s->ms = j->finished_at.ms - j->started_at.ms;
    if (r->cost_micro != LONG_NONE)
        out->cost_micro += r->cost_micro;
}

static err_t put_result(struct ctx *cx, struct ask *out, struct job *j)
{
    struct step_result r;

    TRY(job_open(cx, out->owner, j));
    TRY(result_of(cx, j, &r));
    put_step(out, j, &r);
    if (!j->result.text)
        return OK;
    if (text_is(j->step, "stt"))
        out->transcript = j->result, out->language = out->language ? out->language : r.language;
    else if (text_is(j->step, "llm"))
        out->answer = r.answer, out->language = out->language ? out->language : r.language;
    else if (text_is(j->step, "tts"))
        out->audio = arena_fmt(cx->arena, "/api/v1/ask/%s/audio", out->id);
    else if (text_is(j->step, "document"))
        out->report = arena_fmt(cx->arena, "/api/v1/ask/%s/report.pdf", out->id);
    return OK;
}

HANDLER(ask_get, ask_ref, ask)
{
    struct job root = { 0 };
    struct jobs steps = { 0 };
    bool found;

    TRY(find(cx, in->id, out));
    TRY(job_find(cx, out->job_id, &root, &found));
    if (!found)
        return fail(cx, ASK_UNKNOWN, "the job of question %s is gone", in->id);
    TRY(job_steps(cx, &root, &steps));
    out->state = root.state, out->percent = root.percent, out->error = root.error, out->error_text = root.error_text;
    out->finished_at = root.finished_at;
    out->steps.at = NEWS(cx, struct ask_step, steps.jobs.n);
    for (size_t i = 0; i < steps.jobs.n; i++)
        TRY(put_result(cx, out, &steps.jobs.at[i]));
    return OK;
}

/* The file of a step: FILE_NOT_READY while it may still come, FILE_UNKNOWN when it will not. */
static err_t send_file(struct ctx *cx, struct exchange *x, const char *id, const char *step, const char *name)
{
    struct ask ask = { 0 };
    struct job root = { 0 };
    struct jobs steps = { 0 };
    struct step_result r;
    bool found;

    TRY(find(cx, id, &ask));
    TRY(job_find(cx, ask.job_id, &root, &found));
    if (!found)
        return fail(cx, FILE_UNKNOWN, "the job of question %s is gone", id);
    TRY(job_steps(cx, &root, &steps));
    for (size_t i = 0; i < steps.jobs.n; i++) {
        if (!text_is(steps.jobs.at[i].step, step))
            continue;
        TRY(result_of(cx, &steps.jobs.at[i], &r));
        if (r.file)
            return exchange_file(cx, x, r.file, r.type ? r.type : "application/octet-stream", name);
    }
    if (job_has_ended(&root))
        return fail(cx, FILE_UNKNOWN, "this question has no such file");
    return fail(cx, FILE_NOT_READY, "it is %s, %d %% done", root.state, root.percent);
}

err_t ask_audio(struct ctx *cx, struct exchange *x, const void *in)
{
    return send_file(cx, x, ((const struct ask_ref *)in)->id, "tts", NULL);
}

err_t ask_report(struct ctx *cx, struct exchange *x, const void *in)
{
    return send_file(cx, x, ((const struct ask_ref *)in)->id, "document", "report.pdf");
}

static fallible open_rows(struct ctx *cx, struct asks_page *page)
{
    const char ***texts = NEWS(cx, const char **, 2 * page->data.n);

    for (size_t i = 0; i < page->data.n; i++)
        texts[2 * i] = &page->data.at[i].text, texts[2 * i + 1] = &page->data.at[i].question;
    return person_open_all(cx, cx->user, (const char **const *)texts, 2 * page->data.n);
}

/* Bare array unless the caller pages. One row more than asked tells whether there are older ones. */
err_t asks_list(struct ctx *cx, struct exchange *x, const void *given)
{
    struct asks_in in = { 0 };
    struct asks_page page = { 0 };

    (void)given;
    TRY(exchange_query(cx, x, &asks_in_shape, &in));
    bool paged = in.limit || in.cursor;
    int limit = in.limit ? in.limit : 20;
    TRY(pg_list(cx, SQL(asks_list), ARGS(cx->user, in.cursor, limit + 1), &ask_row_shape, &page.data));
    TRY(open_rows(cx, &page));
    page.has_more = page.data.n > (size_t)limit;
    exchange_header(x, "X-Total-Count", arena_fmt(cx->arena, "%lld", page.data.n ? (long long)page.data.at[0].total : 0LL));
    if (page.has_more) {
        page.data.n = (size_t)limit;
        page.next_cursor = page.data.at[limit - 1].id;
        exchange_header(x, "Link", arena_fmt(cx->arena, "</api/v1/asks?limit=%d&cursor=%s>; rel=\"next\"", limit, page.next_cursor));
    }
    if (paged) {
        exchange_json(cx, x, 200, &asks_page_shape, &page);
        return OK;
    }
    struct text body = text_new(cx->arena, 8192, 1u << 20);
    json_put_list(&body, &ask_row_shape, (const struct list *)&page.data);
    exchange_text(cx, x, 200, "application/json", (struct bytes){ body.at, body.n });
    return OK;
}
