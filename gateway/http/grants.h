/* What a role may do: rows of role_permissions, read again every few seconds. */
#pragma once

#include "base/err.h"

enum grant { DENIED, OWN, ANY };        /* OWN: on what is the caller's own */

/* PG_DOWN: they were never read. */
fallible grant_find(struct ctx *cx, const char *role, const char *permission, enum grant *out);
/* A scope's words are permissions, as rows have them; NULL: no bounds. */
enum grant grant_within(const char *scope, const char *permission, enum grant most);
