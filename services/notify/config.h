/* Settings of the notifying worker. */
#pragma once

#include "net/mail.h"
#include "net/webhook_gate.h"

struct notify_settings {
    const char *webhook_schedule;
    int         webhook_timeout_ms, webhook_at_once, webhook_failing_at_once, webhook_disable_failures, webhooks_keep_days;
    int64_t     webhook_disable_s;
    struct webhook_rules webhooks;
    struct mail_settings mail;
    const char *mail_links, *mail_schedule;
};

extern const struct shape notify_settings_shape;
extern struct notify_settings notify_settings;      /* defaults; read once before any thread starts */
