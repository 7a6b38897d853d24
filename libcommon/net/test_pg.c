/* Transactions against a real database. */
#include "test.h"

#include "base/clock.h"
#include "net/pg.h"
#include "net/pg_link.h"

#include <stdlib.h>
#include <string.h>

struct pg_count { int64_t n; };
extern const struct shape pg_count_shape;
SHAPE(pg_count, "A number.", FIELD(pg_count, n, "It."));

static const struct sql make   = { "test_pg_make", "CREATE TABLE IF NOT EXISTS test_pg (id text PRIMARY KEY)", NULL, 0 };
static const struct sql put    = { "test_pg_put", "INSERT INTO test_pg (id) VALUES ($1)", NULL, 1 };
static const struct sql wipe   = { "test_pg_wipe", "DELETE FROM test_pg", NULL, 0 };
static const struct sql count  = { "test_pg_count", "SELECT count(*) AS n FROM test_pg", "pg_count", 0 };
static const struct sql in_tx  = { "test_pg_in_tx", "SELECT (pg_current_xact_id_if_assigned() IS NOT NULL)::int::bigint AS n", "pg_count", 0 };
static const struct sql kill_me = { "test_pg_kill", "SELECT pg_terminate_backend(pg_backend_pid())", NULL, 0 };

static void need_table(struct ctx *cx)
{
    if (!cx->pg)
        skip("no PG_URL");
    NEED_OK(pg_do(cx, &make, NO_ARGS));
    NEED_OK(pg_do(cx, &wipe, NO_ARGS));
}

static int64_t number(struct ctx *cx, const struct sql *q)
{
    struct pg_count got = { -1 };
    bool found;

    CHECK_OK(pg_find(cx, q, NO_ARGS, &pg_count_shape, &got, &found));
    return got.n;
}

/* What others see meanwhile. */
static int64_t outside(struct ctx *cx)
{
    struct ctx other = *cx;

    other.tx = NULL;
    return number(&other, &count);
}

TEST(a_transaction_is_seen_after_its_commit_and_not_before)
{
    need_table(cx);
    NEED_OK(pg_begin(cx));
    CHECK_OK(pg_do(cx, &put, ARGS("a")));
    CHECK_INT(number(cx, &in_tx), 1);
    CHECK_OK(pg_do(cx, &put, ARGS("b")));
    CHECK_INT(outside(cx), 0);
    CHECK_OK(pg_commit(cx));
    CHECK_INT(outside(cx), 2);
}

TEST(what_is_undone_was_never_there)
{
    need_table(cx);
    NEED_OK(pg_begin(cx));
    CHECK_OK(pg_do(cx, &put, ARGS("a")));
    pg_undo(cx);
    CHECK_INT(number(cx, &count), 0);
    CHECK_OK(pg_do(cx, &put, ARGS("b")));       /* the connection is as good as before */
    CHECK_INT(outside(cx), 1);
}

TEST(a_transaction_without_a_statement_is_none)
{
    need_table(cx);
    NEED_OK(pg_begin(cx));
    CHECK_OK(pg_commit(cx));
    NEED_OK(pg_begin(cx));
    pg_undo(cx);
    CHECK_OK(pg_do(cx, &put, ARGS("a")));       /* on the same connection, and outside of any transaction */
    CHECK_INT(outside(cx), 1);
}

TEST(a_transaction_whose_first_statement_fails_leaves_nothing_behind)
{
    need_table(cx);
    CHECK_OK(pg_do(cx, &put, ARGS("a")));
    NEED_OK(pg_begin(cx));
    CHECK_FAILS(pg_do(cx, &put, ARGS("a")), PG_DUPLICATE);
    CHECK_FAILS(pg_do(cx, &put, ARGS("b")), BUG);     /* an aborted transaction takes nothing more */
    pg_undo(cx);
    CHECK_OK(pg_do(cx, &put, ARGS("b")));
    CHECK_INT(outside(cx), 2);
}

TEST(statements_that_may_wait_go_out_with_the_next_or_with_the_commit)
{
    struct pg_count got = { -1 };
    struct { LIST_OF(struct pg_count) rows; } all = { 0 };

    need_table(cx);
    NEED_OK(pg_begin(cx));
    CHECK_OK(pg_later(cx, &put, ARGS("a"), NULL, NULL, false));
    CHECK_OK(pg_later(cx, &count, NO_ARGS, &pg_count_shape, &got, false));
    CHECK_INT(got.n, -1);
    CHECK_OK(pg_do(cx, &put, ARGS("b")));
    CHECK_INT(got.n, 1);                                                    /* the table as it was in its turn */
    CHECK_OK(pg_later(cx, &count, NO_ARGS, &pg_count_shape, &all, true));
    CHECK_OK(pg_commit(cx));
    NEED_OK(all.rows.n == 1 ? OK : fail(cx, BUG, "%zu rows", all.rows.n));
    CHECK_INT(all.rows.at[0].n, 2);
    CHECK_INT(outside(cx), 2);
}

