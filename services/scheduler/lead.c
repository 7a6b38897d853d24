#include "lead.h"
#include "app/audit.h"
#include "app/files_left.h"
#include "app/jobs.h"
#include "app/leaving.h"
#include "app/metrics.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/pg.h"
#include "sql.h"

#define FORGET_MOST    200              /* jobs or questions of one batch */
#define FORGET_BATCHES 10               /* of one time */
#define DAY_MS         86400000

METRIC(looked, COUNTER, "palabre_scheduler_jobs_total", "Jobs that were due, by what became of them.", "state");

struct leader { bool leads; };
SHAPE(leader, "Whether this session leads.", FIELD(leader, leads, "It does."));

SHAPE(scheduler_settings, "What the scheduler reads.",
    FIELD(scheduler_settings, scheduler_tick_ms, "Milliseconds between looks at what is due.", .min = 20, .max = 60000),
    FIELD(scheduler_settings, scheduler_batch,   "Jobs of one look.", .min = 1, .max = 5000),
    FIELD(scheduler_settings, jobs_keep_days,    "Days for which jobs are kept, with what came of them, rounded up to whole months; 0: for ever.", .max = 36500),
    FIELD(scheduler_settings, asks_keep_days,    "Days for which questions are kept, with their answers, recordings and files; 0: for ever.", .max = 36500),
    FIELD(scheduler_settings, transcriptions_keep_days, "Days for which transcriptions are kept, with their recordings; 0: for ever.", .max = 36500),
    FIELD(scheduler_settings, audit_keep_days,   "Days for which entries of the audit log are kept, rounded up to whole months; seven years when not set. 0: for ever.", .max = 36500),
    FIELD(scheduler_settings, audit_checkpoint_s, "Seconds between checkpoints of the audit log, when there is something new.", .min = 1, .max = 86400),
    FIELD(scheduler_settings, audit_sign_key,     "Ed25519 private key (PEM, PKCS #8) that signs them; without it they are not signed. Usually AUDIT_SIGN_KEY_FILE.", .secret = true),
    FIELD(scheduler_settings, audit_witness,      "File that each checkpoint is appended to, and beside it (.heads) the last link every 2 s; best on another machine. Empty: none."));

struct told { const char *id, *job_id, *user_id, *status, *error, *engine; int retry_count; bool mock; double confidence; int64_t text_length; };
SHAPE(told, "How a transcription ended.",
    FIELD(told, id,          "Its id."),
    FIELD(told, job_id,      "Its job."),
    FIELD(told, user_id,     "Whose it is."),
    FIELD(told, status,      "completed or failed."),
    FIELD(told, error,       "Why."),
    FIELD(told, engine,      "Which engine heard it."),
    FIELD(told, retry_count, "How often it has failed."),
    FIELD(told, mock,        "The text is invented."),
    FIELD(told, confidence,  "-1: not known."),
    FIELD(told, text_length, "Bytes."));

struct turned { int gone; };
SHAPE(turned, "What became of the partitions.", FIELD(turned, gone, "Months dropped."));

err_t lead_try(struct ctx *cx, bool *leads)
{
    struct leader row = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(leader_try), NO_ARGS, &leader_shape, &row, &found));
    *leads = row.leads;
    return OK;
}

/* Those who follow the topic hear of an end that no worker told. */
static void tell(struct ctx *cx, const struct job_end *end)
{
    metric_add(&looked, end->state, 1);
    relay_send(cx->daemon, &end->next);
    if (end->root_state && end->error)
        event_put(cx->daemon->events, end->job->root, "done",
                  arena_fmt(cx->arena, "{\"state\":\"%s\",\"error\":\"%s\"}", end->root_state, err_name(end->error->code)));
    if (end->error)
        log_event(cx, LOG_WARN, "job ended by the clock", LOG_TEXT("job", end->job->id), LOG_TEXT("kind", end->job->kind),
                  LOG_TEXT("state", end->state), LOG_TEXT("error", err_name(end->error->code)));
}

err_t lead_look(struct ctx *cx, int most, size_t *found)
{
    struct job_ends due = { 0 };

    *found = 0;
    TRY(jobs_due(cx, most, &due));
    for (size_t i = 0; i < due.ends.n; i++)
        tell(cx, &due.ends.at[i]);
    *found = due.ends.n;
    return OK;
}

