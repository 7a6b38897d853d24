/* Errors as people and programs read them: RFC 9457, with the members that clients of the products read, in their words. */
#include "http/flaws.h"
#include "http/gateway.h"
#include "http/messages.h"
#include "http/words.h"
#include "base/clock.h"
#include "data/json.h"

#include <string.h>

struct flaw_row { const char *pointer, *detail; };
SHAPE(flaw_row, "One thing wrong with the input.",
    FIELD(flaw_row, pointer, "JSON pointer to it.", .need = true),
    FIELD(flaw_row, detail,  "What is wrong.", .need = true));

struct problem {
    const char *type, *title, *instance, *error, *message, *error_code, *request_id, *path;
    struct raw detail, details;
    struct when timestamp;
    int status;
    bool success;
    int64_t retry_after;
    LIST_OF(struct flaw_row) errors;
};
extern const struct shape problem_shape;
SHAPE(problem, "Why a request failed (RFC 9457).",
    FIELD(problem, type,        "What kind of problem it is, as a reference into the documentation.", .need = true),
    FIELD(problem, title,       "The kind in words.", .need = true),
    FIELD(problem, status,      "The HTTP status.", .need = true),
    FIELD(problem, detail,      "What went wrong this time: a text; where the clients of a product read it so, the list of what is wrong with the input, "
                                "[{\"type\",\"loc\",\"msg\",\"input\"}], or {\"code\",\"message\",\"action\"}."),
    FIELD(problem, instance,    "The request's id."),
    FIELD(problem, error,       "Name of the error; for people, where the clients of a product read it so.", .need = true),
    FIELD(problem, message,     "For people, French unless the request asks for English."),
    FIELD(problem, error_code,  "Name of the error, for clients that read it here.", .need = true),
    FIELD(problem, success,     "It is not so.", .need = true),
    FIELD(problem, request_id,  "The request's id."),
    FIELD(problem, retry_after, "Seconds to wait before trying again; null: not said."),
    FIELD(problem, details,     "What is wrong by member, for clients that read it here."),
    FIELD(problem, path,        "What was asked for, for clients that read it of a fault of ours."),
    FIELD(problem, timestamp,   "When, for clients that read it."),
    LIST(problem, errors,       "Everything wrong with the input.", flaw_row));

static void put_flaws(struct ctx *cx, struct problem *p, const struct flaw *flaws)
{
    size_t n = 0;

    for (const struct flaw *f = flaws; f; f = f->next)
        n++;
    p->errors.at = NEWS(cx, struct flaw_row, n);
    for (const struct flaw *f = flaws; f; f = f->next)
        p->errors.at[p->errors.n++] = (struct flaw_row){ f->at, f->what };
}

static struct raw quoted(struct ctx *cx, const char *words)
{
    struct text to = text_new(cx->arena, 256, 1u << 20);

    if (words)
        text_json(&to, words, strlen(words));
    return (struct raw){ words ? to.at : NULL };
}

/* The text of a fault of ours goes to the log alone: it may quote SQL or a provider. */
static const char *detail_of(const struct manner *m, const char *message, const err_t e)
{
    if (m->for_people)
        return message_of(e->code);
    if (err_status(e->code) >= 500)
        return m->in_english ? err_title(e->code) : NULL;
    if (is_for_people(e->code))
        return m->in_english ? err_title(e->code) : message;
    return e->text;
}

/* What the product's clients read beside what everybody is told. */
static void put_words(struct ctx *cx, const struct exchange *x, const err_t e, const struct words *w, struct problem *p)
{
    const struct manner *m = manner_of(words_product(x));

    if (w->message && !x->english)
        p->message = w->message;
    if (w->list || w->object)
        p->detail.text = w->list ? flaws_list(cx, flaws_of(cx, e)) : w->detail;
    else
        p->detail = quoted(cx, w->detail ? w->detail : detail_of(m, p->message, e));
    if (w->error || m->error_is_text)
        p->error = w->error ? w->error : w->detail ? w->detail : p->message;
    if (w->error_code)
        p->error_code = w->error_code;
    if (w->details || m->dated)
        p->details.text = w->details ? flaws_by_member(cx, flaws_of(cx, e)) : "{}";
    if (w->located)
        p->path = x->request->path;
    if (m->dated)
        p->timestamp.ms = clock_wall_ms();
}

void exchange_problem(struct ctx *cx, struct exchange *x, err_t e)
{
    static const struct words none = { 0 };
    const struct words *w = words_find(x, e);
    const char *name = err_name(e->code);
    int status = w && w->status ? w->status : err_status(e->code);
    int64_t wait_s = e->retry_after_ms ? (e->retry_after_ms + 999) / 1000 : status == 503 ? 1 : 0;
    struct problem p = {
        .type = arena_fmt(cx->arena, "/docs/errors#%s", name), .title = err_title(e->code), .status = status, .instance = x->request_id,
        .error = name, .error_code = name, .message = x->english ? err_title(e->code) : message_of(e->code), .request_id = x->request_id,
        .retry_after = wait_s ? wait_s : LONG_NONE,
    };

    put_words(cx, x, e, w ? w : &none, &p);
    put_flaws(cx, &p, e->code == E_INPUT_INVALID ? flaws_of(cx, e) : e->flaws);
    if (wait_s)
        exchange_header(x, "Retry-After", arena_fmt(cx->arena, "%lld", (long long)wait_s));
    if (status == 401)
        exchange_header(x, "WWW-Authenticate", e->code == E_TOKEN_INVALID || e->code == E_TOKEN_EXPIRED ? "Bearer error=\"invalid_token\"" : "Bearer");
    const char *json = json_write(cx, &problem_shape, &p);
    exchange_text(cx, x, status, "application/problem+json", (struct bytes){ json, strlen(json) });
}
