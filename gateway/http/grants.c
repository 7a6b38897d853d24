#include "http/grants.h"
#include "base/clock.h"
#include "net/pg.h"
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FRESH_MS 5000                   /* a row that was changed counts after so long at the latest */
#define RETRY_MS 1000

struct grant_row { const char *role, *permission; };
struct grant_rows { LIST_OF(struct grant_row) rows; };
extern const struct shape grant_row_shape;
SHAPE(grant_row, "A role may do something.",
    FIELD(grant_row, role,       "Who."),
    FIELD(grant_row, permission, "What."));

/* The rows, sorted; they live in an arena of their own until newer ones have come. */
static struct {
    pthread_mutex_t lock;               /* guards all of it */
    struct arena *arena;
    struct grant_rows known;
    int64_t until_ms;
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int compare(const void *a, const void *b)
{
    const struct grant_row *one = a, *two = b;
    int by_role = strcmp(one->role, two->role);

    return by_role ? by_role : strcmp(one->permission, two->permission);
}

static fallible read_rows(struct ctx *cx, struct arena *home, struct grant_rows *out)
{
    struct ctx own = { .arena = home, .pg = cx->pg };
    err_t e = pg_list(&own, SQL(grants_list), NO_ARGS, &grant_row_shape, &out->rows);

    if (e)
        return err_new(cx, e->code, e->where, "%s", e->text);
    qsort(out->rows.at, out->rows.n, sizeof(*out->rows.at), compare);
    return OK;
}

/* One thread reads them again, the others go on with what is known; old rows serve while the database is away. */
static fallible refresh(struct ctx *cx)
{
    struct arena *home = arena_new(), *old = home;
    struct grant_rows rows = { 0 };
    err_t e = read_rows(cx, home, &rows);

    pthread_mutex_lock(&table.lock);
    if (!e) {
        old = table.arena;
        table.arena = home, table.known = rows;
        table.until_ms = clock_ms() + FRESH_MS;
    }
    bool serves = table.arena != NULL;
    pthread_mutex_unlock(&table.lock);
    arena_free(old);
    return serves ? OK : e;
}

static bool is_stale(void)
{
    pthread_mutex_lock(&table.lock);
    bool stale = !table.arena || table.until_ms < clock_ms();
    if (stale && table.arena)
        table.until_ms = clock_ms() + RETRY_MS;
    pthread_mutex_unlock(&table.lock);
    return stale;
}

static bool has(const char *role, const char *permission)
{
    const struct grant_row wanted = { role, permission };

    return table.known.rows.n && bsearch(&wanted, table.known.rows.at, table.known.rows.n, sizeof(wanted), compare);
}

err_t grant_find(struct ctx *cx, const char *role, const char *permission, enum grant *out)
{
    const char *own = arena_fmt(cx->arena, "%s:own", permission);

    if (is_stale())
        TRY(refresh(cx));
    pthread_mutex_lock(&table.lock);
    *out = has(role, permission) || has(role, "*") ? ANY : has(role, own) ? OWN : DENIED;
    pthread_mutex_unlock(&table.lock);
    return OK;
}

static bool names(const char *scope, const char *permission, const char *tail)
{
    size_t n = strlen(permission), tail_n = strlen(tail);

    for (const char *at = scope; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (len == n + tail_n && !memcmp(at, permission, n) && !memcmp(at + n, tail, tail_n))
            return true;
    }
    return false;
}

enum grant grant_within(const char *scope, const char *permission, enum grant most)
{
    if (!scope || names(scope, permission, ""))
        return most;
    return most != DENIED && names(scope, permission, ":own") ? OWN : DENIED;
}
