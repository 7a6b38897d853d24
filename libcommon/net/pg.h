/* PostgreSQL: a pool of connections, prepared statements named after their files, rows into shapes. */
#pragma once

#include "data/shape.h"

/* Made from sql/<name>.sql at build. `gives` is the shape its comment names after "Gives", or NULL. */
struct sql { const char *name, *text, *gives; int n; };

struct arg { const char *text; char room[40]; };

struct arg arg_text(const char *v);         /* NULL: SQL null */
struct arg arg_int(int v);
struct arg arg_long(int64_t v);
struct arg arg_real(double v);
struct arg arg_bool(bool v);
struct arg arg_when(struct when v);         /* 0: null */

#define ARG(v) _Generic((v), const char *: arg_text, char *: arg_text, int: arg_int, int64_t: arg_long, \
                        double: arg_real, bool: arg_bool, struct when: arg_when)(v)

#define EACH_1(m, a)       m(a)
#define EACH_2(m, a, ...)  m(a), EACH_1(m, __VA_ARGS__)
#define EACH_3(m, a, ...)  m(a), EACH_2(m, __VA_ARGS__)
#define EACH_4(m, a, ...)  m(a), EACH_3(m, __VA_ARGS__)
#define EACH_5(m, a, ...)  m(a), EACH_4(m, __VA_ARGS__)
#define EACH_6(m, a, ...)  m(a), EACH_5(m, __VA_ARGS__)
#define EACH_7(m, a, ...)  m(a), EACH_6(m, __VA_ARGS__)
#define EACH_8(m, a, ...)  m(a), EACH_7(m, __VA_ARGS__)
#define EACH_9(m, a, ...)  m(a), EACH_8(m, __VA_ARGS__)
#define EACH_10(m, a, ...) m(a), EACH_9(m, __VA_ARGS__)
#define EACH_11(m, a, ...) m(a), EACH_10(m, __VA_ARGS__)
#define EACH_12(m, a, ...) m(a), EACH_11(m, __VA_ARGS__)
#define PICK_(a, b, c, d, e, f, g, h, i, j, k, l, n, ...)  EACH_##n
#define PICK(...)          PICK_(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

#define SQL(name)     (&sql_##name)
#define ARGS(...)     ((struct arg[]){ PICK(__VA_ARGS__)(ARG, __VA_ARGS__) })
#define NO_ARGS       ((struct arg *)NULL)      /* the statement knows how many it takes */

/* Opened lazily: connections are made when needed, at most `most` at a time. */
struct pg *pg_open(struct arena *a, const char *url, int most);
bool       pg_is_up(struct ctx *cx);        /* one round trip, at most a second */

/* No row wanted; the first row, `found` telling whether there was one; every row (at most 100,000).
 * PG_DOWN, PG_CONFLICT, PG_DUPLICATE, PG_MISSING (a null or unknown reference), OVERLOADED (no connection free within the deadline), BUG. */
fallible pg_do(struct ctx *cx, const struct sql *q, struct arg *args);
fallible pg_find(struct ctx *cx, const struct sql *q, struct arg *args, const struct shape *s, void *out, bool *found);
fallible pg_list(struct ctx *cx, const struct sql *q, struct arg *args, const struct shape *s, void *out);

/* A transaction: statements of cx go to one connection until the commit. Left open, it is rolled back
 * when the arena dies. pg_undo ends it without effect. */
fallible pg_begin(struct ctx *cx);
fallible pg_commit(struct ctx *cx);
/* A statement whose answer is not needed before the next is sent: in a transaction it goes out with the next one, or with the
 * commit, in one round trip; `out` is filled then (the first row, or with `list` a struct list of all), and an error of it is
 * that call's. Outside of one, or when enough wait already, it is sent at once. `s` NULL: no row wanted. */
fallible pg_later(struct ctx *cx, const struct sql *q, struct arg *args, const struct shape *s, void *out, bool list);
void     pg_undo(struct ctx *cx);

/* Hold a session of one's own for as long as `a` lives (advisory locks, LISTEN); it becomes cx->tx.
 * Gone when the server restarts: every later statement says PG_DOWN. */
fallible pg_hold(struct ctx *cx, struct arena *a);

/* A PostgreSQL array literal of n texts, for unnest($1::uuid[]). NULL items are SQL null. */
const char *pg_array(struct ctx *cx, const char *const *at, size_t n);

/* For the tests: every statement linked in must prepare, and give its shape's columns and types. */
fallible pg_check_all(struct ctx *cx, int *checked);
