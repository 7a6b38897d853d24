/* Bodies, in pieces against a clock. civetweb's mg_read waits for all it was asked for, as long as something drips;
 * the clock of edge_line ends it. */
#define _GNU_SOURCE
#include "edge/edge_inside.h"
#include "base/clock.h"

#define PIECE_BYTES (64 * 1024)

struct pace edge_pace(const struct edge *e)
{
    return (struct pace){ clock_ms(), e->s.body_ms, e->s.body_bytes_per_ms, 0 };
}

bool edge_body_left(const struct visit *v)
{
    const struct edge_request *r = &v->request;

    return v->conn && (r->chunked ? !v->ended : v->taken < r->length);
}

static err_t too_large(struct ctx *cx, size_t most)
{
    return fail(cx, BODY_TOO_LARGE, "the body may have %zu bytes", most);
}

static void send_continue(struct visit *v)
{
    static char words[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct iovec part = { words, sizeof(words) - 1 };

    line_write(&part, 1, edge_pace(v->edge));
}

/* The first read: how much there may be, and the word that the client waits for. */
static fallible begin_body(struct ctx *cx, struct visit *v, size_t most)
{
    v->begun = true;
    v->most = most;
    v->pace = edge_pace(v->edge);
    if (v->request.length > 0 && (uint64_t)v->request.length > most)
        return too_large(cx, most);
    if (v->expects && v->request.length)
        send_continue(v);
    return OK;
}

static int read_civet(struct visit *v, char *to, size_t n)
{
    line_read(&v->pace);
    int got = mg_read(v->conn, to, n);
    line_pause();
    v->pace = line.pace;
    return got;
}

/* mg_read says no more than "not all": who ended the wait? */
static err_t why_short(struct ctx *cx)
{
    if (line.gone)
        return fail(cx, REQUEST_BROKEN, "the client left in the middle of the body");
    if (line.expired)
        return fail(cx, BODY_TIMEOUT, "the body did not arrive in time");
    return fail(cx, REQUEST_BROKEN, "the body's chunks are not well-formed");
}

static fallible read_sized(struct ctx *cx, struct visit *v, char *to, size_t n, size_t *got)
{
    int64_t left = v->request.length - v->taken;

    if (left < (int64_t)n)
        n = (size_t)left;
    int came = n ? read_civet(v, to, n) : 0;
    if (came > 0)
        v->taken += came;
    *got = came > 0 ? (size_t)came : 0;
    return came < (int)n ? why_short(cx) : OK;
}

static fallible read_chunks(struct ctx *cx, struct visit *v, char *to, size_t n, size_t *got)
{
    if (v->ended)
        return OK;
    int came = read_civet(v, to, n);
    if (came < 0)
        return why_short(cx);
    v->ended = came < (int)n;
    v->taken += came;
    if ((uint64_t)v->taken > v->most)
        return too_large(cx, v->most);
    *got = (size_t)came;
    return OK;
}

static fallible read_piece(struct ctx *cx, struct visit *v, char *to, size_t n, size_t most, size_t *got)
{
    if (!v->begun)
        TRY(begin_body(cx, v, most));
    if (n > PIECE_BYTES)
        n = PIECE_BYTES;
    return v->request.chunked ? read_chunks(cx, v, to, n, got) : read_sized(cx, v, to, n, got);
}

err_t edge_read(struct ctx *cx, struct edge_request *r, char *to, size_t n, size_t most, size_t *got)
{
    struct visit *v = visit_of(r);

    *got = 0;
    if (!v->conn || v->answered || v->failed)
        return fail(cx, REQUEST_BROKEN, "there is no body to read");
    err_t e = read_piece(cx, v, to, n, most, got);
    if (e) {
        v->failed = true;
        v->keep = false;
    }
    return e;
}

static fallible read_all_sized(struct ctx *cx, struct edge_request *r, size_t most, struct bytes *out)
{
    size_t room = (size_t)r->length, got;

    char *all = arena_get(cx->arena, (room < most ? room : most) + 1);
    for (size_t n = 0; n < room || !room; n += got) {
        TRY(edge_read(cx, r, all + n, room - n, most, &got));
        if (!got)
            break;
    }
    *out = (struct bytes){ all, room };
    return OK;
}

static fallible read_all_chunks(struct ctx *cx, struct edge_request *r, size_t most, struct bytes *out)
{
    struct text all = text_new(cx->arena, 4096, most);
    char *piece = arena_get(cx->arena, PIECE_BYTES);
    size_t got;

    do {
        TRY(edge_read(cx, r, piece, PIECE_BYTES, most, &got));
        text_add(&all, piece, got);
    } while (got);
    *out = (struct bytes){ all.at, all.n };
    return OK;
}

err_t edge_read_all(struct ctx *cx, struct edge_request *r, size_t most, struct bytes *out)
{
    return r->chunked ? read_all_chunks(cx, r, most, out) : read_all_sized(cx, r, most, out);
}
