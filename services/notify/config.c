#include "config.h"
#include "mail_links.h"
#include "schedule.h"

SHAPE(notify_settings, "Settings of the notifying worker.",
    FIELD(notify_settings, webhook_schedule,         "Seconds before each attempt of a webhook, with commas; the first is made at once. As many as there are attempts.",
          .format = &format_schedule),
    FIELD(notify_settings, webhook_timeout_ms,       "Milliseconds for an attempt, connection and answer included.", .min = 100, .max = 60000),
    FIELD(notify_settings, webhook_at_once,          "Webhooks sent to one address at once.", .min = 1, .max = 64),
    FIELD(notify_settings, webhook_failing_at_once,  "Webhooks sent at once to all addresses together whose last attempt failed; the rest of WORKER_EXECUTORS is for those that answer.",
          .min = 1, .max = 64),
    FIELD(notify_settings, webhook_disable_s,        "Seconds for which an address fails without a success before it is disabled ...", .min = 1, .max = 31536000),
    FIELD(notify_settings, webhook_disable_failures, "... and the attempts that must have failed by then.", .min = 1, .max = 1000000),
    FIELD(notify_settings, webhooks_keep_days,       "Days for which messages and their deliveries are kept.", .min = 1, .max = 3650),
    WEBHOOK_FIELDS(notify_settings, webhooks),
    MAIL_FIELDS(notify_settings, mail),
    FIELD(notify_settings, mail_links,    "Pages that mailed links lead to: https://app.example.org; with commas, those of one product: saas-ia=https://saas.example.org. The rest is ours: /reset-password?token=..., /verify-email?token=...",
          .max = 2000, .format = &format_mail_links),
    FIELD(notify_settings, mail_schedule, "Seconds before each attempt of a mail, with commas; five are made at most.", .format = &format_schedule));

/* The schedule is the example of the Standard Webhooks specification. */
struct notify_settings notify_settings = {
    .webhook_schedule = "0,5,300,1800,7200,18000,36000,50400,72000,86400",
    .webhook_timeout_ms = 15000,
    .webhook_at_once = 2,
    .webhook_failing_at_once = 3,
    .webhook_disable_s = 432000,
    .webhook_disable_failures = 20,
    .webhooks_keep_days = 30,
    .mail = MAIL_DEFAULTS,
    .mail_schedule = "0,20,120,600,1200",
};
