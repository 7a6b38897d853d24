/* POST /ai-assistant/stream: the job's events as its clients read them. The work goes on when they leave, as every job does. */
#include "http/gateway.h"
#include "assistant/assistant.h"
#include "http/messages.h"
#include "data/json.h"
#include "proto/llm.h"

#include <string.h>

#define SAID_BYTES ((size_t)4 << 20)

/* What was sent so far. An attempt that begins again says the same at first, as a rule: that is not sent twice. */
struct saying {
    const char *job_id, *owner;
    bool        english;
    struct arena *arena;                /* of the whole stream */
    const char *provider;
    struct text said;
    size_t      place;                  /* in `said`: so far the attempt has come */
    int64_t     tokens;
};

static void put_text(struct text *to, const char *before, const char *text)
{
    text_put(to, before);
    text_json(to, text ? text : "", text ? strlen(text) : 0);
}

static bool put_error(const struct saying *s, struct text *to, enum err_code code, const char *text)
{
    bool hidden = err_status(code) >= 500 || !text;

    put_text(to, "data: {\"error\":", hidden ? s->english ? err_title(code) : message_of(code) : text);
    put_text(to, ",\"error_code\":", err_name(code));
    text_put(to, "}\n\n");
    return true;
}

/* True: it says something else than an attempt before did, which cannot be taken back. */
static bool put_token(struct saying *s, struct text *to, const char *text)
{
    size_t n = strlen(text), again = s->said.n - s->place < n ? s->said.n - s->place : n;

    if (again && memcmp(s->said.at + s->place, text, again))
        return put_error(s, to, E_ENGINE_BROKEN, NULL);
    s->place += n;
    if (again == n)
        return false;
    text_put(&s->said, text + again);
    put_text(to, "data: {\"token\":", text + again);
    put_text(to, ",\"provider\":", s->provider);
    text_put(to, "}\n\n");
    s->tokens++;
    return false;
}

static bool put_failed(const struct saying *s, struct text *to, const struct job *job)
{
    enum err_code code = E_BUG;

    if (job->error)
        err_find(job->error, &code);
    return put_error(s, to, text_is(job->state, "cancelled") ? E_CANCELLED : code, job->error_text);
}

/* What events lost on their way, and the end. */
static bool put_rest(struct ctx *cx, struct saying *s, struct text *to, struct job *job)
{
    struct answer a = { 0 };

    if (job_open(cx, s->owner, job) || !job->result.text || json_read_kept(cx, job->result.text, &answer_shape, &a))
        return put_error(s, to, E_BUG, NULL);
    s->provider = arena_fmt(s->arena, "%s", a.engine);
    s->place = 0;
    if (put_token(s, to, a.answer))
        return true;
    put_text(to, "data: {\"done\":true,\"provider\":", s->provider);
    text_fmt(to, ",\"tokens_streamed\":%lld}\n\n", (long long)s->tokens);
    return true;
}

static bool put_end(struct ctx *cx, struct saying *s, struct text *to)
{
    struct job job = { 0 };
    bool found;

    if (job_find(cx, s->job_id, &job, &found) || !found)
        return put_error(s, to, E_PG_DOWN, NULL);
    return text_is(job.state, "succeeded") ? put_rest(cx, s, to, &job) : put_failed(s, to, &job);
}

static bool is_type(const struct event *e, const char *type) { return e->type.n == strlen(type) && !memcmp(e->type.at, type, e->type.n); }

static bool put(struct ctx *cx, void *with, struct text *to, const struct event *e)
{
    struct saying *s = with;
    const char *data = arena_text(cx->arena, e->data.at ? e->data.at : "", e->data.n);

    if (is_type(e, "answer.begin")) {
        const char *engine = json_text(cx, data, "engine");
        s->provider = arena_fmt(s->arena, "%s", engine ? engine : "");
        s->place = 0;
    } else if (is_type(e, "token")) {
        const char *text = json_text(cx, data, "text");
        return text && put_token(s, to, text);
    } else if (is_type(e, "done")) {
        return put_end(cx, s, to);
    } else if (is_type(e, FRAMES_LEAVE)) {
        return put_error(s, to, E_DRAINING, NULL);
    }
    return false;
}

err_t process_stream(struct ctx *cx, struct exchange *x, const void *given)
{
    struct process_in in = { 0 };
    struct job job = { 0 };

    (void)given;
    TRY(process_read(cx, x, &in));
    TRY(process_put(cx, x, &in, &job));
    struct saying s = { .job_id = job.id, .owner = cx->user, .english = x->english, .arena = cx->arena, .provider = "", .said = text_new(cx->arena, 4096, SAID_BYTES) };
    return exchange_frames(cx, x, &job, &(struct frames){ put, &s });
}
