/* Two clocks: the monotonic one for deadlines, the wall clock for people. */
#pragma once

#include "err.h"

int64_t clock_ms(void);                 /* monotonic, milliseconds */
int64_t clock_us(void);                 /* monotonic, microseconds */
int64_t clock_wall_ms(void);            /* since 1970 UTC          */
void    clock_sleep_ms(int64_t ms);

/* Milliseconds left before cx's deadline, at most `most`; 0 when it has passed. */
int64_t clock_left_ms(const struct ctx *cx, int64_t most);

/* DEADLINE_PASSED or CANCELLED when this work should not go on. */
fallible clock_check(struct ctx *cx);
/* Sleep for so long, or until then. */
fallible clock_wait_ms(struct ctx *cx, int64_t ms);

#define CLOCK_ISO_BYTES 32
/* "2026-11-21T09:12:00.123Z" (RFC 3339, milliseconds left out when zero). Gives its length. */
size_t clock_iso(int64_t wall_ms, char to[CLOCK_ISO_BYTES]);
/* The same back; also takes an offset (+01:00, +01), a space for the T, 1 to 9 fraction digits. */
bool   clock_parse_iso(const char *text, size_t len, int64_t *wall_ms);
/* "Sat, 21 Nov 2026 09:12:00 GMT" (RFC 9110 5.6.7), and back. */
size_t clock_http(int64_t wall_ms, char to[CLOCK_ISO_BYTES]);
bool   clock_parse_http(const char *text, int64_t *wall_ms);
