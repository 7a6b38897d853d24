#include "http/range.h"
#include "base/text.h"

#include <string.h>

#define UNIT "bytes="

/* The last `most` bytes. */
static struct range suffix(int64_t most, int64_t size)
{
    if (!most || !size)
        return (struct range){ .is = true, .bad = true };
    if (most > size)
        most = size;
    return (struct range){ .is = true, .from = size - most, .n = most };
}

struct range range_read(const char *header, int64_t size)
{
    const struct range none = { .is = false };
    const char *at = header + strlen(UNIT);
    int64_t from = 0, to = INT64_MAX;

    if (!text_starts(header, UNIT))
        return none;
    size_t n = strlen(at), first = strcspn(at, "-"), last = n > first ? n - first - 1 : 0;
    if (n == first || (first && !text_to_long(at, first, &from)) || (last && !text_to_long(at + first + 1, last, &to)) || from < 0 || to < 0)
        return none;
    if (!first)
        return last ? suffix(to, size) : none;
    if (to < from)
        return none;
    if (from >= size)
        return (struct range){ .is = true, .bad = true };
    if (to >= size)
        to = size - 1;
    return (struct range){ .is = true, .from = from, .n = to - from + 1 };
}

bool etag_is_listed(const char *list, const char *etag)
{
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',') {
        at += strspn(at, " ");
        if (*at == '*')
            return true;
        if (text_starts(at, "W/"))
            at += 2;
        size_t n = strlen(etag);
        if (!strncmp(at, etag, n) && (!at[n] || at[n] == ',' || at[n] == ' '))
            return true;
    }
    return false;
}
