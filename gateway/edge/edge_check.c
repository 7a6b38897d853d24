/* What is refused before a handler sees it.
 *
 * civetweb parses a head in place and hides what it does not like: everything behind the 64th header, behind a line
 * that starts with a space or a byte that cannot start a name; it takes bare LF, spaces before the colon, "+5", "5 6"
 * and the first of two lengths. Whoever stands before us may read such a head otherwise, and then the two disagree
 * where the next request begins. So a head is accepted only when it is provably the whole of what came: civetweb ends
 * each part with NULs where the separators were, and raw NULs never pass it, so `whole` walks from part to part and
 * must meet exactly one separator between them, the header's first byte in the buffer, and CR NUL at the end.
 *
 * What remains: the two bytes after the version are both NUL, so CR LF is not told from LF SPACE there. It matters
 * only if the line they hide the start of is a length; a connection with a length in its first header is closed after
 * its answer. LF LF as the end of a head passes when the body begins with CR NUL; both readings end the head there. */
#define _GNU_SOURCE
#include "edge/edge_inside.h"

#include <string.h>
#include <strings.h>

#define LENGTH_DIGITS 15        /* a petabyte less one byte */

/* RFC 9110 5.6.2: what names and methods are made of. */
static bool is_token(const char *at)
{
    static const bool other[128] = { ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
                                     ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1 };

    if (!*at)
        return false;
    for (; *at; at++) {
        unsigned char c = (unsigned char)*at, small = c | 0x20;
        if (!(small >= 'a' && small <= 'z') && !(c >= '0' && c <= '9') && !(c < 128 && other[c]))
            return false;
    }
    return true;
}

static const char *end_of(const char *at) { return at + strlen(at); }

/* The request line: its first byte is the connection's, but for the one empty line that RFC 9112 2.2 allows. */
static bool whole_line(const struct mg_request_info *i, const char **next)
{
    const char *base = line.base;
    bool behind_empty_line = base && i->request_method == base + 2 && base[0] == '\r' && base[1] == '\n';

    if (!base || (i->request_method != base && !behind_empty_line))
        return false;
    if (end_of(i->request_method) + 1 != i->request_uri)
        return false;
    const char *end = end_of(i->request_uri);
    if (i->query_string && end + 1 != i->query_string)
        return false;
    if (i->query_string)
        end = end_of(i->query_string);
    if (end + 1 != i->http_version - 5)
        return false;
    *next = end_of(i->http_version) + 2;
    return true;
}

static bool whole_header(const struct mg_header *h, const char **next)
{
    if (h->name != *next || !is_token(h->name))
        return false;
    for (const char *at = end_of(h->name) + 1; at < h->value; at++)
        if (*at != ' ')         /* a space before the colon has become NUL */
            return false;
    *next = end_of(h->value) + 2;           /* with a bare LF it would be + 1 */
    return true;
}

