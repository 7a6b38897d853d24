/* The audit log against a real database: what it takes, what it refuses, and whatever a superuser does to it found. */
#include "test_audit_tools.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/pg.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void point(struct ctx *cx)
{
    struct audit_checkpoint made;
    bool any;

    CHECK_OK(audit_checkpoint_make(cx, audit_test_key(cx), &made, &any));
    CHECK(any);
}

static void whole(struct ctx *cx, int64_t checked)
{
    struct audit_verdict v;

    audit_verdict(cx, NULL, 0, &v);
    CHECK(v.valid && v.complete);
    CHECK_INT(v.checked, checked);
    CHECK_INT(v.first_bad_seq, LONG_NONE);
    for (size_t i = 0; i < v.flaws.n; i++)
        SAY("%s %lld-%lld: %s", v.flaws.at[i].kind, (long long)v.flaws.at[i].seq, (long long)v.flaws.at[i].to_seq, v.flaws.at[i].what);
}

/* --- writing --- */

TEST(an_entry_waits_for_its_link_and_gets_it)
{
    struct audit_turn turn;

    audit_fresh(cx);
    NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "user.role", .type = "user", .id = cx->user, .details = { .from = "user", .to = "admin" } }));
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_queue"), 1);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_links"), 0);
    NEED_OK(audit_chain(cx, &turn));
    CHECK_INT(turn.linked, 1);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_queue"), 0);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_links l JOIN audit_entries e ON e.id = l.entry WHERE seq = 1 "
                               "AND details = '{\"from\":\"user\",\"to\":\"admin\"}' AND outcome = 'success' AND personal IS NULL"), 1);
    whole(cx, 1);
}

TEST(an_entry_goes_with_the_transaction_of_its_act_unless_it_tells_of_a_failure)
{
    audit_fresh(cx);
    NEED_OK(pg_begin(cx));
    CHECK_OK(audit_add(cx, &(struct audit_entry){ .action = "a.undone", .type = "thing" }));
    CHECK_OK(audit_add(cx, &(struct audit_entry){ .action = "a.refused", .type = "thing", .outcome = "denied" }));
    pg_undo(cx);
    NEED_OK(pg_begin(cx));
    for (int i = 0; i < 6; i++)         /* more than may wait for one round trip */
        CHECK_OK(audit_add(cx, &(struct audit_entry){ .action = "a.done", .type = "thing" }));
    CHECK_OK(pg_commit(cx));
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_entries WHERE action = 'a.undone'"), 0);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_entries WHERE action = 'a.refused'"), 1);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_entries WHERE action = 'a.done'"), 6);
    audit_fill(cx, 0);
    whole(cx, 7);
}

TEST(an_entry_holds_words_of_ours_and_nothing_else)
{
    char *longest = arena_get(cx->arena, 5001);
    struct audit_person person = { .ip = "192.0.2.7", .user_agent = longest };

    memset(longest, 'x', 5000);
    longest[254] = (char)0xc3, longest[255] = (char)0xa9, longest[256] = (char)0xc3, longest[257] = (char)0xa9;
    audit_fresh(cx);
    cx->person = &person;
    NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "auth.login", .type = "user", .outcome = "failure", .identifier = "a\"b\n\xff",
                                                 .details = { .reason = "my password is \"x\"", .kind = longest, .count = 3 } }));
    audit_fill(cx, 0);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_entries WHERE details::json ->> 'reason' = 'my?password?is??x?' "
                               "AND length(details::json ->> 'kind') = 64 AND details::json ->> 'count' = '3'"), 1);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_personal WHERE members::json ->> 'identifier' = 'a\"b' || repeat('?', 2) "
                               "AND length(members::json ->> 'user_agent') = 255 AND members::json ->> 'ip' = '192.0.2.7'"), 1);
    whole(cx, 1);
    cx->audit = NULL;
    CHECK_FAILS(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing" }), CONFIG_INVALID);
}

struct writer { pthread_t thread; const struct ctx *cx; };

