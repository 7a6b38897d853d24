/* Keys of programs, and the public keys of tokens. */
#include "http/api_key.h"
#include "http/gateway.h"
#include "http/keyring.h"
#include "identity/shapes.h"
#include "app/audit.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define START_CHARS 10                  /* that people may see, to tell keys apart */

err_t jwks_get(struct ctx *cx, struct exchange *x, const void *in);

/* The words of a scope; each must be a permission. */
static fallible scope_of(struct ctx *cx, const struct texts *words, const char **out)
{
    struct text scope = text_new(cx->arena, 256, 1000);
    struct permission_word unknown = { 0 };
    bool found;

    for (size_t i = 0; i < words->n; i++) {
        if (!*words->at[i] || strchr(words->at[i], ' '))
            return fail(cx, INPUT_INVALID, "/scopes/%zu is no permission", i);
        text_fmt(&scope, "%s%s", i ? " " : "", words->at[i]);
    }
    if (scope.full)
        return fail(cx, INPUT_INVALID, "/scopes is too long");
    TRY(pg_find(cx, SQL(permission_unknown), ARGS(scope.at), &permission_word_shape, &unknown, &found));
    if (found)
        return fail(cx, INPUT_INVALID, "/scopes: %s is no permission", unknown.word);
    *out = scope.at;
    return OK;
}

static fallible key_note(struct ctx *cx, const char *action, const char *id)
{
    return audit_add(cx, &(struct audit_entry){ .action = action, .type = "key", .id = id });
}

/* Told once: what is stored is its hash. */
HANDLER(key_create, api_key_in, api_key)
{
    const char *key = api_key_make(cx), *scope = NULL;
    bool found;

    TRY(scope_of(cx, &in->scopes, &scope));
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(api_key_put), ARGS(uuid_make(cx), cx->user, in->name, arena_text(cx->arena, key, START_CHARS), token_hash(cx, key), scope,
                                           in->expires_at), &api_key_shape, out, &found));
    TRY(key_note(cx, "key.create", out->id));
    TRY(pg_commit(cx));
    out->key = key;
    return OK;
}

HANDLER(keys_list, none, api_keys)
{
    (void)in;
    return pg_list(cx, SQL(api_keys_list), ARGS(cx->user), &api_key_shape, &out->keys);
}

HANDLER(key_delete, session_ref, none)
{
    struct session_ref ended = { 0 };
    bool found;

    (void)out;
    TRY(pg_begin(cx));
    TRY(pg_find(cx, SQL(api_key_end), ARGS(in->id, cx->user), &session_ref_shape, &ended, &found));
    if (!found)
        return fail(cx, API_KEY_UNKNOWN, "no key %s", in->id);
    TRY(key_note(cx, "key.delete", in->id));
    return pg_commit(cx);
}

err_t jwks_get(struct ctx *cx, struct exchange *x, const void *in)
{
    const char *text = keyring_tell(cx, &x->gateway->tokens);

    (void)in;
    exchange_text(cx, x, 200, "application/json", (struct bytes){ text, strlen(text) });
    return OK;
}
