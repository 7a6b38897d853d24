#include "test.h"

#include "base/clock.h"
#include "data/crypto.h"

#define SECRET  "a secret of at least thirty-two bytes"
#define HEADER  "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static int64_t now_s(void) { return clock_wall_ms() / 1000; }

/* A token with any header and claims, rightly signed. */
static char *token_of(struct ctx *cx, const char *header, const char *claims, const char *secret)
{
    uint8_t mac[SHA256_BYTES];
    char *body = arena_fmt(cx->arena, "%s.%s", text_base64url(cx->arena, header, strlen(header)),
                           text_base64url(cx->arena, claims, strlen(claims)));

    crypto_hmac(secret, strlen(secret), body, strlen(body), mac);
    return arena_fmt(cx->arena, "%s.%s", body, text_base64url(cx->arena, mac, sizeof(mac)));
}

static char *claims_until(struct ctx *cx, int64_t exp)
{
    return arena_fmt(cx->arena, "{\"sub\":\"ada\",\"exp\":%lld}", (long long)exp);
}

static char *good_token(struct ctx *cx)
{
    return token_of(cx, HEADER, claims_until(cx, now_s() + 60), SECRET);
}

static void refused(struct ctx *cx, const char *token, const char *why)
{
    struct jwt claims = { .sub = "before" };
    err_t e = jwt_check(cx, SECRET, token, &claims);

    if (!e || e->code != E_TOKEN_INVALID || !strstr(e->text, why))
        SAY("%.200s: %s: %s, not %s", token, e ? err_name(e->code) : "OK", e ? e->text : "", why);
    CHECK(!claims.sub);
}

TEST(a_signed_token_gives_its_claims_back)
{
    struct jwt in = { .sub = "0192e4b0-7c1a-7def-8123-456789abcdef", .email = "ada@example.org", .role = "admin", .type = "access",
                      .jti = "7", .iss = "palabre", .aud = "api", .plan = "p\"1", .iat = now_s(), .exp = now_s() + 900 };
    struct jwt out;

    const char *token = jwt_sign(cx, SECRET, &in);
    NEED_OK(jwt_check(cx, SECRET, token, &out));
    CHECK_TEXT(out.sub, in.sub);
    CHECK_TEXT(out.email, in.email);
    CHECK_TEXT(out.role, in.role);
    CHECK_TEXT(out.type, in.type);
    CHECK_TEXT(out.jti, in.jti);
    CHECK_TEXT(out.iss, in.iss);
    CHECK_TEXT(out.aud, in.aud);
    CHECK_TEXT(out.plan, in.plan);
    CHECK_INT(out.iat, in.iat);
    CHECK_INT(out.exp, in.exp);
    CHECK_FAILS(jwt_check(cx, "another secret", token, &out), TOKEN_INVALID);
    CHECK_FAILS(jwt_check(cx, "", token, &out), TOKEN_INVALID);
}

/* RFC 7515 A.1: the signature is right, and it expired in 2011. */
TEST(the_token_of_the_standard_is_read_as_far_as_its_expiry)
{
    static const char token[] =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    struct jwt claims;
    size_t n;

    const char *secret = text_unbase64(cx->arena, "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow", 86, &n);
    CHECK_INT(n, 64);
    err_t e = jwt_check(cx, secret, token, &claims);
    CHECK(e && e->code == E_TOKEN_INVALID);
    CHECK_HAS(e ? e->text : "", "expired");
}

TEST(tokens_of_other_makers_are_read)
{
    static const char *const headers[] = {
        "{\"alg\":\"HS256\"}", "{\"typ\":\"JWT\",\"alg\":\"HS256\"}", "{ \"alg\" : \"HS256\", \"typ\":\"jwt\", \"kid\":\"a/b\" }",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", "{\"alg\":\"HS\\u003256\"}",
    };
    char *claims = arena_fmt(cx->arena, "{\"aud\":\"authenticated\",\"app_metadata\":{\"provider\":[1,2,{}]},\"amr\":[{\"method\":\"otp\"}],"
                             "\"is_anonymous\":false,\"sub\":\"ada\",\"exp\":%lld,\"nbf\":%lld}", (long long)now_s() + 60, (long long)now_s() + 30);

    for (size_t i = 0; i < COUNT(headers); i++) {
        struct jwt out;
        NEED_OK(jwt_check(cx, SECRET, token_of(cx, headers[i], claims, SECRET), &out));
        CHECK_TEXT(out.sub, "ada");
        CHECK_TEXT(out.aud, "authenticated");
    }
}

TEST(the_token_does_not_choose_its_algorithm)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\"}", "{\"alg\":\"None\",\"typ\":\"JWT\"}", "{\"alg\":\"\"}", "{\"typ\":\"JWT\"}", "{\"alg\":\"RS256\"}", "{\"alg\":\"HS384\"}",
        "{\"alg\":\"hs256\"}", "{\"alg\":\"HS256 \"}", "{\"alg\":null}", "{\"alg\":[\"HS256\"]}", "{\"alg\":256}", "{\"alg\":\"none\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"alg\":\"none\"}", "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", "{\"alg\":\"HS256\",\"crit\":[]}",
        "{\"alg\":\"HS256\",\"typ\":\"JOSE\"}", "{\"alg\":\"HS256\"} ,", "[]", "\"HS256\"", "{\"alg\":\"HS256\\u0000\"}", "{", "HS256",
    };

    for (size_t i = 0; i < COUNT(headers); i++)
        refused(cx, token_of(cx, headers[i], claims_until(cx, now_s() + 60), SECRET), "");
    char *body = token_of(cx, "{\"alg\":\"none\"}", claims_until(cx, now_s() + 60), SECRET);
    *(strrchr(body, '.') + 1) = '\0';
    refused(cx, body, "not a token");
}

