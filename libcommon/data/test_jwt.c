#include "test.h"

#include "base/clock.h"
#include "data/crypto.h"

#include <sys/wait.h>
#include <unistd.h>

#define SECRET  "a secret of at least thirty-two bytes"
#define HEADER  "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

/* One shared secret; whoever issues, for whomever. */
static const struct jwt_key any_key = { .alg = HS256, .secret = SECRET, .is_private = true, .header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" };
static const struct jwt_rules ours = { .keys = &any_key, .n = 1 };

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

static void refused_as(struct ctx *cx, const char *token, enum err_code code, const char *why)
{
    struct jwt claims = { .sub = "before" };
    err_t e = jwt_check(cx, &ours, token, &claims);

    if (!e || e->code != code || !strstr(e->text, why))
        SAY("%.200s: %s: %s, not %s: %s", token, e ? err_name(e->code) : "OK", e ? e->text : "", err_name(code), why);
    CHECK(!claims.sub);
}

static void refused(struct ctx *cx, const char *token, const char *why) { refused_as(cx, token, E_TOKEN_INVALID, why); }

TEST(a_signed_token_gives_its_claims_back)
{
    struct jwt in = { .sub = "0192e4b0-7c1a-7def-8123-456789abcdef", .email = "ada@example.org", .role = "admin", .type = "access",
                      .jti = "7", .iss = "palabre", .aud = "api", .plan = "p\"1", .iat = now_s(), .exp = now_s() + 900 };
    struct jwt out;

    const char *token = jwt_sign(cx, &ours, &in);
    NEED_OK(jwt_check(cx, &ours, token, &out));
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
    struct jwt_key other = jwt_key_of_secret(cx, "another secret");
    CHECK_FAILS(jwt_check(cx, &(struct jwt_rules){ .keys = &other, .n = 1 }, token, &out), TOKEN_INVALID);
    CHECK_FAILS(jwt_check(cx, &(struct jwt_rules){ .n = 0 }, token, &out), TOKEN_INVALID);
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
    struct jwt_key key = { .alg = HS256, .secret = secret };
    err_t e = jwt_check(cx, &(struct jwt_rules){ .keys = &key, .n = 1 }, token, &claims);
    CHECK(e && e->code == E_TOKEN_EXPIRED);
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
        NEED_OK(jwt_check(cx, &ours, token_of(cx, headers[i], claims, SECRET), &out));
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

    NEED_OK(jwt_check(cx, &ours, good, &out));
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
    CHECK_OK(jwt_check(cx, &ours, token, &out));
    snprintf(claims, 7000, "{\"exp\":%lld,\"x\":\"%06300d\"}", (long long)now_s() + 60, 0);
    refused(cx, token_of(cx, HEADER, claims, SECRET), "not a token");
    char *endless = arena_get(cx->arena, 1 << 20);
    memset(endless, 'a', (1 << 20) - 1);
    refused(cx, endless, "not a token");
}

TEST(a_token_has_its_time)
{
    static const char *const no_end[] = {
        "{\"sub\":\"ada\"}", "{\"sub\":\"ada\",\"exp\":null}",
        "{\"sub\":\"ada\",\"exp\":\"99999999999\"}", "{\"sub\":\"ada\",\"exp\":1e400}", "{\"sub\":\"ada\",\"exp\":true}",
    };
    struct jwt out;

    const int64_t past[] = { now_s(), now_s() - 1, 0, -1 };
    for (size_t i = 0; i < COUNT(past); i++)
        refused_as(cx, token_of(cx, HEADER, claims_until(cx, past[i]), SECRET), E_TOKEN_EXPIRED, "");
    for (size_t i = 0; i < COUNT(no_end); i++)
        refused(cx, token_of(cx, HEADER, no_end[i], SECRET), "");
    char *early = arena_fmt(cx->arena, "{\"exp\":99999999999,\"nbf\":%lld}", (long long)now_s() + 120);
    refused(cx, token_of(cx, HEADER, early, SECRET), "not valid yet");
    char *nearly = arena_fmt(cx->arena, "{\"exp\":99999999999,\"nbf\":%lld}", (long long)now_s() + 55);
    CHECK_OK(jwt_check(cx, &ours, token_of(cx, HEADER, nearly, SECRET), &out));
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
    const char *token = jwt_sign(cx, &ours, &in);
    int64_t best_us = INT64_MAX;

    for (int round = 0; round < 20; round++) {
        int64_t start = clock_us();
        for (int i = 0; i < 100; i++)
            NEED_OK(jwt_check(cx, &ours, token, &out));
        best_us = clock_us() - start < best_us ? clock_us() - start : best_us;
    }
    fprintf(stderr, "a check takes %.2f us\n", (double)best_us / 100);
    CHECK(best_us < 100 * 100);         /* generous: sanitizers and a busy machine */
}

/* --- pairs of keys --- */

/* Of the tests alone: made by `openssl genpkey`, written where a test may write. */
static const char *pair_made(struct ctx *cx, const char *name, const char *algorithm, const char *option)
{
    const char *path = arena_fmt(cx->arena, "/tmp/palabre-test-key.%d.%s.pem", (int)getpid(), name);
    pid_t pid = fork();
    int status = 1;

    if (!pid) {
        execlp("openssl", "openssl", "genpkey", "-quiet", "-algorithm", algorithm, "-pkeyopt", option, "-out", path, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    CHECK_INT(status, 0);
    return path;
}

/* What we tell of a key is what others can check with. */
static void set_works(struct ctx *cx, const char *jwk, enum jwt_alg alg, const char *token)
{
    const char *set = arena_fmt(cx->arena, "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"},%s,{\"kty\":\"RSA\",\"kid\":\"b\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", jwk);
    struct jwt_key keys[4];
    struct jwt out;
    size_t n;

    NEED_OK(jwt_keys_read(cx, set, strlen(set), keys, COUNT(keys), &n));
    CHECK_INT(n, 1);
    CHECK(keys[0].alg == alg && !keys[0].is_private && !keys[0].secret);
    const struct jwt_rules rules = { .keys = keys, .n = n };
    CHECK_OK(jwt_check(cx, &rules, token, &out));
    CHECK_TEXT(out.sub, "ada");
}

TEST(of_a_published_set_only_named_keys_for_signatures_are_taken)
{
#define POINT "\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""     /* RFC 7515 A.3 */
    static const char *const passed_over[] = {
        "{\"kty\":\"EC\"," POINT "}", "{\"kty\":\"EC\",\"kid\":\"\"," POINT "}", "{\"kty\":\"EC\",\"kid\":\"a\",\"use\":\"enc\"," POINT "}",
        "{\"kty\":\"EC\",\"kid\":\"a\",\"alg\":\"HS256\"," POINT "}", "{\"kty\":\"oct\",\"kid\":\"a\",\"alg\":\"HS256\",\"k\":\"AAAA\"}",
        "{\"kty\":\"RSA\",\"kid\":\"a\"," POINT "}", "{\"kty\":\"OKP\",\"kid\":\"a\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", "{}",
        "{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
    };
    static const char *const none[] = { "", "[]", "{\"keys\":{}}", "{\"keys\":[1]}", "{\"keys\":[{\"kid\":1}]}", "<html>" };
    struct jwt_key keys[2];
    size_t n;

    for (size_t i = 0; i < COUNT(passed_over); i++) {
        const char *set = arena_fmt(cx->arena, "{\"keys\":[%s,{\"kty\":\"EC\",\"kid\":\"good\",\"alg\":\"ES256\"," POINT "}]}", passed_over[i]);
        NEED_OK(jwt_keys_read(cx, set, strlen(set), keys, COUNT(keys), &n));
        CHECK_INT(n, 1);
        CHECK_TEXT(keys[0].kid, "good");
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        err_t e = jwt_keys_read(cx, none[i], strlen(none[i]), keys, COUNT(keys), &n);
        CHECK(e && !n);
    }
}

static void pair_works(struct ctx *cx, const char *path, enum jwt_alg alg)
{
    struct jwt_key keys[2], shared = jwt_key_of_secret(cx, SECRET);
    struct jwt in = { .sub = "ada", .exp = now_s() + 60 }, out;
    struct text jwk = text_new(cx->arena, 1024, 8192);

    NEED_OK(jwt_key_of_file(cx, path, &keys[0]));
    keys[1] = shared;
    const struct jwt_rules both = { .keys = keys, .n = 2 }, public_only = { .keys = keys, .n = 1 }, secret_only = { .keys = &shared, .n = 1 };
    CHECK(keys[0].alg == alg && keys[0].is_private);
    const char *token = jwt_sign(cx, &both, &in);
    CHECK_OK(jwt_check(cx, &public_only, token, &out));
    CHECK_OK(jwt_check(cx, &both, jwt_sign(cx, &secret_only, &in), &out));
    CHECK_FAILS(jwt_check(cx, &public_only, jwt_sign(cx, &secret_only, &in), &out), TOKEN_INVALID);
    CHECK_FAILS(jwt_check(cx, &secret_only, token, &out), TOKEN_INVALID);
    for (size_t i = strlen(token) - 20; i < strlen(token) - 2; i++) {
        char *bent = arena_text(cx->arena, token, strlen(token));
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        CHECK_FAILS(jwt_check(cx, &both, bent, &out), TOKEN_INVALID);
    }
    jwt_key_tell(cx, &keys[0], &jwk);
    CHECK_HAS(jwk.at, keys[0].kid);
    CHECK(!strstr(jwk.at, "\"d\""));
    set_works(cx, jwk.at, alg, token);
    /* The public key as the secret of an HMAC: the header says HS256, the key does not. */
    const char *header = arena_fmt(cx->arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", keys[0].kid);
    CHECK_FAILS(jwt_check(cx, &both, token_of(cx, header, claims_until(cx, now_s() + 60), jwk.at), &out), TOKEN_INVALID);
}

TEST_WITHIN(a_pair_of_keys_signs_and_its_public_half_checks, 60)
{
    const char *rsa = pair_made(cx, "rsa", "RSA", "rsa_keygen_bits:2048"), *ec = pair_made(cx, "ec", "EC", "ec_paramgen_curve:P-256");

    pair_works(cx, rsa, RS256);
    pair_works(cx, ec, ES256);
    unlink(rsa), unlink(ec);
}

TEST_WITHIN(keys_that_are_too_weak_or_none_are_refused, 60)
{
    const char *weak = pair_made(cx, "weak", "RSA", "rsa_keygen_bits:1024"), *other = pair_made(cx, "other", "EC", "ec_paramgen_curve:P-384");
    struct jwt_key k;

    CHECK_FAILS(jwt_key_of_file(cx, weak, &k), CONFIG_INVALID);
    CHECK_FAILS(jwt_key_of_file(cx, other, &k), CONFIG_INVALID);
    CHECK_FAILS(jwt_key_of_file(cx, "/dev/null", &k), CONFIG_INVALID);
    CHECK_FAILS(jwt_key_of_file(cx, "/nowhere", &k), CONFIG_INVALID);
    unlink(weak), unlink(other);
}

/* The next secret is known before it signs, the one before for as long as its tokens live. */
TEST(secrets_change_without_anybody_being_thrown_out)
{
    struct jwt_key old = jwt_key_of_secret(cx, "the old secret of thirty-two bytes"), new = jwt_key_of_secret(cx, "the new secret of thirty-two bytes");
    struct jwt_key before[] = { old, new }, after[] = { new, old };
    const struct jwt_rules one = { .keys = before, .n = 2 }, two = { .keys = after, .n = 2 }, end = { .keys = after, .n = 1 };
    struct jwt in = { .sub = "ada", .exp = now_s() + 60 }, out;

    CHECK(!text_is(old.kid, new.kid));
    const char *of_old = jwt_sign(cx, &one, &in), *of_new = jwt_sign(cx, &two, &in);
    CHECK_OK(jwt_check(cx, &one, of_old, &out));
    CHECK_OK(jwt_check(cx, &one, of_new, &out));
    CHECK_OK(jwt_check(cx, &two, of_old, &out));
    CHECK_OK(jwt_check(cx, &two, of_new, &out));
    CHECK_FAILS(jwt_check(cx, &end, of_old, &out), TOKEN_INVALID);
}

TEST(a_token_says_who_made_it_and_for_whom)
{
    const struct jwt_rules strict = { .keys = &any_key, .n = 1, .iss = "https://a.example", .aud = "palabre", .life_s = 900 };
    static const char *const wrong[] = {
        "\"aud\":\"palabre\"", "\"iss\":\"https://a.example\"", "\"iss\":\"https://b.example\",\"aud\":\"palabre\"",
        "\"iss\":\"https://a.example/\",\"aud\":\"palabre\"", "\"iss\":\"https://a.example\",\"aud\":\"other\"",
        "\"iss\":\"https://a.example\",\"aud\":[\"palabre\",\"other\"]",
    };
    struct jwt out;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *claims = arena_fmt(cx->arena, "{\"exp\":%lld,%s}", (long long)now_s() + 60, wrong[i]);
        CHECK_FAILS(jwt_check(cx, &strict, token_of(cx, HEADER, claims, SECRET), &out), TOKEN_INVALID);
    }
    CHECK_FAILS(jwt_check(cx, &strict, token_of(cx, HEADER, "{\"exp\":1,\"iss\":\"https://b.example\",\"aud\":\"palabre\"}", SECRET), &out), TOKEN_INVALID);
    const char *said = "\"iss\":\"https://a.example\",\"aud\":\"palabre\"";
    CHECK_FAILS(jwt_check(cx, &strict, token_of(cx, HEADER, arena_fmt(cx->arena, "{\"exp\":1,%s}", said), SECRET), &out), TOKEN_EXPIRED);
    CHECK_OK(jwt_check(cx, &strict, token_of(cx, HEADER, arena_fmt(cx->arena, "{\"exp\":%lld,%s}", (long long)now_s() + 900, said), SECRET), &out));
    CHECK_FAILS(jwt_check(cx, &strict, token_of(cx, HEADER, arena_fmt(cx->arena, "{\"exp\":%lld,%s}", (long long)now_s() + 1000, said), SECRET), &out), TOKEN_INVALID);
}
