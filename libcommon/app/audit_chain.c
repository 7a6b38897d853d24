#define _GNU_SOURCE
#include "app/audit_chain.h"
#include "base/clock.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LINE_BYTES    1024          /* of a witness file, at most */
#define WITNESS_LINES 1000          /* written at a time */

struct audit_lock { bool mine; };
SHAPE(audit_lock, "Whether this transaction has the lock.", FIELD(audit_lock, mine, "It has."));

SHAPE(audit_head, "The end of the chain.",
    FIELD(audit_head, seq,  "Sequence number of the last link."),
    FIELD(audit_head, hash, "Its hash."));

/* One at a time; the lock goes with the transaction. */
static fallible begin_locked(struct ctx *cx, const char *what, bool *mine)
{
    struct audit_lock lock = { false };
    bool found;

    TRY(pg_begin(cx));
    err_t e = pg_find(cx, SQL(audit_lock), ARGS(what), &audit_lock_shape, &lock, &found);
    *mine = lock.mine;
    if (e || !lock.mine)
        pg_undo(cx);
    return e;
}

err_t audit_head_find(struct ctx *cx, struct audit_head *out)
{
    bool found;

    *out = (struct audit_head){ 0, "0000000000000000000000000000000000000000000000000000000000000000" };
    return pg_find(cx, SQL(audit_head), NO_ARGS, &audit_head_shape, out, &found);
}

/* --- linking --- */

struct columns { const char *seqs[AUDIT_BATCH], *ids[AUDIT_BATCH], *before[AUDIT_BATCH], *hashes[AUDIT_BATCH], *leaves[AUDIT_BATCH],
                            *numbers[AUDIT_BATCH]; };

static bool is_sealed(struct ctx *cx, const struct audit_row *row)
{
    const char *secret = audit_secret(cx->audit, row->key);
    uint8_t kept[SHA256_BYTES], made[SHA256_BYTES];

    if (!secret || !audit_unhex(row->seal, kept))
        return false;
    audit_seal(cx, secret, row, made);
    return text_same_secret((char *)kept, (char *)made, sizeof(made));
}

/* A forged entry is linked as well: what is in the log is told, not hidden. */
static void link_row(struct ctx *cx, struct columns *c, size_t i, struct audit_row *row, uint8_t hash[SHA256_BYTES])
{
    uint8_t before[SHA256_BYTES], leaf[SHA256_BYTES];

    memcpy(before, hash, sizeof(before));
    audit_link(cx, audit_secret(cx->audit, cx->audit->current), before, row, hash);
    audit_leaf(cx, row, hash, leaf);
    c->seqs[i] = arena_fmt(cx->arena, "%lld", (long long)row->seq), c->ids[i] = row->id;
    c->before[i] = audit_hex(cx, before), c->hashes[i] = audit_hex(cx, hash), c->leaves[i] = audit_hex(cx, leaf);
}

static fallible tell_lost(struct ctx *cx, const struct audit_row *row)
{
    return audit_add(cx, &(struct audit_entry){ .action = "audit.lost", .type = "audit", .id = row->id });
}

static fallible chain(struct ctx *cx, struct audit_turn *out)
{
    struct columns *c = NEW(cx, struct columns);
    struct audit_rows all = { 0 };
    struct audit_head head;
    uint8_t hash[SHA256_BYTES];

    TRY(audit_head_find(cx, &head));
    TRY(pg_list(cx, SQL(audit_take), ARGS(AUDIT_BATCH), &audit_row_shape, &all.rows));
    if (!audit_unhex(head.hash, hash))
        return fail(cx, AUDIT_BROKEN, "the last link has no hash");
    for (size_t i = 0; i < all.rows.n; i++) {
        struct audit_row *row = &all.rows.at[i];
        c->numbers[i] = arena_fmt(cx->arena, "%lld", (long long)row->n);
        if (!row->action) {
            out->lost++;
            TRY(tell_lost(cx, row));
            continue;
        }
        out->forged += !is_sealed(cx, row);
        row->seq = head.seq + 1 + (int64_t)out->linked;
        link_row(cx, c, out->linked++, row, hash);
    }
    out->waiting = all.rows.n;
    out->waited_s = all.rows.n ? all.rows.at[0].waited_s : 0;
    if (!all.rows.n)
        return OK;
    return pg_do(cx, SQL(audit_link), ARGS(pg_array(cx, c->seqs, out->linked), pg_array(cx, c->ids, out->linked), pg_array(cx, c->before, out->linked),
                                           pg_array(cx, c->hashes, out->linked), pg_array(cx, c->leaves, out->linked), cx->audit->current,
                                           pg_array(cx, c->numbers, all.rows.n)));
}

