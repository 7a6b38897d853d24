/* Jobs as the operator sees them. */
#include "ctl.h"
#include "inputs.h"
#include "print.h"
#include "rows.h"
#include "app/jobs.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

COMMAND(jobs_list, jobs_list_in)
{
    struct account owner = { 0 };
    struct job_rows all = { 0 };
    bool found = true;

    if (in->owner)
        TRY(pg_find(c->cx, SQL(account_find), ARGS(in->owner), &account_shape, &owner, &found));
    if (!found)
        return fail(c->cx, USER_UNKNOWN, "there is no account %s", in->owner);
    TRY(pg_list(c->cx, SQL(jobs_page), ARGS(in->state, in->kind, owner.id, in->before, in->roots, in->limit), &job_row_shape, &all.rows));
    print_rows(c, in->json, &job_row_shape, "id step kind lane state percent attempt created_at owner error", &all.rows);
    return OK;
}

COMMAND(jobs_dead, jobs_dead_in)
{
    struct dead_jobs all = { 0 };

    TRY(pg_list(c->cx, SQL(jobs_dead), ARGS(in->error, in->kind, true, in->limit), &dead_job_shape, &all.rows));
    print_rows(c, in->json, &dead_job_shape, "id kind failed_kind state attempt finished_at owner error error_text", &all.rows);
    return OK;
}

COMMAND(jobs_counts, jobs_counts_in)
{
    struct job_counts all = { 0 };

    TRY(pg_list(c->cx, SQL(jobs_counts), NO_ARGS, &job_count_shape, &all.rows));
    print_rows(c, in->json, &job_count_shape, "service lane state jobs oldest_s", &all.rows);
    return OK;
}

/* --- one job --- */

static fallible find_whole(struct ctl *c, const char *id, struct job_told *out)
{
    struct { LIST_OF(struct job_whole) rows; } all = { { 0 } };

    TRY(pg_list(c->cx, SQL(flow_rows), ARGS(id), &job_whole_shape, &all.rows));
    if (!all.rows.n)
        return fail(c->cx, JOB_UNKNOWN, "there is no job %s", id);
    out->job = all.rows.at[0];
    out->steps.at = all.rows.at + 1;
    out->steps.n = all.rows.n - 1;
    TRY(pg_list(c->cx, SQL(flow_effects), ARGS(out->job.id), &job_effect_shape, &out->effects));
    return pg_list(c->cx, SQL(flow_reasons), ARGS(out->job.id), &job_reason_shape, &out->explain);
}

static void without_data(struct job_whole *job)
{
    job->input.text = job->result.text = NULL;
}

static void part(struct ctl *c, const char *title, const struct shape *s, const char *columns, const void *list)
{
    if (!((const struct list *)list)->n)
        return;
    fprintf(c->out, "\n%s\n", title);
    print_rows(c, false, s, columns, list);
}

/* Those of the steps that met an error. */
static struct list steps_failed(struct ctl *c, const struct job_told *told)
{
    struct job_whole *failed = NEWS(c->cx, struct job_whole, told->steps.n);
    struct list list = { failed, 0 };

    for (size_t i = 0; i < told->steps.n; i++)
        if (told->steps.at[i].error)
            failed[list.n++] = told->steps.at[i];
    return list;
}

COMMAND(jobs_show, job_show_in)
{
    struct job_told told = { .steps = { .n = 0 } };

    TRY(find_whole(c, in->id, &told));
    if (!in->data)
        without_data(&told.job);
    for (size_t i = 0; !in->data && i < told.steps.n; i++)
        without_data(&told.steps.at[i]);
    if (in->json) {
        print_json(c, &job_told_shape, &told);
        return OK;
    }
    struct list failed = steps_failed(c, &told);
    print_row(c, &job_whole_shape, "id kind lane state owner percent attempt attempts_most worker error error_text created_at "
              "started_at finished_at run_after lease_until look_at deadline_at trace input result", &told.job);
    part(c, "Steps", &job_whole_shape, "place step id kind state percent attempt attempts_most started_at finished_at run_after "
         "lease_until worker", &told.steps);
    part(c, "Errors of steps", &job_whole_shape, "step error error_text", &failed);
    part(c, "Effects", &job_effect_shape, "step name state attempt cost_micro begun_at ended_at error", &told.effects);
    part(c, "Why", &job_reason_shape, "step why", &told.explain);
    return OK;
}
