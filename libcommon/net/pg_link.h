/* One connection to PostgreSQL, for pg.c: statements prepared once on it, results awaited by poll(2)
 * against a deadline. libpq is known in pg_link.c alone. */
#pragma once

#include "net/pg.h"

struct rows;                        /* a result; its values live as long as cx's arena */

#define LATER_MOST 4

/* A statement on its way: what it takes, and what becomes of its rows. */
struct trip { const struct sql *q; struct arg *args; const struct shape *s; void *out; bool list; struct rows *rows; };

struct pg_conn {
    struct pg_conn *next;
    void    *link;                  /* PGconn */
    bool     broken;                /* never used again */
    bool     begin;                 /* the next statement opens a transaction */
    int64_t  rested_ms;             /* since when it is idle */
    struct pg_conn **owner;         /* where the transaction that holds it names it */
    const struct sql *prepared[512];    /* open addressing by address */
    int      prepared_n;
    struct trip later[LATER_MOST];  /* to go out with the next statement */
    int      later_n;
};

void     pool_rest(struct pg *pg, int64_t ms);     /* for the tests: how long what a burst has opened may rest */
fallible link_open(struct ctx *cx, const char *url, struct pg_conn **out);
void     link_close(struct pg_conn *c);
bool     link_is_alive(struct pg_conn *c);      /* the server has not closed it, as far as we can see */
bool     link_rollback(struct pg_conn *c);      /* waits a second at most */
/* One statement; BEGIN and those that wait go out before it in the same round trip, and their rows are in c->later. */
fallible link_run(struct ctx *cx, struct pg_conn *c, const struct sql *q, struct arg *args, struct rows **rows);

size_t   rows_count(const struct rows *rows);
fallible rows_read(struct ctx *cx, const struct sql *q, const struct rows *rows, const struct shape *s, void *out, size_t n);