static void *write_many(void *with)
{
    const struct ctx *from = ((struct writer *)with)->cx;
    struct ctx cx = { .arena = arena_new(), .pg = from->pg, .audit = from->audit };
    struct audit_turn turn;

    for (int i = 0; i < 50; i++) {
        if (i % 3 == 0)
            CHECK_OK(pg_begin(&cx));
        CHECK_OK(audit_add(&cx, &(struct audit_entry){ .action = "a.b", .type = "thing", .id = arena_fmt(cx.arena, "%d", i) }));
        if (i % 3 == 0)
            CHECK_OK(i % 2 ? (pg_undo(&cx), OK) : pg_commit(&cx));
        if (i % 10 == 0)
            CHECK_OK(audit_chain(&cx, &turn));
    }
    arena_free(cx.arena);
    return NULL;
}

TEST(many_who_write_and_link_at_once_make_one_sequence_without_gaps)
{
    struct writer writers[8];

    audit_fresh(cx);
    for (size_t i = 0; i < COUNT(writers); i++) {
        writers[i].cx = cx;
        pthread_create(&writers[i].thread, NULL, write_many, &writers[i]);
    }
    for (size_t i = 0; i < COUNT(writers); i++)
        pthread_join(writers[i].thread, NULL);
    audit_fill(cx, 0);
    int64_t n = audit_number(cx, "SELECT count(*) AS number FROM audit_entries");
    CHECK_INT(n, 8 * (33 + 9));         /* of 17 transactions of each, 8 are undone */
    CHECK_INT(audit_number(cx, "SELECT max(seq) AS number FROM audit_links"), n);
    whole(cx, n);
}

/* --- what the database refuses --- */

TEST(the_database_refuses_whatever_is_no_insert)
{
    static const char *const each[] = { "audit_entries", "audit_links", "audit_nodes", "audit_checkpoints" };
    static const char *const columns[] = { "action", "key", "level", "size" };

    audit_fresh(cx);
    audit_fill(cx, 300);
    point(cx);
    for (size_t i = 0; i < COUNT(each); i++)
        for (size_t k = 0; k < 3; k++) {
            const char *text = k == 0 ? arena_fmt(cx->arena, "UPDATE %s SET %s = %s", each[i], columns[i], columns[i])
                             : arena_fmt(cx->arena, k == 1 ? "DELETE FROM %s" : "TRUNCATE %s", each[i]);
            CHECK_FAILS(audit_try(cx, text), BUG);
            NEED_OK(pg_begin(cx));      /* nor does the role of a replica help */
            CHECK_OK(audit_try(cx, "SET LOCAL session_replication_role = replica"));
            CHECK_FAILS(audit_try(cx, text), BUG);
            pg_undo(cx);
        }
    const char *month = "DO $$ BEGIN EXECUTE format('DELETE FROM audit_entries_%s', to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')); END $$";
    CHECK_FAILS(audit_try(cx, month), BUG);
    whole(cx, 300);
}

/* --- what a superuser may do: each is found, at its place --- */

#define UPDATE_OF(seq, what) "UPDATE audit_entries SET " what " WHERE id = (SELECT entry FROM audit_links WHERE seq = " #seq ")"

TEST(a_changed_entry_is_named)
{
    static const char *const changes[] = {
        UPDATE_OF(7, "action = 'test.dome'"), UPDATE_OF(7, "at = at + interval '1 microsecond'"), UPDATE_OF(7, "actor = NULL"), UPDATE_OF(7, "type = 'thong'"),
        UPDATE_OF(7, "resource = '8'"), UPDATE_OF(7, "outcome = 'denied'"), UPDATE_OF(7, "details = '{ }'"), UPDATE_OF(7, "personal = seal"),
        UPDATE_OF(7, "seal = set_byte(seal, 31, get_byte(seal, 31) # 1)"), UPDATE_OF(7, "key = 2"),
    };

    for (size_t i = 0; i < COUNT(changes); i++) {
        audit_fresh(cx);
        audit_fill(cx, 12);
        point(cx);
        audit_tamper(cx, changes[i]);
        audit_found(cx, "seal", 7, 7);
    }
}

