#include "identity/accounts.h"
#include "identity/links.h"
#include "http/gateway.h"
#include "http/login_guard.h"
#include "http/quota.h"
#include "app/audit.h"
#include "base/clock.h"
#include "data/password_rules.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

static const struct gateway_settings *settings_of(const struct ctx *cx)
{
    return ((const struct exchange *)cx->host)->gateway->settings;
}

err_t account_read(struct ctx *cx, const char *id, struct user *out)
{
    bool found;

    TRY(pg_find(cx, SQL(account_find), ARGS(id), &user_shape, out, &found));
    return found ? OK : fail(cx, USER_UNKNOWN, "there is no account %s", id);
}

err_t password_fits_rules(struct ctx *cx, const char *password, const struct user *u)
{
    struct password_owner owner = { u->email, u->name, u->first_name, u->last_name, u->username, u->trigramme };

    return password_rules_check(cx, password, settings_of(cx)->password_least, &owner);
}

/* Which of them is somebody's already. */
err_t account_taken(struct ctx *cx, err_t e)
{
    if (!e || e->code != E_PG_DUPLICATE)
        return e;
    if (strstr(e->text, "users_email"))
        return fail(cx, EMAIL_TAKEN, "an account with this address exists");
    return fail(cx, NAME_TAKEN, "an account with this name exists");
}

err_t account_open(struct ctx *cx, const struct account_new *new, struct user *out)
{
    struct account_ref made = { 0 };
    const char *id = uuid_make(cx), *hash;
    bool found;

    TRY(password_fits_rules(cx, new->password, &(struct user){ .email = new->email, .name = new->name, .first_name = new->first_name,
                                                                .last_name = new->last_name, .username = new->username, .trigramme = new->trigramme }));
    TRY(password_hash(cx, new->password, &hash));
    struct arg args[] = { ARG(id), ARG(new->email), ARG(new->name), ARG(hash), ARG(new->trigramme), ARG(new->first_name), ARG(new->last_name),
                          ARG(new->username), ARG(new->role), ARG(new->must_change), ARG(settings_of(cx)->password_temporary_s) };
    TRY(pg_begin(cx));
    TRY(account_taken(cx, pg_find(cx, SQL(account_put), args, &account_ref_shape, &made, &found)));
    if (!found)
        return fail(cx, NAME_TAKEN, "an account with this name exists");
    TRY(audit_add(cx, &(struct audit_entry){ .action = new->action, .type = "user", .id = made.id, .actor = cx->user ? cx->user : made.id,
                                             .details = { .to = new->role } }));
    if (new->mails && mail_is_on(cx))
        TRY(link_mail(cx, made.id, "verify"));
    TRY(pg_commit(cx));
    return account_read(cx, made.id, out);
}

/* Open an account and log it in. REGISTRATION_OFF by setting. */
HANDLER(register_user, register_in, login_out)
{
    struct account_new new = { .email = in->email, .name = in->name ? in->name : in->full_name, .password = in->password,
                               .trigramme = in->trigramme, .first_name = in->first_name, .last_name = in->last_name, .role = "user",
                               .mails = true, .action = "auth.register" };
    struct user user = { 0 };
    struct token_pair pair;

    if (!text_is(settings_of(cx)->registration, "open"))
        return fail(cx, REGISTRATION_OFF, "accounts are opened by an administrator");
    TRY(account_open(cx, &new, &user));
    TRY(tokens_open(cx, &(struct session_new){ .user = &user }, &pair));
    login_answer(cx, &user, &pair, in_words(cx, "Compte créé", "Account opened"), out);
    return OK;
}

void profile_answer(const struct user *u, const char *message, struct profile *out)
{
    memcpy(out, u, sizeof(*u));         /* its first members are a user's */
    out->success = true, out->message = message, out->data = *u;
}

HANDLER(me, none, profile)
{
    struct user user = { 0 };

    (void)in;
    TRY(account_read(cx, cx->user, &user));
    profile_answer(&user, NULL, out);
    return OK;
}

