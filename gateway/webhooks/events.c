/* What may be told. */
#include "webhooks/webhooks.h"

#include <string.h>

#define TEST "webhook.test"         /* sent when it is asked for, and never wished for */

static struct webhook_event events[] = {
    { "transcription.completed", "A transcription is there. Data: id, status, language, duration_seconds." },
    { "transcription.failed",    "A transcription was given up. Data: id, status, error_code." },
    { TEST,                      "The owner tests the webhook. Data: webhook." },
};

HANDLER(webhook_events_get, none, webhook_events)
{
    (void)cx, (void)in;
    out->events.at = events, out->events.n = COUNT(events);
    return OK;
}

static bool is_known(const char *wanted)
{
    size_t n = strlen(wanted);
    bool several = n > 2 && !strcmp(wanted + n - 2, ".*");

    for (size_t i = 0; i < COUNT(events); i++)
        if (!text_is(events[i].type, TEST) && (several ? !strncmp(events[i].type, wanted, n - 1) : text_is(events[i].type, wanted)))
            return true;
    return text_is(wanted, "*");
}

err_t events_check(struct ctx *cx, const struct texts *wanted)
{
    for (size_t i = 0; i < wanted->n; i++)
        if (!is_known(wanted->at[i]))
            return fail(cx, INPUT_INVALID, "/events/%zu: there is no such event", i);
    return OK;
}
