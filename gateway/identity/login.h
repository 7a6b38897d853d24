/* Who proves by a password who they are. */
#pragma once

#include "identity/tokens.h"

/* AUTH_FAILED: an unknown name takes as long as a wrong password, and says the same. ACCOUNT_DISABLED: told to whom the
 * password is right. *better_hash: to be stored instead, or NULL. */
fallible login_prove(struct ctx *cx, const char *name, const char *password, struct user *out, const char **better_hash);
