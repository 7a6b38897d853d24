/* What the notifying worker is asked and gives. The same members stand in notify.proto. */
#pragma once

#include "data/shape.h"

/* notify.webhook: an attempt of a delivery (webhook_deliveries). */
struct notify_webhook { const char *delivery; };

struct notified { const char *state, *error; int status_code; };    /* state: delivered; gone: there is nothing to be delivered any more */

extern const struct shape notify_webhook_shape, notified_shape;
