#define _GNU_SOURCE
#include "net/pg_link.h"
#include "base/clock.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS    3000
#define STATEMENT_MS  30000
#define ARGS_MOST     12

struct rows { PGresult *result; };

static void result_drop(void *result) { PQclear(result); }

/* Wait for the socket; false when the time is over. */
static bool wait_socket(PGconn *c, short events, int64_t until_ms)
{
    struct pollfd p = { PQsocket(c), events, 0 };
    int64_t left = until_ms - clock_ms();
    int n;

    do
        n = poll(&p, 1, left < 0 ? 0 : (int)left);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/* --- connecting --- */

/* Of a connection string that it cannot read libpq quotes the whole, with the password. */
static const char *without_url(const char *text)
{
    bool of_server = text_starts(text, "connection to server") || text_starts(text, "could not translate host name");

    return of_server ? text : "PG_URL is not a connection string that can be read";
}

static err_t connect_until(struct ctx *cx, PGconn *c, int64_t until_ms)
{
    PostgresPollingStatusType want = PGRES_POLLING_WRITING;

    while (PQstatus(c) != CONNECTION_BAD && want != PGRES_POLLING_OK && want != PGRES_POLLING_FAILED) {
        if (!wait_socket(c, want == PGRES_POLLING_READING ? POLLIN : POLLOUT, until_ms))
            return fail(cx, PG_DOWN, "no connection to the database in time");
        want = PQconnectPoll(c);
    }
    if (PQstatus(c) != CONNECTION_OK || PQsetnonblocking(c, 1))
        return fail(cx, PG_DOWN, "no connection to the database: %s", without_url(PQerrorMessage(c)));
    return OK;
}

static void quiet(void *with, const char *message) { (void)with, (void)message; }

/* Statements are planned once a connection: they have one good plan each, and planning costs more than running them.
 * enable_seqscan=off: every one has its index, and a plan kept from when a table was empty must not read all of it once
 * it is large. tcp_user_timeout: a dead peer is noticed while bytes are unacknowledged. The server ends what we gave up.
 * gssencmode: by default libpq would load Kerberos and look for a ticket at every connection. */
err_t link_open(struct ctx *cx, const char *url, struct pg_conn **out)
{
    static const char *const keys[] = { "gssencmode", "dbname", "options", "keepalives_idle", "keepalives_interval", "keepalives_count",
                                        "tcp_user_timeout", "client_encoding", "fallback_application_name", NULL };
    const char *const values[] = { "disable", url, "-c timezone=UTC -c datestyle=ISO -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s "
                                   "-c jit=off -c enable_seqscan=off -c plan_cache_mode=force_generic_plan", "10", "5", "3", "15000", "UTF8", "palabre", NULL };
    PGconn *link = PQconnectStartParams(keys, values, 1);     /* what stands before the URL is its default */
    struct pg_conn *c = calloc(1, sizeof(*c));

    if (!link || !c)
        abort();
    c->link = link;
    PQsetNoticeProcessor(link, quiet, NULL);
    err_t e = connect_until(cx, link, clock_ms() + clock_left_ms(cx, CONNECT_MS));
    if (e)
        link_close(c);
    else
        *out = c;
    return e;
}

void link_close(struct pg_conn *c)
{
    PQfinish(c->link);
    free(c);
}

bool link_is_alive(struct pg_conn *c)
{
    struct pollfd p = { PQsocket(c->link), POLLIN, 0 };

    if (poll(&p, 1, 0) == 0)
        return true;
    return PQconsumeInput(c->link) && PQstatus(c->link) == CONNECTION_OK && !PQisBusy(c->link);
}

/* --- errors --- */

static const struct { const char *state; enum err_code code; } classes[] = {
    { "40001", E_PG_CONFLICT }, { "40P01", E_PG_CONFLICT }, { "55P03", E_PG_CONFLICT },
    { "23505", E_PG_DUPLICATE }, { "PA001", E_LAST_SUPER_ADMIN }, { "23502", E_PG_MISSING }, { "23503", E_PG_MISSING }, { "57014", E_TIMEOUT }, { "53300", E_PG_DOWN }, { "57P0", E_PG_DOWN },
    { "08", E_PG_DOWN }, { "53", E_PG_DOWN }, { "25006", E_PG_DOWN },     /* read-only: a fail-over is under way */
};

static err_t failed(struct ctx *cx, struct pg_conn *c, const struct sql *q, const PGresult *r)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    const char *text = r && *PQresultErrorMessage(r) ? PQresultErrorMessage(r) : PQerrorMessage(c->link);
    enum err_code code = state ? E_BUG : E_PG_DOWN;

    for (size_t i = 0; state && i < COUNT(classes); i++)
        if (text_starts(state, classes[i].state)) {
            code = classes[i].code;
            break;
        }
    if (code == E_PG_DOWN || PQstatus(c->link) != CONNECTION_OK)
        c->broken = true;
    return err_new(cx, c->broken ? E_PG_DOWN : code, __FILE__ ":" LINE(__LINE__), "%s: %.*s", q->name,
                   (int)strcspn(text, "\n"), text);
}

