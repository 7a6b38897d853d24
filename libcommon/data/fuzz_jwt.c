/* Any bytes as a token, and as the header and the claims of one that is rightly signed. */
#include "data/crypto.h"

#include <stdlib.h>
#include <string.h>

#define SECRET "a secret of at least thirty-two bytes"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *sign(struct ctx *cx, const char *body)
{
    uint8_t mac[SHA256_BYTES];

    crypto_hmac(SECRET, strlen(SECRET), body, strlen(body), mac);
    return arena_fmt(cx->arena, "%s.%s", body, text_base64url(cx->arena, mac, sizeof(mac)));
}

static bool is_accepted(struct ctx *cx, const char *token)
{
    static const struct jwt_key key = { .alg = HS256, .secret = SECRET };
    static const struct jwt_rules ours = { .keys = &key, .n = 1 };
    struct jwt claims;

    return !jwt_check(cx, &ours, token, &claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    const char *text = arena_text(cx.arena, (const char *)data, size);
    size_t half = size / 2;

    struct jwt_names names;
    if (jwt_read_names(&cx, text, &names) && !names.alg)
        abort();
    if (is_accepted(&cx, text))
        abort();                /* the fuzzer does not know the secret */
    char *header = text_base64url(cx.arena, data, half), *claims = text_base64url(cx.arena, data + half, size - half);
    is_accepted(&cx, sign(&cx, arena_fmt(cx.arena, "%s.%s", header, claims)));
    is_accepted(&cx, sign(&cx, arena_fmt(cx.arena, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.%s", text_base64url(cx.arena, data, size))));
    arena_free(cx.arena);
    return 0;
}
