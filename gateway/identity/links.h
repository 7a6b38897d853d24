/* Links by mail, and what is mailed of an account. */
#pragma once

#include "http/exchange.h"

/* MAIL_URL is set. */
bool mail_is_on(const struct ctx *cx);
/* In cx's transaction: the job that mails an account a link, in the language and to the pages of who asks. `purpose`: reset, verify. An account
 * that there is not gets none. */
fallible link_mail(struct ctx *cx, const char *user, const char *purpose);
/* In the transaction that sets a password: who has the account is told by mail, where there is any. */
fallible password_mail(struct ctx *cx, const char *user);
