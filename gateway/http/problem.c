/* Errors as people and programs read them: RFC 9457, with the members that clients of the products read. */
#include "http/gateway.h"
#include "http/messages.h"
#include "data/json.h"

#include <string.h>

struct flaw_row { const char *pointer, *detail; };
SHAPE(flaw_row, "One thing wrong with the input.",
    FIELD(flaw_row, pointer, "JSON pointer to it.", .need = true),
    FIELD(flaw_row, detail,  "What is wrong.", .need = true));

struct problem {
    const char *type, *title, *detail, *instance, *error, *message, *error_code, *request_id;
    int status;
    int64_t retry_after;
    LIST_OF(struct flaw_row) errors;
};
extern const struct shape problem_shape;
SHAPE(problem, "Why a request failed (RFC 9457).",
    FIELD(problem, type,        "What kind of problem it is, as a reference into the documentation.", .need = true),
    FIELD(problem, title,       "The kind in words.", .need = true),
    FIELD(problem, status,      "The HTTP status.", .need = true),
    FIELD(problem, detail,      "What went wrong this time."),
    FIELD(problem, instance,    "The request's id."),
    FIELD(problem, error,       "Name of the error.", .need = true),
    FIELD(problem, message,     "For people, French unless the request asks for English."),
    FIELD(problem, error_code,  "The same name, for clients that read it here."),
    FIELD(problem, request_id,  "The request's id."),
    FIELD(problem, retry_after, "Seconds to wait before trying again; null: not said."),
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

/* The text of a fault of ours goes to the log alone: it may quote SQL or a provider. */
void exchange_problem(struct ctx *cx, struct exchange *x, err_t e)
{
    int status = err_status(e->code);
    const char *name = err_name(e->code);
    int64_t wait_s = e->retry_after_ms ? (e->retry_after_ms + 999) / 1000 : status == 503 ? 1 : 0;
    struct problem p = {
        .type = arena_fmt(cx->arena, "/docs/errors#%s", name), .title = err_title(e->code), .status = status,
        .detail = status >= 500 ? NULL : is_for_people(e->code) ? x->english ? err_title(e->code) : message_of(e->code) : e->text, .instance = x->request_id, .error = name, .error_code = name,
        .message = x->english ? err_title(e->code) : message_of(e->code), .request_id = x->request_id,
        .retry_after = wait_s ? wait_s : LONG_NONE,
    };

    put_flaws(cx, &p, e->flaws);
    if (wait_s)
        exchange_header(x, "Retry-After", arena_fmt(cx->arena, "%lld", (long long)wait_s));
    if (status == 401)
        exchange_header(x, "WWW-Authenticate", e->code == E_TOKEN_INVALID ? "Bearer error=\"invalid_token\"" : "Bearer");
    const char *json = json_write(cx, &problem_shape, &p);
    exchange_text(cx, x, status, "application/problem+json", (struct bytes){ json, strlen(json) });
}
