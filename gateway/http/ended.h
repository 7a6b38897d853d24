/* Tokens that ended before their time: a session that was logged out, an account that may do other things now.
 *
 * PostgreSQL is the truth (token_ends, written by triggers, whoever makes the change). Redis has a copy, which the
 * script that counts a request reads in the same round trip, so a check costs nothing more. A gateway that ends
 * something writes the copy itself, at once; what others wrote (palabrectl, a process that died between its commit and
 * its copy) every gateway copies within a second. A Redis that is away or has forgotten is told by a mark that is
 * missing: then each request asks PostgreSQL. */
#pragma once

#include "base/err.h"
#include "base/text.h"

/* Who a token says it is. */
struct asker {
    const char *user, *session;         /* session NULL: the token belongs to none */
    int64_t version;
    const char *scope;                  /* NULL: for all that they may do */
    bool must_change_password;          /* good for that only */
    bool by_cookie;
};

enum standing { STANDING, ENDED, NOT_TOLD };

#define ENDED_KEYS 3
/* Keys for the script of the rate limit: the session's end, the account's least version, the mark. */
void ended_keys(struct ctx *cx, const struct asker *a, struct bytes keys[ENDED_KEYS]);
struct reply_value;
/* What it gave for them. */
enum standing ended_read(const struct asker *a, const struct reply_value *values, size_t n);
/* The same from PostgreSQL. */
fallible ended_find(struct ctx *cx, const struct asker *a, bool *stands);

/* Tell every gateway, after the commit; what does not get through is copied within a second. */
void ended_tell_session(struct ctx *cx, const char *session);
void ended_tell_user(struct ctx *cx, const char *user, int64_t version);

struct daemon;
/* Copies what others wrote. `life_s`: of an access token. */
struct ends *ended_open(struct daemon *d, int64_t life_s);
void         ended_close(struct ends *e);
