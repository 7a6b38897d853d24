#include "app/audit_check.h"
#include "data/json.h"

#include <string.h>

void check_tell(struct audit_check *c, int64_t seq, int64_t to_seq, const char *kind, const char *what)
{
    if (c->flaws_n++ < AUDIT_FLAWS_MOST)
        c->flaws.flaws.at[c->flaws.flaws.n++] = (struct audit_flaw){ seq, to_seq, kind, arena_fmt(c->home, "%s", what) };
}

void check_start(struct ctx *cx, struct audit_check *c, int64_t from)
{
    c->home = cx->arena;
    c->next = from;
    c->linked = from == 1;
    c->good_size = from - 1;
    c->flaws.flaws.at = NEWS(cx, struct audit_flaw, AUDIT_FLAWS_MOST);
    for (size_t i = 0; i < c->claims_n && c->claims[i].point.size < from; i++)
        c->claim++;
}

/* --- one link --- */

struct finding { const char *kind, *what; };

static struct finding look_keyed(struct ctx *cx, const struct audit_keys *keys, const struct audit_row *row, const uint8_t before[SHA256_BYTES])
{
    const char *seal_key = audit_secret(keys, row->key), *link_key = audit_secret(keys, row->link_key);
    uint8_t kept[SHA256_BYTES], made[SHA256_BYTES];

    if (!seal_key || !link_key)
        return (struct finding){ "seal", "its key is not known here" };
    audit_seal(cx, seal_key, row, made);
    if (!audit_unhex(row->seal, kept) || !text_same_secret((char *)kept, (char *)made, sizeof(made)))
        return (struct finding){ "seal", "the entry is not what was written" };
    audit_link(cx, link_key, before, row, made);
    if (!audit_unhex(row->hash, kept) || !text_same_secret((char *)kept, (char *)made, sizeof(made)))
        return (struct finding){ "hash", "the entry is not what was linked at this place" };
    return (struct finding){ NULL, NULL };
}

/* Who has no keys sees by the leaf whether an entry is what the tree binds. */
static struct finding look(struct ctx *cx, const struct audit_keys *keys, const struct audit_row *row, const uint8_t before[SHA256_BYTES])
{
    struct finding f = keys ? look_keyed(cx, keys, row, before) : (struct finding){ NULL, NULL };
    uint8_t kept[SHA256_BYTES], made[SHA256_BYTES];

    if (f.what)
        return f;
    if (!audit_unhex(row->hash, kept))
        return (struct finding){ "hash", "the hash is none" };
    audit_leaf(cx, row, kept, made);
    if (!audit_unhex(row->leaf, kept) || memcmp(kept, made, sizeof(made)))
        return (struct finding){ "leaf", "the leaf of the tree is not of this entry" };
    return (struct finding){ NULL, NULL };
}

const char *check_row(struct ctx *cx, const struct audit_keys *keys, const struct audit_row *row, const uint8_t before[SHA256_BYTES])
{
    return look(cx, keys, row, before).what;
}

static void check_person(struct ctx *cx, struct audit_check *c, const struct audit_row *row)
{
    uint8_t salt[AUDIT_SALT_BYTES], kept[SHA256_BYTES], made[SHA256_BYTES];

    if (row->lost)
        check_tell(c, row->seq, row->seq, "person", "what it told of a person is gone, and no entry says that it was erased");
    if (!row->personal || !row->salt || !row->members) {
        c->persons_gone += row->personal && !row->lost;
        return;
    }
    bool whole = strlen(row->salt) == 2 * sizeof(salt) && text_unhex(row->salt, 2 * sizeof(salt), salt) && audit_unhex(row->personal, kept);
    if (whole)
        audit_commit(cx, salt, row->members, made);
    if (!whole || memcmp(kept, made, sizeof(made)))
        check_tell(c, row->seq, row->seq, "person", "what it tells of a person is not what was written");
}

/* --- entries that are gone --- */

/* Whether it is right that they are gone is known at the end; where there are too many gaps, the last one takes the rest. */
static void add_gap(struct audit_check *c, int64_t seq)
{
    struct audit_flaw *last = c->gaps_n ? &c->gaps[c->gaps_n - 1] : NULL;

    c->entries_gone++;
    if (last && (last->to_seq + 1 == seq || c->gaps_n == AUDIT_FLAWS_MOST))
        last->to_seq = seq;
    else
        c->gaps[c->gaps_n++] = (struct audit_flaw){ .seq = seq, .to_seq = seq };
}

static void tell_gaps(struct audit_check *c)
{
    for (size_t i = 0; i < c->gaps_n; i++)
        if (c->gaps[i].to_seq > c->retired)
            check_tell(c, c->gaps[i].seq > c->retired ? c->gaps[i].seq : c->retired + 1, c->gaps[i].to_seq, "entry",
                       "the entry is gone, and no entry says that its month was taken away");
}

