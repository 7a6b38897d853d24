/* Answers: head and body in one write, files in bounded pieces, streams in chunks. */
#define _GNU_SOURCE
#include "edge/edge_inside.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define HEAD_ROOM 8192

/* A head being written, on the stack. `bad`: too long, or a name or value that would break it. */
struct head { size_t n; bool bad; char at[HEAD_ROOM]; };

static const struct { int status; const char *reason; } reasons[] = {
    { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" }, { 206, "Partial Content" },
    { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
    { 404, "Not Found" }, { 405, "Method Not Allowed" }, { 406, "Not Acceptable" }, { 408, "Request Timeout" },
    { 409, "Conflict" }, { 410, "Gone" }, { 411, "Length Required" }, { 412, "Precondition Failed" },
    { 413, "Content Too Large" }, { 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" }, { 417, "Expectation Failed" }, { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
    { 501, "Not Implemented" }, { 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
    { 507, "Insufficient Storage" }, { 301, "Moved Permanently" }, { 302, "Found" }, { 303, "See Other" },
    { 307, "Temporary Redirect" }, { 308, "Permanent Redirect" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return status < 400 ? "OK" : "Error";
}

static void put(struct head *h, const char *from, size_t n)
{
    if (n > HEAD_ROOM - h->n) {
        h->bad = true;
        return;
    }
    memcpy(h->at + h->n, from, n);
    h->n += n;
}

static void put_text(struct head *h, const char *from) { put(h, from, strlen(from)); }

static void put_long(struct head *h, int64_t n)
{
    char digits[24], *at = digits + sizeof(digits);

    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    put(h, at, (size_t)(digits + sizeof(digits) - at));
}

/* A value with a line end in it would write headers of its own. */
static void put_clean(struct head *h, const char *from, unsigned char least)
{
    size_t n = strlen(from), i = 0;
    uint64_t bad = 0, eight;

    for (; n - i >= sizeof(eight); i += sizeof(eight)) {
        memcpy(&eight, from + i, sizeof(eight));
        bad |= eight_below(eight, least) | eight_has(eight, 0x7f);
    }
    memset(&eight, '~', sizeof(eight));
    memcpy(&eight, from + i, n - i);
    h->bad |= (bad | eight_below(eight, least) | eight_has(eight, 0x7f)) != 0;
    put(h, from, n);
}

static void put_header(struct head *h, const struct edge_header *one)
{
    h->bad |= !*one->name || strchr(one->name, ':');
    put_clean(h, one->name, '!');
    put(h, ": ", 2);
    put_clean(h, one->value, ' ');
    put(h, "\r\n", 2);
}

/* The date changes once a second; each thread keeps its own. */
static void put_date(struct head *h)
{
    static _Thread_local struct { int64_t second; size_t n; char text[CLOCK_ISO_BYTES]; } date;
    int64_t second = clock_wall_ms() / 1000;

    if (second != date.second) {
        date.n = clock_http(second * 1000, date.text);
        date.second = second;
    }
    put(h, "Date: ", 6);
    put(h, date.text, date.n);
    put(h, "\r\n", 2);
}

/* "0.0123s": what two of the products' clients look for. */
static void put_took(struct head *h, const struct visit *v)
{
    int64_t took = (clock_us() - v->from_us) / 100;
    char part[] = ".0000s\r\n";

    for (int64_t i = 4, rest = took % 10000; i; rest /= 10)
        part[i--] = (char)('0' + rest % 10);
    put_text(h, "X-Response-Time: ");
    put_long(h, took / 10000);
    put(h, part, sizeof(part) - 1);
}

enum framing { SIZED, CHUNKED, BARE };

static bool is_bodyless(int status) { return status < 200 || status == 204 || status == 304; }

static void put_framing(struct head *h, enum framing framing, int64_t length)
{
    if (framing == CHUNKED)
        put_text(h, "Transfer-Encoding: chunked\r\n");
    if (framing != SIZED)
        return;
    put_text(h, "Content-Length: ");
    put_long(h, length);
    put(h, "\r\n", 2);
}

static void put_head(struct head *h, const struct visit *v, int status, const struct edge_header *headers, size_t n)
{
    h->n = 0;
    h->bad = status < 200 || status > 599;
    put_text(h, "HTTP/1.1 ");
    put_long(h, status);
    put(h, " ", 1);
    put_text(h, reason_of(status));
    put(h, "\r\n", 2);
    put_date(h);
    put_took(h, v);
    for (size_t i = 0; i < n; i++)
        put_header(h, &headers[i]);
    if (!v->keep)
        put_text(h, "Connection: close\r\n");
}

/* Takes the one answer this request has, and settles whether the connection goes on. */
static bool take_answer(struct visit *v, int status)
{
    struct edge *e = v->edge;

    if (v->answered)
        return false;
    v->answered = true;
    v->status = status;
    if (edge_body_left(v) || atomic_load(&e->leaving) || atomic_load(&e->open) > e->crowded)
        v->keep = false;
    return true;
}

/* The whole head; an unusable one becomes an empty 500: a fault of ours must not become a broken answer. */
static bool write_head(struct head *h, struct visit *v, int status, const struct edge_header *headers, size_t n,
                       enum framing framing, int64_t length)
{
    put_head(h, v, status, headers, n);
    put_framing(h, framing, length);
    put(h, "\r\n", 2);
    if (!h->bad)
        return true;
    v->keep = false;
    v->status = 500;
    put_head(h, v, 500, NULL, 0);
    put_framing(h, SIZED, 0);
    put(h, "\r\n", 2);
    return false;
}

static bool send_two(struct visit *v, struct head *h, const char *body, size_t n)
{
    struct iovec parts[2] = { { h->at, h->n }, { (void *)(uintptr_t)body, n } };

    if (line_write(parts, n ? 2 : 1, edge_pace(v->edge)))
        return true;
    v->keep = false;
    return false;
}

void edge_answer(struct edge_request *r, int status, const struct edge_header *headers, size_t n, struct bytes body)
{
    struct visit *v = visit_of(r);
    struct head h;

    if (!take_answer(v, status))
        return;
    bool usable = write_head(&h, v, status, headers, n, is_bodyless(status) ? BARE : SIZED, (int64_t)body.n);
    send_two(v, &h, body.at, usable && !v->is_head && !is_bodyless(status) ? body.n : 0);
}

void edge_file(struct edge_request *r, int status, const struct edge_header *headers, size_t n, int fd, int64_t offset,
               int64_t length)
{
    struct visit *v = visit_of(r);
    struct head h;

    if (!take_answer(v, status))
        return;
    bool usable = write_head(&h, v, status, headers, n, SIZED, length);
    if (!send_two(v, &h, NULL, 0) || !usable || v->is_head)
        return;
    if (!line_send_file(fd, offset, length, edge_pace(v->edge)))
        v->keep = false;        /* less than promised: the close says so */
}

/* A place among the streams, or the answer that there is none. */
static bool join_streams(struct visit *v)
{
    struct edge *e = v->edge;

    if (atomic_fetch_add(&e->streaming, 1) < e->s.streams) {
        v->streaming = true;
        return true;
    }
    atomic_fetch_sub(&e->streaming, 1);
    if (!v->answered)
        e->on(e->with, &v->request, refusal(OVERLOADED, "as many streams as are carried at once are open"));
    return false;
}

/* HTTP/1.0 knows no chunks: there the end of the connection is the end. */
bool edge_stream(struct edge_request *r, int status, const struct edge_header *headers, size_t n)
{
    struct visit *v = visit_of(r);
    struct head h;

    if (v->answered || !join_streams(v))
        return false;
    v->keep &= !v->http10;
    take_answer(v, status);
    bool usable = write_head(&h, v, status, headers, n, v->http10 ? BARE : CHUNKED, 0);
    v->fd = line.fd;
    if (send_two(v, &h, NULL, 0) && usable && !v->is_head)
        return true;
    edge_stream_leave(v);
    return false;
}
