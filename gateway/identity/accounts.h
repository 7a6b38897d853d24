/* Accounts. */
#pragma once

#include "identity/tokens.h"

/* USER_UNKNOWN. */
fallible account_read(struct ctx *cx, const char *id, struct user *out);

struct account_new {
    const char *email, *name, *password, *trigramme, *first_name, *last_name, *username, *role;
    bool must_change, mails;            /* mails: a link to verify the address, where there is mail */
    const char *action;                 /* for the audit log */
};
/* EMAIL_TAKEN, NAME_TAKEN, PASSWORD_SHORT, PASSWORD_WEAK. */
fallible account_open(struct ctx *cx, const struct account_new *new, struct user *out);
/* PASSWORD_SHORT; PASSWORD_WEAK, also for what its owner is called. */
fallible password_fits_rules(struct ctx *cx, const char *password, const struct user *owner);
/* A duplicate as what it is: EMAIL_TAKEN, NAME_TAKEN. */
fallible account_taken(struct ctx *cx, err_t e);
void profile_answer(const struct user *u, const char *message, struct profile *out);
