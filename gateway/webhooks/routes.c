#include "webhooks/webhooks.h"

extern const struct area webhooks_area;

#define MINE .access = USER, .may = "webhooks:manage"

static const struct route webhooks_routes[] = {
    { GET,    "/webhooks/events",        &webhook_events_get, MINE, .rate = READ,  .status = 200, .summary = "What may be told." },
    { POST,   "/webhooks",               &webhook_create,     MINE, .rate = WRITE, .status = 201, .location = "/api/v1/webhooks/{id}",
      .summary = "Have events told to an address. The secret that signs them is told once.", .fails = FAILS(E_WEBHOOKS_MOST, E_EGRESS_REFUSED) },
    { GET,    "/webhooks",               &webhooks_list,      MINE, .rate = READ,  .status = 200, .summary = "My webhooks." },
    { GET,    "/webhooks/{id}",          &webhook_get,        MINE, .rate = READ,  .status = 200, .summary = "A webhook.", .fails = FAILS(E_WEBHOOK_UNKNOWN) },
    { PATCH,  "/webhooks/{id}",          &webhook_patch,      MINE, .rate = WRITE, .status = 200,
      .summary = "Change a webhook, disable it, enable it again.", .fails = FAILS(E_WEBHOOK_UNKNOWN, E_EGRESS_REFUSED) },
    { DELETE, "/webhooks/{id}",          &webhook_delete,     MINE, .rate = WRITE, .status = 204,
      .summary = "Take a webhook away, with what was to be told to it.", .fails = FAILS(E_WEBHOOK_UNKNOWN) },
    { POST,   "/webhooks/{id}/test",     &webhook_test,       MINE, .rate = WRITE, .status = 200,
      .summary = "Send webhook.test now, once, and tell what came of it.", .fails = FAILS(E_WEBHOOK_UNKNOWN, E_WEBHOOK_TESTED, E_DELIVERY_UNKNOWN) },
    { POST,   "/webhooks/{id}/rotate",   &webhook_rotate,     MINE, .rate = WRITE, .status = 200,
      .summary = "A new secret, told once; the one before signs as well for a while.", .fails = FAILS(E_WEBHOOK_UNKNOWN) },
    { POST,   "/webhooks/{id}/replay",   &webhook_replay,     MINE, .rate = WRITE, .status = 202,
      .summary = "Send all again that failed since a time.", .fails = FAILS(E_WEBHOOK_UNKNOWN) },
    { GET,    "/webhooks/{id}/deliveries", &deliveries_list,  MINE, .rate = READ,  .status = 200,
      .summary = "What was told, newest first, and what became of it.", .fails = FAILS(E_WEBHOOK_UNKNOWN) },
    { GET,    "/webhooks/{id}/deliveries/{delivery}", &delivery_get, MINE, .rate = READ, .status = 200,
      .summary = "A delivery with its attempts.", .fails = FAILS(E_DELIVERY_UNKNOWN) },
    { POST,   "/webhooks/{id}/deliveries/{delivery}/replay", &delivery_replay, MINE, .rate = WRITE, .status = 202,
      .summary = "Send a delivery again that was taken or given up.", .fails = FAILS(E_DELIVERY_UNKNOWN, E_DELIVERY_PENDING) },
};

AREA(webhooks, "Addresses that are told what happens, by the Standard Webhooks scheme.");
