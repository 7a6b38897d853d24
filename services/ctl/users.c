/* Accounts. */
#include "ctl.h"
#include "inputs.h"
#include "print.h"
#include "rows.h"
#include "secret.h"
#include "data/crypto.h"
#include "data/password_rules.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define COLUMNS "id email name role plan enabled created_at"

COMMAND(users_list, users_list_in)
{
    struct accounts all = { 0 };

    TRY(pg_list(c->cx, SQL(accounts_page), ARGS(in->before, in->role, in->limit), &account_shape, &all.rows));
    print_rows(c, in->json, &account_shape, COLUMNS, &all.rows);
    return OK;
}

/* A new password as its hash, by the rules that gateways have; the text of it is gone when this returns. */
static fallible new_hash(struct ctl *c, const struct password_owner *owner, const char **hash)
{
    char secret[SECRET_BYTES + 1];

    TRY(secret_ask(c, arena_fmt(c->cx->arena, "new password of %s", owner->email), secret));
    err_t e = password_rules_check(c->cx, secret, c->password_least, owner);
    if (!e)
        e = password_hash(c->cx, secret, hash);
    explicit_bzero(secret, sizeof(secret));
    return e;
}

static fallible account_missing(struct ctl *c, const char *email)
{
    return fail(c->cx, USER_UNKNOWN, "there is no account %s", email);
}

/* EMAIL_TAKEN is told before a password is asked for, and again when another was faster. */
COMMAND(users_create, user_create_in)
{
    struct account made = { 0 };
    const char *hash;
    bool found;

    TRY(pg_find(c->cx, SQL(account_find), ARGS(in->email), &account_shape, &made, &found));
    if (found)
        return fail(c->cx, EMAIL_TAKEN, "there is an account %s already", made.email);
    TRY(new_hash(c, &(struct password_owner){ .email = in->email, .name = in->name }, &hash));
    TRY(pg_begin(c->cx));
    err_t e = pg_find(c->cx, SQL(account_put), ARGS(uuid_make(c->cx), in->email, in->name, in->role, in->plan, hash), &account_shape,
                      &made, &found);
    if (e && e->code == E_PG_DUPLICATE)
        return fail(c->cx, EMAIL_TAKEN, "there is an account %s already", in->email);
    TRY(e);
    TRY(ctl_audit(c, "user.create", "user", made.id, made.role));
    TRY(pg_commit(c->cx));
    print_row(c, &account_shape, COLUMNS, &made);
    return OK;
}

/* What is NULL stays as it is. */
struct change { const char *action, *role, *plan, *enabled, *hash; };

static fallible account_change(struct ctl *c, const char *email, const struct change *to)
{
    struct account now = { 0 };
    bool found;

    TRY(pg_begin(c->cx));
    TRY(pg_find(c->cx, SQL(account_set), ARGS(email, to->role, to->plan, to->enabled, to->hash), &account_shape, &now, &found));
    if (!found)
        return account_missing(c, email);
    TRY(ctl_audit(c, to->action, "user", now.id, to->role ? to->role : to->plan));
    TRY(pg_commit(c->cx));
    print_row(c, &account_shape, COLUMNS, &now);
    return OK;
}

COMMAND(users_role, user_role_in)    { return account_change(c, in->email, &(struct change){ .action = "user.role", .role = in->role }); }
COMMAND(users_plan, user_plan_in)    { return account_change(c, in->email, &(struct change){ .action = "user.plan", .plan = in->plan }); }
COMMAND(users_enable, user_in)       { return account_change(c, in->email, &(struct change){ .action = "user.enable", .enabled = "true" }); }
COMMAND(users_disable, user_in)      { return account_change(c, in->email, &(struct change){ .action = "user.disable", .enabled = "false" }); }

COMMAND(users_password, user_in)
{
    struct password_owner owner = { 0 };
    struct change to = { .action = "user.password" };
    bool found;

    TRY(pg_find(c->cx, SQL(account_owner), ARGS(in->email), &password_owner_shape, &owner, &found));
    if (!found)
        return account_missing(c, in->email);
    TRY(new_hash(c, &owner, &to.hash));
    return account_change(c, in->email, &to);
}
