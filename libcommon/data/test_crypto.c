#include "test.h"

#include "base/clock.h"
#include "data/crypto.h"
#include "data/trace.h"
#include "data/uuid.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

static const char *hex_of(struct ctx *cx, const void *at, size_t n)
{
    char *hex = arena_get(cx->arena, 2 * n + 1);

    text_hex(at, n, hex);
    return hex;
}

static struct bytes unhex(struct ctx *cx, const char *hex)
{
    size_t n = strlen(hex);
    char *at = arena_get(cx->arena, n / 2 + 1);

    CHECK(text_unhex(hex, n, at));
    return (struct bytes){ at, n / 2 };
}

static struct bytes same(struct ctx *cx, int byte, size_t n)
{
    char *at = arena_get(cx->arena, n + 1);

    memset(at, byte, n);
    return (struct bytes){ at, n };
}

/* --- ids --- */

TEST(ids_are_version_7_and_sort_by_the_order_they_were_made_in)
{
    char last[UUID_BYTES] = "", id[UUID_BYTES];
    int64_t before = clock_wall_ms();

    for (int i = 0; i < 20000; i++) {
        uuid_new(id);
        if (strcmp(last, id) >= 0 || !uuid_is(id, strlen(id)) || id[14] != '7' || !strchr("89ab", id[19])) {
            SAY("%s after %s", id, last);
            return;
        }
        memcpy(last, id, sizeof(last));
    }
    CHECK(uuid_ms(id) >= before && uuid_ms(id) <= clock_wall_ms() + 10);
    CHECK(strcmp(id, uuid_make(cx)) < 0);
}

static void *make_many(void *with)
{
    char (*ids)[UUID_BYTES] = with;

    for (int i = 0; i < 2000; i++)
        uuid_new(ids[i]);
    return NULL;
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

TEST(ids_made_on_several_threads_are_all_different)
{
    enum { THREADS = 4, EACH_ONE = 2000 };
    char (*ids)[UUID_BYTES] = arena_get(cx->arena, THREADS * EACH_ONE * UUID_BYTES);
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, make_many, ids + i * EACH_ONE);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    qsort(ids, THREADS * EACH_ONE, UUID_BYTES, by_text);
    for (int i = 1; i < THREADS * EACH_ONE; i++)
        CHECK(strncmp(ids[i - 1], ids[i], 18) < 0);     /* already by their time */
}

