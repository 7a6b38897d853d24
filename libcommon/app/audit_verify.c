#include "app/audit_verify.h"
#include "app/audit_chain.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define ROWS         1000           /* read at a time */
#define CLAIMS_MOST  5000000        /* seven years of a checkpoint a minute are 3.7 million */
#define TILE         256

/* --- verifying --- */

struct claims { struct audit_claim *at; size_t n, room; };

static void add_claim(struct ctx *cx, struct claims *c, const struct audit_checkpoint *point, const char *by)
{
    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        struct audit_claim *more = NEWS(cx, struct audit_claim, room);
        if (c->n)
            memcpy(more, c->at, sizeof(*more) * c->n);
        c->at = more, c->room = room;
    }
    c->at[c->n++] = (struct audit_claim){ *point, by };
}

/* Checkpoints and the witness in one order. `to` 0: to the end, and beyond what is there. */
static fallible read_claims(struct ctx *cx, const struct audit_scope *s, int64_t to, struct claims *out)
{
    struct audit_checkpoints all = { 0 };
    int64_t from = s->from;
    size_t w = 0;

    do {
        TRY(audit_points_list(cx, from, 50 * ROWS, &all));
        for (size_t i = 0; i < all.rows.n; i++) {
            for (; w < s->witness_n && s->witness[w].point.size <= all.rows.at[i].size; w++)
                add_claim(cx, out, &s->witness[w].point, s->witness[w].by);
            add_claim(cx, out, &all.rows.at[i], "checkpoint");
            from = all.rows.at[i].size + 1;
        }
    } while (all.rows.n && out->n < CLAIMS_MOST);
    for (; w < s->witness_n; w++)
        add_claim(cx, out, &s->witness[w].point, s->witness[w].by);
    while (to && out->n && out->at[out->n - 1].point.size > to)
        out->n--;
    return OK;
}

err_t audit_marks_list(struct ctx *cx, struct audit_rows *out)
{
    return pg_list(cx, SQL(audit_marks), NO_ARGS, &audit_row_shape, &out->rows);
}

err_t audit_rows_list(struct ctx *cx, int64_t from, int64_t to, int most, struct audit_rows *out)
{
    return pg_list(cx, SQL(audit_rows), ARGS(from, to, most), &audit_row_shape, &out->rows);
}

static fallible read_marks(struct ctx *cx, struct audit_check *c)
{
    struct audit_rows marks = { 0 };

    TRY(audit_marks_list(cx, &marks));
    for (size_t i = 0; i < marks.rows.n; i++)
        check_mark(cx, c, &marks.rows.at[i]);
    return OK;
}

/* The kept subtrees, where the last of them ends. */
static fallible check_nodes(struct ctx *cx, struct audit_check *c)
{
    struct frontier kept;
    err_t e = tree_prefix(cx, &audit_tree, c->tree.size, &kept);

    if (e && e->code != E_AUDIT_BROKEN)
        return e;
    struct tree_hash ours = frontier_root(&c->tree), theirs = frontier_root(&kept);
    if (e || memcmp(&ours, &theirs, sizeof(ours)))
        check_tell(c, 1, (int64_t)c->tree.size, "node", "the kept hashes of the tree are not those of its leaves");
    return OK;
}

/* *at: the next link; on return the one after the last that was read. */
static fallible check_batch(struct ctx *cx, struct audit_check *c, int64_t *at, int64_t to, uint64_t nodes_end)
{
    struct audit_rows rows = { 0 };

    TRY(audit_rows_list(cx, *at, to, ROWS, &rows));
    for (size_t i = 0; i < rows.rows.n; i++) {
        check_link(cx, c, &rows.rows.at[i]);
        *at = rows.rows.at[i].seq + 1;
        if (c->tree.size == nodes_end && !c->torn)
            TRY(check_nodes(cx, c));
    }
    if (!rows.rows.n)
        *at = to + 1;
    return OK;
}

static fallible check_all(struct ctx *cx, struct audit_check *c, int64_t from, int64_t to)
{
    struct audit_head nodes = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(audit_nodes_count), ARGS(8), &audit_head_shape, &nodes, &found));
    while (from <= to) {
        struct ctx own = *cx;
        own.arena = arena_new();
        err_t e = check_batch(&own, c, &from, to, (uint64_t)nodes.seq * TILE);
        if (e)
            e = err_new(cx, e->code, e->where, "%s", e->text);
        arena_free(own.arena);
        TRY(e);
    }
    return OK;
}

struct audit_pending { int64_t entries, stray; double oldest_s; };
SHAPE(audit_pending, "Entries without a link.",
    FIELD(audit_pending, entries,  "Those that wait for it."),
    FIELD(audit_pending, oldest_s, "Seconds that the oldest of them has waited."),
    FIELD(audit_pending, stray,    "Those that do not."));

static fallible check_pending(struct ctx *cx, struct audit_check *c, int days, struct audit_verdict *out)
{
    struct audit_pending waits = { 0 };
    bool found;

    TRY(pg_find(cx, SQL(audit_pending), ARGS(days), &audit_pending_shape, &waits, &found));
    out->pending = waits.entries, out->pending_s = waits.oldest_s;
    if (waits.stray)
        check_tell(c, c->next, c->next, "pending", arena_fmt(cx->arena, "%lld entries have no link, and do not wait for one", (long long)waits.stray));
    return OK;
}

