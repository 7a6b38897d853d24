#include "app/audit_tree.h"

#include <string.h>

struct tree_hash tree_node(const struct tree_hash *left, const struct tree_hash *right)
{
    uint8_t both[1 + 2 * SHA256_BYTES] = { 1 };
    struct tree_hash node;

    memcpy(both + 1, left->at, SHA256_BYTES);
    memcpy(both + 1 + SHA256_BYTES, right->at, SHA256_BYTES);
    crypto_sha256(both, sizeof(both), node.at);
    return node;
}

static bool same(const struct tree_hash *a, const struct tree_hash *b) { return !memcmp(a->at, b->at, SHA256_BYTES); }

/* --- a growing tree --- */

void frontier_add(struct frontier *f, int level, const struct tree_hash *hash)
{
    f->at[f->n++] = *hash;
    for (uint64_t bits = f->size >> level; bits & 1; bits >>= 1, f->n--)
        f->at[f->n - 2] = tree_node(&f->at[f->n - 2], &f->at[f->n - 1]);
    f->size += (uint64_t)1 << level;
}

struct tree_hash frontier_root(const struct frontier *f)
{
    struct tree_hash root;

    if (!f->n)
        return crypto_sha256("", 0, root.at), root;
    root = f->at[f->n - 1];
    for (size_t i = f->n - 1; i--;)
        root = tree_node(&f->at[i], &root);
    return root;
}

/* --- checking --- */

bool tree_includes(const struct tree_hash *leaf, uint64_t index, uint64_t size, const struct tree_path *path, const struct tree_hash *root)
{
    uint64_t fn = index, sn = size - 1;
    struct tree_hash r = *leaf;

    if (index >= size)
        return false;
    for (size_t i = 0; i < path->n; i++) {
        if (!sn)
            return false;
        if ((fn & 1) || fn == sn) {
            r = tree_node(&path->at[i], &r);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            r = tree_node(&r, &path->at[i]);
        }
        fn >>= 1, sn >>= 1;
    }
    return !sn && same(&r, root);
}

bool tree_extends(uint64_t from, const struct tree_hash *from_root, uint64_t size, const struct tree_hash *root, const struct tree_path *path)
{
    uint64_t fn = from - 1, sn = size - 1;
    size_t i = 0;

    if (!from || from > size)
        return false;
    if (from == size)
        return !path->n && same(from_root, root);
    for (; fn & 1; fn >>= 1)
        sn >>= 1;
    if (fn && !path->n)
        return false;
    struct tree_hash fr = fn ? path->at[i++] : *from_root, sr = fr;
    for (; i < path->n; i++) {
        if (!sn)
            return false;
        if ((fn & 1) || fn == sn) {
            fr = tree_node(&path->at[i], &fr);
            sr = tree_node(&path->at[i], &sr);
            for (; !(fn & 1) && fn; fn >>= 1)
                sn >>= 1;
        } else {
            sr = tree_node(&sr, &path->at[i]);
        }
        fn >>= 1, sn >>= 1;
    }
    return !sn && same(&fr, from_root) && same(&sr, root);
}
