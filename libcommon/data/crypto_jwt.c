#include "crypto.h"

#include "base/clock.h"
#include "data/json.h"

#include <string.h>
#include <strings.h>

#define TOKEN_BYTES  8192
#define EARLY_S      60         /* clocks of those who say nbf */

/* Ours, and what most libraries write: base64url of {"alg":"HS256","typ":"JWT"}. */
#define OUR_HEADER   "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

/* RFC 7519 4.1; lenient, since a verifier ignores claims that it does not know. */
FOREIGN(jwt, "The claims of a token.",
    FIELD(jwt, sub,   "Whose token it is.", .max = 256),
    FIELD(jwt, email, "Their address.", .max = 320),
    FIELD(jwt, role,  "Their role.", .max = 64),
    FIELD(jwt, type,  "access or refresh.", .max = 32),
    FIELD(jwt, jti,   "The token's id.", .max = 128),
    FIELD(jwt, iss,   "Who made it.", .max = 256),
    FIELD(jwt, aud,   "For whom.", .max = 256),
    FIELD(jwt, plan,  "What they pay for.", .max = 64),
    FIELD(jwt, iat,   "When it was made, seconds since 1970."),
    FIELD(jwt, exp,   "When it ends, seconds since 1970.", .need = true),
    FIELD(jwt, nbf,   "When it begins, seconds since 1970."));

struct jwt_header { const char *alg, *typ; struct raw crit; };
extern const struct shape jwt_header_shape;

FOREIGN(jwt_header, "The header of a token, RFC 7515 4.1.",
    FIELD(jwt_header, alg,  "Its algorithm.", .need = true, .max = 16),
    FIELD(jwt_header, typ,  "What it is.", .max = 32),
    FIELD(jwt_header, crit, "Extensions one must know; we know none."));

/* A token in its three parts, still encoded. */
struct parts { struct bytes header, claims, signature; };

static char *signature_of(struct ctx *cx, const char *secret, const char *signed_, size_t n)
{
    uint8_t mac[SHA256_BYTES];

    crypto_hmac(secret, strlen(secret), signed_, n, mac);
    return text_base64url(cx->arena, mac, sizeof(mac));
}

char *jwt_sign(struct ctx *cx, const char *secret, const struct jwt *claims)
{
    char *json = json_write(cx, &jwt_shape, claims);
    char *body = arena_fmt(cx->arena, OUR_HEADER ".%s", text_base64url(cx->arena, json, strlen(json)));

    return arena_fmt(cx->arena, "%s.%s", body, signature_of(cx, secret, body, strlen(body)));
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

    return part_take(&at, '.', &p->header) && part_take(&at, '.', &p->claims) && part_take(&at, '\0', &p->signature);
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

static fallible header_check(struct ctx *cx, struct bytes part)
{
    struct jwt_header h = { 0 };

    if (part.n == sizeof(OUR_HEADER) - 1 && !memcmp(part.at, OUR_HEADER, part.n))
        return OK;
    TRY(part_read(cx, part, &jwt_header_shape, &h));
    if (!text_is(h.alg, "HS256"))
        return fail(cx, TOKEN_INVALID, "the token's algorithm is not ours");
    if (h.crit.text)
        return fail(cx, TOKEN_INVALID, "the token needs extensions");
    if (h.typ && strcasecmp(h.typ, "JWT") && strcasecmp(h.typ, "at+jwt"))
        return fail(cx, TOKEN_INVALID, "the token is of another type");
    return OK;
}

static fallible times_check(struct ctx *cx, const struct jwt *claims)
{
    int64_t now_s = clock_wall_ms() / 1000;

    if (claims->exp <= now_s)
        return fail(cx, TOKEN_INVALID, "the token has expired");
    if (claims->nbf > now_s + EARLY_S)
        return fail(cx, TOKEN_INVALID, "the token is not valid yet");
    return OK;
}

err_t jwt_check(struct ctx *cx, const char *secret, const char *token, struct jwt *claims)
{
    struct parts p;

    *claims = (struct jwt){ 0 };
    if (!*secret)
        return fail(cx, TOKEN_INVALID, "no secret is set to check tokens with");
    if (strnlen(token, TOKEN_BYTES + 1) > TOKEN_BYTES || !token_split(token, &p))
        return fail(cx, TOKEN_INVALID, "this is not a token");
    TRY(header_check(cx, p.header));
    const char *right = signature_of(cx, secret, token, (size_t)(p.signature.at - 1 - token));
    if (p.signature.n != strlen(right) || !text_same_secret(p.signature.at, right, p.signature.n))
        return fail(cx, TOKEN_INVALID, "the token's signature is wrong");

    struct jwt said = { 0 };
    TRY(part_read(cx, p.claims, &jwt_shape, &said));
    TRY(times_check(cx, &said));
    *claims = said;             /* nothing of a token that failed reaches the caller */
    return OK;
}
