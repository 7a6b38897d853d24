#include "crypto_keys.h"

#include "base/clock.h"
#include "data/json.h"

#include <string.h>
#include <strings.h>

#define TOKEN_BYTES  8192
#define EARLY_S      60         /* clocks of those who say nbf */

/* RFC 7519 4.1; lenient, since a verifier ignores claims that it does not know. */
FOREIGN(jwt, "The claims of a token.",
    FIELD(jwt, sub,   "Whose token it is.", .max = 256),
    FIELD(jwt, email, "Their address.", .max = 320),
    FIELD(jwt, role,  "Their role.", .max = 64),
    FIELD(jwt, organization, "Where they belong.", .max = 256),
    FIELD(jwt, type,  "access or refresh.", .max = 32),
    FIELD(jwt, jti,   "The token's id.", .max = 128),
    FIELD(jwt, iss,   "Who made it.", .max = 256),
    FIELD(jwt, aud,   "For whom.", .max = 256),
    FIELD(jwt, plan,  "What they pay for.", .max = 64),
    FIELD(jwt, sid,   "The session it belongs to.", .max = 64),
    FIELD(jwt, session_id, "The same, in tokens of Supabase.", .max = 64),
    FIELD(jwt, scope, "What it is good for; absent: for all that its bearer may do.", .max = 1000),
    FIELD(jwt, client_id, "The program it was given to.", .max = 128),
    FIELD(jwt, must_change_password, "It is good for a change of password only."),
    FIELD(jwt, iat,   "When it was made, seconds since 1970."),
    FIELD(jwt, exp,   "When it ends, seconds since 1970.", .need = true),
    FIELD(jwt, nbf,   "When it begins, seconds since 1970."),
    FIELD(jwt, auth_time, "When they proved who they are, seconds since 1970."),
    FIELD(jwt, ver,   "Version of what the account may do."));

struct jwt_header { const char *alg, *typ, *kid; struct raw crit; };
extern const struct shape jwt_header_shape;

FOREIGN(jwt_header, "The header of a token, RFC 7515 4.1.",
    FIELD(jwt_header, alg,  "Its algorithm.", .need = true, .max = 16),
    FIELD(jwt_header, typ,  "What it is.", .max = 32),
    FIELD(jwt_header, kid,  "The key it was signed with.", .max = 128),
    FIELD(jwt_header, crit, "Extensions one must know; we know none."));

/* A token in its three parts, still encoded. */
struct parts { struct bytes header, claims, signature; };

char *jwt_sign(struct ctx *cx, const struct jwt_rules *rules, const struct jwt *claims)
{
    const struct jwt_key *k = &rules->keys[0];
    char *json = json_write(cx, &jwt_shape, claims);
    char *body = arena_fmt(cx->arena, "%s.%s", k->header, text_base64url(cx->arena, json, strlen(json)));

    return arena_fmt(cx->arena, "%s.%s", body, jwt_key_sign(cx, k, body, strlen(body)));
}

/* The part up to the next dot, or to the end; false when it is not base64url without padding. */
static bool part_take(const char **at, char end, struct bytes *part)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    *part = (struct bytes){ *at, strspn(*at, alphabet) };
    *at += part->n;
    return part->n && *(*at)++ == end;
}

static bool token_split(const char *token, struct parts *p)
{
    const char *at = token;

    return strnlen(token, TOKEN_BYTES + 1) <= TOKEN_BYTES && part_take(&at, '.', &p->header) && part_take(&at, '.', &p->claims) && part_take(&at, '\0', &p->signature);
}

/* A part's JSON into `out`; any flaw of it makes the token invalid, and is not told to its bearer. */
static fallible part_read(struct ctx *cx, struct bytes part, const struct shape *s, void *out)
{
    size_t n;
    const char *json = text_unbase64(cx->arena, part.at, part.n, &n);

    if (!json)
        return fail(cx, TOKEN_INVALID, "the token is not base64url");
    err_t e = json_read(cx, json, n, s, out);
    return e ? fail(cx, TOKEN_INVALID, "the token's %s: %s", s->name, e->text) : OK;
}

