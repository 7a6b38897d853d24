/* Merkle tree hashes, inclusion and consistency proofs: RFC 6962 2.1, checked as RFC 9162 2.1.3.2 and 2.1.4.2 say. */
#pragma once

#include "data/crypto.h"

#define TREE_DEPTH_MOST 63

struct tree_hash { uint8_t at[SHA256_BYTES]; };
struct tree_path { size_t n; struct tree_hash at[2 * TREE_DEPTH_MOST]; };

struct tree_hash tree_node(const struct tree_hash *left, const struct tree_hash *right);

/* A tree that grows at its right edge: its complete subtrees, the largest first, one for each bit of its size. */
struct frontier { uint64_t size; size_t n; struct tree_hash at[TREE_DEPTH_MOST]; };
/* The next subtree of 2^level leaves; the size is a multiple of that. */
void frontier_add(struct frontier *f, int level, const struct tree_hash *hash);
struct tree_hash frontier_root(const struct frontier *f);           /* of nothing: SHA-256 of nothing */

/* Where the hashes of a kept tree come from: `n` complete subtrees of a level that is a multiple of 8, from `place` on. */
struct tree {
    fallible (*read)(struct ctx *cx, int level, uint64_t place, size_t n, struct tree_hash *out);
};
fallible tree_subtree(struct ctx *cx, const struct tree *t, int level, uint64_t place, struct tree_hash *out);
/* The tree of the first `size` leaves. */
fallible tree_prefix(struct ctx *cx, const struct tree *t, uint64_t size, struct frontier *out);
/* That leaf `index` (from 0) is in the tree of `size` leaves; that the tree of `from` leaves, 1 or more, is a prefix of it. */
fallible tree_inclusion(struct ctx *cx, const struct tree *t, uint64_t index, uint64_t size, struct tree_path *out);
fallible tree_consistency(struct ctx *cx, const struct tree *t, uint64_t from, uint64_t size, struct tree_path *out);

bool tree_includes(const struct tree_hash *leaf, uint64_t index, uint64_t size, const struct tree_path *path, const struct tree_hash *root);
bool tree_extends(uint64_t from, const struct tree_hash *from_root, uint64_t size, const struct tree_hash *root, const struct tree_path *path);