static bool whole(const struct mg_request_info *i, size_t room)
{
    const char *next;

    if (!whole_line(i, &next))
        return false;
    for (int n = 0; n < i->num_headers; n++)
        if (!whole_header(&i->http_headers[n], &next))
            return false;
    if (!i->num_headers)        /* HTTP/1.0, closed in any case */
        return true;
    return (size_t)(next - line.base) + 2 <= room && next[0] == '\r' && !next[1];
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Visible ASCII only; a path's escapes must be escapes; NUL neither in path nor in query. */
static bool is_target(const char *at, bool is_path)
{
    for (; *at; at++) {
        if (*at < 0x21 || *at > 0x7e || *at == '#')
            return false;
        if (*at != '%')
            continue;
        if (at[1] == '0' && at[2] == '0')
            return false;
        if (is_path && (!is_hex(at[1]) || !is_hex(at[2])))
            return false;
    }
    return true;
}

/* Letters, digits, and what names, IPv6 addresses and ports need (RFC 3986 3.2.2). */
static bool is_host(const char *at)
{
    size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~:[]");

    return n && n < 256 && !at[n];
}

static bool read_length(const char *at, int64_t *length)
{
    size_t n = strspn(at, "0123456789");

    *length = 0;
    for (size_t i = 0; i < n && n <= LENGTH_DIGITS; i++)
        *length = *length * 10 + (at[i] - '0');
    return n && n <= LENGTH_DIGITS && !at[n + strspn(at + n, " ")];
}

enum known { HOST, LENGTH, CODING, CONNECTION, EXPECT, TYPE, KNOWN };

/* The headers that say where the body ends and who is meant, each at most once; Connection may come in parts, which
 * are not worth reading: they are taken for a wish to close. */
static err_t find_known(const struct mg_request_info *i, const char *found[KNOWN])
{
    static const char *const names[KNOWN] = { "host", "content-length", "transfer-encoding", "connection",
                                              "expect", "content-type" };

    for (int n = 0; n < i->num_headers; n++)
        for (int k = 0; k < KNOWN; k++) {
            const struct mg_header *h = &i->http_headers[n];
            if ((h->name[0] | 0x20) != names[k][0] || strcasecmp(h->name, names[k]))
                continue;
            if (found[k] && k != CONNECTION)
                return refusal(REQUEST_BROKEN, "a header that may come once came twice");
            found[k] = found[k] ? "close" : h->value;
        }
    return OK;
}

static bool is_lengthless_upload(const struct visit *v)
{
    const char *verb = v->request.verb;

    return v->has_type && (!strcmp(verb, "POST") || !strcmp(verb, "PUT") || !strcmp(verb, "PATCH"));
}

/* Where the body ends, in one way only. */
static err_t check_body(struct visit *v, const char *found[KNOWN])
{
    struct edge_request *r = &v->request;

    if (found[LENGTH] && found[CODING])
        return refusal(REQUEST_BROKEN, "Content-Length and Transfer-Encoding exclude each other");
    if (found[LENGTH] && !read_length(found[LENGTH], &r->length))
        return refusal(REQUEST_BROKEN, "Content-Length is not a plain number");
    if (found[CODING] && (v->http10 || strcasecmp(found[CODING], "chunked")))
        return refusal(REQUEST_BROKEN, "the only Transfer-Encoding read here is chunked, in HTTP/1.1");
    r->chunked = found[CODING];
    if (r->chunked)
        r->length = -1;
    if (!found[LENGTH] && !found[CODING] && is_lengthless_upload(v))
        return refusal(LENGTH_MISSING, "Content-Length, or Transfer-Encoding: chunked, is missing");
    return OK;
}

static err_t check_known(struct visit *v, const char *found[KNOWN])
{
    if (found[HOST] ? !is_host(found[HOST]) : !v->http10)
        return refusal(REQUEST_BROKEN, "Host is missing or is not a host");
    if (found[EXPECT] && !v->http10 && strcasecmp(found[EXPECT], "100-continue"))
        return refusal(EXPECTATION_REFUSED, "the only expectation met here is 100-continue");
    v->expects = found[EXPECT] && !v->http10;
    v->has_type = found[TYPE];
    return check_body(v, found);
}

/* Another request may follow when this one's end is beyond doubt. Verbs that mean a body and have none: whatever
 * follows is not to be read as a request. */
static bool may_keep(const struct visit *v, const char *found[KNOWN])
{
    const char *first = v->info->num_headers ? v->info->http_headers[0].value : NULL, *verb = v->request.verb;
    bool is_plain = !strcmp(verb, "GET") || v->is_head || !strcmp(verb, "DELETE") || !strcmp(verb, "OPTIONS");

    if (v->http10 || v->request.chunked || (first && first == found[LENGTH]))
        return false;
    if (found[CONNECTION] && strcasecmp(found[CONNECTION], "keep-alive"))
        return false;
    return is_plain || found[LENGTH];
}

static err_t check_target(struct visit *v)
{
    const struct mg_request_info *i = v->info;

    if (!i->local_uri_raw || i->local_uri_raw != i->request_uri || i->request_uri[0] != '/')
        return refusal(REQUEST_BROKEN, "the request target must be a path");
    if (!is_target(i->request_uri, true) || (i->query_string && !is_target(i->query_string, false)))
        return refusal(REQUEST_BROKEN, "the request target has characters that must be escaped, or a NUL");
    v->request.path = i->request_uri;
    v->request.query = i->query_string ? i->query_string : "";
    return OK;
}

err_t edge_check(struct visit *v, size_t head_room)
{
    const struct mg_request_info *i = v->info;
    const char *found[KNOWN] = { NULL };

    v->is_head = !strcmp(i->request_method, "HEAD");
    v->http10 = !strcmp(i->http_version, "1.0");
    v->request.verb = i->request_method;
    if (i->num_headers >= MG_MAX_HEADERS)
        return refusal(HEADERS_TOO_LARGE, "there are more headers than are read here");
    if (!whole(i, head_room))
        return refusal(REQUEST_BROKEN, "the head is not lines of name, colon and value, each ended by CR LF");
    TRY(check_target(v));
    TRY(find_known(i, found));
    TRY(check_known(v, found));
    v->keep = may_keep(v, found);
    return OK;
}

err_t edge_check_broken(size_t head_room)
{
    if (line.expired)
        return refusal(BODY_TIMEOUT, "the head did not arrive in time");
    if (line.bytes >= head_room && line.base && !memchr(line.base, '\n', head_room))
        return refusal(URI_TOO_LONG, "the request line is longer than is read here");
    if (line.bytes >= head_room)
        return refusal(HEADERS_TOO_LARGE, "the head is larger than is read here");
    return refusal(REQUEST_BROKEN, "this is not an HTTP/1.1 request");
}
