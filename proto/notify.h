/* What the notifying worker is asked and gives. The same members stand in notify.proto. */
#pragma once

#include "data/shape.h"

/* notify.webhook: an attempt of a delivery (webhook_deliveries). */
struct notify_webhook { const char *delivery; };

struct notified { const char *state, *error; int status_code; };    /* state: delivered; gone: there is nothing to be delivered any more */

/* notify.mail: a link for somebody, or what became of their account. The worker makes what a link holds: it stands in no row of a job. */
struct notify_mail { const char *user, *purpose, *product; bool english; };     /* purpose: reset, verify; changed: the password was */

struct mailed { const char *state; };   /* sent; nobody: there is nobody to be mailed such a thing */

extern const struct shape notify_webhook_shape, notified_shape, notify_mail_shape, mailed_shape;
