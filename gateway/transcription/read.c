/* Transcriptions read back: one, the list, their numbers. */
#include "http/gateway.h"
#include "http/messages.h"
#include "transcription/transcription.h"
#include "transcription/transcript.h"
#include "app/audit.h"
#include "app/persons.h"
#include "base/clock.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define LIMIT_USUAL  100
#define TEXTS_BYTES  ((int64_t)16 << 20)    /* of one page of the list, as they are kept */
#define ANSWER_BYTES ((size_t)64 << 20)

struct transcriptions_n { int64_t n; };
extern const struct shape transcriptions_n_shape;
SHAPE(transcriptions_n, "How many.", FIELD(transcriptions_n, n, "Rows."));

/* --- one --- */

err_t transcription_of_caller(struct ctx *cx, const char *id, struct transcription *out)
{
    bool found;

    TRY(pg_find(cx, SQL(transcription_find), ARGS(id), &transcription_shape, out, &found));
    if (!found)
        return fail(cx, TRANSCRIPTION_UNKNOWN, "Transcription job not found");
    return exchange_may_see(cx, out->user_id) ? OK : fail(cx, TRANSCRIPTION_FOREIGN, "Access denied");
}

err_t transcription_audit(struct ctx *cx, const char *action, const struct transcription *t)
{
    return text_is(t->user_id, cx->user) ? OK : audit_add(cx, &(struct audit_entry){ .action = action, .type = "transcription", .id = t->id });
}

static void put_progress(struct transcription *t)
{
    struct transcription_progress *p = &t->progress;
    int64_t ran_ms = t->is_measured ? t->seen_at.ms - t->started_at.ms : 0;

    *p = (struct transcription_progress){ .percent = INT_NONE, .eta_seconds = LONG_NONE };
    if (text_is(t->status, "completed"))
        p->percent = 100, p->eta_seconds = 0;
    if (text_is(t->status, "pending"))
        p->percent = 0;
    if (!text_is(t->status, "processing"))
        return;
    p->percent = progress_percent(t->source_type, t->step, t->step_place, t->step_percent);
    p->step = t->step;
    if (text_is(t->step, "stt"))        /* the last one: what is left of it is all that is left */
        p->eta_seconds = progress_eta_s(t->step_percent, ran_ms);
}

static const char *cut(struct ctx *cx, const char *text, size_t most)
{
    size_t n = strlen(text);

    return n > most ? arena_text(cx->arena, text, text_utf8_cut(text, most)) : text;
}

err_t transcription_finish(struct ctx *cx, struct transcription *t)
{
    const struct exchange *x = cx->host;
    enum err_code code = E_BUG;

    TRY(transcript_text(cx, t->user_id, &t->text));
    t->confidence = t->confidence < 0 ? REAL_NONE : t->confidence;
    t->sentiment_score = REAL_NONE;
    t->metadata.mock = t->mock;
    if (t->error_code) {
        err_find(t->error_code, &code);
        t->error = cut(cx, x->english ? err_title(code) : message_of(code), 1000);
    }
    put_progress(t);
    return OK;
}

HANDLER(transcription_get, transcription_ref, transcription)
{
    TRY(transcription_of_caller(cx, in->id, out));
    TRY(transcription_finish(cx, out));
    return transcription_audit(cx, "transcription.read", out);
}

/* --- the list --- */

/* Each row of a page says how many there are in all, which saves a round trip when all are asked for. */
static fallible count(struct ctx *cx, const struct transcriptions_in *in, const struct transcriptions_page *page, int64_t *n)
{
    bool ended = text_is(in->status, "completed") || text_is(in->status, "failed"), found;
    struct transcriptions_n row = { 0 };

    if (!in->q && !in->status && page->items.n)
        row.n = page->items.at[0].owned;
    else if (!in->q && !in->status)
        TRY(pg_find(cx, SQL(transcriptions_total), ARGS(cx->user), &transcriptions_n_shape, &row, &found));
    else if (!in->q && ended)
        TRY(pg_find(cx, SQL(transcriptions_ended), ARGS(cx->user, in->status), &transcriptions_n_shape, &row, &found));
    else
        TRY(pg_find(cx, SQL(transcriptions_count), ARGS(cx->user, in->status, in->q), &transcriptions_n_shape, &row, &found));
    *n = row.n;
    return OK;
}

static void put_escaped(struct text *to, const char *value)
{
    for (; *value; value++)
        text_fmt(to, strchr("-._~", *value) || (*value >= '0' && *value <= '9') || ((*value | 32) >= 'a' && (*value | 32) <= 'z') ? "%c" : "%%%02X",
                 (unsigned char)*value);
}

static const char *link_of(struct ctx *cx, const struct transcriptions_in *in, const struct transcriptions_page *page)
{
    struct text to = text_new(cx->arena, 200, 2000);

    text_fmt(&to, "</api/v1/transcription?skip=%d&limit=%d", page->skip + page->limit, page->limit);
    if (in->status)
        text_fmt(&to, "&status=%s", in->status);
    if (in->q)
        text_put(&to, "&q="), put_escaped(&to, in->q);
    text_put(&to, ">; rel=\"next\"");
    return to.at;
}

static void put_headers(struct ctx *cx, struct exchange *x, const struct transcriptions_in *in, const struct transcriptions_page *page)
{
    exchange_header(x, "X-Total-Count", arena_fmt(cx->arena, "%lld", (long long)page->total));
    exchange_header(x, "X-Skip", arena_fmt(cx->arena, "%d", page->skip));
    exchange_header(x, "X-Limit", arena_fmt(cx->arena, "%d", page->limit));
    exchange_header(x, "X-Has-More", page->has_more ? "true" : "false");
    if (page->has_more)
        exchange_header(x, "Link", link_of(cx, in, page));
}

/* Bare array unless the caller asks for the envelope. */
err_t transcriptions_list(struct ctx *cx, struct exchange *x, const void *given)
{
    struct transcriptions_in in = { 0 };
    struct transcriptions_page page = { 0 };

    (void)given;
    TRY(exchange_query(cx, x, &transcriptions_in_shape, &in));
    page.skip = in.skip, page.limit = in.limit ? in.limit : LIMIT_USUAL;
    TRY(pg_list(cx, SQL(transcriptions_list), ARGS(cx->user, in.status, in.q, page.limit, page.skip, TEXTS_BYTES), &transcription_shape, &page.items));
    TRY(count(cx, &in, &page, &page.total));
    page.has_more = page.total > page.skip + (int64_t)page.items.n;
    for (size_t i = 0; i < page.items.n; i++)
        TRY(transcription_finish(cx, &page.items.at[i]));
    put_headers(cx, x, &in, &page);
    if (in.envelope) {
        exchange_json(cx, x, 200, &transcriptions_page_shape, &page);
        return OK;
    }
    struct text body = text_new(cx->arena, 8192, ANSWER_BYTES);
    json_put_list(&body, &transcription_shape, (const struct list *)&page.items);
    exchange_text(cx, x, 200, "application/json", (struct bytes){ body.at, body.n });
    return OK;
}

HANDLER(transcription_stats_get, none, transcription_stats)
{
    bool found;

    (void)in;
    TRY(pg_find(cx, SQL(transcription_stats), ARGS(cx->user), &transcription_stats_shape, out, &found));
    out->avg_confidence = !found || out->avg_confidence < 0 ? REAL_NONE : out->avg_confidence;
    return pg_list(cx, SQL(transcriptions_recent), ARGS(cx->user), &transcription_recent_shape, &out->recent_transcriptions);
}
