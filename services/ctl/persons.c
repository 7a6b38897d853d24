/* Keys of persons, and what is older than it may be. */
#include "ctl.h"
#include "inputs.h"
#include "print.h"
#include "app/leaving.h"
#include "app/persons.h"
#include "base/clock.h"

#define BATCH  500
#define DAY_MS 86400000

/* Each batch is a commit: whoever is cut short has lost nothing. A key that another rotation holds is taken by that one. */
COMMAND(keys_rotate, keys_in)
{
    struct persons_rotated r = { .left = 1 };
    int64_t done = 0;

    do {
        struct ctx cx = *c->cx;
        cx.arena = arena_new();
        err_t e = persons_rotate(&cx, BATCH, &r);
        e = e ? err_new(c->cx, e->code, e->where, "%s", e->text) : OK;
        arena_free(cx.arena);
        TRY(e);
        done += r.done;
        if (in->json)
            print_json(c, &persons_rotated_shape, &r);
        else
            fprintf(c->out, "%lld keys wrapped anew, %lld left\n", (long long)done, (long long)r.left);
        fflush(c->out);
    } while (r.left && r.done);
    return ctl_audit(c, "keys.rotated", "key", NULL, NULL);
}

COMMAND(retention_show, retention_in)
{
    struct when before = { clock_wall_ms() - in->days * (int64_t)DAY_MS };
    struct retained old;

    if (!in->dry_run)
        return fail(c->cx, INPUT_INVALID, "the scheduler does it by itself (ASKS_KEEP_DAYS); --dry-run tells how much");
    TRY(retention_work(c->cx, before, 0, true, &old));
    if (in->json)
        print_json(c, &retained_shape, &old);
    else
        print_row(c, &retained_shape, "asks jobs files oldest", &old);
    return OK;
}
