/* Addresses and names that strangers give, on their way into a header and an SMTP command: nothing adds a line, and what comes out is what went in. */
#include "net/mail.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One line, or lines that are folded. */
static void check_lines(const char *text)
{
    for (; *text; text++) {
        if (*text == '\r' && (text[1] != '\n' || text[2] != ' '))
            abort();
        if (*text == '\r')
            text += 2;
        else if ((unsigned char)*text < ' ' || *text == 0x7f)
            abort();
    }
}

static void check_encoded(struct ctx *cx, const char *words, const char *from, size_t n)
{
    struct text back = text_new(cx->arena, n + 1, 65536);
    size_t len;

    check_lines(words);
    if (strncmp(words, "=?UTF-8?B?", 10)) {
        if (strlen(words) != n || memcmp(words, from, n))
            abort();
        return;
    }
    while (*words) {
        const char *end = strstr(words, "?=");
        if (strncmp(words, "=?UTF-8?B?", 10) || !end || end + 2 - words > 75)
            abort();
        const char *piece = text_unbase64(cx->arena, words + 10, (size_t)(end - words) - 10, &len);
        if (!piece || !text_is_utf8(piece, len))
            abort();
        text_add(&back, piece, len);
        words = end + 2 + (end[2] ? 3 : 0);
    }
    if (back.n != n || memcmp(back.at, from, n))
        abort();
}

static void check_mail(struct ctx *cx, const char *from, const char *to, const char *subject)
{
    struct mail_settings s = MAIL_DEFAULTS;
    struct mail m = { .to = to, .subject = subject, .body = "a\n", .id = "0.1" };
    struct mail_wire w;

    s.from = from;
    if (mail_write(cx, &s, &m, &w))
        return;
    if (strpbrk(w.to, " \r\n") || strpbrk(w.from, " \r\n") || strcspn(w.to, ">") != strlen(w.to) - 1 || strrchr(w.to, '<') != w.to)
        abort();
    for (size_t i = 0; w.headers[i]; i++)
        check_lines(w.headers[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    const char *text = arena_text(cx.arena, (const char *)data, size);
    size_t n = strlen(text);
    const char *words = mail_words(&cx, text, n);

    if (words)
        check_encoded(&cx, words, text, n);
    check_mail(&cx, format_mailbox.check(text, n) ? "a@b.c" : text, "x@y.z", "s");
    check_mail(&cx, "a@b.c", text, "s");
    check_mail(&cx, "a@b.c", "x@y.z", text);
    format_mail_url.check(text, n);
    arena_free(cx.arena);
    return 0;
}