struct mark { int64_t through; };
extern const struct shape mark_shape;
FOREIGN(mark, "Of the details of audit.retired.", FIELD(mark, through, "The last link of an entry that is gone."));

static void take_mark(struct ctx *cx, struct audit_check *c, const struct audit_row *row)
{
    struct mark mark = { 0 };

    if (text_is(row->action, "audit.retired") && row->details && !json_read(cx, row->details, strlen(row->details), &mark_shape, &mark) &&
        mark.through > c->retired && mark.through < row->seq)
        c->retired = mark.through;
}

/* Without keys a mark counts only where it stands among the links. */
void check_mark(struct ctx *cx, struct audit_check *c, const struct audit_row *row)
{
    uint8_t before[SHA256_BYTES];

    if (c->keys && audit_unhex(row->prev_hash, before) && !look(cx, c->keys, row, before).what)
        take_mark(cx, c, row);
}

/* --- what others say about the tree --- */

static void check_signature(struct ctx *cx, struct audit_check *c, const struct audit_claim *claim)
{
    const char *flaw = c->signers && claim->point.signature ? checkpoint_flaw(cx, &claim->point, c->signers) : NULL;

    c->unsigned_ += claim->point.root && !claim->point.signature;
    if (flaw)
        check_tell(c, claim->point.size, claim->point.size, "signature", arena_fmt(cx->arena, "the %s of this size %s", claim->by, flaw));
}

/* Between the last size that fitted and this one something was written anew, hash and all; after that, roots tell nothing more. */
static void check_claims(struct ctx *cx, struct audit_check *c, int64_t size)
{
    uint8_t root[SHA256_BYTES];

    for (; c->claim < c->claims_n && c->claims[c->claim].point.size == size; c->claim++) {
        const struct audit_claim *claim = &c->claims[c->claim];
        struct tree_hash ours = frontier_root(&c->tree);
        bool is_head = !claim->point.root, linked = text_is(claim->point.chain, audit_hex(cx, c->before));
        c->checkpoints += !is_head;
        check_signature(cx, c, claim);
        if (is_head && linked)
            continue;
        if (!is_head && linked && audit_unhex(claim->point.root, root) && !memcmp(root, ours.at, sizeof(root))) {
            c->good_size = size;
            continue;
        }
        if (!c->torn)
            check_tell(c, c->good_size + 1, size, "root",
                       arena_fmt(cx->arena, "these are not the entries that the %s of size %lld binds", claim->by, (long long)size));
        c->torn = true;
    }
}

/* --- the sequence --- */

static void check_place(struct audit_check *c, const struct audit_row *row)
{
    uint8_t before[SHA256_BYTES];

    if (row->seq > c->next) {
        check_tell(c, c->next, row->seq - 1, "missing", "links are missing");
        c->linked = false, c->torn = true;
    } else if (row->seq < c->next) {
        check_tell(c, row->seq, row->seq, "order", "the place is taken twice");
        c->torn = true;
    }
    if (!audit_unhex(row->prev_hash, before))
        memset(before, 0, sizeof(before));
    if (c->linked && memcmp(before, c->before, sizeof(before)))
        check_tell(c, row->seq, row->seq, "order", "it does not follow the link before it");
    memcpy(c->before, before, sizeof(before));
}

/* A flaw is told where it is: what follows is held against the hashes as they are kept. */
void check_link(struct ctx *cx, struct audit_check *c, const struct audit_row *row)
{
    struct tree_hash leaf;
    struct finding f = { NULL, NULL };

    check_place(c, row);
    if (row->action) {
        f = look(cx, c->keys, row, c->before);
        check_person(cx, c, row);
    } else {
        add_gap(c, row->seq);
    }
    if (f.what)
        check_tell(c, row->seq, row->seq, f.kind, f.what);
    else
        take_mark(cx, c, row);
    c->linked = audit_unhex(row->hash, c->before);
    if (audit_unhex(row->leaf, leaf.at))
        frontier_add(&c->tree, 0, &leaf);
    c->next = row->seq + 1;
    c->checked++;
    for (; c->claim < c->claims_n && c->claims[c->claim].point.size < row->seq; c->claim++)
        check_signature(cx, c, &c->claims[c->claim]);       /* its last link is missing, which was told */
    check_claims(cx, c, row->seq);
}

void check_end(struct ctx *cx, struct audit_check *c, int64_t last)
{
    tell_gaps(c);
    for (; c->claim < c->claims_n; c->claim++) {
        check_signature(cx, c, &c->claims[c->claim]);
        if (c->claims[c->claim].point.size > last)
            last = c->claims[c->claim].point.size;
    }
    if (c->next <= last)
        check_tell(c, c->next, last, "missing", "the last links are missing");
}
