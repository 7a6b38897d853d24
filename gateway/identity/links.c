/* Links by mail: to choose a password in the place of a forgotten one, and to show that an address is one's own. Whether an address has an account
 * makes no difference, neither to what is answered nor to what is done for it: a job is accepted and an entry of the log is written for a stranger's
 * as well, and only the worker finds that there is nobody to be mailed. */
#include "identity/links.h"
#include "identity/accounts.h"
#include "http/gateway.h"
#include "http/login_guard.h"
#include "http/rate.h"
#include "app/audit.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "proto/notify.h"
#include "sql.h"

#include <ctype.h>
#include <string.h>

#define ADDRESS_MOST 3              /* links to one address, whoever asks for them and from wherever ... */
#define ADDRESS_S    900            /* ... in so many seconds */

/* --- asking for one --- */

bool mail_is_on(const struct ctx *cx)
{
    const char *url = ((const struct exchange *)cx->host)->gateway->settings->mail_url;

    return url && *url;
}

err_t link_mail(struct ctx *cx, const char *user, const char *purpose)
{
    struct exchange *x = cx->host;
    struct notify_mail mail = { user, purpose, product_name(x->product), x->english };
    struct job_new job = { .id = uuid_make(cx), .kind = "notify.mail", .trace = trace_text(cx), .lane = LIVE, .input = json_write(cx, &notify_mail_shape, &mail) };
    struct ticket *ticket = NEW(cx, struct ticket);

    TRY(job_put(cx, &job, ticket));     /* nobody's: its owner could repeat it, as often as they like, to an address that may not be theirs */
    exchange_accepted(cx, x, ticket, NULL);
    return OK;
}

err_t password_mail(struct ctx *cx, const char *user) { return mail_is_on(cx) ? link_mail(cx, user, "changed") : OK; }

static fallible address_check(struct ctx *cx, const char *email)
{
    char *lower = arena_text(cx->arena, email, strlen(email));
    struct rate_answer got;

    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    rate_take(cx, &(struct rate_ask){ .key = arena_fmt(cx->arena, "mail:%.32s", crypto_sha256_hex(cx, lower, strlen(lower))), .limit = ADDRESS_MOST,
                                      .window_s = ADDRESS_S }, &got);
    if (got.allowed)
        return OK;
    err_t e = fail(cx, RATE_EXCEEDED, "enough links were asked for to this address; try again in %lld s", (long long)got.reset_s);
    e->retry_after_ms = got.reset_s * 1000;
    return e;
}

static fallible link_ask(struct ctx *cx, const char *email, const char *purpose, const char *action)
{
    struct account_ref account = { 0 };
    const char *nobody = uuid_make(cx);
    bool found;

    if (!mail_is_on(cx))
        return fail(cx, MAIL_OFF, "MAIL_URL is not set");
    TRY(address_check(cx, email));
    TRY(pg_find(cx, SQL(account_of_email), ARGS(email), &account_ref_shape, &account, &found));
    TRY(pg_begin(cx));
    TRY(link_mail(cx, found ? account.id : nobody, purpose));
    TRY(audit_add(cx, &(struct audit_entry){ .action = action, .type = "user", .id = account.id, .actor = account.id, .identifier = email }));
    return pg_commit(cx);
}

HANDLER(password_forgot, link_in, done_out)
{
    TRY(link_ask(cx, in->email, "reset", "auth.reset_ask"));
    *out = (struct done_out){ true, in_words(cx, "Si un compte a cette adresse, un lien pour choisir un nouveau mot de passe lui est envoyé",
                                             "If an account has this address, a link to choose a new password is sent to it") };
    return OK;
}

HANDLER(verify_resend, link_in, done_out)
{
    TRY(link_ask(cx, in->email, "verify", "auth.verify_ask"));
    *out = (struct done_out){ true, in_words(cx, "Si un compte a cette adresse et ne l'a pas encore confirmée, un lien lui est envoyé",
                                             "If an account has this address and has not verified it yet, a link is sent to it") };
    return OK;
}

/* --- following one --- */

static const char *hash_of(struct ctx *cx, const char *token) { return crypto_sha256_hex(cx, token, strlen(token)); }

static err_t invalid(struct ctx *cx) { return fail(cx, LINK_INVALID, "the token is unknown, used, or too old"); }

/* Once: of two who come at the same time with one token the second finds none. */
static fallible token_take(struct ctx *cx, const char *token, const char *purpose, struct account_ref *out)
{
    bool found;

    TRY(pg_find(cx, SQL(account_token_take), ARGS(hash_of(cx, token), purpose), &account_ref_shape, out, &found));
    return found ? OK : invalid(cx);
}

struct ended_sessions { LIST_OF(struct session_ref) rows; };

/* Whoever reads the mail has the account, and nobody who had it before. */
static fallible password_replace(struct ctx *cx, const char *token, const char *hash, struct ended_sessions *ended)
{
    struct account_ref account = { 0 };

    TRY(pg_begin(cx));
    TRY(token_take(cx, token, "reset", &account));
    TRY(pg_do(cx, SQL(password_set), ARGS(account.id, hash, false, (int64_t)0)));
    TRY(password_mail(cx, account.id));
    TRY(pg_do(cx, SQL(email_verify), ARGS(account.id)));
    TRY(pg_list(cx, SQL(account_leave), ARGS(account.id), &session_ref_shape, &ended->rows));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.reset", .type = "user", .id = account.id, .actor = account.id }));
    return pg_commit(cx);
}

/* A password that is refused leaves the link as it is. */
HANDLER(password_reset, reset_in, done_out)
{
    struct ended_sessions ended = { .rows = { NULL, 0 } };
    struct user user = { 0 };
    const char *hash;
    bool found;

    TRY(pg_find(cx, SQL(account_token_find), ARGS(hash_of(cx, in->token), "reset"), &user_shape, &user, &found));
    if (!found)
        return invalid(cx);
    TRY(password_fits_rules(cx, in->password, &user));
    TRY(password_hash(cx, in->password, &hash));        /* before the locks: it waits for its turn */
    TRY(password_replace(cx, in->token, hash, &ended));
    for (size_t i = 0; i < ended.rows.n; i++)
        ended_tell_session(cx, ended.rows.at[i].id);
    login_passed(cx, cx->host, user.email);             /* the wrong passwords before were theirs */
    *out = (struct done_out){ true, in_words(cx, "Mot de passe changé", "Password changed") };
    return OK;
}

HANDLER(email_verify, verify_in, done_out)
{
    struct account_ref account = { 0 };

    TRY(pg_begin(cx));
    TRY(token_take(cx, in->token, "verify", &account));
    TRY(pg_do(cx, SQL(email_verify), ARGS(account.id)));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.verify", .type = "user", .id = account.id, .actor = account.id }));
    TRY(pg_commit(cx));
    *out = (struct done_out){ true, in_words(cx, "Adresse confirmée", "Address verified") };
    return OK;
}
