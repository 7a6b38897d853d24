/* palabrectl audit: the log in the database and an export of it that needs no server. */
#include "test_tools.h"
#include "app/audit_chain.h"
#include "net/blob.h"
#include "net/pg.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "a key of the tests of 32 bytes and more"

static const char *tmp(struct ctx *cx, const char *name)
{
    static const char *dir;

    if (!dir)
        CHECK_OK(blob_workdir(cx, &dir));
    return arena_fmt(cx->arena, "%s/%s", dir, name);
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (!file || fputs(text, file) < 0 || fclose(file))
        SAY("%s cannot be written", path);
}

static void tamper(struct ctx *cx, const char *table, const char *text)
{
    sql_do(cx, arena_fmt(cx->arena, "ALTER TABLE %s DISABLE TRIGGER audit_rows", table), NULL, NULL);
    sql_do(cx, text, NULL, NULL);
    sql_do(cx, arena_fmt(cx->arena, "ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_rows", table), NULL, NULL);
}

/* A log of n entries with a checkpoint of all but the last two, signed with a key whose public half is in the file `public`. */
static void fill(struct ctx *cx, int n)
{
    static const char *const tables[] = { "audit_entries", "audit_personal", "audit_links", "audit_nodes", "audit_checkpoints" };
    struct audit_person person = { .ip = "192.0.2.7" };
    struct audit_checkpoint point;
    struct audit_turn turn;
    const char *private, *public;
    bool made;

    need_pg(cx);
    setenv("AUDIT_SECRET", SECRET, 1);
    unsetenv("AUDIT_PUBLIC_KEYS");
    for (size_t i = 0; i < COUNT(tables); i++)
        tamper(cx, tables[i], arena_fmt(cx->arena, "DELETE FROM %s", tables[i]));
    sql_do(cx, "DELETE FROM audit_queue", NULL, NULL);
    CHECK_OK(audit_keys_read(cx, SECRET, 1, NULL, &cx->audit));
    crypto_ed25519_new(cx, &private, &public);
    put_file(tmp(cx, "public"), public);
    cx->person = &person;
    for (int i = 0; i < n; i++) {
        CHECK_OK(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing", .id = arena_fmt(cx->arena, "%d", i + 1) }));
        if (i == n - 3) {
            CHECK_OK(audit_chain(cx, &turn));
            CHECK_OK(audit_checkpoint_make(cx, private, &point, &made));
        }
    }
    CHECK_OK(audit_chain(cx, &turn));
    cx->person = NULL;          /* it ends here */
}

TEST(a_whole_log_is_verified_and_a_flaw_is_told_with_its_place)
{
    fill(cx, 10);
    struct told told = TELL("audit", "verify", "--public-keys", tmp(cx, "public"));
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.err, "");
    CHECK_TEXT(told.out, "whole: 10 entries, 1 checkpoints (0 unsigned), signatures checked\n");
    CHECK_HAS(TELL("audit", "verify").out, "signatures not checked");
    tamper(cx, "audit_entries", "UPDATE audit_entries SET action = 'a.c' WHERE resource = '4'");
    told = TELL("audit", "verify", "--json");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.out, "\"first_bad_seq\":4");
    told = TELL("audit", "verify");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.out, "seal  the entry is not what was written");
    CHECK_HAS(told.out, "BROKEN: 10 entries");
    CHECK_INT(TELL("audit", "verify", "--from", "5").status, 0);
}

static const char *exported(struct ctx *cx, const char *name, const char *more)
{
    struct told told = TELL("audit", "export", more);

    CHECK_INT(told.status, 0);
    put_file(tmp(cx, name), told.out);
    return told.out;
}

static const char *replaced(struct ctx *cx, const char *text, const char *was, const char *now)
{
    const char *at = strstr(text, was);

    CHECK(at);
    return at ? arena_fmt(cx->arena, "%.*s%s%s", (int)(at - text), text, now, at + strlen(was)) : text;
}

