#include "voice/ask.h"

extern const struct area voice_area;

static const struct route voice_routes[] = {
    { POST, "/ask",                 .serve = ask_create, .name = "ask_create", .access = USER, .may = "asks:create", .rate = WRITE, .status = 202, .in = &ask_in_shape, .out = &ask_made_shape,
      .takes = "multipart/form-data,audio/*,video/*", .location = "/api/v1/jobs/{job_id}", .idempotent = true,
      .summary = "Ask: a recording or a text. With Accept: text/event-stream the events come at once.", .spends = true, .fails = FAILS(E_TOKENS_SPENT, E_USER_UNKNOWN) },
    { GET,  "/ask/{id}",            &ask_get,             .access = USER, .may = "asks:read", .rate = READ,  .status = 200, .summary = "The transcript, the answer, and who did what.", .fails = FAILS(E_ASK_UNKNOWN) },
    { GET,  "/ask/{id}/audio",      .serve = ask_audio,   .name = "ask_audio",  .access = USER, .may = "asks:read", .rate = READ,  .status = 200, .in = &ask_ref_shape, .type = "audio/mpeg",
      .summary = "The spoken reply. Range, ETag, If-None-Match.", .fails = FAILS(E_ASK_UNKNOWN, E_FILE_NOT_READY, E_FILE_UNKNOWN, E_RANGE_INVALID) },
    { GET,  "/ask/{id}/report.pdf", .serve = ask_report,  .name = "ask_report", .access = USER, .may = "asks:read", .rate = READ,  .status = 200, .in = &ask_ref_shape, .type = "application/pdf",
      .summary = "The report. Range, ETag, If-None-Match.", .fails = FAILS(E_ASK_UNKNOWN, E_FILE_NOT_READY, E_FILE_UNKNOWN, E_RANGE_INVALID) },
    { GET,  "/asks",                .serve = asks_list,   .name = "asks_list",  .access = USER, .may = "asks:read", .rate = READ,  .status = 200, .in = &asks_in_shape, .out = &asks_page_shape, .bare = &ask_row_shape,
      .summary = "My questions, newest first." },
};

AREA(voice, "Questions, spoken and typed.");
