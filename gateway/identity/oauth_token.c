/* Tokens for codes and refresh tokens; their end; what they are; and what programs must know of us. */
#include "identity/accounts.h"
#include "identity/oauth.h"
#include "http/api_key.h"
#include "http/gateway.h"
#include "base/log.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define VERIFIER_LEAST 43
#define VERIFIER_MOST  128

static err_t invalid_grant(struct ctx *cx, struct exchange *x)
{
    return oauth_say(cx, x, 400, "invalid_grant", in_words(cx, "Code invalide ou expiré", "The code or token is not good"));
}

static err_t give_tokens(struct ctx *cx, struct exchange *x, const struct token_pair *t)
{
    struct oauth_tokens out = { t->access, t->refresh, "bearer", t->scope ? t->scope : SCOPE_ALL, t->expires_s };

    exchange_header(x, "Pragma", "no-cache");
    exchange_json(cx, x, 200, &oauth_tokens_shape, &out);
    return OK;
}

/* --- code --- */

bool verifier_fits(struct ctx *cx, const char *verifier, const char *challenge)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t n = strlen(verifier);
    uint8_t hash[SHA256_BYTES];

    if (n < VERIFIER_LEAST || n > VERIFIER_MOST || strspn(verifier, allowed) != n)
        return false;
    crypto_sha256(verifier, n, hash);
    const char *right = text_base64url(cx->arena, hash, sizeof(hash));
    return strlen(challenge) == strlen(right) && text_same_secret(challenge, right, strlen(right));
}

/* Two people hold a code that comes twice: what came of it ends. */
static err_t used_twice(struct ctx *cx, struct exchange *x, const struct oauth_code *code)
{
    bool found;

    TRY(session_end(cx, code->used_by, NULL, "reuse", &found));
    log_event(cx, LOG_WARN, "a code was used twice: its session ends", LOG_TEXT("session", code->used_by), LOG_TEXT("user", code->user_id));
    return invalid_grant(cx, x);
}

/* The code is spent before it is looked at: whoever guesses has one try. */
static err_t by_code(struct ctx *cx, struct exchange *x, const struct token_in *in, const char *client_id)
{
    const char *session = uuid_make(cx);
    struct oauth_code code = { 0 };
    struct user user = { 0 };
    struct token_pair pair;
    bool found;

    if (!in->code || !in->code_verifier)
        return oauth_say(cx, x, 400, "invalid_request", "code and code_verifier are needed");
    TRY(pg_find(cx, SQL(code_take), ARGS(token_hash(cx, in->code), session), &oauth_code_shape, &code, &found));
    if (found && code.used_by)
        return used_twice(cx, x, &code);
    if (!found || !code.fresh || (client_id && !text_is(client_id, code.client_id)) ||
        (in->redirect_uri && !text_is(in->redirect_uri, code.redirect_uri)) || !verifier_fits(cx, in->code_verifier, code.challenge))
        return invalid_grant(cx, x);
    TRY(account_read(cx, code.user_id, &user));
    if (!user.enabled)
        return invalid_grant(cx, x);
    TRY(tokens_open(cx, &(struct session_new){ .user = &user, .client_id = code.client_id, .scope = code.scope, .id = session }, &pair));
    return give_tokens(cx, x, &pair);
}

static err_t by_refresh(struct ctx *cx, struct exchange *x, const struct token_in *in, const char *client_id)
{
    struct user user = { 0 };
    struct token_pair pair;
    err_t e = tokens_continue(cx, in->refresh_token, client_id, &user, &pair);

    if (e && e->code == E_REFRESH_INVALID)
        return invalid_grant(cx, x);
    TRY(e);
    if (in->scope && *in->scope && !text_is(in->scope, pair.scope ? pair.scope : SCOPE_ALL))
        return oauth_say(cx, x, 400, "invalid_scope", "the scope is not the one that was given");
    return give_tokens(cx, x, &pair);
}

/* Programs that predate the grant type send a code with its verifier, which prove enough. */
err_t token_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct token_in in = { 0 };
    struct oauth_client client = { 0 };
    enum client_proof proof;

    (void)given;
    if (oauth_read(cx, x, &token_in_shape, &in))
        return oauth_say(cx, x, 400, "invalid_request", "the request is not a form or JSON, or a parameter comes twice");
    TRY(client_prove(cx, x, in.client_id, in.client_secret, &client, &proof));
    if (proof < CLIENT_PUBLIC && (proof != CLIENT_UNNAMED || in.grant_type))
        return client_refuse(cx, x, proof);
    if (!in.grant_type || text_is(in.grant_type, "authorization_code"))
        return by_code(cx, x, &in, client.id);
    if (text_is(in.grant_type, "refresh_token"))
        return by_refresh(cx, x, &in, client.id);
    return oauth_say(cx, x, 400, "unsupported_grant_type", "grant_type is authorization_code or refresh_token");
}

/* --- a token that somebody holds --- */

struct held { struct jwt claims; struct session_token session; bool is_access, good; };