/* --- running --- */

/* The last result of what was sent; every other is cleared. */
static err_t await(struct ctx *cx, struct pg_conn *c, const struct sql *q, PGresult **out)
{
    int64_t until = clock_ms() + clock_left_ms(cx, STATEMENT_MS);
    int unsent;

    *out = NULL;
    while ((unsent = PQflush(c->link)) > 0)
        if (!wait_socket(c->link, POLLIN | POLLOUT, until) || !PQconsumeInput(c->link))
            break;
    for (;;) {
        while (!unsent && PQisBusy(c->link)) {
            if (!wait_socket(c->link, POLLIN, until))
                unsent = 1;
            else if (!PQconsumeInput(c->link))
                unsent = -1;
        }
        if (unsent) {
            c->broken = true;       /* an answer may still come: this connection is of no more use */
            PQclear(*out);
            *out = NULL;
            return unsent < 0 ? failed(cx, c, q, NULL) : fail(cx, PG_DOWN, "%s: no answer in time", q->name);
        }
        PGresult *r = PQgetResult(c->link);
        if (!r)
            return OK;
        PQclear(*out);
        *out = r;
    }
}

static err_t check(struct ctx *cx, struct pg_conn *c, const struct sql *q, PGresult *r)
{
    ExecStatusType got = PQresultStatus(r);

    return got == PGRES_COMMAND_OK || got == PGRES_TUPLES_OK ? OK : failed(cx, c, q, r);
}

static size_t slot_of(const struct pg_conn *c, const struct sql *q)
{
    size_t i = (uintptr_t)q / sizeof(*q) % COUNT(c->prepared);

    while (c->prepared[i] && c->prepared[i] != q)
        i = (i + 1) % COUNT(c->prepared);
    return i;
}

static err_t prepare(struct ctx *cx, struct pg_conn *c, const struct sql *q)
{
    size_t slot = slot_of(c, q);
    PGresult *r;

    if (c->prepared[slot])
        return OK;
    if (c->prepared_n >= (int)COUNT(c->prepared) - 1)
        return fail(cx, BUG, "more statements than a connection keeps");
    if (!PQsendPrepare(c->link, q->name, q->text, 0, NULL))
        return failed(cx, c, q, NULL);
    TRY(await(cx, c, q, &r));
    arena_own(cx->arena, r, result_drop);
    TRY(check(cx, c, q, r));
    c->prepared[slot] = q;
    c->prepared_n++;
    return OK;
}

static const struct sql begin = { "begin", "BEGIN", NULL, 0 };

static err_t send(struct ctx *cx, struct pg_conn *c, const struct trip *t)
{
    const char *values[ARGS_MOST];

    for (int i = 0; i < t->q->n; i++)
        values[i] = *t->args[i].room ? t->args[i].room : t->args[i].text;
    return PQsendQueryPrepared(c->link, t->q->name, t->q->n, values, NULL, NULL, 0) ? OK : failed(cx, c, t->q, NULL);
}

static err_t take_result(struct ctx *cx, struct pg_conn *c, struct trip *t)
{
    t->rows = NEW(cx, struct rows);
    TRY(await(cx, c, t->q, &t->rows->result));
    arena_own(cx->arena, t->rows->result, result_drop);
    return OK;
}

