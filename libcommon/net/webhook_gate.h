/* Where webhooks may be sent: over https, to public addresses, unless the operator has named the host. */
#pragma once

#include "data/shape.h"

struct webhook_rules {
    const char *hosts;              /* with commas; what the operator has named */
    bool insecure;
};

/* Rows of a daemon's settings: `m` is its member struct webhook_rules. */
#define WEBHOOK_FIELDS(T, m)                                                                                                                  \
    FIELD_AS(T, m.hosts,    "webhook_hosts", "Hosts, with commas, whose webhooks may use http and private addresses: the operator's own, 127.0.0.1, hooks.internal.", .max = 4000), \
    FIELD_AS(T, m.insecure, "webhooks_insecure", "Webhooks may use http everywhere; private addresses stay closed.")

/* A URL of a stranger: its form, its scheme, its host when that is written as an address. Names are looked at when they are connected to
 * (http_ask.guarded). `guarded`: that has to happen. INPUT_INVALID, EGRESS_REFUSED. */
fallible webhook_url_check(struct ctx *cx, const struct webhook_rules *rules, const char *url, bool *guarded);
