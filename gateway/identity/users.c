#include "http/gateway.h"
#include "http/login_guard.h"
#include "identity/directory.h"
#include "identity/shapes.h"
#include "app/audit.h"
#include "data/crypto.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <time.h>

static const struct gateway_settings *settings_of(const struct ctx *cx)
{
    return ((const struct exchange *)cx->host)->gateway->settings;
}

static void put_token(struct ctx *cx, const struct user *u, struct token_out *out)
{
    int64_t now = (int64_t)time(NULL), life = settings_of(cx)->token_s;
    struct jwt claims = { .sub = u->id, .email = u->email, .role = u->role, .plan = u->plan, .type = "access",
                          .jti = uuid_make(cx), .iss = "palabre", .iat = now, .exp = now + life };

    *out = (struct token_out){ .access_token = jwt_sign(cx, settings_of(cx)->jwt_secret, &claims), .token_type = "bearer",
                               .expires_in = life, .id = u->id };
}

/* Open an account and log it in. EMAIL_TAKEN; REGISTRATION_OFF by setting. */
HANDLER(register_user, register_in, token_out)
{
    struct user user = { 0 };
    const char *hash;
    bool found;

    if (!text_is(settings_of(cx)->registration, "open"))
        return fail(cx, REGISTRATION_OFF, "accounts are opened by an administrator");
    TRY(password_hash(cx, in->password, &hash));
    TRY(pg_begin(cx));
    err_t e = pg_find(cx, SQL(user_put), ARGS(uuid_make(cx), in->email, in->name, hash), &user_shape, &user, &found);
    if (e && e->code == E_PG_DUPLICATE)
        return fail(cx, EMAIL_TAKEN, "an account with this address exists");
    TRY(e);
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.register", .type = "user", .id = user.id, .actor = user.id }));
    TRY(pg_commit(cx));
    put_token(cx, &user, out);
    return OK;
}

/* Whom no password of ours proves, the directory may know. */
static fallible ask_directory(struct ctx *cx, const char *name, const char *password, bool local, struct user *out)
{
    const char *id;
    bool found;

    TRY(directory_account(cx, name, password, local, &id));
    return pg_find(cx, SQL(user_find), ARGS(id), &user_shape, out, &found);
}

/* An unknown address takes as long as a wrong password, and says the same. */
HANDLER(login, login_in, token_out)
{
    const char *email = in->email ? in->email : in->username ? in->username : "";
    const struct exchange *x = cx->host;
    struct user user = { 0 };
    bool found, fits;

    TRY(login_try(cx, x, email));
    TRY(pg_find(cx, SQL(user_by_email), ARGS(email), &user_shape, &user, &found));
    TRY(password_check(cx, in->password, found ? user.password_hash : NULL, &fits));
    bool ours = found && fits;
    err_t refused = ours ? OK : ask_directory(cx, email, in->password, found && user.password_hash, &user);
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.login", .type = "user", .id = user.id, .actor = user.id, .identifier = email,
                                             .outcome = refused || !user.enabled ? "failure" : NULL,
                                             .details = { .method = ours || refused ? "password" : "ldap" } }));
    TRY(refused);
    if (!user.enabled)
        return fail(cx, AUTH_FAILED, "the address or the password is wrong");
    login_passed(cx, x, email);
    put_token(cx, &user, out);
    return OK;
}

HANDLER(me, none, user)
{
    bool found;

    (void)in;
    TRY(pg_find(cx, SQL(user_find), ARGS(cx->user), &user_shape, out, &found));
    return found && out->enabled ? OK : fail(cx, USER_UNKNOWN, "this account does not exist any more");
}
