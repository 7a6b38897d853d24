/* Sessions: an access token that lives for minutes, and a refresh token that gets the next pair, once.
 *
 * A refresh token that was used already means that somebody else has it: the whole session ends. Only the one before
 * the newest gets the newest once more for a few seconds, since a client may ask twice at once or lose an answer. */
#pragma once

#include "http/exchange.h"
#include "identity/shapes.h"

struct token_pair { const char *access, *refresh, *session, *scope; int64_t expires_s; };

/* What a session is begun with. */
struct session_new {
    const struct user *user;
    const char *client_id, *scope;      /* of a program that somebody logged in to; NULL: our own pages */
    const char *better_hash;            /* of the password; NULL: as it is */
    const char *id;                     /* NULL: a new one */
};
fallible tokens_open(struct ctx *cx, const struct session_new *new, struct token_pair *out);

/* REFRESH_INVALID: unknown, used, ended, expired, of another client. `client_id` NULL: not said, which is
 * enough for all but programs with a secret. */
fallible tokens_continue(struct ctx *cx, const char *refresh, const char *client_id, struct user *user, struct token_pair *out);

/* `user` NULL: anybody's. Nothing happens to a session that is over or somebody else's; *found tells. */
fallible session_end(struct ctx *cx, const char *session, const char *user, const char *why, bool *found);
/* All of an account but `keep` (NULL: all). */
fallible sessions_end(struct ctx *cx, const char *user, const char *keep, const char *why);

/* The answer to a login: tokens, account, cookie. */
void login_answer(struct ctx *cx, const struct user *u, const struct token_pair *t, const char *message, struct login_out *out);
/* French unless English was asked for. */
const char *in_words(const struct ctx *cx, const char *french, const char *english);
