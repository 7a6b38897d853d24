/* Hashes and proofs of a tree that is kept. */
#include "app/audit_tree.h"

#define TILE_LEVELS 8           /* hashes are kept at every eighth level */

err_t tree_subtree(struct ctx *cx, const struct tree *t, int level, uint64_t place, struct tree_hash *out)
{
    int base = level / TILE_LEVELS * TILE_LEVELS;
    size_t n = (size_t)1 << (level - base);
    struct tree_hash at[1 << (TILE_LEVELS - 1)];

    TRY(t->read(cx, base, place * n, n, at));
    for (; n > 1; n /= 2)
        for (size_t i = 0; i < n / 2; i++)
            at[i] = tree_node(&at[2 * i], &at[2 * i + 1]);
    *out = at[0];
    return OK;
}

/* Leaves [from, to); `from` is a multiple of the least power of two that is not below their number. */
static fallible add_range(struct ctx *cx, const struct tree *t, uint64_t from, uint64_t to, struct frontier *f)
{
    struct tree_hash hash;

    *f = (struct frontier){ 0 };
    while (f->size < to - from) {
        int level = 63 - __builtin_clzll(to - from - f->size);
        TRY(tree_subtree(cx, t, level, (from + f->size) >> level, &hash));
        frontier_add(f, level, &hash);
    }
    return OK;
}

err_t tree_prefix(struct ctx *cx, const struct tree *t, uint64_t size, struct frontier *out) { return add_range(cx, t, 0, size, out); }

/* The largest power of two below n, n > 1. */
static uint64_t split_of(uint64_t n) { return (uint64_t)1 << (63 - __builtin_clzll(n - 1)); }

struct part { uint64_t from, to; };

/* What was left aside on the way down, the last first. */
static fallible put_parts(struct ctx *cx, const struct tree *t, const struct part *parts, size_t n, struct tree_path *out)
{
    struct frontier f;

    out->n = 0;
    while (n--) {
        TRY(add_range(cx, t, parts[n].from, parts[n].to, &f));
        out->at[out->n++] = frontier_root(&f);
    }
    return OK;
}

/* PATH(m, D[n]) of RFC 6962 2.1.1. */
err_t tree_inclusion(struct ctx *cx, const struct tree *t, uint64_t index, uint64_t size, struct tree_path *out)
{
    struct part parts[TREE_DEPTH_MOST + 1];
    size_t n = 0;

    for (uint64_t from = 0, to = size; to - from > 1;) {
        uint64_t middle = from + split_of(to - from);
        if (index < middle)
            parts[n++] = (struct part){ middle, to }, to = middle;
        else
            parts[n++] = (struct part){ from, middle }, from = middle;
    }
    return put_parts(cx, t, parts, n, out);
}

/* PROOF(m, D[n]) of RFC 6962 2.1.2; `whole`: the subtree at hand is all of the older tree so far. */
err_t tree_consistency(struct ctx *cx, const struct tree *t, uint64_t from_size, uint64_t size, struct tree_path *out)
{
    struct part parts[TREE_DEPTH_MOST + 2];
    bool whole = true;
    uint64_t from = 0, to = size;
    size_t n = 0;

    while (to != from_size) {
        uint64_t middle = from + split_of(to - from);
        if (from_size <= middle)
            parts[n++] = (struct part){ middle, to }, to = middle;
        else
            parts[n++] = (struct part){ from, middle }, from = middle, whole = false;
    }
    if (!whole)
        parts[n++] = (struct part){ from, to };
    return put_parts(cx, t, parts, n, out);
}
