#include "app/audit_record.h"

#include <string.h>

#define RECORD_MAX_BYTES 8192

/* A member of the record, left out when it is NULL. */
static void put(struct text *to, const char *name, const char *value)
{
    if (!value)
        return;
    text_fmt(to, "%s\"%s\":", to->n > 1 ? "," : "", name);
    text_json(to, value, strlen(value));
}

struct bytes audit_record(struct ctx *cx, const struct audit_row *row)
{
    struct text to = text_new(cx->arena, 512, RECORD_MAX_BYTES);
    const char *type = row->resource_type, *id = row->resource_id;

    text_char(&to, '{');
    put(&to, "action", row->action);
    text_fmt(&to, ",\"details\":%s", row->details ? row->details : "{}");
    put(&to, "id", row->id);
    text_fmt(&to, ",\"key\":%d", row->key);
    put(&to, "outcome", row->outcome);
    put(&to, "personal", row->personal);
    put(&to, "resource", id && type ? arena_fmt(cx->arena, "%s/%s", type, id) : type);
    put(&to, "seal", row->seq ? row->seal : NULL);
    if (row->seq)
        text_fmt(&to, ",\"seq\":%lld", (long long)row->seq);
    put(&to, "ts", row->ts);
    put(&to, "user_id", row->user_id);
    text_char(&to, '}');
    return (struct bytes){ to.at, to.n };
}

const char *audit_secret(const struct audit_keys *keys, int id)
{
    for (size_t i = 0; keys && i < keys->n; i++)
        if (keys->at[i].id == id)
            return keys->at[i].secret;
    return NULL;
}

/* One text after another. */
static struct bytes joined(struct ctx *cx, struct bytes a, struct bytes b, struct bytes c)
{
    char *at = arena_get(cx->arena, a.n + b.n + c.n + 1);

    memcpy(at, a.at, a.n);
    memcpy(at + a.n, b.at, b.n);
    memcpy(at + a.n + b.n, c.at, c.n);
    return (struct bytes){ at, a.n + b.n + c.n };
}

#define NOTHING   ((struct bytes){ "", 0 })
#define MARK(s)   ((struct bytes){ s, sizeof(s) - 1 })
#define HASH(h)   ((struct bytes){ (const char *)(h), SHA256_BYTES })

void audit_seal(struct ctx *cx, const char *secret, const struct audit_row *row, uint8_t out[SHA256_BYTES])
{
    struct audit_row plain = *row;

    plain.seq = 0;
    struct bytes all = joined(cx, MARK(AUDIT_SEAL_MARK), audit_record(cx, &plain), NOTHING);
    crypto_hmac(secret, strlen(secret), all.at, all.n, out);
}

void audit_link(struct ctx *cx, const char *secret, const uint8_t before[SHA256_BYTES], const struct audit_row *row, uint8_t out[SHA256_BYTES])
{
    struct bytes all = joined(cx, HASH(before), audit_record(cx, row), NOTHING);

    crypto_hmac(secret, strlen(secret), all.at, all.n, out);
}

void audit_leaf(struct ctx *cx, const struct audit_row *row, const uint8_t hash[SHA256_BYTES], uint8_t out[SHA256_BYTES])
{
    struct bytes all = joined(cx, (struct bytes){ "", 1 }, audit_record(cx, row), HASH(hash));

    crypto_sha256(all.at, all.n, out);
}

void audit_commit(struct ctx *cx, const uint8_t salt[AUDIT_SALT_BYTES], const char *members, uint8_t out[SHA256_BYTES])
{
    struct bytes all = joined(cx, MARK(AUDIT_PERSON_MARK), (struct bytes){ (const char *)salt, AUDIT_SALT_BYTES },
                              (struct bytes){ members, strlen(members) });

    crypto_sha256(all.at, all.n, out);
}

const char *audit_hex(struct ctx *cx, const uint8_t hash[SHA256_BYTES])
{
    char *hex = arena_get(cx->arena, 2 * SHA256_BYTES + 1);

    text_hex(hash, SHA256_BYTES, hex);
    return hex;
}

bool audit_unhex(const char *hex, uint8_t out[SHA256_BYTES])
{
    return hex && strlen(hex) == 2 * SHA256_BYTES && text_unhex(hex, 2 * SHA256_BYTES, out);
}
