#include "identity/tokens.h"
#include "http/api_key.h"
#include "http/cookie.h"
#include "http/gateway.h"
#include "base/log.h"
#include "app/audit.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define REFRESH_START "prt_"
#define REFRESH_BYTES 32
#define TWICE_MS      10000             /* in which the token before the newest gets the newest again */

static struct exchange *exchange_of(const struct ctx *cx) { return cx->host; }

const char *in_words(const struct ctx *cx, const char *french, const char *english)
{
    return exchange_of(cx)->english ? english : french;
}

/* --- tokens --- */

static const char *access_of(struct ctx *cx, const struct user *u, const char *session, const char *client_id, const char *scope, int64_t auth_time)
{
    const struct jwt_rules *rules = &exchange_of(cx)->gateway->tokens;
    int64_t now_s = clock_wall_ms() / 1000;
    struct jwt claims = {
        .sub = u->id, .email = u->email, .role = u->role, .plan = u->plan, .organization = u->organization, .type = "access",
        .jti = uuid_make(cx), .iss = rules->iss, .aud = rules->aud, .sid = session, .client_id = client_id, .scope = scope,
        .must_change_password = u->must_change_password, .ver = u->token_version, .iat = now_s, .exp = now_s + rules->life_s,
        .auth_time = auth_time ? auth_time : now_s,
    };

    return jwt_sign(cx, rules, &claims);
}

static const char *refresh_make(struct ctx *cx)
{
    uint8_t dice[REFRESH_BYTES];

    crypto_random(dice, sizeof(dice));
    return arena_fmt(cx->arena, REFRESH_START "%s", text_base64url(cx->arena, dice, sizeof(dice)));
}

/* The next token follows from this one and our secret: what is stored are hashes, yet it can be given twice. */
static const char *refresh_next(struct ctx *cx, const char *refresh)
{
    const char *secret = exchange_of(cx)->gateway->settings->jwt_secret, *text = arena_fmt(cx->arena, "refresh %s", refresh);
    uint8_t mac[SHA256_BYTES];

    crypto_hmac(secret, strlen(secret), text, strlen(text), mac);
    return arena_fmt(cx->arena, REFRESH_START "%s", text_base64url(cx->arena, mac, sizeof(mac)));
}

/* --- a session begins --- */

err_t tokens_open(struct ctx *cx, const struct session_new *new, struct token_pair *out)
{
    struct exchange *x = exchange_of(cx);
    const struct gateway_settings *s = x->gateway->settings;

    *out = (struct token_pair){ .session = new->id ? new->id : uuid_make(cx), .refresh = refresh_make(cx), .scope = new->scope, .expires_s = s->token_s };
    TRY(pg_do(cx, SQL(session_put), ARGS(out->session, new->user->id, new->client_id, new->scope, x->client, client_agent(cx, x), s->refresh_s,
                                         token_hash(cx, out->refresh), new->better_hash)));
    out->access = access_of(cx, new->user, out->session, new->client_id, new->scope, 0);
    return OK;
}

/* --- and goes on --- */

struct refresh_row {
    const char *session_id, *user_id, *client_id, *scope, *successor;
    bool used, successor_used, lives, confidential;
    int64_t used_ms, auth_time;
};
extern const struct shape refresh_row_shape;
SHAPE(refresh_row, "A refresh token and what came of it.",
    FIELD(refresh_row, session_id,     "Its session."),
    FIELD(refresh_row, user_id,        "Whose."),
    FIELD(refresh_row, client_id,      "The program it was given to."),
    FIELD(refresh_row, scope,          "What the session is good for."),
    FIELD(refresh_row, successor,      "Hash of the token that was given for it."),
    FIELD(refresh_row, used,           "It was used."),
    FIELD(refresh_row, successor_used, "So was that one."),
    FIELD(refresh_row, used_ms,        "How long ago."),
    FIELD(refresh_row, confidential,   "That program has a secret."),
    FIELD(refresh_row, lives,          "The session can go on."),
    FIELD(refresh_row, auth_time,      "When it began, seconds since 1970."));

static fallible invalid(struct ctx *cx, const char *why) { return fail(cx, REFRESH_INVALID, "%s", why); }

