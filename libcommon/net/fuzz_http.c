/* Any header lines and any body: the class of the answer is found, its text fits a log, nothing else happens. */
#define _GNU_SOURCE
#include "net/http_headers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines up to an empty one are headers; what follows is the body. */
static size_t take_headers(struct ctx *cx, const char *at, size_t n, struct http_answer *a)
{
    size_t done = 0;

    while (done < n) {
        const char *end = memchr(at + done, '\n', n - done);
        size_t line = end ? (size_t)(end - at) - done + 1 : n - done;
        if (line == 1)
            return done + 1;
        http_take_header(cx, at + done, line, a);
        done += line;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    struct http_answer a = { .type = "" };

    if (size > 1) {
        a.status = 300 + data[0] + (data[1] & 1) * 100;
        size_t used = take_headers(&cx, (const char *)data + 2, size - 2, &a);
        char *body = arena_text(cx.arena, (const char *)data + 2 + used, size - 2 - used);
        http_blacken(&(struct http_ask){ .url = "http://h/?key=abcabc", .headers = (const char *const[]){ "x-key: \"\"\"\"\"\"", NULL } },
                     body, size - 2 - used);
        a.body = (struct bytes){ body, size - 2 - used };
        err_t e = http_check(&cx, "it", &a);
        if (!e || strlen(e->text) > 700 || !text_is_utf8(e->text, strlen(e->text)) || strpbrk(e->text, "\r\n\t"))
            abort();
        if (a.retry_after_ms < 0 || a.retry_after_ms > 86400000 || !a.type || strlen(a.type) > 128)
            abort();
    }
    arena_free(cx.arena);
    return 0;
}
