/* Stored files: conditional and range requests, RFC 9110 13 and 14. One range is served; several count as none. */
#include "http/exchange.h"
#include "http/range.h"
#include "base/clock.h"
#include "net/blob.h"

#include <stdlib.h>
#include <string.h>

bool exchange_has(const struct exchange *x, const char *etag)
{
    const char *none = exchange_read_header(x, "If-None-Match");

    return none && etag_is_listed(none, etag);
}

static bool is_fresh(const struct exchange *x, const struct blob_info *info)
{
    const char *since = exchange_read_header(x, "If-Modified-Since");
    int64_t ms;

    if (exchange_read_header(x, "If-None-Match"))
        return exchange_has(x, info->etag);
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
    return range_read(range, info->size);
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