TEST(a_token_with_any_character_changed_is_refused)
{
    const char *good = good_token(cx);
    size_t n = strlen(good);
    struct jwt out;

    NEED_OK(jwt_check(cx, SECRET, good, &out));
    for (size_t i = 0; i < n; i++) {
        char *bent = arena_text(cx->arena, good, n);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        refused(cx, bent, "");
        bent[i] = '\0';
        refused(cx, bent, "");
    }
}

TEST(what_is_not_three_parts_of_base64url_is_no_token)
{
    const char *good = good_token(cx);
    static const char *const wrong[] = { "", ".", "..", "...", "a.b", "a.b.c.d", "a..c", ".b.c", "Bearer x", "a b.c.d" };

    for (size_t i = 0; i < COUNT(wrong); i++)
        refused(cx, wrong[i], "");
    refused(cx, arena_fmt(cx->arena, "%s.", good), "not a token");
    refused(cx, arena_fmt(cx->arena, "%s.e30", good), "not a token");
    refused(cx, arena_fmt(cx->arena, "%s=", good), "not a token");
    refused(cx, arena_fmt(cx->arena, " %s", good), "not a token");
    refused(cx, arena_fmt(cx->arena, "%s\n", good), "not a token");
    refused(cx, arena_fmt(cx->arena, "%s+", good), "not a token");
}

TEST(parts_of_two_tokens_do_not_make_a_third)
{
    const char *one = good_token(cx), *two = token_of(cx, HEADER, "{\"sub\":\"eve\",\"exp\":99999999999}", SECRET);
    size_t one_body = (size_t)(strrchr(one, '.') - one);

    refused(cx, arena_fmt(cx->arena, "%.*s%s", (int)one_body, one, strrchr(two, '.')), "signature");
    refused(cx, token_of(cx, HEADER, claims_until(cx, now_s() + 60), "a secret of at least thirty-two bytez"), "signature");
}

TEST(a_huge_token_is_refused_unread)
{
    char *claims = arena_get(cx->arena, 7000), *token;
    struct jwt out;

    snprintf(claims, 7000, "{\"exp\":%lld,\"x\":\"%05900d\"}", (long long)now_s() + 60, 0);
    token = token_of(cx, HEADER, claims, SECRET);
    CHECK(strlen(token) < 8192);
    CHECK_OK(jwt_check(cx, SECRET, token, &out));
    snprintf(claims, 7000, "{\"exp\":%lld,\"x\":\"%06300d\"}", (long long)now_s() + 60, 0);
    refused(cx, token_of(cx, HEADER, claims, SECRET), "not a token");
    char *endless = arena_get(cx->arena, 1 << 20);
    memset(endless, 'a', (1 << 20) - 1);
    refused(cx, endless, "not a token");
}

TEST(a_token_has_its_time)
{
    static const char *const no_end[] = {
        "{\"sub\":\"ada\"}", "{\"sub\":\"ada\",\"exp\":null}", "{\"sub\":\"ada\",\"exp\":0}", "{\"sub\":\"ada\",\"exp\":-1}",
        "{\"sub\":\"ada\",\"exp\":\"99999999999\"}", "{\"sub\":\"ada\",\"exp\":1e400}", "{\"sub\":\"ada\",\"exp\":true}",
    };
    struct jwt out;

    refused(cx, token_of(cx, HEADER, claims_until(cx, now_s()), SECRET), "expired");
    refused(cx, token_of(cx, HEADER, claims_until(cx, now_s() - 1), SECRET), "expired");
    for (size_t i = 0; i < COUNT(no_end); i++)
        refused(cx, token_of(cx, HEADER, no_end[i], SECRET), "");
    char *early = arena_fmt(cx->arena, "{\"exp\":99999999999,\"nbf\":%lld}", (long long)now_s() + 120);
    refused(cx, token_of(cx, HEADER, early, SECRET), "not valid yet");
    char *nearly = arena_fmt(cx->arena, "{\"exp\":99999999999,\"nbf\":%lld}", (long long)now_s() + 55);
    CHECK_OK(jwt_check(cx, SECRET, token_of(cx, HEADER, nearly, SECRET), &out));
}

TEST(claims_of_another_shape_are_refused)
{
    static const char *const claims[] = {
        "", "null", "[]", "{\"exp\":99999999999,\"sub\":7}", "{\"exp\":99999999999,\"sub\":[\"ada\"]}", "{\"exp\":99999999999,\"exp\":99999999998}",
        "{\"exp\":99999999999}x", "{\"exp\":99999999999,\"sub\":\"\xff\"}", "{\"exp\":99999999999,\"sub\":\"a\\u0000b\"}", "{\"exp\":99999999999,}",
    };

    for (size_t i = 0; i < COUNT(claims); i++)
        refused(cx, token_of(cx, HEADER, claims[i], SECRET), "");
}

TEST(a_check_takes_microseconds)
{
    struct jwt in = { .sub = "0192e4b0-7c1a-7def-8123-456789abcdef", .role = "user", .iat = now_s(), .exp = now_s() + 900 }, out;
    const char *token = jwt_sign(cx, SECRET, &in);
    int64_t best_us = INT64_MAX;

    for (int round = 0; round < 20; round++) {
        int64_t start = clock_us();
        for (int i = 0; i < 100; i++)
            NEED_OK(jwt_check(cx, SECRET, token, &out));
        best_us = clock_us() - start < best_us ? clock_us() - start : best_us;
    }
    fprintf(stderr, "a check takes %.2f us\n", (double)best_us / 100);
    CHECK(best_us < 100 * 100);         /* generous: sanitizers and a busy machine */
}
