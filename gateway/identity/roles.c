/* Roles that administrators make. An account has one role: where a client speaks of several, the one it has is the list, giving one replaces
 * it, and taking it away leaves a plain user. Nobody makes a role as high as their own, or one that may what they may not; the system's own
 * roles stay as they are. What a role may changes within seconds for who has it, the role itself with the next refresh. */
#include "identity/accounts.h"
#include "identity/admin.h"
#include "http/ended.h"
#include "http/gateway.h"
#include "http/grants.h"
#include "app/audit.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define PLAIN_ROLE "user"
#define PLAIN_RANK 10

/* --- reading --- */

static fallible roles_read(struct ctx *cx, const char *name, struct role_rows *out)
{
    TRY(pg_list(cx, SQL(roles_list), ARGS(name), &role_row_shape, &out->roles));
    for (size_t i = 0; i < out->roles.n; i++) {
        struct role_row *r = &out->roles.at[i];
        const char *at = r->granted ? r->granted : "";
        r->permissions.at = NEWS(cx, const char *, strlen(at) / 2 + 1);
        for (size_t n; *at; at += n + (at[n] == ' ')) {
            n = strcspn(at, " ");
            r->permissions.at[r->permissions.n++] = arena_text(cx->arena, at, n);
        }
    }
    return OK;
}

static fallible role_read(struct ctx *cx, const char *name, struct role_row *out)
{
    struct role_rows all = { 0 };

    TRY(roles_read(cx, name, &all));
    if (!all.roles.n)
        return fail(cx, ROLE_UNKNOWN, "there is no role %s", name);
    *out = all.roles.at[0];
    return OK;
}

/* FoyerGPT's pages read lists bare. */
static void answer_list(struct ctx *cx, struct exchange *x, const struct shape *row, const struct list *rows, const struct shape *s, const void *from)
{
    if (x->product == FOYERGPT)
        exchange_list(cx, x, 200, row, rows);
    else
        exchange_json(cx, x, 200, s, from);
}

err_t roles_get(struct ctx *cx, struct exchange *x, const void *in)
{
    struct role_rows all = { 0 };

    (void)in;
    TRY(roles_read(cx, NULL, &all));
    answer_list(cx, x, &role_row_shape, (const struct list *)&all.roles, &role_rows_shape, &all);
    return OK;
}

err_t permissions_get(struct ctx *cx, struct exchange *x, const void *in)
{
    struct permission_rows all = { 0 };

    (void)in;
    TRY(pg_list(cx, SQL(permissions_list), NO_ARGS, &permission_row_shape, &all.permissions));
    answer_list(cx, x, &permission_row_shape, (const struct list *)&all.permissions, &permission_rows_shape, &all);
    return OK;
}

err_t user_roles_get(struct ctx *cx, struct exchange *x, const void *given)
{
    const struct account_ref *in = given;
    struct role_rows all = { 0 };
    struct user user = { 0 };

    TRY(account_read(cx, in->id, &user));
    TRY(roles_read(cx, user.role, &all));
    exchange_list(cx, x, 200, &role_row_shape, (const struct list *)&all.roles);
    return OK;
}

/* --- making --- */

/* The caller has this permission, or on what is their own if that is all it says. */
static fallible holds(struct ctx *cx, const char *permission)
{
    const struct exchange *x = cx->host;
    size_t n = strlen(permission), tail = strlen(":own");
    bool own = n > tail && !strcmp(permission + n - tail, ":own");
    const char *base = own ? arena_text(cx->arena, permission, n - tail) : permission;
    enum grant grant;

    TRY(grant_find(cx, cx->role, base, &grant));
    grant = grant_within(x->asker.scope, base, grant);
    return grant == ANY || (own && grant == OWN) ? OK : fail(cx, FORBIDDEN, "you may not give %s, which you do not have", permission);
}

/* Each a permission, and one that the caller has; *words: all of them with spaces. */
static fallible permissions_check(struct ctx *cx, const struct texts *list, const char **words)
{
    struct text all = text_new(cx->arena, 256, 8000);
    struct permission_word unknown = { 0 };
    bool found;

    for (size_t i = 0; i < list->n; i++) {
        if (!*list->at[i] || strchr(list->at[i], ' '))
            return fail(cx, INPUT_INVALID, "/permissions/%zu is no permission", i);
        text_fmt(&all, "%s%s", i ? " " : "", list->at[i]);
    }
    *words = all.at ? all.at : "";
    if (all.full)
        return fail(cx, INPUT_INVALID, "/permissions is too long");
    TRY(pg_find(cx, SQL(permission_unknown), ARGS(*words), &permission_word_shape, &unknown, &found));
    if (found && list->n)
        return fail(cx, INPUT_INVALID, "/permissions: %s is no permission", unknown.word);
    for (size_t i = 0; i < list->n; i++)
        TRY(holds(cx, list->at[i]));
    return OK;
}

