#include "audit_offline.h"
#include "app/audit_chain.h"
#include "data/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES  65536
#define CLAIMS_MOST 5000000

struct reader {
    FILE *file;
    const char *path;
    char *text;                     /* of the line at hand */
    int64_t line;
    struct audit_claim *claims;
    size_t n, room;
    struct audit_check check;
    bool started, ended;
};

static void file_drop(void *file) { fclose(file); }

static fallible open_file(struct ctx *cx, const char *path, struct reader *r)
{
    *r = (struct reader){ .file = fopen(path, "re"), .path = path, .text = arena_get(cx->arena, LINE_BYTES) };
    if (!r->file)
        return fail(cx, INPUT_INVALID, "%s: %s", path, strerror(errno));
    arena_own(cx->arena, r->file, file_drop);
    return OK;
}

static fallible next_line(struct ctx *cx, struct reader *r, bool *more)
{
    *more = fgets(r->text, LINE_BYTES, r->file) != NULL;
    r->line += *more;
    if (*more && !strchr(r->text, '\n') && !feof(r->file))
        return fail(cx, INPUT_INVALID, "%s: line %lld is too long", r->path, (long long)r->line);
    return ferror(r->file) ? fail(cx, INPUT_INVALID, "%s cannot be read", r->path) : OK;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = ((const struct audit_claim *)a)->point.size, y = ((const struct audit_claim *)b)->point.size;

    return x < y ? -1 : x > y;
}

static const char *kept(struct ctx *cx, const char *text) { return text ? arena_text(cx->arena, text, strlen(text)) : NULL; }

/* Copied into cx, which outlives the line. */
static fallible add_claim(struct ctx *cx, struct reader *r, const struct audit_checkpoint *p, const char *by)
{
    if (r->n == CLAIMS_MOST)
        return fail(cx, INPUT_INVALID, "%s: there are more than %d checkpoints", r->path, CLAIMS_MOST);
    if (r->n == r->room) {
        struct audit_claim *more = NEWS(cx, struct audit_claim, r->room = r->room ? 2 * r->room : 64);
        if (r->n)
            memcpy(more, r->claims, sizeof(*more) * r->n);
        r->claims = more;
    }
    r->claims[r->n++] = (struct audit_claim){ { p->size, kept(cx, p->root), kept(cx, p->chain), kept(cx, p->at), kept(cx, p->signer), kept(cx, p->signature) }, by };
    return OK;
}

/* Beside the witness, if it is there: the newest line binds all that comes before. */
static fallible read_heads(struct ctx *cx, const char *path, struct reader *to)
{
    struct audit_head last = { 0 };
    struct reader r;
    bool more = true;

    if (access(path, F_OK))
        return OK;
    TRY(open_file(cx, path, &r));
    while (more) {
        struct audit_head head = { 0 };
        TRY(next_line(cx, &r, &more));
        if (more && json_read(cx, r.text, strlen(r.text), &audit_head_shape, &head) == OK && head.seq > last.seq)
            last = head;
    }
    return last.seq ? add_claim(cx, to, &(struct audit_checkpoint){ .size = last.seq, .chain = last.hash }, "witness") : OK;
}

/* A line that is no checkpoint was left by a crash: it says nothing. */
err_t witness_read(struct ctx *cx, const char *path, struct audit_claim **out, size_t *n)
{
    struct reader r;
    bool more = true;

    TRY(open_file(cx, path, &r));
    while (more) {
        struct audit_checkpoint p = { 0 };
        TRY(next_line(cx, &r, &more));
        if (more && json_read(cx, r.text, strlen(r.text), &audit_checkpoint_shape, &p) == OK)
            TRY(add_claim(cx, &r, &p, "witness"));
    }
    TRY(read_heads(cx, arena_fmt(cx->arena, "%s.heads", path), &r));
    if (r.n)
        qsort(r.claims, r.n, sizeof(*r.claims), by_size);
    *out = r.claims, *n = r.n;
    return OK;
}

static fallible take_head(struct ctx *cx, struct reader *r, const struct export_head *head)
{
    struct frontier *f = &r->check.tree;
    int64_t before = head->from_seq - 1;

    if (head->palabre_audit != 1 || before < 0 || head->frontier.n != (size_t)__builtin_popcountll((uint64_t)before))
        return fail(cx, INPUT_INVALID, "%s is no export of the audit log", r->path);
    for (f->n = 0; f->n < head->frontier.n; f->n++)
        if (!audit_unhex(head->frontier.at[f->n], f->at[f->n].at))
            return fail(cx, INPUT_INVALID, "%s: the hashes before the first entry are none", r->path);
    f->size = (uint64_t)before;
    r->check.next = head->from_seq;
    return OK;
}

/* In an arena of its own; what outlives it goes into `home`. */
static fallible take_line(struct ctx *home, struct ctx *cx, struct reader *r)
{
    struct export_line line = { 0 };

    if (json_read(cx, r->text, strlen(r->text), &export_line_shape, &line) || r->ended || (r->line == 1) != (line.head.palabre_audit != 0))
        return fail(home, INPUT_INVALID, "%s: line %lld is not of an export", r->path, (long long)r->line);
    if (line.head.palabre_audit)
        return take_head(home, r, &line.head);
    if (line.checkpoint.size)
        return add_claim(home, r, &line.checkpoint, "checkpoint");
    if (line.mark.seq)
        check_mark(cx, &r->check, &line.mark);
    if ((line.link.seq || line.end.to_seq) && !r->started) {
        if (r->n)
            qsort(r->claims, r->n, sizeof(*r->claims), by_size);
        r->check.claims = r->claims, r->check.claims_n = r->n;
        check_start(home, &r->check, r->check.next);
        r->started = true;
    }
    if (line.link.seq)
        check_link(cx, &r->check, &line.link);
    if ((r->ended = line.end.to_seq != 0))
        check_end(cx, &r->check, line.end.to_seq);
    return OK;
}

err_t offline_verify(struct ctx *cx, const char *path, const struct audit_signers *signers, const struct audit_claim *witness, size_t witness_n,
                     struct audit_verdict *out)
{
    struct reader r;
    bool more = true;

    TRY(open_file(cx, path, &r));
    r.check.keys = cx->audit, r.check.signers = signers;
    for (size_t i = 0; i < witness_n; i++)
        TRY(add_claim(cx, &r, &witness[i].point, witness[i].by));
    while (more) {
        struct ctx own = *cx;
        own.arena = arena_new();
        err_t e = next_line(cx, &r, &more);
        if (!e && more)
            e = take_line(cx, &own, &r);
        arena_free(own.arena);
        TRY(e);
    }
    if (!r.ended)
        return fail(cx, INPUT_INVALID, "%s has no end: it is not whole", path);
    verdict_of(&r.check, out);
    out->complete = true, out->to_seq = r.check.next - 1, out->from_seq = r.check.next - r.check.checked;
    return OK;
}