TEST(a_changed_link_is_named)
{
    static const struct { const char *column, *kind; int64_t seq; } changes[] = {
        { "hash", "hash", 5 }, { "leaf", "leaf", 5 }, { "previous", "order", 5 }, { "hash", "order", 6 }, { "leaf", "root", 1 },
    };

    for (size_t i = 0; i < COUNT(changes); i++) {
        const char *column = changes[i].column;
        audit_fresh(cx);
        audit_fill(cx, 12);
        point(cx);
        audit_tamper(cx, arena_fmt(cx->arena, "UPDATE audit_links SET %s = set_byte(%s, 3, get_byte(%s, 3) # 8) WHERE seq = 5", column, column, column));
        audit_found(cx, changes[i].kind, changes[i].seq, text_is(changes[i].kind, "root") ? 12 : changes[i].seq);
    }
}

TEST(a_dropped_entry_and_a_dropped_link_are_named)
{
    audit_fresh(cx);
    audit_fill(cx, 12);
    point(cx);
    audit_tamper(cx, "DELETE FROM audit_entries WHERE id = (SELECT entry FROM audit_links WHERE seq = 4)");
    audit_found(cx, "entry", 4, 4);
    audit_tamper(cx, "DELETE FROM audit_links WHERE seq IN (8, 9)");
    audit_found(cx, "missing", 8, 9);
    audit_found(cx, "entry", 4, 4);
}

/* The links behind a hole are numbered anew, so that there is none. */
TEST(a_hole_that_was_closed_is_named)
{
    audit_fresh(cx);
    audit_fill(cx, 12);
    audit_tamper(cx, "DELETE FROM audit_links WHERE seq = 6");
    audit_tamper(cx, "DELETE FROM audit_entries WHERE resource = '6'");
    for (int i = 7; i <= 12; i++)
        audit_tamper(cx, arena_fmt(cx->arena, "UPDATE audit_links SET seq = seq - 1 WHERE seq = %d", i));
    audit_found(cx, "order", 6, 6);
    audit_found(cx, "hash", 6, 6);
}

TEST(reordered_entries_are_named)
{
    audit_fresh(cx);
    audit_fill(cx, 12);
    point(cx);
    audit_tamper(cx, "DO $$ DECLARE a uuid := (SELECT entry FROM audit_links WHERE seq = 3); b uuid := (SELECT entry FROM audit_links WHERE seq = 9); BEGIN "
                     "UPDATE audit_links SET entry = gen_random_uuid() WHERE seq = 3; UPDATE audit_links SET entry = a WHERE seq = 9; "
                     "UPDATE audit_links SET entry = b WHERE seq = 3; END $$");
    audit_found(cx, "hash", 3, 3);
    audit_found(cx, "hash", 9, 9);
}

TEST(a_cut_end_is_named_by_the_checkpoint)
{
    struct audit_checkpoint made;
    bool any;

    audit_fresh(cx);
    audit_fill(cx, 12);
    point(cx);
    audit_tamper(cx, "DELETE FROM audit_entries WHERE id IN (SELECT entry FROM audit_links WHERE seq > 9)");
    audit_tamper(cx, "DELETE FROM audit_links WHERE seq > 9");
    audit_found(cx, "missing", 10, 12);
    CHECK_FAILS(audit_checkpoint_make(cx, NULL, &made, &any), AUDIT_BROKEN);
}

/* Somebody who has the HMAC key writes the log anew from an entry on. */
static void write_anew(struct ctx *cx, int64_t from)
{
    audit_tamper(cx, arena_fmt(cx->arena, "DELETE FROM audit_entries WHERE id IN (SELECT entry FROM audit_links WHERE seq >= %lld)", (long long)from));
    audit_tamper(cx, arena_fmt(cx->arena, "DELETE FROM audit_links WHERE seq >= %lld", (long long)from));
    audit_fill(cx, 20);
}

TEST(a_recomputed_chain_is_found_by_the_checkpoint_and_no_other_is_made)
{
    struct audit_checkpoint made;
    bool any;

    audit_fresh(cx);
    audit_fill(cx, 10);
    point(cx);
    audit_fill(cx, 10);
    point(cx);
    write_anew(cx, 15);
    audit_found(cx, "root", 11, 20);
    CHECK_FAILS(audit_checkpoint_make(cx, audit_test_key(cx), &made, &any), AUDIT_BROKEN);
}

