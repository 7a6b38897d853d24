#include "test_audit_tools.h"
#include "data/uuid.h"
#include "net/pg.h"

struct audit_count { int64_t number; };
extern const struct shape audit_count_shape;
SHAPE(audit_count, "How many.", FIELD(audit_count, number, "Rows."));

static const struct sql *statement(struct ctx *cx, const char *text)
{
    static int n;                   /* a connection knows statements by name and address */
    struct sql *q = NEW(cx, struct sql);

    *q = (struct sql){ arena_fmt(cx->arena, "audit_test_%d", n++), text, NULL, 0 };
    return q;
}

err_t audit_try(struct ctx *cx, const char *text) { return pg_do(cx, statement(cx, text), NO_ARGS); }

void audit_tamper(struct ctx *cx, const char *text)
{
    static const char *const each[] = { "audit_entries", "audit_personal", "audit_links", "audit_nodes", "audit_checkpoints" };

    NEED_OK(pg_begin(cx));
    for (size_t i = 0; i < COUNT(each); i++)
        CHECK_OK(audit_try(cx, arena_fmt(cx->arena, "ALTER TABLE %s DISABLE TRIGGER audit_rows", each[i])));
    CHECK_OK(audit_try(cx, text));
    for (size_t i = 0; i < COUNT(each); i++)
        CHECK_OK(audit_try(cx, arena_fmt(cx->arena, "ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_rows", each[i])));
    CHECK_OK(pg_commit(cx));
}

int64_t audit_number(struct ctx *cx, const char *text)
{
    struct audit_count got = { -1 };
    bool found;

    CHECK_OK(pg_find(cx, statement(cx, text), NO_ARGS, &audit_count_shape, &got, &found));
    return got.number;
}

void audit_fresh(struct ctx *cx)
{
    if (!cx->pg)
        skip("no PG_URL");
    CHECK_OK(audit_keys_read(cx, "a key of the tests of 32 bytes and more", 1, NULL, &cx->audit));
    cx->user = uuid_make(cx);
    audit_tamper(cx, "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['audit_entries', 'audit_personal', 'audit_queue', 'audit_links', 'audit_nodes', "
                     "'audit_checkpoints'] LOOP EXECUTE format('DELETE FROM %I', t); END LOOP; END $$");
}

void audit_fill(struct ctx *cx, int n)
{
    struct audit_turn turn;

    for (int i = 0; i < n; i++)
        NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "test.done", .type = "thing", .id = arena_fmt(cx->arena, "%d", i + 1) }));
    do
        NEED_OK(audit_chain(cx, &turn));
    while (turn.linked);
}

void audit_verdict(struct ctx *cx, const struct audit_claim *witness, size_t n, struct audit_verdict *out)
{
    struct audit_signers *signers = NEW(cx, struct audit_signers);
    struct audit_scope scope = { .from = 1, .signers = signers, .witness = witness, .witness_n = n, .stray_days = 36500 };

    NEED_OK(signers_read(cx, audit_test_public(cx), signers));
    *out = (struct audit_verdict){ 0 };
    CHECK_OK(audit_verify(cx, &scope, out));
}

void audit_found(struct ctx *cx, const char *kind, int64_t seq, int64_t to_seq)
{
    struct audit_verdict v;
    bool found = false;

    audit_verdict(cx, NULL, 0, &v);
    CHECK(!v.valid);
    for (size_t i = 0; i < v.flaws.n; i++)
        found |= text_is(v.flaws.at[i].kind, kind) && v.flaws.at[i].seq == seq && v.flaws.at[i].to_seq == to_seq;
    if (found)
        return;
    SAY("no flaw %s from %lld to %lld among %zu", kind, (long long)seq, (long long)to_seq, v.flaws.n);
    for (size_t i = 0; i < v.flaws.n; i++)
        fprintf(stderr, "    %s %lld-%lld: %s\n", v.flaws.at[i].kind, (long long)v.flaws.at[i].seq, (long long)v.flaws.at[i].to_seq, v.flaws.at[i].what);
}

/* DER of PKCS #8 and SubjectPublicKeyInfo around the 32 bytes: RFC 8410. */
static const char *pem(struct ctx *cx, const char *name, const char *hex)
{
    char der[64];
    size_t n = strlen(hex) / 2;

    CHECK(text_unhex(hex, 2 * n, der));
    return arena_fmt(cx->arena, "-----BEGIN %s-----\n%s\n-----END %s-----\n", name, text_base64(cx->arena, der, n), name);
}

const char *audit_test_key(struct ctx *cx)
{
    return pem(cx, "PRIVATE KEY", "302e020100300506032b657004220420" "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
}

const char *audit_test_public(struct ctx *cx)
{
    return pem(cx, "PUBLIC KEY", "302a300506032b6570032100" "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}