/* Several statements in one round trip; the first that fails keeps those behind it from being run. */
static err_t run_all(struct ctx *cx, struct pg_conn *c, struct trip *const *all, int n)
{
    struct trip sync = { .q = all[n - 1]->q };

    if (!PQenterPipelineMode(c->link))
        return failed(cx, c, sync.q, NULL);
    for (int i = 0; i < n; i++)
        TRY(send(cx, c, all[i]));
    if (!PQpipelineSync(c->link))
        return failed(cx, c, sync.q, NULL);
    for (int i = 0; i < n; i++)
        TRY(take_result(cx, c, all[i]));
    TRY(take_result(cx, c, &sync));
    return PQexitPipelineMode(c->link) ? OK : failed(cx, c, sync.q, NULL);
}

static err_t run_one(struct ctx *cx, struct pg_conn *c, struct trip *t)
{
    TRY(send(cx, c, t));
    return take_result(cx, c, t);
}

err_t link_run(struct ctx *cx, struct pg_conn *c, const struct sql *q, struct arg *args, struct rows **rows)
{
    struct trip first = { .q = &begin }, own = { .q = q, .args = args }, *all[LATER_MOST + 2];
    int n = 0;

    if (c->broken)
        return fail(cx, PG_DOWN, "%s: the connection is gone", q->name);
    if (q->n > ARGS_MOST)
        return fail(cx, BUG, "%s takes %d parameters", q->name, q->n);
    if (c->begin)
        all[n++] = &first;
    for (int i = 0; i < c->later_n; i++)
        all[n++] = &c->later[i];
    all[n++] = &own;
    for (int i = 0; i < n; i++)
        TRY(prepare(cx, c, all[i]->q));
    err_t e = n > 1 ? run_all(cx, c, all, n) : run_one(cx, c, &own);
    c->broken |= PQpipelineStatus(c->link) != PQ_PIPELINE_OFF;      /* left half way */
    c->begin = false;
    TRY(e);
    for (int i = 0; i < n; i++)
        TRY(check(cx, c, all[i]->q, all[i]->rows->result));
    *rows = own.rows;
    return OK;
}

bool link_rollback(struct pg_conn *c)
{
    static const struct sql rollback = { "rollback", "ROLLBACK", NULL, 0 };
    struct ctx cx = { .arena = arena_new(), .deadline_ms = clock_ms() + 1000 };
    struct rows *rows;

    c->later_n = 0;
    bool done = c->begin || PQtransactionStatus(c->link) == PQTRANS_IDLE || link_run(&cx, c, &rollback, NO_ARGS, &rows) == OK;

    arena_free(cx.arena);
    return done;
}

/* --- arguments --- */

struct arg arg_text(const char *v) { return (struct arg){ .text = v }; }

#define NUMBER_ARG(name, T, fmt, as)                          \
    struct arg name(T v)                                      \
    {                                                         \
        struct arg a = { .text = "" };                        \
        snprintf(a.room, sizeof(a.room), fmt, (as)v);         \
        return a;                                             \
    }
NUMBER_ARG(arg_int, int, "%d", int)
NUMBER_ARG(arg_long, int64_t, "%lld", long long)
NUMBER_ARG(arg_real, double, "%.17g", double)
struct arg arg_bool(bool v) { return arg_text(v ? "t" : "f"); }

struct arg arg_when(struct when v)
{
    struct arg a = { .text = NULL };

    if (v.ms)
        clock_iso(v.ms, a.room);
    return a;
}

const char *pg_array(struct ctx *cx, const char *const *at, size_t n)
{
    struct text to = text_new(cx->arena, n * 40 + 16, 256u << 20);

    text_char(&to, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            text_char(&to, ',');
        if (!at[i]) {
            text_add(&to, "NULL", 4);
            continue;
        }
        text_char(&to, '"');
        for (const char *c = at[i], *plain; *c; c = plain + !!*plain) {
            plain = c + strcspn(c, "\"\\");
            text_add(&to, c, (size_t)(plain - c));
            if (*plain) {
                text_char(&to, '\\');
                text_char(&to, *plain);
            }
        }
        text_char(&to, '"');
    }
    text_char(&to, '}');
    return to.at;
}

