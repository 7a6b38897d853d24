/* Who asks. */
#include "http/gateway.h"
#include "data/crypto.h"
#include "data/uuid.h"

#include <string.h>

static const char *bearer(const struct exchange *x)
{
    const char *value = exchange_read_header(x, "Authorization");

    if (!value || (strncmp(value, "Bearer ", 7) && strncmp(value, "bearer ", 7)))
        return NULL;
    return value + 7 + strspn(value + 7, " ");
}

err_t gate_identity(struct ctx *cx, struct exchange *x)
{
    const char *token = bearer(x);
    struct jwt *claims = NEW(cx, struct jwt);

    if (!token)
        return x->route->access == PUBLIC ? OK : fail(cx, AUTH_NEEDED, "send Authorization: Bearer <token>");
    err_t e = jwt_check(cx, x->gateway->settings->jwt_secret, token, claims);
    if (!e && (!claims->sub || !uuid_is(claims->sub, strlen(claims->sub)) || text_is(claims->type, "refresh")))
        e = fail(cx, TOKEN_INVALID, "this is not an access token");
    if (e)
        return x->route->access == PUBLIC ? OK : e;
    cx->user = claims->sub;
    cx->role = claims->role;
    x->plan = claims->plan;
    bool admin = text_is(claims->role, "admin") || text_is(claims->role, "super_admin");
    return x->route->access != ADMIN || admin ? OK : fail(cx, FORBIDDEN, "this route is for administrators");
}