/* The status of verifying an export, without a server. */
static struct told offline(struct ctx *cx, const char *text)
{
    put_file(tmp(cx, "export"), text);
    setenv("PG_URL", "postgresql://127.0.0.1:1/nowhere", 1);
    struct told told = TELL("audit", "verify", "--offline", tmp(cx, "export"), "--public-keys", tmp(cx, "public"));
    return told;
}

TEST(an_export_is_verified_without_a_server_and_its_flaws_are_told)
{
    fill(cx, 10);
    const char *text = exported(cx, "export", NULL);
    CHECK(!strstr(text, "192.0.2.7") && !strstr(text, SECRET));
    CHECK_HAS(exported(cx, "personal", "--personal"), "192.0.2.7");
    const char *part = exported(cx, "part", "--from=6");
    struct told told = offline(cx, text);
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.err, "");
    CHECK_HAS(told.out, "whole: 10 entries, 1 checkpoints (0 unsigned), signatures checked\n");
    CHECK_HAS(offline(cx, part).out, "whole: 5 entries, 1 checkpoints (0 unsigned), signatures checked\n");

    told = offline(cx, replaced(cx, text, "\"resource_id\":\"4\"", "\"resource_id\":\"5\""));
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.out, "  4       4  seal");
    told = offline(cx, replaced(cx, text, "\"size\":8", "\"size\":7"));
    CHECK_HAS(told.out, "  1       7  root");
    CHECK_HAS(told.out, "  7       7  signature");
    const char *line = strstr(text, "{\"link\":{\"seq\":5,"), *next = line ? strchr(line, '\n') + 1 : NULL;
    CHECK(line);
    if (line)
        told = offline(cx, arena_fmt(cx->arena, "%.*s%s", (int)(line - text), text, next));
    CHECK_HAS(told.out, "  5       5  missing");
    told = offline(cx, arena_text(cx->arena, text, (size_t)(strstr(text, "{\"end\"") - text)));
    CHECK_INT(told.status, 2);
    CHECK_HAS(told.err, "has no end");
    CHECK_INT(offline(cx, "").status, 2);
    CHECK_INT(offline(cx, "{\"end\":{\"to_seq\":3}}\n").status, 2);
    CHECK_INT(offline(cx, "\x7f\x45LF").status, 2);
}

TEST(whoever_has_no_key_sees_what_the_tree_binds)
{
    fill(cx, 10);
    const char *text = exported(cx, "export", NULL);
    unsetenv("AUDIT_SECRET");
    struct told told = offline(cx, text);
    CHECK_INT(told.status, 0);
    CHECK_HAS(told.err, "AUDIT_SECRET is not set: seals and hashes are not checked");
    CHECK_HAS(offline(cx, replaced(cx, text, "\"resource_id\":\"4\"", "\"resource_id\":\"5\"")).out, "  4       4  leaf");
}

/* A mark beside the links, with which somebody without the key would hide that an entry is gone. */
TEST(an_entry_that_is_gone_from_an_export_is_told_with_and_without_the_key)
{
    fill(cx, 10);
    tamper(cx, "audit_entries", "DELETE FROM audit_entries WHERE resource = '4'");
    const char *text = exported(cx, "export", NULL), *link = strstr(text, "{\"link\":{\"seq\":9,");
    CHECK_HAS(offline(cx, text).out, "  4       4  entry");
    unsetenv("AUDIT_SECRET");
    CHECK(link);
    const char *marked = link ? arena_fmt(cx->arena, "%.*s{\"mark\":{\"seq\":9,\"action\":\"audit.retired\",\"details\":\"{\\\"through\\\":8}\"}}\n%s",
                                          (int)(strchr(text, '\n') + 1 - text), text, strchr(text, '\n') + 1) : "";
    CHECK_HAS(offline(cx, marked).out, "  4       4  entry");
}

