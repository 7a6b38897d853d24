/* The tree of the audit log: hashes and proofs against RFC 6962, signatures against RFC 8032. No server. */
#include "test_audit_tools.h"

#define LEAVES 700

static struct tree_hash leaves[LEAVES];

static void make_leaves(void)
{
    for (size_t i = 0; i < LEAVES; i++) {
        uint8_t in[3] = { 0, (uint8_t)(i >> 8), (uint8_t)i };
        crypto_sha256(in, sizeof(in), leaves[i].at);
    }
}

static struct tree_hash root_of(size_t from, size_t to)
{
    struct frontier f = { 0 };

    for (size_t i = from; i < to; i++)
        frontier_add(&f, 0, &leaves[i]);
    return frontier_root(&f);
}

static err_t read_leaves(struct ctx *cx, int level, uint64_t place, size_t n, struct tree_hash *out)
{
    (void)cx;
    for (size_t i = 0; i < n; i++) {
        CHECK((place + i + 1) << level <= LEAVES);
        out[i] = root_of((place + i) << level, (place + i + 1) << level);
    }
    return OK;
}
static const struct tree tree = { read_leaves };

TEST(the_root_of_a_tree_is_that_of_certificate_transparency)
{
    static const char *const inputs[] = { "00", "0000", "0010", "002021", "003031", "0040414243", "005051525354555657", "00606162636465666768696a6b6c6d6e6f" };
    static const char *const roots[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    struct frontier f = { 0 };
    struct tree_hash nothing = frontier_root(&f), leaf;
    uint8_t bytes[32];

    CHECK_TEXT(audit_hex(cx, nothing.at), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < COUNT(inputs); i++) {
        CHECK(text_unhex(inputs[i], strlen(inputs[i]), bytes));
        crypto_sha256(bytes, strlen(inputs[i]) / 2, leaf.at);
        frontier_add(&f, 0, &leaf);
        struct tree_hash root = frontier_root(&f);
        CHECK_TEXT(audit_hex(cx, root.at), roots[i]);
    }
}

static void check_inclusion(struct ctx *cx, uint64_t index, uint64_t size)
{
    struct tree_hash root = root_of(0, size), other = root_of(0, size - 1);
    struct tree_path path;

    NEED_OK(tree_inclusion(cx, &tree, index, size, &path));
    CHECK(tree_includes(&leaves[index], index, size, &path, &root));
    CHECK(!tree_includes(&leaves[index], index, size, &path, &other));
    CHECK(!tree_includes(&leaves[(index + 1) % LEAVES], index, size, &path, &root));
    CHECK(!tree_includes(&leaves[index], size, size, &path, &root));
    if (!path.n)
        return;
    CHECK(!tree_includes(&leaves[index], index ^ 1, size, &path, &root));
    path.at[path.n / 2].at[7] ^= 1;
    CHECK(!tree_includes(&leaves[index], index, size, &path, &root));
    path.at[path.n / 2].at[7] ^= 1;
    path.n--;
    CHECK(!tree_includes(&leaves[index], index, size, &path, &root));
}

TEST(a_leaf_is_proved_to_be_in_its_tree_and_in_no_other)
{
    static const uint64_t large[] = { 255, 256, 257, 511, 512, 513, 700 };

    make_leaves();
    for (uint64_t size = 1; size <= 40; size++)
        for (uint64_t index = 0; index < size; index++)
            check_inclusion(cx, index, size);
    for (size_t i = 0; i < COUNT(large); i++)
        for (uint64_t index = 0; index < large[i]; index += 51)
            check_inclusion(cx, index, large[i]);
}

static void check_consistency(struct ctx *cx, uint64_t from, uint64_t size)
{
    struct tree_hash old = root_of(0, from), root = root_of(0, size), other = root_of(1, from + 1);
    struct tree_path path;

    NEED_OK(tree_consistency(cx, &tree, from, size, &path));
    CHECK(tree_extends(from, &old, size, &root, &path));
    CHECK(!tree_extends(from, &other, size, &root, &path));
    CHECK(!tree_extends(from, &old, size, &other, &path));
    CHECK(!tree_extends(size + 1, &old, size, &root, &path));
    CHECK(!tree_extends(0, &old, size, &root, &path));
    if (!path.n)
        return;
    path.at[0].at[31] ^= 128;
    CHECK(!tree_extends(from, &old, size, &root, &path));
    path.at[0].at[31] ^= 128;
    path.n--;
    CHECK(!tree_extends(from, &old, size, &root, &path));
}

TEST(a_tree_is_proved_to_go_on_from_an_older_one)
{
    static const uint64_t large[][2] = { { 1, 257 }, { 255, 256 }, { 256, 699 }, { 300, 512 }, { 513, 699 }, { 698, 699 } };

    make_leaves();
    for (uint64_t size = 1; size <= 40; size++)
        for (uint64_t from = 1; from <= size; from++)
            check_consistency(cx, from, size);
    for (size_t i = 0; i < COUNT(large); i++)
        check_consistency(cx, large[i][0], large[i][1]);
}

TEST(a_signature_is_that_of_rfc_8032)
{
    uint8_t sign[ED25519_SIGN_BYTES], key[ED25519_KEY_BYTES];
    char hex[2 * ED25519_SIGN_BYTES + 1];
    struct bytes nothing = { "", 0 };
    const char *rest, *two = arena_fmt(cx->arena, "%s%s", audit_test_public(cx), audit_test_public(cx));

    NEED_OK(crypto_ed25519_sign(cx, audit_test_key(cx), nothing, sign));
    text_hex(sign, sizeof(sign), hex);
    CHECK_TEXT(hex, "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    NEED_OK(crypto_ed25519_public(cx, audit_test_key(cx), key, NULL));
    CHECK(crypto_ed25519_fits(key, nothing, sign));
    CHECK(!crypto_ed25519_fits(key, (struct bytes){ "x", 1 }, sign));
    sign[3] ^= 1;
    CHECK(!crypto_ed25519_fits(key, nothing, sign));
    NEED_OK(crypto_ed25519_public(cx, two, key, &rest));
    CHECK_TEXT(rest, audit_test_public(cx));
    CHECK_FAILS(crypto_ed25519_sign(cx, "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n", nothing, sign), CONFIG_INVALID);
    CHECK_FAILS(crypto_ed25519_sign(cx, audit_test_public(cx), nothing, sign), CONFIG_INVALID);
    CHECK_FAILS(crypto_ed25519_public(cx, "", key, NULL), CONFIG_INVALID);
}

TEST(keys_of_the_audit_log_have_numbers_and_a_length)
{
    const char *long_one = "0123456789abcdef0123456789abcdef";
    const struct audit_keys *keys;

    CHECK_OK(audit_keys_read(cx, NULL, 1, NULL, &keys));
    CHECK(!keys);
    CHECK_OK(audit_keys_read(cx, long_one, 3, arena_fmt(cx->arena, "1:%s-one,2:%s:two", long_one, long_one), &keys));
    CHECK_INT(keys->n, 3);
    CHECK_TEXT(audit_secret(keys, 2), "0123456789abcdef0123456789abcdef:two");
    CHECK(!audit_secret(keys, 4));
    CHECK_FAILS(audit_keys_read(cx, "short", 1, NULL, &keys), CONFIG_INVALID);
    CHECK_FAILS(audit_keys_read(cx, long_one, 1, arena_fmt(cx->arena, "1:%s", long_one), &keys), CONFIG_INVALID);
    CHECK_FAILS(audit_keys_read(cx, long_one, 1, long_one, &keys), CONFIG_INVALID);
    CHECK_FAILS(audit_keys_read(cx, long_one, 1, "x:0123456789abcdef0123456789abcdef", &keys), CONFIG_INVALID);
    CHECK_FAILS(audit_keys_read(cx, long_one, 1, "2:short", &keys), CONFIG_INVALID);
}
