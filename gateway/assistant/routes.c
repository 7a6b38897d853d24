#include "assistant/assistant.h"

extern const struct area assistant_area;

#define OF_ENGINES E_ENGINE_REFUSED, E_ENGINE_DISABLED, E_ENGINE_QUOTA, E_ENGINE_BUSY, E_ENGINE_DOWN, E_ENGINE_BROKEN, E_TIMEOUT, E_DEADLINE_PASSED, E_CANCELLED

static const struct route assistant_routes[] = {
    { POST, "/ai-assistant/process-text", .serve = process_text, .name = "process_text", .access = USER, .may = "asks:create", .verified = true, .rate = WRITE, .status = 200, .in = &process_in_shape, .out = &process_out_shape,
      .also = 202, .summary = "A text corrected, laid out, translated or summed up. 202 when it takes longer than 25 seconds; Location tells the job.", .spends = true,
      .fails = FAILS(OF_ENGINES, E_TOKENS_SPENT, E_USER_UNKNOWN) },
    { POST, "/ai-assistant/stream",       .serve = process_stream, .name = "process_stream", .access = USER, .may = "asks:create", .verified = true, .rate = WRITE, .status = 200, .in = &process_in_shape, .type = "text/event-stream",
      .summary = "The same as it comes: data: {\"token\",\"provider\"}, last {\"done\":true,\"provider\",\"tokens_streamed\"}, or {\"error\",\"error_code\"}.", .spends = true,
      .fails = FAILS(E_TOKENS_SPENT, E_USER_UNKNOWN) },
};

AREA(assistant, "Works on texts.");