err_t audit_chain(struct ctx *cx, struct audit_turn *out)
{
    bool mine;

    *out = (struct audit_turn){ 0 };
    if (!cx->audit)
        return fail(cx, CONFIG_INVALID, "AUDIT_SECRET is not set");
    TRY(begin_locked(cx, "chain", &mine));
    if (!mine)
        return OK;
    err_t e = chain(cx, out);
    if (e)
        return pg_undo(cx), e;
    return pg_commit(cx);
}

/* --- the tree --- */

struct audit_hash { const char *hash; };
SHAPE(audit_hash, "A hash of the tree.", FIELD(audit_hash, hash, "Hex."));
struct audit_hashes { LIST_OF(struct audit_hash) rows; };

static fallible read_tree(struct ctx *cx, int level, uint64_t place, size_t n, struct tree_hash *out)
{
    struct audit_hashes got = { 0 };
    int64_t from = (int64_t)place;

    if (level)
        TRY(pg_list(cx, SQL(audit_nodes), ARGS(level, from, (int)n), &audit_hash_shape, &got.rows));
    else
        TRY(pg_list(cx, SQL(audit_leaves), ARGS(from, (int)n), &audit_hash_shape, &got.rows));
    if (got.rows.n != n)
        return fail(cx, AUDIT_BROKEN, "of %zu hashes of level %d from %lld on, there are %zu", n, level, (long long)from, got.rows.n);
    for (size_t i = 0; i < n; i++)
        if (!audit_unhex(got.rows.at[i].hash, out[i].at))
            return fail(cx, AUDIT_BROKEN, "a hash of level %d is none", level);
    return OK;
}

const struct tree audit_tree = { read_tree };

/* A tile: 256 hashes of the level below become one of this one. */
static fallible add_tile(struct ctx *cx, int level, uint64_t place, const char **hex)
{
    struct ctx own = *cx;
    struct tree_hash halves[2], whole;

    own.arena = arena_new();
    err_t e = tree_subtree(&own, &audit_tree, level - 1, 2 * place, &halves[0]);
    if (!e)
        e = tree_subtree(&own, &audit_tree, level - 1, 2 * place + 1, &halves[1]);
    if (e)
        e = fail(cx, AUDIT_BROKEN, "%s", e->text);
    arena_free(own.arena);
    TRY(e);
    whole = tree_node(&halves[0], &halves[1]);
    *hex = audit_hex(cx, whole.at);
    return OK;
}

static fallible grow_level(struct ctx *cx, int level, uint64_t want)
{
    enum { TILES = 256 };
    struct audit_head have = { 0 };
    const char *hashes[TILES];
    bool found;

    TRY(pg_find(cx, SQL(audit_nodes_count), ARGS(level), &audit_head_shape, &have, &found));
    for (uint64_t at = (uint64_t)have.seq; at < want;) {
        size_t n = want - at < TILES ? want - at : TILES;
        for (size_t i = 0; i < n; i++)
            TRY(add_tile(cx, level, at + i, &hashes[i]));
        TRY(pg_do(cx, SQL(audit_nodes_put), ARGS(level, (int64_t)at, pg_array(cx, hashes, n))));
        at += n;
    }
    return OK;
}

/* --- checkpoints --- */

