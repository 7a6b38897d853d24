/* Who asks, is that still so, and may they. */
#include "http/gateway.h"
#include "http/api_key.h"
#include "http/cookie.h"
#include "http/grants.h"
#include "http/supabase.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>
#include <strings.h>

/* --- identity --- */

#define BEARER "bearer "

static const char *bearer_of(const struct exchange *x)
{
    const char *value = exchange_read_header(x, "Authorization");

    if (!value || strncasecmp(value, BEARER, strlen(BEARER)))
        return NULL;
    value += strlen(BEARER);
    return value + strspn(value, " ");
}

/* What a request shows, in this order: a token, a program's key, the cookie of our own pages. */
static const char *shown(struct ctx *cx, const struct exchange *x, bool *by_cookie)
{
    const char *token = bearer_of(x);

    if (!token)
        token = exchange_read_header(x, "X-API-Key");
    if (token)
        return token;
    token = cookie_read(cx, x);
    *by_cookie = token != NULL;
    return token;
}

static fallible take_own(struct ctx *cx, struct exchange *x, const char *token)
{
    struct jwt *claims = NEW(cx, struct jwt);

    TRY(jwt_check(cx, &x->gateway->tokens, token, claims));
    if (!claims->sub || !uuid_is(claims->sub, strlen(claims->sub)) || (claims->sid && !uuid_is(claims->sid, strlen(claims->sid))) ||
        !text_is(claims->type, "access") || !claims->role)
        return fail(cx, TOKEN_INVALID, "this is not an access token");
    cx->role = claims->role;
    x->plan = claims->plan;
    x->asker = (struct asker){ .user = claims->sub, .session = claims->sid, .version = claims->ver, .scope = claims->scope,
                               .must_change_password = claims->must_change_password };
    return OK;
}

/* What is not ours may be Supabase's; ours cost nothing more. */
static fallible take_token(struct ctx *cx, struct exchange *x, const char *token)
{
    err_t e = take_own(cx, x, token);
    bool meant = false;

    if (e)
        TRY(supabase_take(cx, x, token, &meant));
    return meant ? OK : e;
}

struct key_bearer { const char *id, *role, *plan, *scope; };
extern const struct shape key_bearer_shape;
SHAPE(key_bearer, "Whose key it is.",
    FIELD(key_bearer, id,    "The account."),
    FIELD(key_bearer, role,  "What it may do."),
    FIELD(key_bearer, plan,  "How often."),
    FIELD(key_bearer, scope, "What of that the key is good for."));

/* The row is read with every request: it needs no other sign that it ended. */
static fallible take_key(struct ctx *cx, struct exchange *x, const char *key)
{
    struct key_bearer row = { 0 };
    bool found = api_key_is_whole(cx, key);

    if (found)
        TRY(pg_find(cx, SQL(api_key_use), ARGS(token_hash(cx, key)), &key_bearer_shape, &row, &found));
    if (!found)
        return fail(cx, TOKEN_INVALID, "this key is not good, or not any more");
    cx->role = row.role;
    x->plan = row.plan;
    x->asker = (struct asker){ .user = row.id, .version = INT32_MAX, .scope = row.scope };
    return OK;
}

static void forget(struct ctx *cx, struct exchange *x)
{
    cx->user = cx->role = x->plan = NULL;
    x->asker = (struct asker){ 0 };
}

/* A cookie comes along by itself: what changes something must come from a page of ours. */
static fallible origin_check(struct ctx *cx, const struct exchange *x)
{
    return x->route->verb == GET || cookie_origin_is_ours(x) ? OK : fail(cx, ORIGIN_REFUSED, "this request comes from another site");
}

err_t gate_identity(struct ctx *cx, struct exchange *x)
{
    bool by_cookie = false, is_public = x->route->access == PUBLIC;
    const char *token = shown(cx, x, &by_cookie);

    if (!token || !*token)
        return is_public ? OK : fail(cx, AUTH_NEEDED, "send Authorization: Bearer <token>");
    err_t e = text_starts(token, API_KEY_START) ? take_key(cx, x, token) : take_token(cx, x, token);
    if (!e && by_cookie)
        e = origin_check(cx, x);
    if (e)
        forget(cx, x);
    cx->user = x->asker.user;
    x->asker.by_cookie = cx->user && by_cookie;
    return is_public ? OK : e;
}

/* Redis has told, in the round trip that counted the request; when it could not, the database does. Where everybody may ask,
 * who cannot be told to be somebody is nobody. */
err_t gate_standing(struct ctx *cx, struct exchange *x, enum standing standing)
{
    bool stands = standing == STANDING;
    err_t e = OK;

    if (!cx->user || stands)
        return OK;
    if (standing == NOT_TOLD)
        e = ended_find(cx, &x->asker, &stands);
    if (!e && stands)
        return OK;
    forget(cx, x);
    if (x->route->access == PUBLIC)
        return OK;
    return e ? e : fail(cx, TOKEN_INVALID, "the session has ended");
}

/* --- what they may do --- */

struct password_flag { bool flagged; };
extern const struct shape password_flag_shape;
SHAPE(password_flag, "About a password.",
    FIELD(password_flag, flagged, "It must be changed."));

/* The token says so for as long as it lives; the account, only until it was done. */
static fallible flag_check(struct ctx *cx, const struct exchange *x)
{
    struct password_flag row = { 0 };
    bool found;

    if (!x->asker.must_change_password || x->route->flagged)
        return OK;
    TRY(pg_find(cx, SQL(password_flag), ARGS(cx->user), &password_flag_shape, &row, &found));
    return found && !row.flagged ? OK : fail(cx, PASSWORD_NEEDED, "Password change required");
}

struct email_flag { bool verified; };
extern const struct shape email_flag_shape;
SHAPE(email_flag, "About an address.",
    FIELD(email_flag, verified, "It is its person's."));

static fallible email_check(struct ctx *cx, const struct exchange *x)
{
    const struct gateway_settings *s = x->gateway->settings;
    struct email_flag row = { 0 };
    bool found;

    if (!x->route->verified || !s->email_verified_required || text_is(s->environment, "development"))
        return OK;
    TRY(pg_find(cx, SQL(email_verified), ARGS(cx->user), &email_flag_shape, &row, &found));
    return row.verified ? OK : fail(cx, EMAIL_NOT_VERIFIED, "the address of this account is not verified: POST /auth/resend-verify mails a link");
}

err_t gate_may(struct ctx *cx, struct exchange *x)
{
    const struct route *r = x->route;
    enum grant grant;

    if (r->access == PUBLIC)
        return OK;
    TRY(flag_check(cx, x));
    if (r->access == PERSON) {
        bool whole = !x->asker.scope || r->verb == GET;
        return whole ? OK : fail(cx, FORBIDDEN, "a key or token with a scope is not good for this");
    }
    TRY(grant_find(cx, cx->role, r->may, &grant));
    grant = grant_within(x->asker.scope, r->may, grant);
    x->own = grant == OWN;
    return grant != DENIED ? email_check(cx, x) : fail(cx, FORBIDDEN, "this needs the permission %s", r->may);
}

bool exchange_may_see(const struct ctx *cx, const char *owner)
{
    const struct exchange *x = cx->host;

    return !x->own || text_is(owner, cx->user);
}

err_t account_gone(struct ctx *cx, err_t e)
{
    bool gone = e && (e->code == E_PG_MISSING || e->code == E_PERSON_ERASED);

    return gone ? fail(cx, USER_UNKNOWN, "this account does not exist any more") : e;
}
