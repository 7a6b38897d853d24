/* The audit log: verified, exported, its checkpoints and proofs, months that go. */
#include "audit_offline.h"
#include "inputs.h"
#include "print.h"
#include "app/audit_chain.h"
#include "data/config.h"
#include "data/json.h"
#include "net/pg.h"
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define STRAY_DAYS 36500            /* as far back as there are any */
#define ROWS       1000

struct audit_settings { const char *audit_public_keys; };
extern const struct shape audit_settings_shape;
SHAPE(audit_settings, "What verifying reads beside the keys.",
    FIELD(audit_settings, audit_public_keys, "Ed25519 public keys (PEM) that checkpoints are checked with."));

/* --- verifying --- */

static fallible read_signers(struct ctl *c, const char *path, struct audit_signers *out, bool *any)
{
    struct audit_settings s = { 0 };
    char *room = arena_get(c->cx->arena, TEXT_MAX_BYTES + 1);

    TRY(config_read(c->cx, &audit_settings_shape, &s));
    if (path) {
        FILE *file = fopen(path, "re");
        size_t n = file ? fread(room, 1, TEXT_MAX_BYTES, file) : 0;
        if (!file)
            return fail(c->cx, INPUT_INVALID, "%s: %s", path, strerror(errno));
        fclose(file);
        room[n] = '\0';
        s.audit_public_keys = room;
    }
    *any = s.audit_public_keys && *s.audit_public_keys;
    return *any ? signers_read(c->cx, s.audit_public_keys, out) : OK;
}

static void tell_verdict(struct ctl *c, const struct audit_verdict *v, bool json)
{
    if (json) {
        print_json(c, &audit_verdict_shape, v);
    } else {
        if (v->flaws.n)
            print_rows(c, false, &audit_flaw_shape, "seq to_seq kind what", &v->flaws);
        if (v->flaws_found > (int64_t)v->flaws.n)
            fprintf(c->out, "... and %lld more\n", (long long)v->flaws_found - (long long)v->flaws.n);
        fprintf(c->out, "%s: %lld entries, %lld checkpoints (%lld unsigned), signatures %s\n", v->valid ? "whole" : "BROKEN", (long long)v->checked,
                (long long)v->checkpoints, (long long)v->unsigned_checkpoints, v->signatures);
        if (v->entries_gone || v->persons_gone || v->pending)
            fprintf(c->out, "%lld entries went with their months, %lld tell of nobody any more, %lld wait for their links\n",
                    (long long)v->entries_gone, (long long)v->persons_gone, (long long)v->pending);
    }
    c->failed |= !v->valid;
}

COMMAND(audit_verify_run, audit_verify_in)
{
    struct audit_signers signers;
    struct audit_claim *witness = NULL;
    struct audit_verdict v = { 0 };
    size_t witness_n = 0;
    bool signs;

    TRY(ctl_keys(c));
    TRY(read_signers(c, in->public_keys, &signers, &signs));
    if (in->witness)
        TRY(witness_read(c->cx, in->witness, &witness, &witness_n));
    if (!c->cx->audit)
        fputs("palabrectl: AUDIT_SECRET is not set: seals and hashes are not checked, only what the tree binds\n", c->err);
    if (in->offline) {
        TRY(offline_verify(c->cx, in->offline, signs ? &signers : NULL, witness, witness_n, &v));
    } else {
        struct audit_scope scope = { .from = in->from ? in->from : 1, .to = in->to, .signers = signs ? &signers : NULL, .witness = witness,
                                     .witness_n = witness_n, .stray_days = STRAY_DAYS };
        TRY(ctl_reach_pg(c));
        TRY(audit_verify(c->cx, &scope, &v));
    }
    tell_verdict(c, &v, in->json);
    return OK;
}

/* --- exporting --- */

static void put_line(struct ctl *c, struct ctx *cx, const char *name, const struct shape *s, const void *row)
{
    fprintf(c->out, "{\"%s\":%s}\n", name, json_write(cx, s, row));
}

static fallible put_head(struct ctl *c, int64_t from)
{
    struct export_head head = { .palabre_audit = EXPORT_VERSION, .from_seq = from };
    struct audit_rows marks = { 0 };
    struct frontier before;

    TRY(tree_prefix(c->cx, &audit_tree, (uint64_t)from - 1, &before));
    head.frontier = (struct texts){ NEWS(c->cx, const char *, before.n), before.n };
    for (size_t i = 0; i < before.n; i++)
        head.frontier.at[i] = audit_hex(c->cx, before.at[i].at);
    put_line(c, c->cx, "head", &export_head_shape, &head);
    TRY(audit_marks_list(c->cx, &marks));
    for (size_t i = 0; i < marks.rows.n; i++)
        put_line(c, c->cx, "mark", &audit_row_shape, &marks.rows.at[i]);
    return OK;
}

