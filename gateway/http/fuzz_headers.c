/* What a stranger writes into other headers: cookies, conditions, dates, traces, origins. A line of the input each. */
#include "http/cookie.h"
#include "http/gateway.h"
#include "http/range.h"
#include "base/clock.h"
#include "data/trace.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_cookies(struct ctx *cx, const char *header)
{
    const char *value = cookie_find(cx, header, "palabre");

    if (value && (strchr(value, ';') || strlen(value) + strlen("palabre=") > strlen(header)))
        abort();
}

/* The list's own words are in it, and in no list that is empty. */
static void read_lists(const char *list, const char *one)
{
    etag_is_listed(list, "\"abc\"");
    if (origin_listed(list, one) && !*list)
        abort();
}

static void read_times(const char *text)
{
    char again[CLOCK_ISO_BYTES];
    int64_t ms, same;

    if (clock_parse_http(text, &ms) && (!clock_http(ms, again) || !clock_parse_http(again, &same) || same != ms))
        abort();
    if (clock_parse_iso(text, strlen(text), &ms) && (!clock_iso(ms, again) || !clock_parse_iso(again, strlen(again), &same) || same != ms))
        abort();
}

static void read_trace(struct ctx *cx, const char *header)
{
    trace_start(cx, header);
    if (strspn(cx->trace, "0123456789abcdef") != 32 || strspn(cx->trace, "0") == 32 || strspn(cx->span, "0123456789abcdef") != 16)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    char *text = arena_text(cx.arena, (const char *)data, size), *lines[5] = { NULL };

    for (size_t i = 0; i < COUNT(lines); i++) {     /* each in a block of its own, so that a byte beyond it is seen */
        char *line = text ? strsep(&text, "\n") : NULL;
        lines[i] = strdup(line ? line : "");
    }
    read_cookies(&cx, lines[0]);
    read_lists(lines[1], lines[2]);
    read_times(lines[3]);
    read_trace(&cx, lines[4]);
    for (size_t i = 0; i < COUNT(lines); i++)
        free(lines[i]);
    arena_free(cx.arena);
    return 0;
}
