#include "proto/notify.h"

SHAPE(notify_webhook, "A webhook to send.",
    FIELD(notify_webhook, delivery, "Its delivery.", .need = true, .format = &format_uuid));

SHAPE(notified, "A webhook that was sent.",
    FIELD(notified, state,       "delivered; gone: nothing was to be sent any more.", .need = true),
    FIELD(notified, error,       "Why not."),
    FIELD(notified, status_code, "What the receiver answered."));
