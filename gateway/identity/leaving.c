/* Accounts that go by themselves, with all that belongs to their persons. */
#include "http/ended.h"
#include "http/gateway.h"
#include "identity/shapes.h"
#include "app/leaving.h"

HANDLER(me_delete, none, none)
{
    bool found;

    (void)in, (void)out;
    TRY(person_leave(cx, cx->user, &found));
    if (!found)
        return fail(cx, USER_UNKNOWN, "this account does not exist any more");
    ended_tell_user(cx, cx->user, INT32_MAX);
    return OK;
}
