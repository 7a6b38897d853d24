#define _GNU_SOURCE
#include "http/multipart.h"
#include "net/blob.h"
#include "data/crypto.h"

#include <fcntl.h>
#include <string.h>

#define BUFFER_BYTES   65536
#define BOUNDARY_BYTES 70           /* RFC 2046 5.1.1 */

struct reader {
    struct ctx *cx;
    multipart_source *next;
    void *with;
    const char *dir;
    char   mark[BOUNDARY_BYTES + 8];    /* "\r\n--boundary" */
    size_t mark_n;
    char  *buffer;
    size_t from, to;                    /* what is unread */
    bool   end;
    size_t fields_bytes;
};

/* --- bytes --- */

/* Make at least `want` bytes available, if there are so many. */
static err_t fill(struct reader *r, size_t want)
{
    if (r->from && BUFFER_BYTES - r->from < want) {
        memmove(r->buffer, r->buffer + r->from, r->to - r->from);
        r->to -= r->from, r->from = 0;
    }
    while (!r->end && r->to - r->from < want) {
        size_t got = 0;
        TRY(r->next(r->cx, r->with, r->buffer + r->to, BUFFER_BYTES - r->to, &got));
        r->end = !got;
        r->to += got;
    }
    return OK;
}

static err_t broken(struct reader *r, const char *what)
{
    return fail(r->cx, REQUEST_BROKEN, "the multipart body %s", what);
}

/* --- heads --- */

/* boundary=... of a Content-Type, quoted or not. */
static err_t read_boundary(struct reader *r, const char *type)
{
    const char *at = type ? strcasestr(type, "boundary=") : NULL;
    size_t n;

    if (!type || strncasecmp(type, "multipart/form-data", 19) || !at)
        return fail(r->cx, TYPE_UNSUPPORTED, "this is not multipart/form-data with a boundary");
    at += 9;
    bool quoted = *at == '"';
    at += quoted;
    n = strcspn(at, quoted ? "\"" : "; \t");
    if (!n || n > BOUNDARY_BYTES)
        return broken(r, "has a boundary that is empty or longer than 70 characters");
    memcpy(r->mark, "\r\n--", 4);
    memcpy(r->mark + 4, at, n);
    r->mark_n = n + 4;
    return OK;
}

/* The value of name="..." in a Content-Disposition; quotes and backslashes may be escaped as browsers do (%22). */
static const char *parameter(struct ctx *cx, const char *line, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = strchr(line, ';'); at; at = strchr(at + 1, ';')) {
        const char *key = at + 1 + strspn(at + 1, " \t");
        if (strncasecmp(key, name, len) || key[len] != '=')
            continue;
        key += len + 1;
        if (*key != '"')
            return arena_text(cx->arena, key, strcspn(key, "; \t\r"));
        const char *end = key + 1;
        while (*end && *end != '"')
            end += *end == '\\' && end[1] ? 2 : 1;
        return *end ? arena_text(cx->arena, key + 1, (size_t)(end - key - 1)) : NULL;
    }
    return NULL;
}

static void head_line(struct ctx *cx, const char *line, struct part *p)
{
    if (!strncasecmp(line, "Content-Disposition:", 20)) {
        p->name = parameter(cx, line, "name");
        p->filename = parameter(cx, line, "filename");
    } else if (!strncasecmp(line, "Content-Type:", 13)) {
        const char *type = line + 13 + strspn(line + 13, " \t");
        p->type = arena_text(cx->arena, type, strcspn(type, "; \t"));
    }
}

static err_t read_head(struct reader *r, struct part *p)
{
    for (size_t seen = 0;;) {
        TRY(fill(r, PART_HEAD_BYTES));
        const char *line = r->buffer + r->from, *end = memmem(line, r->to - r->from, "\r\n", 2);
        size_t n = end ? (size_t)(end - line) : 0;
        if (!end || (seen += n + 2) > PART_HEAD_BYTES)
            return broken(r, "has a part whose head does not end");
        if (!text_is_utf8(line, n) || memchr(line, '\0', n))
            return broken(r, "has a part whose head is not text");
        r->from += n + 2;
        if (!n)
            break;
        head_line(r->cx, arena_text(r->cx->arena, line, n), p);
    }
    return p->name && *p->name ? OK : broken(r, "has a part without a name");
}

/* --- bodies --- */

/* The next piece of a part's body; *n 0: it has ended, and the mark was passed. */
static err_t read_piece(struct reader *r, const char **at, size_t *n)
{
    TRY(fill(r, r->mark_n + 2));
    const char *from = r->buffer + r->from, *mark = memmem(from, r->to - r->from, r->mark, r->mark_n);

    *at = from;
    if (mark) {
        *n = (size_t)(mark - from);
        r->from += *n ? *n : r->mark_n;
        return OK;
    }
    if (r->end || r->to - r->from < r->mark_n)
        return broken(r, "ends in the middle of a part");
    *n = r->to - r->from - (r->mark_n - 1);     /* the mark may have begun in what is left */
    r->from += *n;
    return OK;
}