TEST(a_recomputed_checkpoint_is_found_by_its_signature_or_by_the_witness)
{
    struct audit_claim witness = { .by = "witness" };
    struct audit_verdict v;
    struct audit_checkpoint made;
    bool any;

    audit_fresh(cx);
    audit_fill(cx, 10);
    NEED_OK(audit_checkpoint_make(cx, audit_test_key(cx), &witness.point, &any));
    audit_tamper(cx, "DELETE FROM audit_checkpoints");
    write_anew(cx, 4);
    NEED_OK(audit_checkpoint_make(cx, NULL, &made, &any));
    whole(cx, 23);                      /* nobody who sees the database alone can tell ... */
    audit_verdict(cx, &witness, 1, &v);
    CHECK_INT(v.flaws_found, 1);        /* ... but the witness can */
    CHECK_TEXT(v.flaws.at[0].kind, "root");
    CHECK_INT(v.flaws.at[0].to_seq, 10);
    audit_tamper(cx, arena_fmt(cx->arena, "UPDATE audit_checkpoints SET signer = '%s', signature = decode('%s', 'hex')", witness.point.signer, witness.point.signature));
    audit_found(cx, "signature", 23, 23);
}

TEST(an_entry_that_was_put_in_by_hand_is_named)
{
    struct audit_turn turn;

    audit_fresh(cx);
    audit_fill(cx, 3);
    CHECK_OK(audit_try(cx, "WITH e AS (INSERT INTO audit_entries SELECT gen_random_uuid(), at, actor, 'user.role', type, resource, outcome, details, personal, key, seal "
                           "FROM audit_entries LIMIT 1 RETURNING id) INSERT INTO audit_queue (entry) SELECT id FROM e"));
    NEED_OK(audit_chain(cx, &turn));
    CHECK_INT(turn.forged, 1);
    audit_found(cx, "seal", 4, 4);
}

TEST(an_entry_that_is_gone_or_taken_off_the_queue_before_its_link_is_told)
{
    struct audit_turn turn;

    audit_fresh(cx);
    NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing" }));
    audit_tamper(cx, "DELETE FROM audit_entries");
    NEED_OK(audit_chain(cx, &turn));
    CHECK_INT(turn.lost, 1);
    audit_fill(cx, 0);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_entries WHERE action = 'audit.lost'"), 1);
    whole(cx, 1);
    audit_tamper(cx, "INSERT INTO audit_entries SELECT uuid_at(now() - interval '1 hour'), at, actor, action, type, resource, outcome, details, personal, key, seal FROM audit_entries");
    audit_found(cx, "pending", 2, 2);
}

TEST(a_changed_node_of_the_tree_is_found)
{
    audit_fresh(cx);
    audit_fill(cx, 600);
    point(cx);
    CHECK_INT(audit_number(cx, "SELECT count(*) AS number FROM audit_nodes"), 2);
    whole(cx, 600);
    audit_tamper(cx, "UPDATE audit_nodes SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE place = 1");
    audit_found(cx, "node", 1, 512);
}

/* --- persons --- */

TEST(what_is_told_of_a_person_can_be_erased_and_proofs_stay)
{
    struct audit_person person = { .ip = "192.0.2.7" };
    struct audit_proof before = { 0 }, after = { 0 };
    const char *me;
    struct audit_verdict v;

    audit_fresh(cx);
    cx->person = &person;
    me = cx->user;
    audit_fill(cx, 5);
    point(cx);
    audit_tamper(cx, "UPDATE audit_personal SET members = '{\"ip\":\"192.0.2.8\"}' WHERE entry = (SELECT entry FROM audit_links WHERE seq = 2)");
    audit_found(cx, "person", 2, 2);
    CHECK_FAILS(audit_try(cx, "UPDATE audit_personal SET members = '{}'"), BUG);
    audit_tamper(cx, "UPDATE audit_personal SET members = '{\"ip\":\"192.0.2.7\"}'");
    whole(cx, 5);
    CHECK_OK(audit_prove(cx, 3, 0, &before));
    CHECK_OK(audit_try(cx, "DELETE FROM audit_personal"));
    audit_found(cx, "person", 3, 3);    /* gone, and nobody says why */
    cx->person = NULL;
    cx->user = NULL;
    CHECK_OK(audit_erase(cx, me));
    audit_fill(cx, 0);
    audit_verdict(cx, NULL, 0, &v);
    CHECK(v.valid);
    CHECK_INT(v.persons_gone, 5);
    CHECK_OK(audit_prove(cx, 3, 5, &after));
    CHECK_TEXT(after.record, before.record);
    CHECK_TEXT(after.path.at[0], before.path.at[0]);
}

