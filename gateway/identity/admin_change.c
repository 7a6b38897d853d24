/* What administrators change of an account in one go, as their pages send it: all of it, changed or not. */
#include "identity/accounts.h"
#include "identity/admin.h"
#include "identity/links.h"
#include "http/ended.h"
#include "http/gateway.h"
#include "http/grants.h"
#include "app/audit.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

/* What is really another one than before; NULL: as it is. */
struct changes { const char *role, *external, *enabled, *hash; bool temporary; };

err_t admin_may(struct ctx *cx, const char *permission)
{
    const struct exchange *x = cx->host;
    enum grant grant;

    TRY(grant_find(cx, cx->role, permission, &grant));
    return grant_within(x->asker.scope, permission, grant) == ANY ? OK : fail(cx, FORBIDDEN, "this needs the permission %s", permission);
}

static fallible role_changes(struct ctx *cx, const struct admin_change *in, const struct user *is, struct changes *out)
{
    const char *role;

    if (!in->role || text_is(in->role, is->role))
        return OK;
    TRY(admin_may(cx, "roles:assign"));
    TRY(admin_role(cx, in->role, &role));
    if (!text_is(role, is->role))
        out->role = role, out->external = text_is(role, in->role) ? NULL : in->role;
    return OK;
}

static fallible enabled_changes(struct ctx *cx, const struct admin_change *in, const struct user *is, struct changes *out)
{
    const char *wanted = in->is_active.text ? in->is_active.text : in->enabled.text;

    if (wanted && !text_is(wanted, "true") && !text_is(wanted, "false"))
        return fail(cx, INPUT_INVALID, "/%s is not true or false", in->is_active.text ? "is_active" : "enabled");
    if (wanted && text_is(wanted, "true") != is->enabled)
        out->enabled = wanted;
    return OK;
}

/* Before any lock: a hash waits for its turn. */
static fallible password_changes(struct ctx *cx, const struct admin_change *in, const struct user *is, struct changes *out)
{
    const char *password = in->temporary_password ? in->temporary_password : in->password;

    if (!password || !*password)
        return OK;
    if (is->is_ldap_user)
        return fail(cx, PASSWORD_ELSEWHERE, "a directory keeps this password");
    TRY(password_fits_rules(cx, password, is));
    out->temporary = in->temporary_password != NULL;
    return password_hash(cx, password, &out->hash);
}

static fallible put_access(struct ctx *cx, const char *id, const struct changes *to, struct user_version *now)
{
    bool found;

    if (!to->role && !to->enabled)
        return OK;
    TRY(pg_find(cx, SQL(admin_set), ARGS(id, to->role, to->external, to->enabled), &user_version_shape, now, &found));
    if (to->role)
        TRY(admin_note(cx, "user.role", id, to->role));
    return to->enabled ? admin_note(cx, text_is(to->enabled, "true") ? "user.enable" : "user.disable", id, NULL) : OK;
}

static fallible put_password(struct ctx *cx, const char *id, const struct changes *to)
{
    const struct gateway_settings *s = ((const struct exchange *)cx->host)->gateway->settings;

    if (!to->hash)
        return OK;
    TRY(pg_do(cx, SQL(password_set), ARGS(id, to->hash, to->temporary, s->password_temporary_s)));
    TRY(password_mail(cx, id));
    return admin_note(cx, "user.password", id, NULL);
}

HANDLER(admin_user_change, admin_change, user)
{
    struct account_ref changed = { 0 };
    struct user_version now = { 0 };
    struct changes to = { 0 };
    bool found;

    TRY(account_read(cx, in->id, out));
    TRY(role_changes(cx, in, out, &to));
    TRY(enabled_changes(cx, in, out, &to));
    TRY(password_changes(cx, in, out, &to));
    TRY(admin_lock(cx, in->id));
    TRY(account_taken(cx, pg_find(cx, SQL(admin_change), ARGS(in->id, in->email, in->name ? in->name : in->full_name, in->first_name, in->last_name,
                                                              in->username, in->trigramme, in->organization, in->department),
                                  &account_ref_shape, &changed, &found)));
    TRY(admin_note(cx, "user.update", in->id, NULL));
    TRY(put_access(cx, in->id, &to, &now));
    TRY(put_password(cx, in->id, &to));
    TRY(pg_commit(cx));
    if (now.id)
        ended_tell_user(cx, in->id, now.version);
    if (to.hash)
        TRY(sessions_end(cx, in->id, NULL, "admin"));
    return account_read(cx, in->id, out);
}
