/* How a program proves itself, and a code's verifier: a line each of an Authorization header, a verifier and a challenge. */
#include "identity/oauth.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    char *text = arena_text(cx.arena, (const char *)data, size), *lines[3] = { NULL };

    for (size_t i = 0; i < COUNT(lines); i++) {
        char *line = text ? strsep(&text, "\n") : NULL;
        lines[i] = strdup(line ? line : "");
    }
    basic_read(&cx, lines[0]);
    const char *pair = text_base64(cx.arena, lines[0], strlen(lines[0]));
    const struct basic *basic = basic_read(&cx, arena_fmt(cx.arena, "Basic %s", pair));
    if (!basic || (basic->id && strlen(basic->id) > strlen(lines[0])))
        abort();
    if (verifier_fits(&cx, lines[1], lines[2]) && (strlen(lines[1]) < 43 || strlen(lines[1]) > 128))
        abort();
    for (size_t i = 0; i < COUNT(lines); i++)
        free(lines[i]);
    arena_free(cx.arena);
    return 0;
}
