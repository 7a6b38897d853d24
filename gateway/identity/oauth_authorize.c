/* The authorization endpoint, for browsers (a page, redirects) and for programs that hold a password or a token
 * themselves (JSON). RFC 6749 4.1, RFC 9207, RFC 9700. */
#include "identity/accounts.h"
#include "identity/login.h"
#include "identity/oauth.h"
#include "http/api_key.h"
#include "http/cookie.h"
#include "http/gateway.h"
#include "http/messages.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define CODE_BYTES      32
#define CODE_S          60
#define CHALLENGE_CHARS 43              /* SHA-256 in base64url */

struct request { const struct authorize_in *in; struct oauth_client client; bool page; };

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* --- where the answer goes --- */

static void put_parameter(struct text *to, const char *name, const char *value)
{
    text_fmt(to, "%c%s=", strchr(to->at, '?') ? '&' : '?', name);
    for (const unsigned char *c = (const unsigned char *)value; *c; c++)
        if (strchr(base64url, *c) || *c == '.' || *c == '~')
            text_char(to, (char)*c);
        else
            text_fmt(to, "%%%02X", *c);
}

static const char *answer_uri(struct ctx *cx, struct exchange *x, const struct authorize_in *in, const char *name, const char *value, const char *about)
{
    struct text to = text_new(cx->arena, 512, 16384);

    text_put(&to, in->redirect_uri);
    put_parameter(&to, name, value);
    if (about)
        put_parameter(&to, "error_description", about);
    if (in->state)
        put_parameter(&to, "state", in->state);
    put_parameter(&to, "iss", x->gateway->settings->public_url);
    return to.at;
}

/* 303: what was a POST with a password is a GET there (RFC 9700 4.12). */
static err_t redirect(struct ctx *cx, struct exchange *x, const char *uri)
{
    exchange_header(x, "Location", uri);
    exchange_header_instead(x, "Referrer-Policy", "no-referrer");
    exchange_text(cx, x, 303, "text/plain", (struct bytes){ NULL, 0 });
    return OK;
}

static err_t flaw_redirect(struct ctx *cx, struct exchange *x, const struct request *r, const char *error, const char *about)
{
    if (r->page)
        return redirect(cx, x, answer_uri(cx, x, r->in, "error", error, about));
    return oauth_say(cx, x, 400, error, about);
}

/* Nobody is sent to an address that is not known to be the program's. */
static err_t flaw_here(struct ctx *cx, struct exchange *x, const struct request *r, const char *error, const char *french, const char *english)
{
    return r->page ? page_flaw(cx, x, 400, in_words(cx, french, english)) : oauth_say(cx, x, 400, error, english);
}

/* --- what is asked --- */

/* NULL: nothing is wrong. */
static const char *request_flaw(const struct authorize_in *in, const char **error)
{
    const char *challenge = in->code_challenge;

    *error = "unsupported_response_type";
    if (in->response_type && strcmp(in->response_type, "code"))
        return "response_type must be code";
    *error = "invalid_request";
    if (in->code_challenge_method && strcmp(in->code_challenge_method, "S256"))
        return "code_challenge_method must be S256";
    if (!challenge || strlen(challenge) != CHALLENGE_CHARS || strspn(challenge, base64url) != CHALLENGE_CHARS)
        return "code_challenge must be 43 characters of base64url";
    return NULL;
}

/* NULL in *scope: all that the person may do. */
static fallible scope_check(struct ctx *cx, const char *asked, const char **scope, bool *good)
{
    struct permission_word unknown = { 0 };
    bool found;

    *good = true;
    *scope = NULL;
    if (!asked || !*asked || !strcmp(asked, SCOPE_ALL))
        return OK;
    TRY(pg_find(cx, SQL(permission_unknown), ARGS(asked), &permission_word_shape, &unknown, &found));
    *good = !found;
    *scope = asked;
    return OK;
}

/* --- the code --- */

static err_t give_code(struct ctx *cx, struct exchange *x, const struct request *r, const char *user, const char *scope)
{
    struct authorize_out out = { .state = r->in->state, .iss = x->gateway->settings->public_url };
    uint8_t dice[CODE_BYTES];

    crypto_random(dice, sizeof(dice));
    out.code = text_base64url(cx->arena, dice, sizeof(dice));
    TRY(pg_do(cx, SQL(code_put), ARGS(token_hash(cx, out.code), r->client.id, user, r->in->redirect_uri, r->in->code_challenge, scope, CODE_S)));
    out.redirect_uri = answer_uri(cx, x, r->in, "code", out.code, NULL);
    if (r->page)
        return redirect(cx, x, out.redirect_uri);
    out.message = in_words(cx, "Utilisez ce code pour obtenir un access_token", "Use this code to get an access_token");
    exchange_json(cx, x, 200, &authorize_out_shape, &out);
    return OK;
}

