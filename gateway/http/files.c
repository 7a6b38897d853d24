/* Stored files: conditional and range requests, RFC 9110 13 and 14. One range is served; several count as none. */
#include "http/exchange.h"
#include "base/clock.h"
#include "net/blob.h"

#include <stdlib.h>
#include <string.h>

struct range { bool is, bad; int64_t from, n; };

/* "bytes=0-499", "500-", "-500" over `size` bytes. */
static struct range range_of(const char *header, int64_t size)
{
    const char *at = header + 6, *dash = strchr(at, '-');
    int64_t from = 0, to = size - 1;

    if (strncmp(header, "bytes=", 6) || !dash || strchr(at, ','))
        return (struct range){ .is = false };
    bool has_from = dash > at, has_to = dash[1];
    if ((!has_from && !has_to) || (has_from && !text_to_long(at, (size_t)(dash - at), &from)) ||
        (has_to && !text_to_long(dash + 1, strlen(dash + 1), &to)) || from < 0 || to < 0)
        return (struct range){ .is = false };
    if (!has_from) {
        from = to > size ? 0 : size - to;
        if (!to)
            return (struct range){ .is = true, .bad = true };
        to = size - 1;
    }
    if (has_from && has_to && to < from)
        return (struct range){ .is = false };
    if (from >= size)
        return (struct range){ .is = true, .bad = true };
    if (to >= size)
        to = size - 1;
    return (struct range){ .is = true, .from = from, .n = to - from + 1 };
}

/* Is `etag` in the list of a condition? Weak comparison. */
static bool etag_in(const char *list, const char *etag)
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

static bool is_fresh(const struct exchange *x, const struct blob_info *info)
{
    const char *none = exchange_read_header(x, "If-None-Match"), *since = exchange_read_header(x, "If-Modified-Since");
    int64_t ms;

    if (none)
        return etag_in(none, info->etag);
    return since && clock_parse_http(since, &ms) && info->modified.ms / 1000 * 1000 <= ms;
}

static struct range wanted(const struct exchange *x, const struct blob_info *info)
{
    const char *range = exchange_read_header(x, "Range"), *only_if = exchange_read_header(x, "If-Range");
    int64_t ms;

    if (!range || strcmp(x->request->verb, "GET"))
        return (struct range){ .is = false };
    if (only_if && *only_if == '"' && strcmp(only_if, info->etag))
        return (struct range){ .is = false };
    if (only_if && *only_if != '"' && (!clock_parse_http(only_if, &ms) || info->modified.ms / 1000 * 1000 != ms))
        return (struct range){ .is = false };
    return range_of(range, info->size);
}

static void put_headers(struct ctx *cx, struct exchange *x, const struct blob_info *info, const char *type, const char *name)
{
    char date[CLOCK_ISO_BYTES];

    exchange_header_instead(x, "Cache-Control", "private, max-age=86400");
    clock_http(info->modified.ms, date);
    exchange_header(x, "ETag", info->etag);
    exchange_header(x, "Last-Modified", arena_fmt(cx->arena, "%s", date));
    exchange_header(x, "Accept-Ranges", "bytes");
    exchange_header(x, "Content-Type", type);
    if (name)
        exchange_header(x, "Content-Disposition", arena_fmt(cx->arena, "inline; filename=\"%s\"", name));
}

err_t exchange_file(struct ctx *cx, struct exchange *x, const char *key, const char *type, const char *name)
{
    struct blob_info info;
    int fd;

    TRY(blob_open(cx, key, &fd, &info));
    if (is_fresh(x, &info)) {
        put_headers(cx, x, &info, type, NULL);
        x->headers_n -= 1;                          /* no content, no type */
        exchange_text(cx, x, 304, NULL, (struct bytes){ NULL, 0 });
        return OK;
    }
    struct range range = wanted(x, &info);
    if (range.is && range.bad) {
        exchange_header(x, "Content-Range", arena_fmt(cx->arena, "bytes */%lld", (long long)info.size));
        return fail(cx, RANGE_INVALID, "the file has %lld bytes", (long long)info.size);
    }
    put_headers(cx, x, &info, type, name);
    if (range.is)
        exchange_header(x, "Content-Range", arena_fmt(cx->arena, "bytes %lld-%lld/%lld", (long long)range.from,
                                                      (long long)(range.from + range.n - 1), (long long)info.size));
    x->answered = true;
    x->status = range.is ? 206 : 200;
    edge_file(x->request, x->status, x->headers, x->headers_n, fd, range.from, range.is ? range.n : info.size);
    return OK;
}
