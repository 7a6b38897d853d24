#include "http/supabase.h"
#include "http/gateway.h"
#include "http/jwks.h"
#include "app/audit.h"
#include "base/log.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define AUDIENCE     "authenticated"    /* of people; anon and service_role keys have none */
#define PATH         "/auth/v1"
#define LIFE_S       604800             /* the longest that Supabase lets a project set */
#define SECRET_LEAST 32

struct supabase {
    const char *iss;                    /* NULL: any that has the secret */
    struct jwt_key secret;              /* .secret NULL: there is none */
    struct jwks *jwks;                  /* NULL: it has no address */
};

struct supabase_person { const char *id, *session, *role, *plan; bool enabled, ended, known; };
extern const struct shape supabase_person_shape;
SHAPE(supabase_person, "Somebody whom Supabase knows.",
    FIELD(supabase_person, id,      "Their account."),
    FIELD(supabase_person, session, "And the session."),
    FIELD(supabase_person, role,    "What they may do."),
    FIELD(supabase_person, plan,    "How often."),
    FIELD(supabase_person, enabled, "They may come in."),
    FIELD(supabase_person, ended,   "The session has ended here."),
    FIELD(supabase_person, known,   "The session is kept for as long as this token asks for."));

struct supabase_account { const char *id; };
extern const struct shape supabase_account_shape;
SHAPE(supabase_account, "An account that was opened.", FIELD(supabase_account, id, "Its id."));

/* --- settings --- */

err_t supabase_open(struct ctx *cx, struct daemon *d, const struct gateway_settings *set, struct supabase **out)
{
    bool url = set->supabase_url && *set->supabase_url, secret = set->supabase_jwt_secret && *set->supabase_jwt_secret;
    struct supabase *s = arena_get(d->home, sizeof(*s));

    *out = NULL;
    if (secret && strlen(set->supabase_jwt_secret) < SECRET_LEAST)
        return fail(cx, CONFIG_INVALID, "SUPABASE_JWT_SECRET has at least %d bytes", SECRET_LEAST);
    if (!url && !secret)
        return OK;
    if (secret)
        s->secret = (struct jwt_key){ .alg = HS256, .secret = set->supabase_jwt_secret };
    if (url) {
        int n = (int)strlen(set->supabase_url);
        s->iss = arena_fmt(d->home, "%.*s" PATH, set->supabase_url[n - 1] == '/' ? n - 1 : n, set->supabase_url);
        s->jwks = jwks_open(d, arena_fmt(d->home, "%s/.well-known/jwks.json", s->iss), set->supabase_again_s * 1000);
    }
    *out = s;
    return OK;
}

void supabase_close(struct supabase *s)
{
    if (s && s->jwks)
        jwks_close(s->jwks);
}

/* --- a token --- */

/* One key only, of the algorithm that the token names: the secret checks HS256 and nothing else, and no published key does. */
static fallible key_find(struct ctx *cx, const struct supabase *s, const struct jwt_names *names, struct jwt_key *out)
{
    if (text_is(names->alg, "HS256") && s->secret.secret) {
        *out = s->secret;
        return OK;
    }
    if (text_is(names->alg, "HS256") || !s->jwks || !names->kid)
        return fail(cx, TOKEN_INVALID, "the token's algorithm or key is not Supabase's");
    return jwks_find(cx, s->jwks, names->kid, out);
}

static fallible claims_read(struct ctx *cx, const struct supabase *s, const struct jwt_names *names, const char *token, struct jwt *claims)
{
    struct jwt_key key;

    TRY(key_find(cx, s, names, &key));
    struct jwt_rules rules = { .keys = &key, .n = 1, .iss = s->iss, .aud = AUDIENCE, .life_s = LIFE_S };
    TRY(jwt_check(cx, &rules, token, claims));
    if (!claims->sub || !uuid_is(claims->sub, strlen(claims->sub)) || !claims->session_id || !uuid_is(claims->session_id, strlen(claims->session_id)))
        return fail(cx, TOKEN_INVALID, "the token names no person, or no session that could be ended");
    return OK;
}

/* --- a person --- */

static fallible person_find(struct ctx *cx, const struct exchange *x, const struct jwt *claims, struct supabase_person *out, bool *found)
{
    *out = (struct supabase_person){ 0 };
    return pg_find(cx, SQL(supabase_find), ARGS(claims->sub, claims->session_id, claims->exp, x->gateway->settings->refresh_s), &supabase_person_shape,
                   out, found);
}

static fallible note(struct ctx *cx, const struct jwt *claims, const char *action, const char *type, const char *id)
{
    return audit_add(cx, &(struct audit_entry){ .action = action, .type = type, .id = id, .actor = claims->sub, .details = { .method = "supabase" } });
}

/* An address that another account has stays that one's: who can have it written at Supabase may not take it over. */
static fallible account_open_locked(struct ctx *cx, const struct jwt *claims, bool *made)
{
    struct supabase_account account = { 0 };

    TRY(pg_find(cx, SQL(supabase_account), ARGS(claims->sub, claims->email), &supabase_account_shape, &account, made));
    return *made ? note(cx, claims, "auth.register", "user", claims->sub) : OK;
}

static fallible account_open(struct ctx *cx, const struct jwt *claims)
{
    bool made = false;

    if (!claims->email || !*claims->email)
        return fail(cx, TOKEN_INVALID, "the token names no address: anonymous people have no account here");
    TRY(pg_begin(cx));
    err_t e = account_open_locked(cx, claims, &made);
    if (e || !made)
        return pg_undo(cx), e;
    return pg_commit(cx);
}

/* With its first token, and once with each that lives longer than those before. */
static fallible session_keep(struct ctx *cx, const struct exchange *x, const struct jwt *claims)
{
    struct supabase_account begun = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(supabase_session), ARGS(claims->session_id, claims->sub, x->client, client_agent(cx, x), claims->exp, x->gateway->settings->refresh_s),
                &supabase_account_shape, &begun, &found));
    return found && begun.id ? note(cx, claims, "auth.login", "session", claims->session_id) : OK;
}

static fallible person_meet(struct ctx *cx, const struct exchange *x, const struct jwt *claims, struct supabase_person *out)
{
    bool found;

    TRY(person_find(cx, x, claims, out, &found));
    if (!found) {
        TRY(account_open(cx, claims));
        TRY(person_find(cx, x, claims, out, &found));
    }
    if (!found) {
        log_event(cx, LOG_WARN, "a person of Supabase has left, or has the address of another account", LOG_TEXT("sub", claims->sub));
        return fail(cx, TOKEN_INVALID, "this person has no account here");
    }
    if (!out->enabled || out->ended)
        return fail(cx, TOKEN_INVALID, out->ended ? "the session has ended" : "this account is disabled");
    return out->known ? OK : session_keep(cx, x, claims);
}

err_t supabase_take(struct ctx *cx, struct exchange *x, const char *token, bool *meant)
{
    const struct supabase *s = x->gateway->supabase;
    struct supabase_person person;
    struct jwt_names names;
    struct jwt *claims = NEW(cx, struct jwt);

    *meant = s && jwt_read_names(cx, token, &names) && text_is(names.aud, AUDIENCE);
    if (!*meant)
        return OK;
    TRY(claims_read(cx, s, &names, token, claims));
    TRY(person_meet(cx, x, claims, &person));
    cx->role = person.role;
    x->plan = person.plan;
    x->asker = (struct asker){ .user = person.id, .session = person.session, .version = INT32_MAX };
    return OK;
}