HANDLER(profile_change, profile_in, profile)
{
    struct account_ref changed = { 0 };
    struct user user = { 0 };
    bool found;

    TRY(account_taken(cx, pg_find(cx, SQL(account_change), ARGS(cx->user, in->name ? in->name : in->full_name, in->first_name, in->last_name, in->email,
                                                        in->organization, in->department), &account_ref_shape, &changed, &found)));
    TRY(account_read(cx, cx->user, &user));
    profile_answer(&user, in_words(cx, "Profil mis à jour", "Profile changed"), out);
    return OK;
}

/* The new one must be long enough, another one, and typed twice the same when it is typed twice. */
static fallible new_password_check(struct ctx *cx, const struct password_in *in, const struct user *owner)
{
    if (in->confirm_password && !text_is(in->confirm_password, in->new_password))
        return fail(cx, INPUT_INVALID, "/confirm_password is not the same");
    if (text_is(in->new_password, in->current_password))
        return fail(cx, PASSWORD_SAME, "the new password is the old one");
    return password_fits_rules(cx, in->new_password, owner);
}

/* Every other session ends: whoever knew the old password is out. */
HANDLER(password_change, password_in, profile)
{
    const struct exchange *x = cx->host;
    struct user user = { 0 };
    const char *hash;
    bool fits;

    TRY(account_read(cx, cx->user, &user));
    TRY(new_password_check(cx, in, &user));
    if (user.is_ldap_user)
        return fail(cx, PASSWORD_ELSEWHERE, "a directory keeps this password");
    TRY(login_try(cx, x, user.email));      /* a token in wrong hands is no way to guess on */
    TRY(password_check(cx, in->current_password, user.password_hash, &fits));
    if (!fits)
        TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.password_change", .type = "user", .id = cx->user, .outcome = "failure" }));
    if (!fits)
        return fail(cx, PASSWORD_WRONG, "the current password is wrong");
    login_passed(cx, x, user.email);
    TRY(password_hash(cx, in->new_password, &hash));
    TRY(pg_begin(cx));
    TRY(pg_do(cx, SQL(password_set), ARGS(cx->user, hash, false, (int64_t)0)));
    TRY(password_mail(cx, cx->user));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.password_change", .type = "user", .id = cx->user }));
    TRY(pg_commit(cx));
    TRY(sessions_end(cx, cx->user, x->asker.session, "password"));
    TRY(account_read(cx, cx->user, &user));
    profile_answer(&user, in_words(cx, "Mot de passe changé", "Password changed"), out);
    return OK;
}

HANDLER(token_verify, none, verified)
{
    struct user user = { 0 };

    (void)in;
    TRY(account_read(cx, cx->user, &user));
    *out = (struct verified){ .success = true, .valid = true, .message = in_words(cx, "Token valide", "The token is good"),
                              .data = { user.id, user.username ? user.username : user.email, user.role, user.email, user } };
    return OK;
}

HANDLER(quota_get, none, quota)
{
    struct token_quota q;

    (void)in;
    TRY(quota_read(cx, cx->host, false, &q));
    *out = (struct quota){ q.limit, q.used, q.left, { (clock_wall_ms() / 1000 + q.reset_s) * 1000 } };
    return OK;
}

HANDLER(rights_get, none, rights)
{
    struct { LIST_OF(struct permission_row) rows; } all = { 0 };

    (void)in;
    TRY(pg_list(cx, SQL(permissions_of), ARGS(cx->role), &permission_row_shape, &all.rows));
    out->permissions.at = NEWS(cx, const char *, all.rows.n);
    for (size_t i = 0; i < all.rows.n; i++)
        out->permissions.at[out->permissions.n++] = all.rows.at[i].code;
    out->success = true, out->role = cx->role;
    out->data = (struct role_rights){ cx->role, out->permissions };
    return OK;
}