/* --- months that go --- */

static void put_old(struct ctx *cx, int i)
{
    struct audit_row row = { .id = arena_fmt(cx->arena, "0161%04x-0000-7000-8000-000000000000", 0x5000 + i), .ts = "2018-02-03T04:05:06.000000Z", .action = "old.done",
                             .resource_type = "thing", .outcome = "success", .details = "{}", .key = 1 };
    uint8_t seal[SHA256_BYTES];

    audit_seal(cx, audit_secret(cx->audit, 1), &row, seal);
    CHECK_OK(audit_try(cx, arena_fmt(cx->arena, "WITH e AS (INSERT INTO audit_entries VALUES ('%s', '%s', NULL, 'old.done', 'thing', NULL, 'success', '{}', NULL, 1, "
                                     "decode('%s', 'hex')) RETURNING id) INSERT INTO audit_queue (entry) SELECT id FROM e", row.id, row.ts, audit_hex(cx, seal))));
}

TEST(a_month_goes_as_a_whole_and_proofs_of_what_remains_stay)
{
    struct audit_months gone = { 0 };
    struct audit_proof before = { 0 }, after = { 0 };
    struct audit_verdict v;

    audit_fresh(cx);
    CHECK_OK(audit_try(cx, "SELECT audit_month_make('2018-02-01'::date)"));
    for (int i = 0; i < 300; i++)
        put_old(cx, i);
    CHECK_OK(audit_retire(cx, "2018-03-01", false, &gone));
    CHECK_INT(gone.months.n, 1);
    CHECK_INT(gone.months.at[0].unlinked, 300);     /* not as long as they have no links */
    audit_fill(cx, 5);
    point(cx);
    whole(cx, 305);
    CHECK_OK(audit_prove(cx, 303, 0, &before));
    CHECK_OK(audit_retire(cx, "2018-02-28", false, &gone));
    CHECK_INT(gone.months.n, 0);
    CHECK_OK(audit_retire(cx, "2018-03-01", true, &gone));
    CHECK_INT(gone.months.at[0].entries, 300);
    whole(cx, 305);
    CHECK_OK(audit_retire(cx, "2018-03-01", false, &gone));
    audit_fill(cx, 0);
    audit_verdict(cx, NULL, 0, &v);
    CHECK(v.valid);
    CHECK_INT(v.checked, 306);
    CHECK_INT(v.entries_gone, 300);
    CHECK_OK(audit_prove(cx, 303, 305, &after));
    CHECK_TEXT(after.record, before.record);
    CHECK_INT(after.path.n, before.path.n);
    audit_tamper(cx, "DELETE FROM audit_entries WHERE id = (SELECT entry FROM audit_links WHERE seq = 302)");
    audit_found(cx, "entry", 302, 302);
}

/* --- checkpoints, proofs, the witness --- */

TEST(an_entry_is_proved_to_be_in_a_checkpoint_that_is_signed)
{
    struct audit_signers signers;
    struct audit_proof proof = { 0 };
    struct tree_path path = { 0 };
    struct tree_hash leaf, root;
    uint8_t made[SHA256_BYTES], zero_record_hash[8192];

    audit_fresh(cx);
    audit_fill(cx, 700);
    CHECK_FAILS(audit_prove(cx, 3, 0, &proof), AUDIT_UNKNOWN);
    point(cx);
    CHECK_FAILS(audit_prove(cx, 701, 0, &proof), AUDIT_UNKNOWN);
    CHECK_FAILS(audit_prove(cx, 3, 699, &proof), AUDIT_UNKNOWN);
    NEED_OK(audit_prove(cx, 300, 0, &proof));
    for (path.n = 0; path.n < proof.path.n; path.n++)
        CHECK(audit_unhex(proof.path.at[path.n], path.at[path.n].at));
    size_t n = strlen(proof.record);
    zero_record_hash[0] = 0;
    memcpy(zero_record_hash + 1, proof.record, n);
    CHECK(audit_unhex(proof.hash, zero_record_hash + 1 + n));
    crypto_sha256(zero_record_hash, n + 33, made);
    CHECK_TEXT(audit_hex(cx, made), proof.leaf);
    CHECK(audit_unhex(proof.leaf, leaf.at) && audit_unhex(proof.checkpoint.root, root.at));
    CHECK(tree_includes(&leaf, 299, 700, &path, &root));
    NEED_OK(signers_read(cx, audit_test_public(cx), &signers));
    CHECK(!checkpoint_flaw(cx, &proof.checkpoint, &signers));
    proof.checkpoint.size = 701;
    CHECK_HAS(checkpoint_flaw(cx, &proof.checkpoint, &signers), "does not fit");
    signers.n = 0;
    CHECK_HAS(checkpoint_flaw(cx, &proof.checkpoint, &signers), "not known");
    CHECK_TEXT(checkpoint_flaw(cx, &(struct audit_checkpoint){ .size = 1 }, &signers), "is not signed");
}

