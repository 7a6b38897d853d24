/* A stream's pieces, from its own thread or, while that one waits, from another. */
#define _GNU_SOURCE
#include "edge/edge_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 3                 /* of a chunk: its size, the piece, the end of its line */

static void drop_rest(struct visit *v)
{
    free(v->rest);
    v->rest = NULL;
}

/* A stream that was left without its end ends with its connection. */
void edge_stream_leave(struct visit *v)
{
    if (!v->streaming)
        return;
    atomic_fetch_sub(&v->edge->streaming, 1);
    v->streaming = v->keep = false;
    drop_rest(v);
}

/* A piece as a chunk, or as it is: how many parts it has. */
static int chunk(const struct visit *v, struct bytes piece, struct iovec parts[PARTS], char size[24])
{
    struct iovec body = { (void *)(uintptr_t)piece.at, piece.n };

    parts[0] = v->http10 ? body : (struct iovec){ size, (size_t)snprintf(size, 24, "%zx\r\n", piece.n) };
    parts[1] = body;
    parts[2] = (struct iovec){ (void *)(uintptr_t)"\r\n", 2 };
    return v->http10 ? 1 : PARTS;
}

/* What the parts still hold, in one piece. */
static void keep_rest(struct visit *v, const struct iovec *parts, int n)
{
    v->rest_n = 0;
    for (int i = 0; i < n; i++)
        v->rest_n += parts[i].iov_len;
    v->rest = malloc(v->rest_n);
    if (!v->rest)
        abort();
    for (char *to = v->rest; n--; to += parts++->iov_len)
        memcpy(to, parts->iov_base, parts->iov_len);
}

bool edge_stream_try(struct edge_request *r, struct bytes piece, bool *rest)
{
    struct visit *v = visit_of(r);
    struct iovec parts[PARTS], *at = parts;
    char size[24];

    if (!v->streaming || v->rest || !piece.n || atomic_load(&v->edge->over))
        return false;
    int n = chunk(v, piece, parts, size);
    if (!line_try(v->fd, &at, &n))
        return false;           /* its thread will wait, or find out why */
    *rest = n > 0;
    if (*rest)
        keep_rest(v, at, n);
    return true;
}

static bool write_rest(struct visit *v)
{
    struct iovec rest = { v->rest, v->rest_n };
    bool whole = !v->rest || line_write(&rest, 1, edge_pace(v->edge));

    drop_rest(v);
    return whole;
}

bool edge_stream_write(struct edge_request *r, struct bytes piece)
{
    struct visit *v = visit_of(r);
    struct iovec parts[PARTS];
    char size[24];

    if (!v->streaming || atomic_load(&v->edge->over) || line_has_gone())
        return false;
    bool whole = write_rest(v);
    if (whole && !piece.n)      /* as a chunk, it would be the end */
        return true;
    if (whole && line_write(parts, chunk(v, piece, parts, size), edge_pace(v->edge)))
        return true;
    edge_stream_leave(v);       /* half a chunk may be out: nothing more may follow */
    return false;
}

void edge_stream_end(struct edge_request *r)
{
    struct visit *v = visit_of(r);
    struct iovec end = { (void *)(uintptr_t)"0\r\n\r\n", 5 };
    bool keep = v->keep && !atomic_load(&v->edge->draining);

    if (v->streaming)
        keep &= write_rest(v);
    if (v->streaming && !v->http10)
        keep &= line_write(&end, 1, edge_pace(v->edge));
    keep &= v->streaming;
    edge_stream_leave(v);
    v->keep = keep;
}