TEST(statements_that_cannot_wait_are_sent_at_once)
{
    static const char *const words[] = { "b", "c", "d", "e", "f", "g", "h", "i" };
    struct pg_count got = { -1 };

    need_table(cx);
    CHECK_OK(pg_later(cx, &put, ARGS("a"), NULL, NULL, false));             /* outside of a transaction */
    CHECK_INT(outside(cx), 1);
    CHECK_OK(pg_later(cx, &count, NO_ARGS, &pg_count_shape, &got, false));
    CHECK_INT(got.n, 1);
    NEED_OK(pg_begin(cx));
    for (size_t i = 0; i < COUNT(words); i++)                               /* more than wait together */
        CHECK_OK(pg_later(cx, &put, ARGS(words[i]), NULL, NULL, false));
    CHECK_OK(pg_commit(cx));
    CHECK_INT(outside(cx), 1 + (int)COUNT(words));
}

TEST(a_statement_that_waited_and_fails_is_told_by_the_commit)
{
    need_table(cx);
    CHECK_OK(pg_do(cx, &put, ARGS("a")));
    NEED_OK(pg_begin(cx));
    CHECK_OK(pg_later(cx, &put, ARGS("b"), NULL, NULL, false));
    CHECK_OK(pg_later(cx, &put, ARGS("a"), NULL, NULL, false));
    CHECK_FAILS(pg_commit(cx), PG_DUPLICATE);
    CHECK_INT(outside(cx), 1);
    NEED_OK(pg_begin(cx));
    CHECK_OK(pg_later(cx, &put, ARGS("c"), NULL, NULL, false));
    pg_undo(cx);                                                            /* it never went out */
    CHECK_OK(pg_do(cx, &put, ARGS("d")));
    CHECK_INT(outside(cx), 2);
}

TEST(a_transaction_left_open_ends_with_its_arena)
{
    struct arena *a;

    need_table(cx);
    for (int statements = 0; statements < 3; statements++) {
        struct ctx brief = *cx;
        brief.arena = a = arena_new();
        NEED_OK(pg_begin(&brief));
        for (int i = 0; i < statements; i++)
            CHECK_OK(pg_do(&brief, &put, ARGS(i ? "a" : "b")));
        arena_free(a);
        CHECK_INT(number(cx, &count), 0);
    }
}

TEST(a_connection_that_dies_at_the_first_statement_is_told_and_replaced)
{
    need_table(cx);
    NEED_OK(pg_begin(cx));
    CHECK_FAILS(pg_do(cx, &kill_me, NO_ARGS), PG_DOWN);
    CHECK_FAILS(pg_commit(cx), PG_DOWN);
    CHECK_OK(pg_do(cx, &put, ARGS("a")));
    CHECK_INT(outside(cx), 1);
}

static const struct sql sessions = { "test_pg_sessions", "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'burst'", "pg_count", 0 };

/* Several at a time, each in a transaction of its own; then one at a time. */
TEST(connections_that_a_burst_has_opened_are_closed_when_nobody_needs_them)
{
    const char *url = getenv("PG_URL");
    struct ctx all[4], calm = { .arena = cx->arena };

    need_table(cx);
    struct pg *pg = pg_open(cx->arena, arena_fmt(cx->arena, "%s%capplication_name=burst", url, strchr(url, '?') ? '&' : '?'), 8);
    pool_rest(pg, 300);
    for (size_t i = 0; i < COUNT(all); i++) {
        all[i] = (struct ctx){ .arena = cx->arena, .pg = pg };
        CHECK_OK(pg_begin(&all[i]));
        number(&all[i], &in_tx);
    }
    CHECK_INT(number(cx, &sessions), COUNT(all));
    for (size_t i = 0; i < COUNT(all); i++)
        CHECK_OK(pg_commit(&all[i]));
    calm.pg = pg;
    for (int i = 0; i < 45 && number(cx, &sessions) > 1; i++) {
        number(&calm, &count);
        clock_sleep_ms(100);
    }
    CHECK_INT(number(cx, &sessions), 1);
}
