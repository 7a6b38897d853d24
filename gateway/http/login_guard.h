/* Guessed passwords: each try costs the next one more time, counted for the account at that address, for the account from
 * wherever, and for the address whatever the account. Whether an account exists makes no difference. */
#pragma once

#include "base/err.h"

struct exchange;

/* Before the password is looked at: the try counts as failed until login_passed says otherwise, so many tries at once are
 * no way around. `account`: as it was given. LOGIN_DELAYED, with the time to wait. */
fallible login_try(struct ctx *cx, const struct exchange *x, const char *account);
/* The password was right: the account's tries at this address are forgotten, and this one elsewhere. */
void login_passed(struct ctx *cx, const struct exchange *x, const char *account);
/* Nobody could tell whether it was right: the try does not count, here or elsewhere. */
void login_untold(struct ctx *cx, const struct exchange *x, const char *account);