static fallible check_last(struct ctx *cx, const struct audit_checkpoint *last)
{
    struct frontier f;

    TRY(tree_prefix(cx, &audit_tree, (uint64_t)last->size, &f));
    struct tree_hash root = frontier_root(&f);
    return text_is(audit_hex(cx, root.at), last->root) ? OK
         : fail(cx, AUDIT_BROKEN, "the first %lld entries are not those of the last checkpoint", (long long)last->size);
}

static fallible checkpoint_sign(struct ctx *cx, const char *private_pem, struct audit_checkpoint *c)
{
    uint8_t sign[ED25519_SIGN_BYTES], key[ED25519_KEY_BYTES];
    char *name = arena_get(cx->arena, SIGNER_BYTES), *hex = arena_get(cx->arena, 2 * ED25519_SIGN_BYTES + 1);

    TRY(crypto_ed25519_public(cx, private_pem, key, NULL));
    TRY(crypto_ed25519_sign(cx, private_pem, checkpoint_text(cx, c), sign));
    signer_name(key, name);
    text_hex(sign, sizeof(sign), hex);
    c->signer = name, c->signature = hex;
    return OK;
}

static fallible make(struct ctx *cx, const char *private_pem, const struct audit_head *head, struct audit_checkpoint *out)
{
    char iso[CLOCK_ISO_BYTES];
    struct frontier f;

    for (int level = 8; level < TREE_DEPTH_MOST && head->seq >> level; level += 8)
        TRY(grow_level(cx, level, (uint64_t)head->seq >> level));
    TRY(tree_prefix(cx, &audit_tree, (uint64_t)head->seq, &f));
    struct tree_hash root = frontier_root(&f);
    clock_iso(clock_wall_ms() / 1000 * 1000, iso);
    *out = (struct audit_checkpoint){ .size = head->seq, .root = audit_hex(cx, root.at), .chain = head->hash,
                                      .at = arena_fmt(cx->arena, "%.19s.000000Z", iso) };
    if (private_pem)
        TRY(checkpoint_sign(cx, private_pem, out));
    return pg_do(cx, SQL(audit_checkpoint_put), ARGS(out->size, out->root, out->chain, out->at, out->signer, out->signature));
}

static fallible make_next(struct ctx *cx, const char *private_pem, struct audit_checkpoint *out, bool *made)
{
    struct audit_head head;
    bool found;

    TRY(audit_head_find(cx, &head));
    TRY(pg_find(cx, SQL(audit_checkpoint_last), ARGS(INT64_MAX), &audit_checkpoint_shape, out, &found));
    if (found && out->size > head.seq)
        return fail(cx, AUDIT_BROKEN, "the last checkpoint has %lld entries, the log %lld", (long long)out->size, (long long)head.seq);
    if (found)
        TRY(check_last(cx, out));
    *made = head.seq > 0 && (!found || out->size < head.seq);
    return *made ? make(cx, private_pem, &head, out) : OK;
}

err_t audit_checkpoint_make(struct ctx *cx, const char *private_pem, struct audit_checkpoint *out, bool *made)
{
    bool mine;

    *made = false;
    TRY(begin_locked(cx, "checkpoint", &mine));
    if (!mine)
        return OK;
    err_t e = make_next(cx, private_pem, out, made);
    if (e || !*made)
        return pg_undo(cx), e;
    return pg_commit(cx);
}

/* --- the witness --- */

/* The last whole line; a piece of one behind it was left by a crash and is ended, which makes it a line that says nothing. */
static fallible last_line(struct ctx *cx, int fd, const char *path, const struct shape *s, void *out)
{
    char end[2 * LINE_BYTES + 1];
    off_t size = lseek(fd, 0, SEEK_END), from = size > 2 * LINE_BYTES ? size - 2 * LINE_BYTES : 0;
    ssize_t n = pread(fd, end, (size_t)(size - from), from);

    if (size < 0 || n < 0)
        return fail(cx, BLOB_DOWN, "%s: %s", path, strerror(errno));
    end[n] = '\0';
    if (n && end[n - 1] != '\n' && write(fd, "\n", 1) != 1)
        return fail(cx, BLOB_DOWN, "%s: %s", path, strerror(errno));
    while (n > 0) {                     /* from the last line on, until one is whole */
        char *newline = memrchr(end, '\n', (size_t)n), *start = newline ? newline + 1 : end;
        if (*start && !json_read(cx, start, strlen(start), s, out))
            return OK;
        memset(out, 0, s->size);
        n = newline ? newline - end : 0;
        end[n] = '\0';
    }
    return OK;
}

