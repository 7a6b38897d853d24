/* The audit log as administrators see it. Looking at it is itself told in it. */
#include "http/gateway.h"
#include "ops/audit.h"
#include "data/json.h"

#include <string.h>

#define PAGE        100
#define VERIFY_MOST 200000          /* entries of one request; who wants more goes on where it ended */
#define STRAY_DAYS  2

/* --- the list --- */

static const char *verified(struct ctx *cx, const struct audit_row *row)
{
    uint8_t before[SHA256_BYTES];

    if (!row->seq)
        return "null";
    return audit_unhex(row->prev_hash, before) && !check_row(cx, cx->audit, row, before) ? "true" : "false";
}

static struct audit_view view_of(struct ctx *cx, const struct audit_row *r)
{
    return (struct audit_view){
        .id = r->id, .timestamp = r->ts, .created_at = r->ts, .user_id = r->user_id, .action = r->action,
        .resource = r->resource_id ? arena_fmt(cx->arena, "%s/%s", r->resource_type, r->resource_id) : r->resource_type,
        .resource_type = r->resource_type, .resource_id = r->resource_id, .outcome = r->outcome, .details = { r->details },
        .ip = r->ip, .ip_address = r->ip, .user_agent = r->user_agent, .identifier = r->identifier, .prev_hash = r->prev_hash, .hash = r->hash,
        .seq = r->seq ? r->seq : LONG_NONE, .verified = { verified(cx, r) },
    };
}

static fallible told(struct ctx *cx, const char *action, const char *id)
{
    return audit_add(cx, &(struct audit_entry){ .action = action, .type = "audit", .id = id });
}

static void put_next(struct ctx *cx, struct exchange *x, int next)
{
    struct text link = text_new(cx->arena, 256, 4096);

    text_fmt(&link, "</api/v1/admin/audit-logs?offset=%d", next);
    for (const char *at = x->request->query; at && *at;) {
        size_t n = strcspn(at, "&");
        if (n && !text_starts(at, "offset=") && !memchr(at, '>', n))
            text_fmt(&link, "&%.*s", (int)n, at);
        at += n + (at[n] == '&');
    }
    text_put(&link, ">; rel=\"next\"");
    exchange_header(x, "Link", link.at);
}

static struct audit_filter filter_of(struct ctx *cx, const struct audit_in *in)
{
    const char *slash = in->resource ? strchr(in->resource, '/') : NULL;

    return (struct audit_filter){
        .user_id = in->user_id, .action = in->action, .outcome = in->outcome, .from = in->from, .to = in->to, .offset = in->offset,
        .type = slash ? arena_text(cx->arena, in->resource, (size_t)(slash - in->resource)) : in->resource, .id = slash ? slash + 1 : NULL,
        .limit = in->limit ? in->limit : PAGE,
    };
}

err_t audit_list(struct ctx *cx, struct exchange *x, const void *given)
{
    struct audit_in in = *(const struct audit_in *)given;
    struct audit_rows all = { 0 };
    struct text body = text_new(cx->arena, 65536, 16u << 20);

    TRY(exchange_query(cx, x, &audit_in_shape, &in));
    struct audit_filter filter = filter_of(cx, &in);
    TRY(told(cx, "admin.audit.read", NULL));
    TRY(audit_page(cx, &filter, &all));
    struct audit_view *views = NEWS(cx, struct audit_view, all.rows.n);
    for (size_t i = 0; i < all.rows.n; i++)
        views[i] = view_of(cx, &all.rows.at[i]);
    int64_t total = all.rows.n ? all.rows.at[0].total : 0;
    exchange_header(x, "X-Total-Count", arena_fmt(cx->arena, "%lld", (long long)total));
    if (in.offset + (int64_t)all.rows.n < total)
        put_next(cx, x, in.offset + (int)all.rows.n);
    json_put_list(&body, &audit_view_shape, &(struct list){ views, all.rows.n });
    exchange_text(cx, x, 200, "application/json", (struct bytes){ body.at, body.n });
    return OK;
}

/* --- verifying and proving --- */

HANDLER(audit_verify_get, audit_range, audit_verdict)
{
    const char *keys = ((const struct exchange *)cx->host)->gateway->daemon->settings.audit_public_keys;
    struct audit_signers signers;
    struct audit_scope scope = { .from = in->from_seq ? in->from_seq : 1, .to = in->to_seq, .most = VERIFY_MOST, .stray_days = STRAY_DAYS };

    if (scope.to && scope.to < scope.from)
        return fail(cx, INPUT_INVALID, "/to_seq is before from_seq");
    if (keys && *keys) {
        TRY(signers_read(cx, keys, &signers));
        scope.signers = &signers;
    }
    TRY(told(cx, "admin.audit.verify", NULL));
    return audit_verify(cx, &scope, out);
}

HANDLER(audit_proof_get, proof_in, audit_proof)
{
    TRY(audit_prove(cx, in->seq, in->size, out));
    return told(cx, "admin.audit.prove", arena_fmt(cx->arena, "%lld", (long long)in->seq));
}

HANDLER(audit_growth_get, growth_in, audit_growth)
{
    return audit_prove_growth(cx, in->from_size, in->to_size, out);
}

err_t audit_points(struct ctx *cx, struct exchange *x, const void *given)
{
    struct points_in in = *(const struct points_in *)given;
    struct audit_checkpoints all = { 0 };
    struct text body = text_new(cx->arena, 8192, 1u << 20);

    TRY(exchange_query(cx, x, &points_in_shape, &in));
    TRY(audit_points_list(cx, in.from_size, in.limit ? in.limit : PAGE, &all));
    json_put_list(&body, &audit_checkpoint_shape, (const struct list *)&all.rows);
    exchange_text(cx, x, 200, "application/json", (struct bytes){ body.at, body.n });
    return OK;
}
