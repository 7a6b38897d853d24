#include "app/test_jobs_tools.h"

void need_pg(struct ctx *cx)
{
    if (!cx->pg)
        skip("no PG_URL");
}

struct ticket put(struct ctx *cx, const char *kind)
{
    struct job_new n = { .kind = kind, .input = "{\"a\":1}" };
    struct ticket t = { 0 };

    CHECK_OK(job_put(cx, &n, &t));
    return t;
}

struct job claim_one(struct ctx *cx, const char *id, const char *worker)
{
    struct jobs got = { 0 };

    CHECK_OK(jobs_claim(cx, worker, &id, 1, &got));
    CHECK_INT(got.jobs.n, 1);
    return got.jobs.n ? got.jobs.at[0] : (struct job){ .id = id, .root = id, .kind = "" };
}

struct job find(struct ctx *cx, const char *id)
{
    struct job j = { 0 };
    bool found;

    CHECK_OK(job_find(cx, id, &j, &found));
    CHECK(found);
    return j;
}

static struct job_step steps[] = {
    { .step = "one", .kind = "x.one", .input = { "{\"own\":true}" } },
    { .step = "two", .kind = "y.two", .input = { "{\"voice\":\"v\"}" }, .takes = { "{\"text\":\"one.said\",\"gone\":\"one.absent\"}" }, .optional = true },
    { .step = "three", .kind = "z.three", .takes = { "{\"said\":\"one.said\",\"file\":\"two.file\"}" }, .lane = "quick" },
};

struct ticket put_flow(struct ctx *cx, const char **root)
{
    struct job_new n = { .kind = "flow.test", .input = "{}", .steps = { steps, COUNT(steps) } };
    struct ticket t = { 0 };

    *root = n.id = uuid_make(cx);
    CHECK_OK(job_put(cx, &n, &t));
    return t;
}
