#include "webhooks/shapes.h"

SHAPE(webhook_in, "Where what happens is to be told.",
    FIELD(webhook_in, url,         "An https address that is not a private one.", .need = true, .min = 1, .max = 2048, .format = &format_uri),
    FIELD(webhook_in, description, "For people.", .max = 500),
    FIELD(webhook_in, events,      "Types that are wanted, transcription.* or *; all when absent.", .max = 50));

SHAPE(webhook_ref, "Names a webhook.", FIELD(webhook_ref, id, "Its id.", .need = true, .format = &format_uuid));

SHAPE(webhook_change, "What is to be different.",
    FIELD(webhook_change, id,          "The webhook.", .need = true, .format = &format_uuid),
    FIELD(webhook_change, url,         "Another address.", .min = 1, .max = 2048, .format = &format_uri),
    FIELD(webhook_change, description, "For people.", .max = 500),
    FIELD(webhook_change, events,      "Types that are wanted.", .max = 50),
    FIELD(webhook_change, enabled,     "true: it is told again, with no failures behind it; false: it is not told.", .example = "true"));

SHAPE(webhook, "Where what happens is told.",
    FIELD(webhook, id,              "Its id.", .need = true),
    FIELD(webhook, url,             "The address.", .need = true),
    FIELD(webhook, description,     "For people."),
    FIELD(webhook, events,          "Types that are wanted.", .example = "[\"transcription.completed\"]"),
    FIELD(webhook, enabled,         "It is told.", .need = true),
    FIELD(webhook, disabled_reason, "Why not: owner, gone (it answered 410), failing (it failed for days).", .one_of = WORDS("owner", "gone", "failing")),
    FIELD(webhook, failures,        "Attempts in a row that failed."),
    FIELD(webhook, failing_since,   "When the first of them was made."),
    FIELD(webhook, delivered_at,    "When it last took something."),
    FIELD(webhook, secret,          "What messages are signed with, told once: when the webhook is made and when its secret is changed."),
    FIELD(webhook, old_until,       "Until then the secret before signs as well."),
    FIELD(webhook, created_at,      "When it was made."),
    FIELD(webhook, updated_at,      "When it was changed."));

SHAPE(webhooks, "My webhooks.",
    LIST(webhooks, webhooks, "In the order in which they were made.", webhook));

SHAPE(webhook_event, "Something that may be told.",
    FIELD(webhook_event, type,  "Its type.", .need = true),
    FIELD(webhook_event, about, "When it is told, and what its data is.", .need = true));

SHAPE(webhook_events, "What may be told.",
    LIST(webhook_events, events, "The types.", webhook_event));

SHAPE(delivery_row, "A message to a webhook, in brief.",
    FIELD(delivery_row, id,          "Its id.", .need = true),
    FIELD(delivery_row, message,     "Id of the message: webhook-id, the same for all webhooks and attempts.", .need = true),
    FIELD(delivery_row, type,        "Type of the event.", .need = true),
    FIELD(delivery_row, state,       "Where it stands.", .need = true, .one_of = WORDS("pending", "delivered", "failed")),
    FIELD(delivery_row, attempts,    "How often it was sent."),
    FIELD(delivery_row, status_code, "What was answered last; null: nothing."),
    FIELD(delivery_row, error,       "Why it was not taken."),
    FIELD(delivery_row, next_at,     "When it is tried again."),
    FIELD(delivery_row, created_at,  "When it happened."),
    FIELD(delivery_row, ended_at,    "When it was taken or given up."),
    FIELD(delivery_row, total,       "How many there are.", .hidden = true));

SHAPE(deliveries_in, "Which deliveries.",
    FIELD(deliveries_in, id,     "The webhook.", .need = true, .format = &format_uuid),
    FIELD(deliveries_in, state,  "Only those.", .one_of = WORDS("pending", "delivered", "failed")),
    FIELD(deliveries_in, limit,  "How many, 1 to 100; 20 when absent.", .min = 1, .max = 100),
    FIELD(deliveries_in, cursor, "next_cursor of the page before.", .format = &format_uuid));

SHAPE(deliveries_page, "A page of deliveries, newest first.",
    LIST(deliveries_page, data,         "The deliveries.", delivery_row),
    FIELD(deliveries_page, has_more,    "There are older ones."),
    FIELD(deliveries_page, next_cursor, "For the next page."));

SHAPE(delivery_attempt, "How a message was sent once.",
    FIELD(delivery_attempt, n,           "Its number, from 1.", .need = true),
    FIELD(delivery_attempt, at,          "When."),
    FIELD(delivery_attempt, duration_ms, "Milliseconds to the answer."),
    FIELD(delivery_attempt, status_code, "What was answered; null: nothing."),
    FIELD(delivery_attempt, error,       "Why it was not taken."));

SHAPE(delivery, "A message to a webhook.",
    FIELD(delivery, id,          "Its id.", .need = true),
    FIELD(delivery, message,     "Id of the message: webhook-id.", .need = true),
    FIELD(delivery, type,        "Type of the event.", .need = true),
    FIELD(delivery, state,       "Where it stands.", .need = true, .one_of = WORDS("pending", "delivered", "failed")),
    FIELD(delivery, attempts,    "How often it was sent."),
    FIELD(delivery, status_code, "What was answered last; null: nothing."),
    FIELD(delivery, error,       "Why it was not taken."),
    FIELD(delivery, payload,     "The body that is sent."),
    FIELD(delivery, next_at,     "When it is tried again."),
    FIELD(delivery, created_at,  "When it happened."),
    FIELD(delivery, ended_at,    "When it was taken or given up."),
    LIST(delivery, history,      "The last attempts, at most 30.", delivery_attempt));

SHAPE(delivery_ref, "Names a delivery.",
    FIELD(delivery_ref, id,       "The webhook.", .need = true, .format = &format_uuid),
    FIELD(delivery_ref, delivery, "The delivery.", .need = true, .format = &format_uuid));

SHAPE(replay_in, "What is to be sent again.",
    FIELD(replay_in, id,    "The webhook.", .need = true, .format = &format_uuid),
    FIELD(replay_in, since, "All that failed and happened since then.", .need = true));

SHAPE(replayed, "What is sent again.",
    FIELD(replayed, replayed, "How many deliveries.", .need = true),
    FIELD(replayed, more,     "There were more than are taken at once: ask again."));