static fallible check_known(struct ctx *cx, const struct audit_checkpoint *last)
{
    struct audit_checkpoint kept = { 0 };
    bool found;

    if (!last->size)
        return OK;
    TRY(pg_find(cx, SQL(audit_checkpoint_last), ARGS(last->size), &audit_checkpoint_shape, &kept, &found));
    return found && kept.size == last->size && text_is(kept.root, last->root) ? OK
         : fail(cx, AUDIT_BROKEN, "the witness has a checkpoint of %lld entries that the database has not", (long long)last->size);
}

/* `rows`: a list of what the shape describes, a line each. */
static fallible append(struct ctx *cx, int fd, const char *path, const struct shape *s, const struct list *rows)
{
    struct text lines = text_new(cx->arena, 8192, WITNESS_LINES * LINE_BYTES);

    for (size_t i = 0; i < rows->n; i++) {
        json_put(&lines, s, (const char *)rows->at + i * s->size);
        text_char(&lines, '\n');
    }
    for (size_t at = 0; at < lines.n;) {
        ssize_t n = write(fd, lines.at + at, lines.n - at);
        if (n < 0 && errno != EINTR)
            return fail(cx, BLOB_DOWN, "%s: %s", path, strerror(errno));
        at += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) ? fail(cx, BLOB_DOWN, "%s: %s", path, strerror(errno)) : OK;
}

static fallible witness(struct ctx *cx, int fd, const char *path, size_t *written)
{
    struct audit_checkpoint last = { 0 };
    struct audit_checkpoints all = { 0 };

    TRY(last_line(cx, fd, path, &audit_checkpoint_shape, &last));
    TRY(check_known(cx, &last));
    TRY(pg_list(cx, SQL(audit_checkpoints), ARGS(last.size + 1, WITNESS_LINES), &audit_checkpoint_shape, &all.rows));
    *written = all.rows.n;
    return all.rows.n ? append(cx, fd, path, &audit_checkpoint_shape, &(struct list){ all.rows.at, all.rows.n }) : OK;
}

/* Two schedulers of one machine may share the file: it is locked as long as it is open. */
static fallible witness_open(struct ctx *cx, const char *path, int *fd)
{
    *fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (*fd >= 0 && !flock(*fd, LOCK_EX))
        return OK;
    err_t e = fail(cx, BLOB_DOWN, "%s: %s", path, strerror(errno));
    if (*fd >= 0)
        close(*fd);
    return e;
}

err_t audit_witness(struct ctx *cx, const char *path, size_t *written)
{
    int fd;

    *written = 0;
    TRY(witness_open(cx, path, &fd));
    err_t e = witness(cx, fd, path, written);
    close(fd);
    return e;
}

static fallible witness_head(struct ctx *cx, int fd, const char *path, struct audit_head *out)
{
    struct audit_head last = { 0 }, kept = { 0 };
    bool found;

    TRY(last_line(cx, fd, path, &audit_head_shape, &last));
    TRY(pg_find(cx, SQL(audit_link_find), ARGS(last.seq), &audit_head_shape, &kept, &found));
    if (last.seq && (!found || !text_is(kept.hash, last.hash)))
        return fail(cx, AUDIT_BROKEN, "the witness knows link %lld, which the database has not, or has otherwise", (long long)last.seq);
    TRY(audit_head_find(cx, out));
    return out->seq > last.seq ? append(cx, fd, path, &audit_head_shape, &(struct list){ out, 1 }) : OK;
}

err_t audit_witness_head(struct ctx *cx, const char *path, struct audit_head *out)
{
    int fd;

    *out = (struct audit_head){ 0 };
    TRY(witness_open(cx, path, &fd));
    err_t e = witness_head(cx, fd, path, out);
    close(fd);
    return e;
}