/* --- rows --- */

size_t rows_count(const struct rows *rows) { return (size_t)PQntuples(rows->result); }

#define COLUMNS_MOST 64

err_t rows_read(struct ctx *cx, const struct sql *q, const struct rows *rows, const struct shape *s, void *out, size_t n)
{
    const struct field *fields[COLUMNS_MOST];
    int columns = PQnfields(rows->result);

    if (columns > COLUMNS_MOST)
        return fail(cx, BUG, "%s: %d columns", q->name, columns);
    for (int c = 0; c < columns; c++) {
        const char *name = PQfname(rows->result, c);
        if (!(fields[c] = shape_field(s, name, strlen(name))))
            return fail(cx, BUG, "%s: column %s is not in %s", q->name, name, s->name);
    }
    for (size_t i = 0; i < n; i++) {
        for (int c = 0; c < columns; c++) {
            if (PQgetisnull(rows->result, (int)i, c))
                continue;
            const char *flaw = field_load(cx, fields[c], (char *)out + i * s->size, PQgetvalue(rows->result, (int)i, c),
                                          (size_t)PQgetlength(rows->result, (int)i, c));
            if (flaw)
                return fail(cx, BUG, "%s: column %s %s", q->name, fields[c]->name, flaw);
        }
    }
    return OK;
}

/* --- the check of every statement --- */

/* OIDs of the types a kind may come from: pg_type.dat of PostgreSQL. */
static bool column_fits(enum kind kind, Oid type)
{
    static const Oid fits[][6] = {
        [TEXT] = { 25, 1043, 2950, 19 }, [INT] = { 23, 21 }, [LONG] = { 20, 23 }, [REAL] = { 701, 700, 1700 },
        [BOOL] = { 16 }, [WHEN] = { 1184 }, [RAW] = { 3802, 114 }, [LIST] = { 0 },
    };

    for (size_t i = 0; i < COUNT(fits[0]); i++)
        if (fits[kind][i] && fits[kind][i] == type)
            return true;
    return false;
}

static err_t check_columns(struct ctx *cx, const struct sql *q, const PGresult *says)
{
    const struct shape *s = q->gives ? shape_named(q->gives) : NULL;

    if (q->gives && !s)
        return fail(cx, BUG, "%s: there is no shape %s", q->name, q->gives);
    if (PQnparams(says) != q->n)
        return fail(cx, BUG, "%s takes %d parameters, its text names %d", q->name, PQnparams(says), q->n);
    for (int c = 0; s && c < PQnfields(says); c++) {
        const char *name = PQfname(says, c);
        const struct field *f = shape_field(s, name, strlen(name));
        if (!f)
            return fail(cx, BUG, "%s: column %s is not in %s", q->name, name, s->name);
        if (!column_fits(f->kind, PQftype(says, c)))
            return fail(cx, BUG, "%s: column %s has type %u, which %s.%s cannot hold", q->name, name, PQftype(says, c), s->name, f->name);
    }
    return OK;
}

/* The linker lays every statement's address in one section and names its borders. */
extern const struct sql *const __start_statements[] __attribute__((weak));
extern const struct sql *const __stop_statements[] __attribute__((weak));

err_t pg_check_all(struct ctx *cx, int *checked)
{
    struct arena *session = arena_own(cx->arena, arena_new(), (void (*)(void *))arena_free);
    PGresult *r;

    TRY(pg_hold(cx, session));
    struct pg_conn *c = cx->tx;
    cx->tx = NULL;
    *checked = 0;
    for (const struct sql *const *q = __start_statements; q < __stop_statements; q++, ++*checked) {
        TRY(prepare(cx, c, *q));
        if (!PQsendDescribePrepared(c->link, (*q)->name))
            return failed(cx, c, *q, NULL);
        TRY(await(cx, c, *q, &r));
        arena_own(cx->arena, r, result_drop);
        TRY(check(cx, c, *q, r));
        TRY(check_columns(cx, *q, r));
    }
    return OK;
}