err_t lead_tidy(struct ctx *cx, int keep_days)
{
    struct turned turned = { 0 };
    bool found;

    TRY(pg_do(cx, SQL(keys_expire), NO_ARGS));
    TRY(pg_do(cx, SQL(account_tokens_expire), NO_ARGS));
    TRY(pg_find(cx, SQL(partitions_turn), ARGS(keep_days), &turned_shape, &turned, &found));
    if (turned.gone)
        log_event(cx, LOG_INFO, "old jobs are gone", LOG_LONG("months", turned.gone), LOG_LONG("kept_days", keep_days));
    return OK;
}

static void tell_end(struct ctx *cx, const struct told *t)
{
    if (text_is(t->status, "completed"))
        log_event(cx, LOG_INFO, "transcription_completed", LOG_TEXT("transcription", t->id), LOG_TEXT("job", t->job_id), LOG_TEXT("user_id", t->user_id),
                  LOG_TEXT("engine", t->engine), LOG_LONG("text_length", t->text_length), LOG_TEXT("mock", t->mock ? "true" : "false"),
                  LOG_TEXT("confidence", t->confidence < 0 ? "" : arena_fmt(cx->arena, "%.3f", t->confidence)));
    else
        log_event(cx, LOG_INFO, "transcription_failed", LOG_TEXT("transcription", t->id), LOG_TEXT("job", t->job_id), LOG_TEXT("user_id", t->user_id),
                  LOG_TEXT("error", t->error), LOG_LONG("retry_count", t->retry_count));
}

err_t lead_tell_transcriptions(struct ctx *cx)
{
    struct { LIST_OF(struct told) rows; } told = { .rows = { NULL, 0 } };

    TRY(pg_list(cx, SQL(transcriptions_told), ARGS(FORGET_MOST), &told_shape, &told.rows));
    for (size_t i = 0; i < told.rows.n; i++)
        tell_end(cx, &told.rows.at[i]);
    return OK;
}

err_t lead_drop_files(struct ctx *cx)
{
    int64_t dropped;

    TRY(files_left_work(cx, FORGET_MOST, &dropped));
    if (dropped)
        log_event(cx, LOG_INFO, "files that nobody needs are gone", LOG_LONG("files", dropped));
    return OK;
}

static fallible forget_old(struct ctx *cx, struct when before)
{
    struct retained gone;
    int64_t asks = 0, files = 0;

    for (int i = 0; i < FORGET_BATCHES; i++) {
        TRY(retention_work(cx, before, FORGET_MOST, false, &gone));
        asks += gone.asks, files += gone.files;
        if (gone.asks < FORGET_MOST)
            break;
    }
    if (asks)
        log_event(cx, LOG_INFO, "old questions are gone", LOG_LONG("questions", asks), LOG_LONG("files", files));
    return OK;
}

err_t lead_forget(struct ctx *cx, int64_t now_ms, int keep_days)
{
    int64_t pending;

    TRY(erasures_work(cx, FORGET_MOST, &pending));
    if (pending)
        log_event(cx, LOG_INFO, "persons who left have left something", LOG_LONG("persons", pending));
    return keep_days ? forget_old(cx, (struct when){ now_ms - keep_days * (int64_t)DAY_MS }) : OK;
}

err_t lead_forget_transcriptions(struct ctx *cx, int64_t now_ms, int keep_days)
{
    int64_t gone = 0, all = 0;

    TRY(uploads_expire(cx));
    for (int i = 0; keep_days && i < FORGET_BATCHES; i++) {
        TRY(transcriptions_retire(cx, (struct when){ now_ms - keep_days * (int64_t)DAY_MS }, FORGET_MOST, &gone));
        all += gone;
        if (gone < FORGET_MOST)
            break;
    }
    if (all)
        log_event(cx, LOG_INFO, "old transcriptions are gone", LOG_LONG("transcriptions", all));
    return OK;
}

/* A month of which an entry has no link yet waits for it. */
err_t lead_retire(struct ctx *cx, int64_t now_ms, int keep_days)
{
    struct audit_months gone = { 0 };
    char day[CLOCK_ISO_BYTES];

    if (!keep_days)
        return OK;
    clock_iso(now_ms - keep_days * (int64_t)DAY_MS, day);
    TRY(audit_retire(cx, arena_fmt(cx->arena, "%.10s", day), false, &gone));
    for (size_t i = 0; i < gone.months.n; i++)
        if (!gone.months.at[i].unlinked)
            log_event(cx, LOG_INFO, "old entries of the audit log are gone", LOG_TEXT("month", gone.months.at[i].month),
                      LOG_LONG("entries", gone.months.at[i].entries), LOG_LONG("through", gone.months.at[i].through));
    return OK;
}