static fallible header_read(struct ctx *cx, struct bytes part, struct jwt_header *h)
{
    TRY(part_read(cx, part, &jwt_header_shape, h));
    if (h->crit.text)
        return fail(cx, TOKEN_INVALID, "the token needs extensions");
    if (h->typ && strcasecmp(h->typ, "JWT") && strcasecmp(h->typ, "at+jwt"))
        return fail(cx, TOKEN_INVALID, "the token is of another type");
    return OK;
}

static bool key_is_meant(const struct jwt_key *k, const struct jwt_header *h)
{
    return text_is(h->alg, jwt_alg_name(k->alg)) && (!h->kid || !k->kid || text_is(h->kid, k->kid));
}

static bool is_header_of(const struct jwt_key *k, struct bytes part)
{
    return k->header && part.n == strlen(k->header) && !memcmp(part.at, k->header, part.n);
}

/* What we signed ourselves is known by its header as it stands; others name a key, or any of ours may fit. */
static fallible signature_check(struct ctx *cx, const struct jwt_rules *rules, const char *token, const struct parts *p)
{
    size_t n = (size_t)(p->signature.at - 1 - token);
    struct jwt_header h = { 0 };
    bool known = false;

    for (size_t i = 0; i < rules->n; i++)
        if (is_header_of(&rules->keys[i], p->header)) {
            bool fits = jwt_key_fits(cx, &rules->keys[i], token, n, p->signature);
            return fits ? OK : fail(cx, TOKEN_INVALID, "the token's signature is wrong");
        }
    TRY(header_read(cx, p->header, &h));
    for (size_t i = 0; i < rules->n; i++) {
        if (!key_is_meant(&rules->keys[i], &h))
            continue;
        known = true;
        if (jwt_key_fits(cx, &rules->keys[i], token, n, p->signature))
            return OK;
    }
    return fail(cx, TOKEN_INVALID, known ? "the token's signature is wrong" : "the token's algorithm or key is not ours");
}

/* The time comes last: only of what was good is it told that it has expired. */
static fallible claims_check(struct ctx *cx, const struct jwt_rules *rules, const struct jwt *claims)
{
    int64_t now_s = clock_wall_ms() / 1000;

    if (rules->life_s && claims->exp > now_s + rules->life_s + EARLY_S)
        return fail(cx, TOKEN_INVALID, "the token lives longer than any of ours");
    if (claims->nbf > now_s + EARLY_S)
        return fail(cx, TOKEN_INVALID, "the token is not valid yet");
    if (rules->iss && !text_is(claims->iss, rules->iss))
        return fail(cx, TOKEN_INVALID, "the token is of another issuer");
    if (rules->aud && !text_is(claims->aud, rules->aud))
        return fail(cx, TOKEN_INVALID, "the token is for somebody else");
    return claims->exp > now_s ? OK : fail(cx, TOKEN_EXPIRED, "the token has expired");
}

bool jwt_read_names(struct ctx *cx, const char *token, struct jwt_names *out)
{
    struct jwt_header h = { 0 };
    struct jwt claims = { 0 };
    struct parts p;

    if (!token_split(token, &p) || header_read(cx, p.header, &h) || part_read(cx, p.claims, &jwt_shape, &claims))
        return false;
    *out = (struct jwt_names){ h.alg, h.kid, claims.aud };
    return true;
}

err_t jwt_check(struct ctx *cx, const struct jwt_rules *rules, const char *token, struct jwt *claims)
{
    struct parts p;

    *claims = (struct jwt){ 0 };
    if (!token_split(token, &p))
        return fail(cx, TOKEN_INVALID, "this is not a token");
    TRY(signature_check(cx, rules, token, &p));

    struct jwt said = { 0 };
    TRY(part_read(cx, p.claims, &jwt_shape, &said));
    TRY(claims_check(cx, rules, &said));
    *claims = said;             /* nothing of a token that failed reaches the caller */
    return OK;
}