TEST(a_witness_tells_what_the_database_forgot)
{
    size_t written;

    fill(cx, 10);
    CHECK_OK(audit_witness(cx, tmp(cx, "witness"), &written));
    CHECK_INT(written, 1);
    CHECK_INT(TELL("audit", "verify", "--witness", tmp(cx, "witness")).status, 0);
    tamper(cx, "audit_checkpoints", "DELETE FROM audit_checkpoints");
    tamper(cx, "audit_links", "DELETE FROM audit_links WHERE seq > 6");
    CHECK_INT(TELL("audit", "verify").status, 0);       /* those without links are too young to be missed */
    struct told told = TELL("audit", "verify", "--witness", tmp(cx, "witness"));
    CHECK_HAS(told.out, "  7       8  missing");
    CHECK_INT(TELL("audit", "verify", "--witness", tmp(cx, "nowhere")).status, 2);
}

TEST(the_heads_beside_a_witness_tell_what_was_cut_off_since_its_last_line)
{
    struct audit_turn turn;
    struct audit_head head;
    size_t written;

    fill(cx, 10);
    CHECK_OK(audit_witness(cx, tmp(cx, "young"), &written));
    NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing" }));
    NEED_OK(audit_add(cx, &(struct audit_entry){ .action = "a.b", .type = "thing" }));
    NEED_OK(audit_chain(cx, &turn));
    NEED_OK(audit_witness_head(cx, tmp(cx, "young.heads"), &head));
    CHECK_INT(TELL("audit", "verify", "--witness", tmp(cx, "young")).status, 0);
    tamper(cx, "audit_links", arena_fmt(cx->arena, "DELETE FROM audit_links WHERE seq = %lld", (long long)head.seq));
    CHECK_INT(TELL("audit", "verify").status, 0);       /* nothing in the database knows of it */
    struct told told = TELL("audit", "verify", "--witness", tmp(cx, "young"));
    CHECK_HAS(told.out, arena_fmt(cx->arena, "%lld", (long long)head.seq));
    CHECK_HAS(told.out, "missing");
    CHECK_INT(told.status, 1);
}

TEST(checkpoints_proofs_and_keys_are_told)
{
    struct stat s;

    fill(cx, 10);
    CHECK_HAS(TELL("audit", "checkpoints").out, "SIZE");
    CHECK_HAS(TELL("audit", "checkpoints", "--json").out, "{\"size\":8,\"root\":\"");
    CHECK_HAS(TELL("audit", "proof", "3").out, "{\"seq\":3,\"record\":\"{\\\"action\\\":\\\"a.b\\\",");
    CHECK_INT(TELL("audit", "proof", "9").status, 1);
    CHECK_INT(TELL("audit", "proof", "x").status, 2);
    struct told told = TELL("audit", "keygen", tmp(cx, "sign"));
    CHECK_INT(told.status, 0);
    CHECK(text_starts(told.out, "-----BEGIN PUBLIC KEY-----\n"));
    CHECK_INT(stat(tmp(cx, "sign"), &s), 0);
    CHECK_INT(s.st_mode & 0777, 0600);
    CHECK_INT(TELL("audit", "keygen", tmp(cx, "sign")).status, 2);
    CHECK_INT(TELL("audit", "retire", "2019-01-01", "--dry-run").status, 0);
}

TEST(what_the_operator_does_is_told_and_nothing_is_done_without_the_key)
{
    fill(cx, 0);
    CHECK_INT(TELL_WITH("a new password", "users", "create", ALINE).status, 0);
    CHECK_INT(TELL("users", "role", ALINE, "admin").status, 0);
    CHECK_TEXT(sql_text(cx, "SELECT string_agg(action || ' ' || details, ', ' ORDER BY id) FROM audit_entries", NULL),
               "user.create {\"method\":\"palabrectl\",\"to\":\"user\"}, user.role {\"method\":\"palabrectl\",\"to\":\"admin\"}");
    unsetenv("AUDIT_SECRET");
    struct told told = TELL("users", "role", ALINE, "user");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "AUDIT_SECRET is not set");
    CHECK_TEXT(sql_text(cx, "SELECT role FROM users", NULL), "admin");
}
