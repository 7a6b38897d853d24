#include "test_tools.h"
#include "net/pg.h"

#include <stdlib.h>

#define WORDS_MOST 64

struct told tell_with(struct ctx *cx, const char *input, const char *const *words)
{
    char *argv[WORDS_MOST] = { (char []){ "palabrectl" } }, *out = NULL, *err = NULL;
    size_t out_n, err_n;
    int argc = 1;
    struct ctx own = { .arena = arena_new() };
    struct ctl c = { .cx = &own, .out = open_memstream(&out, &out_n), .err = open_memstream(&err, &err_n), .dir = "/dev/null/no" };

    c.in = input ? fmemopen(arena_text(cx->arena, input, strlen(input)), strlen(input), "r") : fopen("/dev/null", "r");
    if (getenv("TEST_DIR"))
        c.dir = getenv("TEST_DIR");
    while (words[argc - 1] && argc < WORDS_MOST - 1) {
        argv[argc] = arena_text(cx->arena, words[argc - 1], strlen(words[argc - 1]));
        argc++;
    }
    struct told told = { .status = ctl_run(&c, argc, argv) };
    fclose(c.in), fclose(c.out), fclose(c.err);
    arena_free(own.arena);
    told.out = arena_text(cx->arena, out, out_n);
    told.err = arena_text(cx->arena, err, err_n);
    free(out), free(err);
    return told;
}

/* Rows of the statements that tests write. */
struct test_row { const char *value; };
extern const struct shape test_row_shape;
SHAPE(test_row, "One text.", FIELD(test_row, value, "It."));

static struct sql *statement(struct ctx *cx, const char *text)
{
    static int count;
    struct sql *q = NEW(cx, struct sql);

    *q = (struct sql){ arena_fmt(cx->arena, "test_%d", count++), text, NULL, !!strstr(text, "$1") + !!strstr(text, "$2") };
    return q;
}

void sql_do(struct ctx *cx, const char *text, const char *one, const char *two)
{
    CHECK_OK(pg_do(cx, statement(cx, text), ARGS(one, two)));
}

const char *sql_text(struct ctx *cx, const char *text, const char *one)
{
    struct test_row row = { .value = "" };
    bool found;

    CHECK_OK(pg_find(cx, statement(cx, arena_fmt(cx->arena, "SELECT (%s)::text AS value", text)), ARGS(one, one), &test_row_shape, &row, &found));
    return row.value;
}

void need_pg(struct ctx *cx)
{
    if (!cx->pg)
        skip("no PG_URL");
    if (!text_starts(sql_text(cx, "SELECT current_database()", NULL), "test_"))
        skip("PG_URL names no database of a test run (test_...): its tables would be emptied");
    sql_do(cx, "TRUNCATE jobs, outbox, effects, users, token_ends CASCADE", NULL, NULL);
}

const char *make_job(struct ctx *cx, const char *kind, const char *owner)
{
    struct job_new new = { .kind = kind, .owner = owner, .lane = LIVE, .input = "{\"text\":\"private words\"}" };
    struct ticket ticket;

    CHECK_OK(job_put(cx, &new, &ticket));
    return ticket.job_id;
}

const char *make_flow(struct ctx *cx)
{
    static struct job_step steps[] = { { .step = "hear", .kind = "stt.transcribe", .input = { "{}" } }, { .step = "answer", .kind = "llm.answer", .input = { "{}" } } };
    struct job_new new = { .kind = "flow.ask", .lane = LIVE, .steps = { steps, 2 } };
    struct ticket ticket;

    CHECK_OK(job_put(cx, &new, &ticket));
    return sql_text(cx, "SELECT root FROM jobs WHERE id = $1::uuid", ticket.job_id);
}

const char *step_of(struct ctx *cx, const char *root)
{
    return sql_text(cx, "SELECT id FROM jobs WHERE root = $1::uuid AND step IS NOT NULL ORDER BY place DESC LIMIT 1", root);
}

void fail_job(struct ctx *cx, const char *id, const char *state, const char *error, const char *text)
{
    sql_do(cx, arena_fmt(cx->arena, "UPDATE jobs SET state = '%s', attempt = 3, worker = 'stt@test:1', started_at = clock_timestamp(), "
                         "finished_at = clock_timestamp(), due_at = NULL, error = $2, error_text = %s WHERE id = $1::uuid OR id = "
                         "(SELECT root FROM jobs WHERE id = $1::uuid)", state, text ? text : "NULL"), id, error);
}