TEST(a_checkpoint_is_proved_to_go_on_from_an_older_one)
{
    struct audit_growth growth = { 0 };
    struct tree_path path = { 0 };
    struct tree_hash from, to;

    audit_fresh(cx);
    audit_fill(cx, 100);
    point(cx);
    audit_fill(cx, 457);
    point(cx);
    NEED_OK(audit_prove_growth(cx, 100, 0, &growth));
    for (path.n = 0; path.n < growth.path.n; path.n++)
        CHECK(audit_unhex(growth.path.at[path.n], path.at[path.n].at));
    CHECK(audit_unhex(growth.from.root, from.at) && audit_unhex(growth.to.root, to.at));
    CHECK(tree_extends(100, &from, 557, &to, &path));
    CHECK_FAILS(audit_prove_growth(cx, 99, 0, &growth), AUDIT_UNKNOWN);
    CHECK_FAILS(audit_prove_growth(cx, 557, 100, &growth), AUDIT_UNKNOWN);
}

TEST(a_witness_gets_each_checkpoint_once_and_tells_when_one_is_gone)
{
    char path[] = "/tmp/palabre-witness.XXXXXX", text[4096];
    int fd = mkstemp(path);
    size_t written;

    CHECK(fd >= 0);
    audit_fresh(cx);
    CHECK_OK(audit_witness(cx, path, &written));
    CHECK_INT(written, 0);
    audit_fill(cx, 2);
    point(cx);
    audit_fill(cx, 2);
    point(cx);
    CHECK_OK(audit_witness(cx, path, &written));
    CHECK_INT(written, 2);
    CHECK_INT(lseek(fd, 0, SEEK_END) > 0 && write(fd, "{\"size\":", 8) == 8, 1);     /* a crash within a line */
    CHECK_OK(audit_witness(cx, path, &written));
    CHECK_INT(written, 0);
    audit_fill(cx, 1);
    point(cx);
    CHECK_OK(audit_witness(cx, path, &written));
    CHECK_INT(written, 1);
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    CHECK_HAS(text, "{\"size\":2,");
    CHECK_HAS(text, "\n{\"size\":5,");
    audit_tamper(cx, "DELETE FROM audit_checkpoints WHERE size = 5");
    CHECK_FAILS(audit_witness(cx, path, &written), AUDIT_BROKEN);
    unlink(path);
    close(fd);
}

TEST(a_range_is_verified_by_itself_and_keys_change)
{
    const struct audit_keys *first;
    struct audit_scope scope = { .from = 271, .to = 290 };
    struct audit_verdict v = { 0 };

    audit_fresh(cx);
    first = cx->audit;
    audit_fill(cx, 280);
    CHECK_OK(audit_keys_read(cx, "the second key of the tests of 32 bytes and more", 2, arena_fmt(cx->arena, "1:%s", audit_secret(first, 1)), &cx->audit));
    audit_fill(cx, 30);
    point(cx);
    whole(cx, 310);
    NEED_OK(audit_verify(cx, &scope, &v));
    CHECK(v.valid && v.complete);
    CHECK_INT(v.checked, 20);
    scope = (struct audit_scope){ .from = 1, .most = 100 };
    NEED_OK(audit_verify(cx, &scope, &v));
    CHECK(v.valid && !v.complete);
    CHECK_INT(v.to_seq, 100);
    cx->audit = first;
    audit_found(cx, "seal", 281, 281);  /* who does not know the new key says so */
}