static fallible put_points(struct ctl *c, int64_t from, int64_t to)
{
    struct audit_checkpoints some = { 0 };

    do {
        TRY(audit_points_list(c->cx, from, ROWS, &some));
        for (size_t i = 0; i < some.rows.n && some.rows.at[i].size <= to; i++) {
            put_line(c, c->cx, "checkpoint", &audit_checkpoint_shape, &some.rows.at[i]);
            from = some.rows.at[i].size + 1;
        }
    } while (some.rows.n == ROWS && some.rows.at[ROWS - 1].size <= to);
    return OK;
}

/* *from: the next link; behind the last when there are no more. */
static fallible put_links(struct ctl *c, struct ctx *cx, int64_t *from, int64_t to, bool personal)
{
    struct audit_rows some = { 0 };

    TRY(audit_rows_list(cx, *from, to, ROWS, &some));
    for (size_t i = 0; i < some.rows.n; i++) {
        struct audit_row *row = &some.rows.at[i];
        if (!personal)
            row->salt = row->members = NULL;
        *from = row->seq + 1;
        put_line(c, cx, "link", &audit_row_shape, row);
    }
    *from = some.rows.n ? *from : to + 1;
    return OK;
}

/* Checkpoints that the head does not reach are left out: they say what a later export must hold. */
COMMAND(audit_export_run, audit_export_in)
{
    struct audit_head head;
    int64_t from = in->from ? in->from : 1;

    TRY(audit_head_find(c->cx, &head));
    int64_t to = in->to && in->to < head.seq ? in->to : head.seq;
    if (from > to)
        return fail(c->cx, INPUT_INVALID, "there are no entries from %lld to %lld", (long long)from, (long long)to);
    TRY(ctl_audit(c, "audit.export", "audit", NULL, NULL));
    TRY(put_head(c, from));
    TRY(put_points(c, from, to));
    for (int64_t at = from; at <= to && !ferror(c->out);) {
        struct ctx own = *c->cx;
        own.arena = arena_new();
        err_t e = put_links(c, &own, &at, to, in->personal);
        if (e)
            e = err_new(c->cx, e->code, e->where, "%s", e->text);
        arena_free(own.arena);
        TRY(e);
    }
    put_line(c, c->cx, "end", &export_end_shape, &(struct export_end){ to });
    return OK;
}

/* --- the rest --- */

COMMAND(audit_points_run, audit_points_in)
{
    struct audit_checkpoints all = { 0 };

    TRY(audit_points_list(c->cx, in->from, in->limit, &all));
    print_rows(c, in->json, &audit_checkpoint_shape, "size at signer root", &all.rows);
    return OK;
}

COMMAND(audit_proof_run, audit_proof_in)
{
    struct audit_proof proof = { 0 };
    int64_t seq;

    if (!text_to_long(in->seq, strlen(in->seq), &seq) || seq < 1)
        return fail(c->cx, INPUT_INVALID, "SEQ is no sequence number");
    TRY(audit_prove(c->cx, seq, in->size, &proof));
    print_json(c, &audit_proof_shape, &proof);
    return OK;
}

COMMAND(audit_keygen_run, audit_keygen_in)
{
    const char *private, *public;
    int fd = open(in->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail(c->cx, INPUT_INVALID, "%s: %s", in->file, strerror(errno));
    crypto_ed25519_new(c->cx, &private, &public);
    bool whole = write(fd, private, strlen(private)) == (ssize_t)strlen(private) && !fsync(fd);
    close(fd);
    if (!whole)
        return fail(c->cx, DISK_FULL, "%s could not be written", in->file);
    fputs(public, c->out);
    return OK;
}

COMMAND(audit_retire_run, audit_retire_in)
{
    struct audit_months gone = { 0 };

    if (!in->dry_run)
        TRY(ctl_audit(c, "audit.retire", "audit", NULL, NULL));
    TRY(audit_retire(c->cx, in->before, in->dry_run, &gone));
    print_rows(c, false, &audit_month_shape, "month entries unlinked through", &gone.months);
    return OK;
}
