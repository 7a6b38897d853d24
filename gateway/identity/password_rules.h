/* Passwords that are tried first: rules instead of a list of other people's. */
#pragma once

#include "base/text.h"

#define PASSWORD_OWN_MOST 6

/* Whether hardly anything is left of a password once is taken away what anybody would try: walks along a keyboard's rows, the alphabet and
 * the numbers, years, usual words (ours and the products' names too), and `own`: what its owner is called, with NULLs. */
bool password_is_weak(struct ctx *cx, const char *password, const char *const own[PASSWORD_OWN_MOST]);
