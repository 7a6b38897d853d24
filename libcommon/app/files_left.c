#include "app/files_left.h"
#include "net/blob.h"
#include "net/pg.h"
#include "sql.h"

struct file_left { const char *key; };
SHAPE(file_left, "A file that nobody needs.", FIELD(file_left, key, "Its key."));

err_t files_left_note(struct ctx *cx, const char *key, int64_t in_s)
{
    return pg_do(cx, SQL(file_left_note), ARGS(key, in_s));
}

err_t files_left_keep(struct ctx *cx, const char *key)
{
    return pg_later(cx, SQL(file_left_keep), ARGS(key), NULL, NULL, false);
}

/* The file before its note: what is cut short is done again. A key that is none of the store's is nobody's file. */
err_t files_left_work(struct ctx *cx, int most, int64_t *dropped)
{
    struct { LIST_OF(struct file_left) rows; } due = { .rows = { NULL, 0 } };

    *dropped = 0;
    TRY(pg_list(cx, SQL(files_left_due), ARGS(most), &file_left_shape, &due.rows));
    for (size_t i = 0; i < due.rows.n; i++) {
        err_t e = blob_drop(cx, due.rows.at[i].key);
        if (e && e->code != E_INPUT_INVALID && e->code != E_FILE_UNKNOWN)
            return e;
        TRY(pg_do(cx, SQL(file_left_keep), ARGS(due.rows.at[i].key)));
        ++*dropped;
    }
    return OK;
}
