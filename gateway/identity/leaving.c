/* Accounts that go, with all that belongs to their persons. */
#include "http/gateway.h"
#include "identity/shapes.h"
#include "app/leaving.h"
#include "net/pg.h"
#include "sql.h"

static fallible leave(struct ctx *cx, const char *id)
{
    bool found;

    TRY(person_leave(cx, id, &found));
    return found ? OK : fail(cx, USER_UNKNOWN, "this account does not exist any more");
}

HANDLER(me_delete, none, none)
{
    (void)in, (void)out;
    return leave(cx, cx->user);
}

/* A super_admin is deleted by another one only. */
HANDLER(user_delete, user_ref, none)
{
    struct user user = { 0 };
    bool found;

    (void)out;
    TRY(pg_find(cx, SQL(user_find), ARGS(in->id), &user_shape, &user, &found));
    if (text_is(user.role, "super_admin") && !text_is(cx->role, "super_admin"))
        return fail(cx, FORBIDDEN, "a super_admin is deleted by another one only");
    return leave(cx, in->id);
}
