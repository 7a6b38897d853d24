/* Passwords that are tried first: rules instead of a list of other people's. */
#pragma once

#include "data/shape.h"

#define PASSWORD_OWN_MOST 6
#define PASSWORD_LEAST    8

/* A row of a daemon's settings: its member int64_t password_least, PASSWORD_LEAST by default. */
#define PASSWORD_FIELD(T) FIELD(T, password_least, "Bytes of a password.", .min = PASSWORD_LEAST, .max = 64)

/* What the owner of a password is called; NULL: not so. */
struct password_owner { const char *email, *name, *first_name, *last_name, *username, *trigramme; };

/* May it become a password of theirs? PASSWORD_SHORT; PASSWORD_WEAK, also for what its owner is called. */
fallible password_rules_check(struct ctx *cx, const char *password, int64_t least, const struct password_owner *owner);

/* Whether hardly anything is left of a password once is taken away what anybody would try: walks along a keyboard's rows, the alphabet and
 * the numbers, years, usual words (ours and the products' names too), and `own`: what its owner is called, with NULLs. */
bool password_is_weak(struct ctx *cx, const char *password, const char *const own[PASSWORD_OWN_MOST]);
