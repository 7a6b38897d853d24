/* Accounts of people whom an LDAP directory knows. */
#pragma once

#include "base/err.h"

/* The account of whom the directory believes, made at the first login and brought up to date at each. `local`: an account
 * of that name has a password of its own, so the directory is asked for the time it takes and nothing more.
 * AUTH_FAILED: also without a directory. DIRECTORY_DOWN, OVERLOADED. */
fallible directory_account(struct ctx *cx, const char *name, const char *password, bool local, const char **id);