/* Opens a transaction in which a role below the caller's stays. ROLE_UNKNOWN, ROLE_KEPT, RANK_TOO_HIGH. */
static fallible role_lock(struct ctx *cx, const char *name)
{
    struct role_found row = { 0 };
    bool found;

    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(role_lock), ARGS(name, cx->role), &role_found_shape, &row, &found));
    if (!found)
        return fail(cx, ROLE_UNKNOWN, "there is no role %s", name);
    if (row.is_system)
        return fail(cx, ROLE_KEPT, "the role %s stays as it is", name);
    return row.below ? OK : fail(cx, RANK_TOO_HIGH, "this role is not below yours");
}

static fallible role_note(struct ctx *cx, const char *action, const char *name)
{
    return audit_add(cx, &(struct audit_entry){ .action = action, .type = "role", .id = name });
}

HANDLER(role_create, role_new, role_row)
{
    struct role_found made = { 0 };
    const char *words;
    bool found;

    TRY(permissions_check(cx, &in->permissions, &words));
    TRY(pg_begin(cx));
    err_t e = pg_find(cx, SQL(role_put), ARGS(in->name, in->rank ? in->rank : PLAIN_RANK, in->description ? in->description : "", cx->role),
                      &role_found_shape, &made, &found);
    if (e && e->code == E_PG_DUPLICATE)
        return fail(cx, NAME_TAKEN, "there is a role %s", in->name);
    TRY(e);
    if (!found)
        return fail(cx, NAME_TAKEN, "a role is called %s elsewhere", in->name);
    if (!made.below)
        return fail(cx, RANK_TOO_HIGH, "this role would not be below yours");
    TRY(pg_do(cx, SQL(role_grant), ARGS(in->name, words)));
    TRY(role_note(cx, "role.create", in->name));
    TRY(pg_commit(cx));
    return role_read(cx, in->name, out);
}

HANDLER(role_patch, role_change, role_row)
{
    const char *words;

    if (in->name && !text_is(in->name, in->id))
        return fail(cx, INPUT_INVALID, "/name is the role's id, which stays");
    TRY(permissions_check(cx, &in->permissions, &words));
    TRY(role_lock(cx, in->id));
    TRY(pg_do(cx, SQL(role_about), ARGS(in->id, in->description)));
    if (in->permissions.at) {
        TRY(pg_do(cx, SQL(role_ungrant), ARGS(in->id, words)));
        TRY(pg_do(cx, SQL(role_grant), ARGS(in->id, words)));
    }
    TRY(role_note(cx, "role.update", in->id));
    TRY(pg_commit(cx));
    return role_read(cx, in->id, out);
}

/* Who had it is a plain user from then on. */
HANDLER(role_delete, role_ref, none)
{
    struct { LIST_OF(struct user_version) rows; } left = { 0 };

    (void)out;
    TRY(role_lock(cx, in->id));
    TRY(pg_list(cx, SQL(role_leave), ARGS(in->id, PLAIN_ROLE), &user_version_shape, &left.rows));
    TRY(pg_do(cx, SQL(role_drop), ARGS(in->id)));
    TRY(role_note(cx, "role.delete", in->id));
    TRY(pg_commit(cx));
    for (size_t i = 0; i < left.rows.n; i++)
        ended_tell_user(cx, left.rows.at[i].id, left.rows.at[i].version);
    return OK;
}

/* --- giving --- */

HANDLER(user_role_put, user_role, role_row)
{
    const char *role;

    TRY(admin_role(cx, in->role_name, &role));
    TRY(admin_give_role(cx, in->id, role, text_is(role, in->role_name) ? NULL : in->role_name));
    return role_read(cx, role, out);
}

HANDLER(user_role_delete, user_role, none)
{
    struct user user = { 0 };
    const char *role;

    (void)out;
    TRY(account_read(cx, in->id, &user));
    TRY(admin_role(cx, in->role_name, &role));
    if (!text_is(role, user.role))
        return fail(cx, ROLE_UNKNOWN, "the account does not have the role %s", role);
    return admin_give_role(cx, in->id, PLAIN_ROLE, NULL);
}
