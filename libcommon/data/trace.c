#include "trace.h"

#include "base/text.h"
#include "data/crypto.h"

#include <stdio.h>
#include <string.h>

#define HEAD_BYTES 55           /* "00-<32>-<16>-<2>"; later versions may go on after a dash */

/* n lower-case hex digits, not all of them zero unless that is allowed. */
static bool is_hex(const char *at, size_t n, bool zero)
{
    for (size_t i = 0; i < n; i++) {
        if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f')))
            return false;
        zero |= at[i] != '0';
    }
    return zero;
}

static bool is_traceparent(const char *text)
{
    size_t n = strnlen(text, HEAD_BYTES + 1);

    if (n < HEAD_BYTES || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return false;
    if (!is_hex(text, 2, true) || !strncmp(text, "ff", 2))
        return false;
    if (n > HEAD_BYTES && (!strncmp(text, "00", 2) || text[HEAD_BYTES] != '-'))
        return false;
    return is_hex(text + 3, 32, false) && is_hex(text + 36, 16, false) && is_hex(text + 53, 2, true);
}

void trace_start(struct ctx *cx, const char *traceparent)
{
    uint8_t fresh[24];

    crypto_random(fresh, sizeof(fresh));
    fresh[15] |= 1;             /* neither id may be all zeros */
    fresh[23] |= 1;
    text_hex(fresh + 16, 8, cx->span);
    if (traceparent && is_traceparent(traceparent))
        memcpy(cx->trace, traceparent + 3, 32);
    else
        text_hex(fresh, 16, cx->trace);
}

void trace_parent(const struct ctx *cx, char to[TRACEPARENT_BYTES])
{
    snprintf(to, TRACEPARENT_BYTES, "00-%.32s-%.16s-01", cx->trace, cx->span);
}

const char *trace_text(struct ctx *cx)
{
    char *text = arena_get(cx->arena, TRACEPARENT_BYTES);

    trace_parent(cx, text);
    return text;
}