void verdict_of(const struct audit_check *c, struct audit_verdict *out)
{
    out->valid = !c->flaws_n;
    out->checked = c->checked;
    out->first_bad_seq = LONG_NONE;
    for (size_t i = 0; i < c->flaws.flaws.n; i++)
        if (out->first_bad_seq == LONG_NONE || c->flaws.flaws.at[i].seq < out->first_bad_seq)
            out->first_bad_seq = c->flaws.flaws.at[i].seq;
    out->entries_gone = c->entries_gone, out->persons_gone = c->persons_gone;
    out->checkpoints = c->checkpoints, out->unsigned_checkpoints = c->unsigned_;
    out->signatures = c->signers ? "checked" : "not checked: there are no public keys here";
    out->flaws_found = c->flaws_n;
    out->flaws.at = c->flaws.flaws.at, out->flaws.n = c->flaws.flaws.n;
}

static fallible start(struct ctx *cx, struct audit_check *c, int64_t from)
{
    err_t e = from > 1 ? tree_prefix(cx, &audit_tree, (uint64_t)from - 1, &c->tree) : OK;

    if (e && e->code != E_AUDIT_BROKEN)
        return e;
    check_start(cx, c, from);
    if (e) {
        check_tell(c, 1, from - 1, "node", "hashes of the tree before the first entry are missing");
        c->torn = true;
    }
    return read_marks(cx, c);
}

/* Claims are read before the end of the chain: those made meanwhile do not count. */
err_t audit_verify(struct ctx *cx, const struct audit_scope *s, struct audit_verdict *out)
{
    struct audit_check c = { .keys = cx->audit, .signers = s->signers };
    struct audit_head head;
    struct claims claims = { 0 };

    TRY(read_claims(cx, s, s->to, &claims));
    TRY(audit_head_find(cx, &head));
    int64_t to = s->to && s->to < head.seq ? s->to : head.seq;
    if (s->most && to - s->from >= s->most)
        to = s->from + s->most - 1;
    while (to < head.seq && claims.n && claims.at[claims.n - 1].point.size > to)
        claims.n--;
    c.claims = claims.at, c.claims_n = claims.n;
    TRY(start(cx, &c, s->from));
    TRY(check_all(cx, &c, s->from, to));
    check_end(cx, &c, to);
    TRY(check_pending(cx, &c, s->stray_days, out));
    verdict_of(&c, out);
    out->complete = to == head.seq || to == s->to;
    out->from_seq = s->from, out->to_seq = to;
    return OK;
}

/* --- proofs --- */

static struct texts texts_of(struct ctx *cx, const struct tree_path *path)
{
    struct texts out = { NEWS(cx, const char *, path->n), path->n };

    for (size_t i = 0; i < path->n; i++)
        out.at[i] = audit_hex(cx, path->at[i].at);
    return out;
}

err_t audit_page(struct ctx *cx, const struct audit_filter *f, struct audit_rows *out)
{
    return pg_list(cx, SQL(audit_page), ARGS(f->user_id, f->action, f->type, f->id, f->outcome, f->from, f->to, f->limit, f->offset), &audit_row_shape,
                   &out->rows);
}

err_t audit_points_list(struct ctx *cx, int64_t from_size, int most, struct audit_checkpoints *out)
{
    return pg_list(cx, SQL(audit_checkpoints), ARGS(from_size, most), &audit_checkpoint_shape, &out->rows);
}

static fallible find_checkpoint(struct ctx *cx, int64_t size, struct audit_checkpoint *out)
{
    bool found;

    TRY(pg_find(cx, SQL(audit_checkpoint_last), ARGS(size ? size : INT64_MAX), &audit_checkpoint_shape, out, &found));
    return found && (!size || out->size == size) ? OK : fail(cx, AUDIT_UNKNOWN, "there is no checkpoint of %lld entries", (long long)size);
}

err_t audit_prove(struct ctx *cx, int64_t seq, int64_t size, struct audit_proof *out)
{
    struct audit_rows rows = { 0 };
    struct tree_path path;

    TRY(find_checkpoint(cx, size, &out->checkpoint));
    TRY(audit_rows_list(cx, seq, seq, 1, &rows));
    if (!rows.rows.n || seq > out->checkpoint.size)
        return fail(cx, AUDIT_UNKNOWN, "no checkpoint covers entry %lld", (long long)seq);
    TRY(tree_inclusion(cx, &audit_tree, (uint64_t)seq - 1, (uint64_t)out->checkpoint.size, &path));
    const struct audit_row *row = &rows.rows.at[0];
    out->seq = seq, out->leaf_index = seq - 1, out->tree_size = out->checkpoint.size;
    out->record = row->action ? audit_record(cx, row).at : NULL;
    out->hash = row->hash, out->leaf = row->leaf;
    out->path = texts_of(cx, &path);
    return OK;
}

err_t audit_prove_growth(struct ctx *cx, int64_t from, int64_t to, struct audit_growth *out)
{
    struct tree_path path;

    TRY(find_checkpoint(cx, to, &out->to));
    TRY(find_checkpoint(cx, from, &out->from));
    if (out->from.size > out->to.size)
        return fail(cx, AUDIT_UNKNOWN, "the older checkpoint is larger than the newer one");
    TRY(tree_consistency(cx, &audit_tree, (uint64_t)out->from.size, (uint64_t)out->to.size, &path));
    out->path = texts_of(cx, &path);
    return OK;
}
