/* What the notifying worker does. */
#pragma once

#include "app/handler.h"
#include "proto/notify.h"

extern const struct handler notify_webhook, notify_mail;

struct tidied { int gone; };
extern const struct shape tidied_shape;

/* While nothing runs: messages that are older than they are kept go, some at a time. */
void notify_tidy(struct daemon *d);