/* Which session it is of; not good: none. */
static fallible held_find(struct ctx *cx, struct exchange *x, const char *token, struct held *out)
{
    bool found;

    *out = (struct held){ 0 };
    if (!token)
        return OK;
    out->is_access = !jwt_check(cx, &x->gateway->tokens, token, &out->claims) && text_is(out->claims.type, "access") && out->claims.sid;
    if (!out->is_access && !text_starts(token, "prt_"))
        return OK;
    TRY(pg_find(cx, SQL(session_token), ARGS(out->is_access ? NULL : token_hash(cx, token), out->is_access ? out->claims.sid : NULL),
                &session_token_shape, &out->session, &found));
    out->good = found && out->session.active && !out->session.used;
    if (out->good && out->is_access) {
        struct asker asker = { .user = out->claims.sub, .session = out->claims.sid, .version = out->claims.ver };
        TRY(ended_find(cx, &asker, &out->good));
    }
    return OK;
}

/* RFC 7009: 200 whatever it was. Only the program that a token was given to ends it. */
err_t revoke_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct about_token_in in = { 0 };
    struct oauth_client client = { 0 };
    enum client_proof proof;
    struct held held;
    bool found;

    (void)given;
    if (oauth_read(cx, x, &about_token_in_shape, &in) || !in.token)
        return oauth_say(cx, x, 400, "invalid_request", "token is missing, or a parameter comes twice");
    TRY(client_prove(cx, x, in.client_id, in.client_secret, &client, &proof));
    if (proof < CLIENT_PUBLIC)
        return client_refuse(cx, x, proof);
    TRY(held_find(cx, x, in.token, &held));
    if (held.session.id && text_is(held.session.client_id, client.id))
        TRY(session_end(cx, held.session.id, NULL, "revoked", &found));
    exchange_text(cx, x, 200, "application/json", (struct bytes){ "{}", 2 });
    return OK;
}

static struct raw number(struct ctx *cx, int64_t n) { return (struct raw){ arena_fmt(cx->arena, "%lld", (long long)n) }; }

/* RFC 7662, for programs with a secret. */
err_t introspect_post(struct ctx *cx, struct exchange *x, const void *given)
{
    struct about_token_in in = { 0 };
    struct oauth_client client = { 0 };
    struct introspection out = { 0 };
    enum client_proof proof;
    struct held held;

    (void)given;
    if (oauth_read(cx, x, &about_token_in_shape, &in) || !in.token)
        return oauth_say(cx, x, 400, "invalid_request", "token is missing, or a parameter comes twice");
    TRY(client_prove(cx, x, in.client_id, in.client_secret, &client, &proof));
    if (proof != CLIENT_PROVED)
        return client_refuse(cx, x, proof == CLIENT_PUBLIC ? CLIENT_WRONG : proof);
    TRY(held_find(cx, x, in.token, &held));
    if (held.good) {
        const struct session_token *s = &held.session;
        out = (struct introspection){
            .active = true, .scope = s->scope ? s->scope : SCOPE_ALL, .client_id = s->client_id, .username = s->email, .sub = s->user_id,
            .token_type = held.is_access ? "access_token" : "refresh_token", .iss = x->gateway->settings->public_url,
            .exp = number(cx, held.is_access ? held.claims.exp : s->exp),
        };
        if (held.is_access)
            out.aud = held.claims.aud, out.jti = held.claims.jti, out.iat = number(cx, held.claims.iat);
    }
    exchange_json(cx, x, 200, &introspection_shape, &out);
    return OK;
}

/* --- about us --- */

#define TEXTS_OF(...) { .at = (const char *[]){ __VA_ARGS__ }, .n = sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *) }

err_t oauth_metadata_get(struct ctx *cx, struct exchange *x, const void *in)
{
    const char *base = x->gateway->settings->public_url;
    struct oauth_metadata out = {
        .issuer = base,
        .authorization_endpoint = arena_fmt(cx->arena, "%s" ENDPOINTS "/authorize", base),
        .token_endpoint = arena_fmt(cx->arena, "%s" ENDPOINTS "/token", base),
        .revocation_endpoint = arena_fmt(cx->arena, "%s" ENDPOINTS "/revoke", base),
        .introspection_endpoint = arena_fmt(cx->arena, "%s" ENDPOINTS "/introspect", base),
        .jwks_uri = arena_fmt(cx->arena, "%s/.well-known/jwks.json", base),
        .response_types_supported = TEXTS_OF("code"),
        .grant_types_supported = TEXTS_OF("authorization_code", "refresh_token"),
        .code_challenge_methods_supported = TEXTS_OF("S256"),
        .token_endpoint_auth_methods_supported = TEXTS_OF("none", "client_secret_basic", "client_secret_post"),
        .revocation_endpoint_auth_methods_supported = TEXTS_OF("none", "client_secret_basic", "client_secret_post"),
        .introspection_endpoint_auth_methods_supported = TEXTS_OF("client_secret_basic", "client_secret_post"),
        .scopes_supported = TEXTS_OF(SCOPE_ALL),
        .authorization_response_iss_parameter_supported = true,
    };

    (void)in;
    exchange_json(cx, x, 200, &oauth_metadata_shape, &out);
    return OK;
}
