/* One conversation with an SMTP server over libcurl. */
#pragma once

#include "net/mail.h"

/* `tls`: STARTTLS before anything is said of us; smtps:// has it from the start. Errors as mail_send. */
fallible mail_exchange(struct ctx *cx, const struct mail_settings *s, bool tls, const struct mail_wire *w);
