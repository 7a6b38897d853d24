/* What somebody says are the keys of an issuer: any bytes as a set, and as the members of keys in one. */
#include "data/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 8

static void read_set(struct ctx *cx, const char *set, size_t n)
{
    struct jwt_key keys[MOST];
    struct jwt claims;
    size_t got;
    err_t e = jwt_keys_read(cx, set, n, keys, MOST, &got);

    if (got > MOST || (e && got))
        abort();
    for (size_t i = 0; i < got; i++) {
        if (keys[i].alg == HS256 || keys[i].secret || keys[i].is_private || !keys[i].pair || !keys[i].kid || !*keys[i].kid)
            abort();            /* a published key is a public half with a name */
        struct jwt_rules rules = { .keys = &keys[i], .n = 1 };
        const char *header = arena_fmt(cx->arena, "{\"alg\":\"%s\"}", keys[i].alg == RS256 ? "RS256" : "ES256");
        char zeros[87] = "";
        memset(zeros, 'A', 86);
        if (jwt_check(cx, &rules, arena_fmt(cx->arena, "%s.eyJleHAiOjk5OTk5OTk5OTl9.%s", text_base64url(cx->arena, header, strlen(header)), zeros), &claims) == OK)
            abort();            /* a signature of zeros fits no key */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    char *text = arena_text(cx.arena, (const char *)data, size);
    size_t half = size / 2;

    read_set(&cx, text, size);
    const char *x = text_base64url(cx.arena, data, half), *y = text_base64url(cx.arena, data + half, size - half);
    const char *set = arena_fmt(cx.arena, "{\"keys\":[{\"kid\":\"a\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"},"
                                          "{\"kid\":\"b\",\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}]}", x, y, x, y);
    read_set(&cx, set, strlen(set));
    set = arena_fmt(cx.arena, "{\"keys\":[{\"kid\":\"c\",\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"AQAB\"}]}", text_base64url(cx.arena, data, size));
    read_set(&cx, set, strlen(set));
    arena_free(cx.arena);
    return 0;
}