TEST(only_the_form_of_an_id_is_an_id)
{
    static const char *const wrong[] = {
        "", "0192e4b0-7c1a-7def-8123-456789abcde", "0192e4b0-7c1a-7def-8123-456789abcdefa", "0192e4b07c1a-7def-8123-456789abcdef-",
        "0192e4b0-7c1a-7def-8123-456789abcdeg", "{192e4b0-7c1a-7def-8123-456789abcdef}", "0192e4b0-7c1a-7def-8123_456789abcdef",
    };

    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!uuid_is(wrong[i], strlen(wrong[i])));
    CHECK(uuid_is("0192E4B0-7C1A-4DEF-8123-456789ABCDEF", 36));
    CHECK_INT(uuid_ms("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), 1645557742000);      /* RFC 9562 A.6 */
    CHECK_INT(uuid_ms("0192e4b0-7c1a-4def-8123-456789abcdef"), 0);
    CHECK_INT(uuid_ms("no id"), 0);
}

/* --- traces --- */

TEST(a_trace_goes_on_and_its_span_is_new)
{
    char sent[TRACEPARENT_BYTES];

    trace_start(cx, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    CHECK_TEXT(cx->trace, "0af7651916cd43dd8448eb211c80319c");
    CHECK_INT(strlen(cx->span), 16);
    CHECK(strcmp(cx->span, "b7ad6b7169203331"));
    trace_parent(cx, sent);
    CHECK_TEXT(sent, arena_fmt(cx->arena, "00-0af7651916cd43dd8448eb211c80319c-%s-01", cx->span));
    trace_start(cx, "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later");
    CHECK_TEXT(cx->trace, "0af7651916cd43dd8448eb211c80319c");
}

TEST(what_is_no_traceparent_begins_a_new_trace)
{
    static const char *const wrong[] = {
        NULL, "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.", "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
    };

    for (size_t i = 0; i < COUNT(wrong); i++) {
        char before[33];
        memcpy(before, cx->trace, sizeof(before));
        trace_start(cx, wrong[i]);
        CHECK_INT(strlen(cx->trace), 32);
        CHECK_INT(strspn(cx->trace, "0123456789abcdef"), 32);
        CHECK(strcmp(cx->trace, before) && strcasecmp(cx->trace, "0af7651916cd43dd8448eb211c80319c"));
    }
}

/* --- hashes --- */

TEST(random_bytes_are_not_the_same_twice)
{
    uint8_t a[1000] = { 0 }, b[1000] = { 0 };

    crypto_random(a, sizeof(a));
    crypto_random(b, sizeof(b));
    CHECK(memcmp(a, b, sizeof(a)) && memcmp(a + 500, b + 500, 500));
}

TEST(sha256_gives_the_known_answers)
{
    static const struct { const char *text, *hash; } known[] = {       /* FIPS 180-4 examples */
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    uint8_t hash[SHA256_BYTES];

    for (size_t i = 0; i < COUNT(known); i++) {
        crypto_sha256(known[i].text, strlen(known[i].text), hash);
        CHECK_TEXT(hex_of(cx, hash, sizeof(hash)), known[i].hash);
    }
}

TEST(hmac_gives_the_known_answers_whatever_key_came_before)
{
    struct { struct bytes key, text; const char *mac; } known[] = {     /* RFC 4231 4.2, 4.3, 4.4, 4.7 */
        { same(cx, 0x0b, 20), { "Hi There", 8 }, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { { "Jefe", 4 }, { "what do ya want for nothing?", 28 }, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { same(cx, 0xaa, 20), same(cx, 0xdd, 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { same(cx, 0xaa, 131), { "Test Using Larger Than Block-Size Key - Hash Key First", 54 },
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { { "", 0 }, { "", 0 }, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
    };
    uint8_t mac[SHA256_BYTES];

    for (size_t round = 0; round < 40; round++) {
        size_t i = round % 3 ? round % COUNT(known) : round / 3 % COUNT(known);
        crypto_hmac(known[i].key.at, known[i].key.n, known[i].text.at, known[i].text.n, mac);
        CHECK_TEXT(hex_of(cx, mac, sizeof(mac)), known[i].mac);
    }
}

TEST(a_file_is_hashed_from_its_start_wherever_its_descriptor_stands)
{
    char hex[65], name[] = "/tmp/palabre-hash-XXXXXX";
    int fd = mkstemp(name);

    CHECK(fd >= 0 && write(fd, "abc", 3) == 3);
    NEED_OK(crypto_sha256_file(cx, fd, hex));
    CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_INT(lseek(fd, 0, SEEK_CUR), 3);
    close(fd);
    unlink(name);
    CHECK_FAILS(crypto_sha256_file(cx, fd, hex), BLOB_DOWN);
}

/* --- sealing --- */

/* NIST's GCM test cases 13, 14 and 16: nonce, ciphertext and tag in the layout of crypto_seal. */
TEST(sealed_texts_of_others_open)
{
    static const struct { const char *key, *sealed, *bound, *plain; } known[] = {
        { "0000000000000000000000000000000000000000000000000000000000000000",
          "000000000000000000000000" "530f8afbc74536b9a963b4f1c4cb738b", "", "" },
        { "0000000000000000000000000000000000000000000000000000000000000000",
          "000000000000000000000000" "cea7403d4d606b6e074ec5d3baf39d18" "d0d1c8a799996bf0265b98b5d48ab919", "",
          "00000000000000000000000000000000" },
        { "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
          "cafebabefacedbaddecaf888"
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          "76fc6ece0f4e1768cddf8853bb2d551b", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39" },
    };

    for (size_t i = 0; i < COUNT(known); i++) {
        struct bytes plain;
        NEED_OK(crypto_open(cx, (const uint8_t *)unhex(cx, known[i].key).at, unhex(cx, known[i].sealed),
                            unhex(cx, known[i].bound), &plain));
        CHECK_TEXT(hex_of(cx, plain.at, plain.n), known[i].plain);
    }
}

TEST(a_sealed_text_opens_only_whole_with_its_key_and_what_it_is_bound_to)
{
    uint8_t key[32] = "a key of thirty-two bytes, here";
    struct bytes text = { "secret of a patient", 19 }, bound = { "patient 7", 9 }, plain;
    struct bytes sealed = crypto_seal(cx, key, text, bound), again = crypto_seal(cx, key, text, bound);

    CHECK_INT(sealed.n, text.n + SEAL_EXTRA);
    CHECK(memcmp(sealed.at, again.at, sealed.n));
    NEED_OK(crypto_open(cx, key, sealed, bound, &plain));
    CHECK(plain.n == text.n && !memcmp(plain.at, text.at, text.n));
    for (size_t i = 0; i < sealed.n; i++) {
        char *bent = arena_text(cx->arena, sealed.at, sealed.n);
        bent[i] ^= 1;
        CHECK_FAILS(crypto_open(cx, key, (struct bytes){ bent, sealed.n }, bound, &plain), TOKEN_INVALID);
        CHECK_FAILS(crypto_open(cx, key, (struct bytes){ sealed.at, i }, bound, &plain), TOKEN_INVALID);
    }
    CHECK_FAILS(crypto_open(cx, key, sealed, (struct bytes){ "patient 8", 9 }, &plain), TOKEN_INVALID);
    key[31] ^= 1;
    CHECK_FAILS(crypto_open(cx, key, sealed, bound, &plain), TOKEN_INVALID);
}

/* --- passwords --- */

TEST(a_password_fits_its_own_hash_only)
{
    const char *phc = NULL, *again = NULL;
    bool ok = false;

    NEED_OK(password_hash(cx, "pälabre sous l’arbre", &phc));
    NEED_OK(password_hash(cx, "pälabre sous l’arbre", &again));
    CHECK(text_starts(phc, "$argon2id$v=19$m=19456,t=2,p=1$") && strcmp(phc, again));
    NEED_OK(password_check(cx, "pälabre sous l’arbre", phc, &ok));
    CHECK(ok);
    NEED_OK(password_check(cx, "palabre sous l’arbre", phc, &ok));
    CHECK(!ok);
    NEED_OK(password_check(cx, "", phc, &ok));
    CHECK(!ok);
}

/* From the tests of argon2 itself: "password", "somesalt", 256 KiB; and one of our cost by its argon2id_hash_encoded(). */
TEST(a_hash_made_elsewhere_is_understood)
{
    static const char of_our_cost[] = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$T95q7S205tf9WI4HhYOZDIQmMMAbntacGXTIku0gXT8";
    bool ok = false;

    NEED_OK(password_check(cx, "password", of_our_cost, &ok));
    CHECK(ok && !password_is_stale(of_our_cost));
    NEED_OK(password_check(cx, "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", &ok));
    CHECK(ok);
    NEED_OK(password_check(cx, "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/5", &ok));
    CHECK(!ok);
    NEED_OK(password_check(cx, "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4x", &ok));
    CHECK(!ok);
}

TEST(no_account_takes_as_long_as_a_wrong_password)
{
    const char *phc = NULL;
    bool ok = true;
    int64_t wrong_us = INT64_MAX, nobody_us = INT64_MAX;

    NEED_OK(password_hash(cx, "right", &phc));
    for (int i = 0; i < 5; i++) {
        int64_t start = clock_us();
        NEED_OK(password_check(cx, "wrong", phc, &ok));
        int64_t middle = clock_us();
        NEED_OK(password_check(cx, "wrong", NULL, &ok));
        int64_t end = clock_us();
        wrong_us = middle - start < wrong_us ? middle - start : wrong_us;
        nobody_us = end - middle < nobody_us ? end - middle : nobody_us;
    }
    CHECK(!ok);
    if (nobody_us < wrong_us / 2 || nobody_us > wrong_us * 2)
        SAY("%lld us for nobody, %lld us for a wrong password", (long long)nobody_us, (long long)wrong_us);
}

TEST(broken_and_ruinous_hashes_fit_nothing)
{
    static const char *const hashes[] = {
        "", "x", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA", "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$AAAA",
        "$argon2id$v=19$m=64,t=4000000,p=1$c29tZXNhbHQ$AAAA",
        "$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$c2E$AAAAAAAA", "$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$AAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAA", "$2b$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    };
    char *long_one = arena_get(cx->arena, 5000);
    const char *phc;
    bool ok = true;

    for (size_t i = 0; i < COUNT(hashes); i++) {
        NEED_OK(password_check(cx, "x", hashes[i], &ok));
        CHECK(!ok);
    }
    memset(long_one, 'x', 4999);
    CHECK_FAILS(password_hash(cx, long_one, &phc), INPUT_INVALID);
    NEED_OK(password_check(cx, long_one, NULL, &ok));
    CHECK(!ok);
}

/* Of bcrypt as other systems store it; vectors of crypt_blowfish 1.3. */
TEST(a_password_of_bcrypt_fits_and_is_stale)
{
    static const struct { const char *password, *hash; bool fits; } cases[] = {
        { "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", true },
        { "U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", true },
        { "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", false },
        { "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", false },
        { "U*U", "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", false },
        { "U*U", "$1$CCCCCCCC$CCCCCCCCCCCCCCCCCCCCCC", false },
    };
    const char *phc;
    bool ok;

    for (size_t i = 0; i < COUNT(cases); i++) {
        NEED_OK(password_check(cx, cases[i].password, cases[i].hash, &ok));
        CHECK(ok == cases[i].fits);
        CHECK(password_is_stale(cases[i].hash));
    }
    NEED_OK(password_hash(cx, "x", &phc));
    CHECK(!password_is_stale(phc));
}

static void *check_slowly(void *with)
{
    const bool *stop = with;
    struct ctx cx = { .arena = arena_new() };
    bool ok;

    while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
        err_t e = password_check(&cx, "x", NULL, &ok);
        CHECK(!e || e->code == E_OVERLOADED);       /* on a slow machine they wait too long for one another as well */
    }
    arena_free(cx.arena);
    return NULL;
}

TEST(who_cannot_have_a_turn_before_the_deadline_is_told_so)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    bool stop = false, ok, refused = false;

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, check_slowly, &stop);
    for (int i = 0; i < 50 && !refused; i++) {
        cx->deadline_ms = clock_ms() + 1;
        err_t e = password_check(cx, "x", NULL, &ok);
        refused = e && e->code == E_OVERLOADED;
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(refused);
}
