/* Administrators act on accounts below their own. */
#include "identity/admin.h"
#include "identity/accounts.h"
#include "identity/links.h"
#include "http/gateway.h"
#include "app/audit.h"
#include "app/leaving.h"
#include "data/crypto.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define LIMIT_DEFAULT    100
#define PER_PAGE_DEFAULT 20

/* --- reading --- */

err_t admin_users_list(struct ctx *cx, struct exchange *x, const void *given)
{
    struct admin_users_in in = { 0 };
    struct admin_page page = { 0 };

    (void)given;
    TRY(exchange_query(cx, x, &admin_users_in_shape, &in));
    bool paged = in.page || in.per_page;
    int number = in.page ? in.page : 1, most = in.per_page ? in.per_page : paged ? PER_PAGE_DEFAULT : in.limit ? in.limit : LIMIT_DEFAULT;
    int64_t after = paged ? (int64_t)(number - 1) * most : in.offset;
    TRY(pg_list(cx, SQL(admin_page), ARGS(in.role, in.search, in.enabled, most, after), &admin_row_shape, &page.users));
    int64_t total = page.users.n ? page.users.at[0].total : 0;
    page.pagination = (struct pagination){ number, most, total, (total + most - 1) / most };
    exchange_header(x, "X-Total-Count", arena_fmt(cx->arena, "%lld", (long long)total));
    if (paged)
        exchange_json(cx, x, 200, &admin_page_shape, &page);
    else
        exchange_list(cx, x, 200, &admin_row_shape, (const struct list *)&page.users);
    return OK;
}

HANDLER(admin_user_get, account_ref, user) { return account_read(cx, in->id, out); }

HANDLER(admin_sessions_get, account_ref, sessions)
{
    struct user user = { 0 };

    TRY(account_read(cx, in->id, &user));
    TRY(pg_list(cx, SQL(sessions_list), ARGS(in->id, (const char *)NULL), &session_row_shape, &out->sessions));
    out->active_sessions = (int64_t)out->sessions.n, out->all_sessions = LONG_NONE;
    return OK;
}

/* --- acting --- */

err_t admin_lock(struct ctx *cx, const char *id)
{
    struct admin_target target = { 0 };
    bool found;

    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(admin_target), ARGS(id, cx->role), &admin_target_shape, &target, &found));
    if (!found)
        return fail(cx, USER_UNKNOWN, "there is no account %s", id);
    return target.below ? OK : fail(cx, RANK_TOO_HIGH, "this account is not below yours");
}

err_t admin_role(struct ctx *cx, const char *name, const char **role)
{
    struct role_found row = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(role_named), ARGS(name, cx->role), &role_found_shape, &row, &found));
    if (!found)
        return fail(cx, INPUT_INVALID, "/role: there is no role %s", name);
    *role = row.name;
    return row.below ? OK : fail(cx, RANK_TOO_HIGH, "this role is not below yours");
}

err_t admin_note(struct ctx *cx, const char *action, const char *id, const char *to)
{
    return audit_add(cx, &(struct audit_entry){ .action = action, .type = "user", .id = id, .details = { .to = to } });
}

struct target_change { const char *action, *role, *external, *enabled; };

static fallible target_set(struct ctx *cx, const char *id, const struct target_change *to)
{
    struct user_version now = { 0 };
    bool found;

    TRY(admin_lock(cx, id));
    TRY(pg_find(cx, SQL(admin_set), ARGS(id, to->role, to->external, to->enabled), &user_version_shape, &now, &found));
    TRY(admin_note(cx, to->action, id, to->role));
    TRY(pg_commit(cx));
    ended_tell_user(cx, id, now.version);
    return OK;
}

err_t admin_give_role(struct ctx *cx, const char *id, const char *role, const char *external)
{
    return target_set(cx, id, &(struct target_change){ .action = "user.role", .role = role, .external = external });
}

HANDLER(admin_user_create, admin_user_in, user)
{
    struct account_new new = {
        .email = in->email, .name = in->name, .password = in->temporary_password ? in->temporary_password : in->password,
        .trigramme = in->trigramme, .first_name = in->first_name, .last_name = in->last_name, .username = in->username,
        .must_change = in->temporary_password != NULL, .action = "user.create",
    };

    if (!new.password)
        return fail(cx, INPUT_INVALID, "/password is missing");
    TRY(admin_role(cx, in->role ? in->role : "user", &new.role));
    return account_open(cx, &new, out);
}

HANDLER(admin_user_role, admin_role_in, role_changed)
{
    const char *name = in->new_role ? in->new_role : in->role, *role;

    if (!name)
        return fail(cx, INPUT_INVALID, "/new_role is missing");
    TRY(admin_role(cx, name, &role));
    TRY(admin_give_role(cx, in->id, role, text_is(role, name) ? NULL : name));
    *out = (struct role_changed){ in_words(cx, "Rôle mis à jour", "Role changed"), in->id, role };
    return OK;
}

HANDLER(admin_user_enable, account_ref, user)
{
    TRY(target_set(cx, in->id, &(struct target_change){ .action = "user.enable", .enabled = "true" }));
    return account_read(cx, in->id, out);
}

/* The database ends the sessions; gateways hear of the account's new version, which no token of before has. */
HANDLER(admin_user_disable, account_ref, user)
{
    TRY(target_set(cx, in->id, &(struct target_change){ .action = "user.disable", .enabled = "false" }));
    return account_read(cx, in->id, out);
}

HANDLER(admin_user_reset, admin_reset_in, user)
{
    const struct gateway_settings *settings = ((const struct exchange *)cx->host)->gateway->settings;
    const char *password = in->temporary_password ? in->temporary_password : in->password, *hash;

    if (!password)
        return fail(cx, INPUT_INVALID, "/temporary_password is missing");
    TRY(account_read(cx, in->id, out));
    TRY(password_fits_rules(cx, password, out));
    TRY(password_hash(cx, password, &hash));        /* before the lock: it waits for its turn */
    TRY(admin_lock(cx, in->id));
    TRY(pg_do(cx, SQL(password_set), ARGS(in->id, hash, true, settings->password_temporary_s)));
    TRY(password_mail(cx, in->id));
    TRY(admin_note(cx, "user.password", in->id, NULL));
    TRY(pg_commit(cx));
    TRY(sessions_end(cx, in->id, NULL, "admin"));
    return account_read(cx, in->id, out);
}

HANDLER(admin_user_delete, account_ref, none)
{
    bool found;

    (void)out;
    TRY(admin_lock(cx, in->id));
    TRY(person_leave(cx, in->id, &found));
    TRY(pg_commit(cx));
    ended_tell_user(cx, in->id, INT32_MAX);
    return OK;
}

HANDLER(admin_session_delete, admin_session, none)
{
    bool found;

    (void)out;
    TRY(admin_lock(cx, in->id));
    TRY(admin_note(cx, "user.sessions_end", in->id, NULL));
    TRY(pg_commit(cx));
    TRY(session_end(cx, in->session, in->id, "admin", &found));
    return found ? OK : fail(cx, SESSION_UNKNOWN, "no session %s", in->session);
}

HANDLER(admin_sessions_delete, account_ref, none)
{
    (void)out;
    TRY(admin_lock(cx, in->id));
    TRY(admin_note(cx, "user.sessions_end", in->id, NULL));
    TRY(pg_commit(cx));
    return sessions_end(cx, in->id, NULL, "admin");
}
