#include "identity/login.h"
#include "identity/accounts.h"
#include "identity/directory.h"
#include "http/cookie.h"
#include "http/api_key.h"
#include "http/gateway.h"
#include "http/login_guard.h"
#include "app/audit.h"
#include "base/clock.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

/* A failure takes at least so long: hashes that came from elsewhere take longer than ours, and would tell that an
 * account is there. bcrypt of cost 12 takes some 250 ms. */
#define FAILURE_MS 300

/* Accounts of ours, by their password. Those of a directory have none here. */
static fallible prove_here(struct ctx *cx, const char *name, const char *password, struct user *out, bool *proved)
{
    bool found;

    TRY(pg_find(cx, SQL(account_by_name), ARGS(name), &user_shape, out, &found));
    TRY(password_check(cx, password, found ? out->password_hash : NULL, proved));
    return OK;
}

/* Whom no password of ours proves, the directory may know. */
static fallible prove_there(struct ctx *cx, const char *name, const char *password, struct user *out)
{
    const char *id;

    TRY(directory_account(cx, name, password, out->password_hash != NULL, &id));
    return account_read(cx, id, out);
}

static fallible prove(struct ctx *cx, const char *name, const char *password, struct user *out, const char **method)
{
    bool proved = false;

    TRY(prove_here(cx, name, password, out, &proved));
    if (!proved) {
        TRY(prove_there(cx, name, password, out));
        *method = "ldap";
    }
    return out->enabled ? OK : fail(cx, ACCOUNT_DISABLED, "this account is disabled");
}

static fallible login_note(struct ctx *cx, const char *name, const struct user *u, const char *method, err_t e)
{
    return audit_add(cx, &(struct audit_entry){ .action = "auth.login", .type = "user", .id = u->id, .actor = u->id, .identifier = name,
                                                .outcome = e ? "failure" : NULL, .details = { .method = method } });
}

err_t login_prove(struct ctx *cx, const char *name, const char *password, struct user *out, const char **better_hash)
{
    const char *method = "password";
    int64_t from_ms = clock_ms();

    name = name ? name : "";
    TRY(login_try(cx, cx->host, name));
    err_t e = prove(cx, name, password ? password : "", out, &method);
    if (e && err_status(e->code) != 401 && e->code != E_DIRECTORY_DOWN)
        return e;
    TRY(login_note(cx, name, out, method, e));
    if (e && clock_ms() - from_ms < FAILURE_MS)
        clock_sleep_ms(FAILURE_MS - (clock_ms() - from_ms));
    TRY(e);
    login_passed(cx, cx->host, name);
    *better_hash = NULL;
    if (out->password_hash && password_is_stale(out->password_hash))
        TRY(password_hash(cx, password, better_hash));
    return OK;
}

HANDLER(login, login_in, login_out)
{
    const char *name = in->email ? in->email : in->identifier ? in->identifier : in->username;
    struct session_new new = { 0 };
    struct user user = { 0 };
    struct token_pair pair;

    if (!name)
        return fail(cx, INPUT_INVALID, "/username is missing");
    TRY(login_prove(cx, name, in->password, &user, &new.better_hash));
    new.user = &user;
    TRY(tokens_open(cx, &new, &pair));
    login_answer(cx, &user, &pair, in_words(cx, "Authentification réussie", "Authenticated"), out);
    return OK;
}

/* "Bearer prt_...": some clients send it so. */
static const char *refresh_of(const struct ctx *cx, const struct refresh_in *in)
{
    const char *bearer = exchange_read_header(cx->host, "Authorization");

    if (in->refresh_token)
        return in->refresh_token;
    return bearer && text_starts(bearer, "Bearer ") ? bearer + strlen("Bearer ") : NULL;
}

HANDLER(refresh, refresh_in, login_out)
{
    struct user user = { 0 };
    struct token_pair pair;

    TRY(tokens_continue(cx, refresh_of(cx, in), NULL, &user, &pair));
    login_answer(cx, &user, &pair, in_words(cx, "Session prolongée", "Session continued"), out);
    return OK;
}

static fallible end_by_refresh(struct ctx *cx, const char *token)
{
    struct session_ref session = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(session_of_refresh), ARGS(token_hash(cx, token)), &session_ref_shape, &session, &found));
    return found ? session_end(cx, session.id, cx->user, "logout", &found) : OK;
}

/* The session of the token, and that of the refresh token when one is sent. */
HANDLER(logout, refresh_in, done_out)
{
    struct exchange *x = cx->host;
    bool found;

    if (x->asker.session)
        TRY(session_end(cx, x->asker.session, cx->user, "logout", &found));
    if (in->refresh_token)
        TRY(end_by_refresh(cx, in->refresh_token));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.logout", .type = "session", .id = x->asker.session }));
    cookie_put(cx, x, NULL, 0);
    *out = (struct done_out){ true, in_words(cx, "Déconnexion réussie", "Logged out") };
    return OK;
}

HANDLER(logout_all, none, done_out)
{
    (void)in;
    TRY(sessions_end(cx, cx->user, NULL, "logout"));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.logout_all", .type = "user", .id = cx->user }));
    cookie_put(cx, cx->host, NULL, 0);
    *out = (struct done_out){ true, in_words(cx, "Toutes les sessions sont terminées", "All sessions have ended") };
    return OK;
}

HANDLER(sessions_get, none, sessions)
{
    const struct exchange *x = cx->host;

    (void)in;
    return pg_list(cx, SQL(sessions_list), ARGS(cx->user, x->asker.session), &session_row_shape, &out->sessions);
}

HANDLER(session_delete, session_ref, none)
{
    bool found;

    (void)out;
    TRY(session_end(cx, in->id, cx->user, "logout", &found));
    return found ? OK : fail(cx, SESSION_UNKNOWN, "no session %s", in->id);
}