/* A token used twice is in two hands. */
static fallible stolen(struct ctx *cx, const struct refresh_row *row)
{
    bool found;

    TRY(session_end(cx, row->session_id, NULL, "reuse", &found));
    TRY(audit_add(cx, &(struct audit_entry){ .action = "auth.refresh", .type = "session", .id = row->session_id, .actor = row->user_id,
                                             .outcome = "failure", .details = { .reason = "reuse" } }));
    log_event(cx, LOG_WARN, "a refresh token was used twice: its session ends", LOG_TEXT("session", row->session_id), LOG_TEXT("user", row->user_id));
    return invalid(cx, "the refresh token was used already");
}

/* Under the lock of the session. *next NULL: the token was used already, and not just now. */
static fallible turn(struct ctx *cx, const char *refresh, const struct refresh_row *row, const char **next)
{
    const char *hash = token_hash(cx, refresh), *made = refresh_next(cx, refresh);

    *next = NULL;
    if (!row->used) {
        *next = made;
        return pg_do(cx, SQL(refresh_turn), ARGS(hash, token_hash(cx, made), row->session_id));
    }
    if (row->used_ms < TWICE_MS && !row->successor_used && text_is(row->successor, token_hash(cx, made)))
        *next = made;
    return OK;
}

static fallible continue_locked(struct ctx *cx, const char *refresh, const char *client_id, struct refresh_row *row, struct user *user,
                                const char **next)
{
    struct session_ref locked = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(refresh_lock), ARGS(token_hash(cx, refresh)), &session_ref_shape, &locked, &found));
    if (found)
        TRY(pg_find(cx, SQL(refresh_find), ARGS(token_hash(cx, refresh), exchange_of(cx)->gateway->settings->refresh_idle_s), &refresh_row_shape,
                    row, &found));
    if (!found || !row->lives || (client_id ? !text_is(row->client_id, client_id) : row->confidential))
        return invalid(cx, "the refresh token is unknown, over, or somebody else's");
    TRY(pg_find(cx, SQL(account_find), ARGS(row->user_id), &user_shape, user, &found));
    return turn(cx, refresh, row, next);
}

err_t tokens_continue(struct ctx *cx, const char *refresh, const char *client_id, struct user *user, struct token_pair *out)
{
    struct refresh_row row = { 0 };
    const char *next = NULL;

    if (!refresh || !text_starts(refresh, REFRESH_START))
        return invalid(cx, "this is not a refresh token");
    TRY(pg_begin(cx));
    TRY(continue_locked(cx, refresh, client_id, &row, user, &next));
    TRY(pg_commit(cx));
    if (!next)
        return stolen(cx, &row);
    *out = (struct token_pair){ .session = row.session_id, .refresh = next, .scope = row.scope, .expires_s = exchange_of(cx)->gateway->settings->token_s };
    out->access = access_of(cx, user, row.session_id, row.client_id, row.scope, row.auth_time);
    return OK;
}

/* --- and ends --- */

err_t session_end(struct ctx *cx, const char *session, const char *user, const char *why, bool *found)
{
    struct session_ref ended = { 0 };

    TRY(pg_find(cx, SQL(session_end), ARGS(session, user, why), &session_ref_shape, &ended, found));
    if (*found)
        ended_tell_session(cx, session);
    return OK;
}

err_t sessions_end(struct ctx *cx, const char *user, const char *keep, const char *why)
{
    struct { LIST_OF(struct session_ref) rows; } ended = { 0 };

    TRY(pg_list(cx, SQL(sessions_end), ARGS(user, keep, why), &session_ref_shape, &ended.rows));
    for (size_t i = 0; i < ended.rows.n; i++)
        ended_tell_session(cx, ended.rows.at[i].id);
    return OK;
}

/* --- the answer --- */

void login_answer(struct ctx *cx, const struct user *u, const struct token_pair *t, const char *message, struct login_out *out)
{
    memcpy(out, u, sizeof(*u));         /* its first members are a user's */
    out->access_token = t->access, out->refresh_token = t->refresh, out->token_type = "bearer", out->expires_in = t->expires_s;
    out->success = true, out->message = message, out->user = *u;
    out->data = (struct login_data){
        .token = t->access, .access_token = t->access, .refresh_token = t->refresh, .token_type = "bearer", .expires_in = t->expires_s,
        .tokens = { t->access, t->refresh, t->expires_s }, .user = *u,
    };
    cookie_put(cx, exchange_of(cx), t->access, t->expires_s);
}
