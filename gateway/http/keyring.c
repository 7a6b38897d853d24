#include "http/keyring.h"
#include "http/gateway.h"

#include <string.h>

#define KEYS_MOST         16
#define SECRET_BYTES_LEAST 32

/* The next item of a list with commas, or NULL. */
static const char *item_take(struct ctx *cx, const char **at)
{
    *at += strspn(*at, ", ");
    size_t n = strcspn(*at, ",");
    const char *item = n ? arena_text(cx->arena, *at, n) : NULL;

    *at += n;
    return item;
}

static fallible room_check(struct ctx *cx, size_t n)
{
    return n < KEYS_MOST ? OK : fail(cx, CONFIG_INVALID, "more than %d keys", KEYS_MOST);
}

static fallible secrets_add(struct ctx *cx, const char *list, struct jwt_key *keys, size_t *n)
{
    for (const char *at = list, *item; at && (item = item_take(cx, &at));) {
        TRY(room_check(cx, *n));
        if (strlen(item) < SECRET_BYTES_LEAST)
            return fail(cx, CONFIG_INVALID, "JWT_SECRET and JWT_KEYS hold secrets of at least %d bytes", SECRET_BYTES_LEAST);
        keys[(*n)++] = jwt_key_of_secret(cx, item);
    }
    return OK;
}

/* A pair that can sign goes before the secret, which stays good for what it has signed. */
err_t keyring_open(struct ctx *cx, const struct gateway_settings *s, struct jwt_rules *out)
{
    struct jwt_key *keys = NEWS(cx, struct jwt_key, KEYS_MOST);
    size_t n = 0;

    for (const char *at = s->jwt_key_files, *path; at && (path = item_take(cx, &at)); n++) {
        TRY(room_check(cx, n));
        TRY(jwt_key_of_file(cx, path, &keys[n]));
    }
    if (n && !keys[0].is_private)
        return fail(cx, CONFIG_INVALID, "the first of JWT_KEY_FILES signs: it must hold a private key");
    if (strchr(s->jwt_secret, ','))
        return fail(cx, CONFIG_INVALID, "JWT_SECRET holds no comma: JWT_KEYS takes several");
    TRY(secrets_add(cx, s->jwt_secret, keys, &n));
    TRY(secrets_add(cx, s->jwt_keys, keys, &n));
    *out = (struct jwt_rules){ .keys = keys, .n = n, .iss = s->public_url, .aud = TOKEN_AUDIENCE, .life_s = s->token_s };
    return OK;
}

const char *keyring_tell(struct ctx *cx, const struct jwt_rules *rules)
{
    struct text to = text_new(cx->arena, 1024, 65536);
    bool first = true;

    text_put(&to, "{\"keys\":[");
    for (size_t i = 0; i < rules->n; i++) {
        if (!rules->keys[i].pair)
            continue;
        text_put(&to, first ? "" : ",");
        jwt_key_tell(cx, &rules->keys[i], &to);
        first = false;
    }
    text_put(&to, "]}");
    return to.at;
}
