#define _GNU_SOURCE
#include "playlist.h"

#include <string.h>

static bool starts(struct bytes line, const char *with)
{
    size_t n = strlen(with);

    return line.n >= n && !memcmp(line.at, with, n);
}

static void take_line(struct bytes line, struct playlist *out, bool *media)
{
    static const char segment[] = "#EXTINF:";
    double seconds;

    out->ended |= starts(line, "#EXT-X-ENDLIST");
    if (!starts(line, segment))
        return;
    *media = true;
    const char *from = line.at + sizeof(segment) - 1;
    size_t n = line.n - (sizeof(segment) - 1);
    const char *comma = memchr(from, ',', n);
    if (text_to_real(from, comma ? (size_t)(comma - from) : n, &seconds) && seconds > 0)
        out->seconds += seconds;
}

bool playlist_read(const char *at, size_t n, struct playlist *out)
{
    bool media = false;

    *out = (struct playlist){ .seconds = 0 };
    if (!starts((struct bytes){ at, n }, "#EXTM3U"))
        return false;
    for (const char *end = at + n; at < end;) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((eol ? eol : end) - at);
        take_line((struct bytes){ at, len && at[len - 1] == '\r' ? len - 1 : len }, out, &media);
        at += len + (eol != NULL);
    }
    return media;
}