/* Who it is. *user NULL: nobody yet, and why not. A cookie is no consent: it comes along by itself. */
static fallible person_find(struct ctx *cx, struct exchange *x, const struct request *r, const char **user, const char **why)
{
    struct user person = { 0 };
    const char *better_hash;

    *user = *why = NULL;
    if (cx->user && !x->asker.by_cookie && !x->asker.scope && !x->asker.must_change_password) {
        TRY(account_read(cx, cx->user, &person));
        *user = person.id;
        return OK;
    }
    if (!r->in->username || !r->in->password)
        return OK;
    err_t e = login_prove(cx, r->in->username, r->in->password, &person, &better_hash);
    if (!e && !person.must_change_password)
        *user = person.id;
    else if (!e)
        *why = in_words(cx, "Vous devez d'abord changer de mot de passe", "Password change required");
    else if (err_status(e->code) == 401)
        *why = in_words(cx, message_of(e->code), err_title(e->code));
    else
        return e;
    return OK;
}

static err_t ask_person(struct ctx *cx, struct exchange *x, const struct request *r, const char *why)
{
    if (r->page)
        return page_login(cx, x, why ? 401 : 200, r->in, &r->client, why);
    exchange_header(x, "WWW-Authenticate", "Bearer");
    return oauth_say(cx, x, 401, "access_denied", why ? why : in_words(cx, "Authentification requise", "Authentication is required"));
}

static err_t authorize(struct ctx *cx, struct exchange *x, const struct authorize_in *in)
{
    struct request r = { .in = in, .page = is_browser(x) };
    const char *error, *about, *scope, *user, *why;
    bool found, may = false, good;

    TRY(client_find(cx, in->client_id, &r.client, &found));
    if (!found)
        return flaw_here(cx, x, &r, in->client_id ? "unauthorized_client" : "invalid_request", "Cette application n'est pas enregistrée.",
                         "This client is not registered.");
    TRY(client_may_go_to(cx, &r.client, in->redirect_uri, &may));
    if (!may)
        return flaw_here(cx, x, &r, in->redirect_uri ? "invalid_redirect_uri" : "invalid_request",
                         "L'adresse de retour n'est pas celle de cette application.", "The redirect_uri is not one of this client's.");
    if ((about = request_flaw(in, &error)))
        return flaw_redirect(cx, x, &r, error, about);
    TRY(scope_check(cx, in->scope, &scope, &good));
    if (!good)
        return flaw_redirect(cx, x, &r, "invalid_scope", "the scope names something that is no permission");
    TRY(person_find(cx, x, &r, &user, &why));
    return user ? give_code(cx, x, &r, user, scope) : ask_person(cx, x, &r, why);
}

/* A repeated parameter, or one that is too long: nothing of the request is believed, least of all where to go. */
static err_t unreadable(struct ctx *cx, struct exchange *x, err_t e)
{
    struct request r = { .page = is_browser(x) };

    if (err_status(e->code) >= 500)
        return e;
    return flaw_here(cx, x, &r, "invalid_request", "La demande de l'application est mal formée.", "The client's request is not well-formed.");
}

/* A password has no place in an address. */
err_t authorize_get(struct ctx *cx, struct exchange *x, const void *given)
{
    struct authorize_in in = { 0 };
    err_t e = exchange_query(cx, x, &authorize_in_shape, &in);

    (void)given;
    in.username = in.password = NULL;
    return e ? unreadable(cx, x, e) : authorize(cx, x, &in);
}

err_t authorize_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct authorize_in in = { 0 };
    err_t e = oauth_read(cx, x, &authorize_in_shape, &in);

    (void)given;
    if (!e && is_browser(x) && !cookie_origin_is_ours(x))
        return page_flaw(cx, x, 403, in_words(cx, "Cette demande ne vient pas de notre page.", "This request does not come from our page."));
    return e ? unreadable(cx, x, e) : authorize(cx, x, &in);
}
