/* Names of files, from titles that anybody may have written. */
#include "transcription/export.h"

#include <string.h>

#define NAME_BYTES 120                  /* of 255, which is what file systems take */

/* What turns text around would show a name that is not the file's (U+202E before "gpj.exe"). */
static bool turns(const char *at)
{
    if (strncmp(at, "\xe2\x80", 2) && strncmp(at, "\xe2\x81", 2))
        return false;
    unsigned char c = (unsigned char)at[2];
    return at[1] == '\x80' ? (c >= 0x8b && c <= 0x8f) || (c >= 0xa8 && c <= 0xae) : c >= 0xa0 && c <= 0xaf;
}

const char *export_filename(struct ctx *cx, const char *title, const char *ending)
{
    size_t n = strlen(title);
    struct text to = text_new(cx->arena, n + 32, n + 64);

    for (const char *at = title; *at; at++) {
        if (turns(at))
            at += 2;
        else if ((unsigned char)*at < ' ' || *at == 0x7f || strchr("/\\:*?\"<>|", *at))
            text_char(&to, '-');
        else
            text_char(&to, *at);
    }
    size_t first = to.n ? strspn(to.at, " .-") : 0, end = text_utf8_cut(to.n ? to.at : "", to.n < NAME_BYTES ? to.n : NAME_BYTES);
    while (end > first && strchr(" .-", to.at[end - 1]))
        end--;
    if (end <= first)
        return arena_fmt(cx->arena, "transcription.%s", ending);
    return arena_fmt(cx->arena, "%.*s.%s", (int)(end - first), to.at + first, ending);
}

/* For programs that know no other: letters of Western Europe without their accents, the rest as _. */
static void put_ascii(struct text *to, const char *name)
{
    static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo-ouuuuyty";     /* U+00C0 to U+00FF */

    for (; *name; name++)
        if (*name == '\xc3' && name[1])
            text_char(to, latin[(unsigned char)*++name & 63]);
        else if (!strncmp(name, "\xe2\x80\x99", 3))
            text_char(to, '\''), name += 2;
        else if ((*name & 0xc0) != 0x80)
            text_char(to, *name & 0x80 || *name == '%' ? '_' : *name);
}

static void put_encoded(struct text *to, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name, letter = c | 32;
        if ((letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || strchr("-._~!$&+", c))
            text_char(to, *name);
        else
            text_fmt(to, "%%%02X", c);
    }
}

const char *export_disposition(struct ctx *cx, const char *filename)
{
    struct text to = text_new(cx->arena, 256, 4096);

    text_put(&to, "attachment; filename=\"");
    put_ascii(&to, filename);
    text_put(&to, "\"; filename*=UTF-8''");
    put_encoded(&to, filename);
    return to.at;
}