static err_t read_field(struct reader *r, struct part *p)
{
    struct text value = text_new(r->cx->arena, 256, FIELD_MAX_BYTES);
    const char *at;
    size_t n;

    for (;;) {
        TRY(read_piece(r, &at, &n));
        if (!n)
            break;
        if ((r->fields_bytes += n) > FIELD_MAX_BYTES)
            return fail(r->cx, BODY_TOO_LARGE, "the text fields are larger than %u bytes in all", FIELD_MAX_BYTES);
        text_add(&value, at, n);
    }
    if (!text_is_utf8(value.at, value.n) || memchr(value.at, '\0', value.n))
        return fail(r->cx, INPUT_INVALID, "field %s is not UTF-8 text", p->name);
    p->value = (struct bytes){ value.at, value.n };
    p->size = (int64_t)value.n;
    return OK;
}

static err_t read_file(struct reader *r, struct part *p, size_t index)
{
    struct ctx *cx = r->cx;
    const char *at;
    size_t n;

    p->path = arena_fmt(cx->arena, "%s/part-%zu", r->dir, index);
    int fd = open(p->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return disk_trouble(cx, "an upload");
    arena_own_fd(cx->arena, fd);
    for (;;) {
        TRY(read_piece(r, &at, &n));
        if (!n)
            break;
        p->size += (int64_t)n;
        TRY(disk_write(cx, fd, at, n, "an upload"));
    }
    return crypto_sha256_file(cx, fd, p->sha256);
}

static err_t read_part(struct reader *r, struct parts *out)
{
    struct part *p = &out->parts.at[out->parts.n];

    if (out->parts.n == PARTS_MOST)
        return fail(r->cx, INPUT_INVALID, "more than %d parts", PARTS_MOST);
    TRY(read_head(r, p));
    if (part_named(out, p->name))
        return fail(r->cx, INPUT_INVALID, "part %s is given twice", p->name);
    TRY(p->filename ? read_file(r, p, out->parts.n) : read_field(r, p));
    out->parts.n++;
    return OK;
}

/* After a mark: "--" ends it all, a line end begins a part. */
static err_t read_parts(struct reader *r, struct parts *out)
{
    TRY(fill(r, r->mark_n));
    if (r->to - r->from < r->mark_n - 2 || memcmp(r->buffer + r->from, r->mark + 2, r->mark_n - 2))
        return broken(r, "does not begin with its boundary");
    r->from += r->mark_n - 2;
    for (;;) {
        TRY(fill(r, 2));
        if (r->to - r->from < 2)
            return broken(r, "ends too early");
        const char *at = r->buffer + r->from;
        r->from += 2;
        if (!memcmp(at, "--", 2))
            return OK;
        if (memcmp(at, "\r\n", 2))
            return broken(r, "has a boundary with text behind it");
        TRY(read_part(r, out));
    }
}

err_t multipart_parse(struct ctx *cx, const char *content_type, const char *dir, multipart_source *next, void *with, struct parts *out)
{
    struct reader r = { .cx = cx, .next = next, .with = with, .dir = dir };

    TRY(read_boundary(&r, content_type));
    r.buffer = arena_get(cx->arena, BUFFER_BYTES);
    out->parts.at = NEWS(cx, struct part, PARTS_MOST);
    out->parts.n = 0;
    return read_parts(&r, out);
}

struct from_edge { struct edge_request *request; size_t most; };

static err_t next_of_edge(struct ctx *cx, void *with, char *to, size_t n, size_t *got)
{
    struct from_edge *f = with;

    return edge_read(cx, f->request, to, n, f->most, got);
}

err_t multipart_read(struct ctx *cx, struct exchange *x, const char *dir, int64_t most, struct parts *out)
{
    struct from_edge from = { x->request, (size_t)most };
    char rest[1024];
    size_t got;

    TRY(multipart_parse(cx, exchange_read_header(x, "Content-Type"), dir, next_of_edge, &from, out));
    do                                  /* an epilogue is read and forgotten, so that the connection stays usable */
        TRY(edge_read(cx, x->request, rest, sizeof(rest), (size_t)most, &got));
    while (got);
    return OK;
}

const struct part *part_named(const struct parts *p, const char *name)
{
    for (size_t i = 0; i < p->parts.n; i++)
        if (!strcmp(p->parts.at[i].name, name))
            return &p->parts.at[i];
    return NULL;
}
