/* Passwords that anybody would try, and those that people may keep. */
#include "test.h"

#include "data/password_rules.h"

static const char *const own[PASSWORD_OWN_MOST] = { "marie.dupont", "Marie Dupont", "Marie", "Dupont", "mdupont", "MDU" };

TEST(what_anybody_would_try_is_weak)
{
    static const char *const weak[] = {
        "12345678", "123456789", "1234567890", "0987654321", "11111111", "00000000", "87654321", "19870523", "01/02/1990", "0612345678", "aaaaaaaa", "abababab",
        "abcabcabc", "12341234", "abcdefgh", "zyxwvuts", "qwertyuiop", "azertyuiop", "qwerty123", "azerty2024", "AZERTYUIOP", "asdfghjkl", "qsdfghjklm",
        "1q2w3e4r", "1qaz2wsx", "password", "Password1", "P@ssw0rd", "p4ssw0rd!", "motdepasse", "MotDePasse2025", "admin123", "administrateur", "welcome1", "bonjour1",
        "letmein123", "iloveyou", "sunshine1", "soleil123", "palabre1", "Palabre2026", "hellojade", "HelloJADE1", "foyergpt", "iasted123", "saas-ia1", "marie.dupont",
        "Marie1990", "dupont123", "mdupont!", "mariedupont", "MDU12345",
    };

    for (size_t i = 0; i < COUNT(weak); i++)
        if (!password_is_weak(cx, weak[i], own))
            SAY("%s", weak[i]);
}

TEST(what_is_left_over_is_enough_for_the_others)
{
    static const char *const good[] = {
        "Test123!", "long enough", "provisoire 1", "not the password", "tr0ub4dor&3", "correct horse battery staple", "x7Kq-p2Lw", "maison bleue", "Éléphant7",
        "stolen account", "zebra-lune", "Jk9#mQ2v",
    };

    for (size_t i = 0; i < COUNT(good); i++)
        if (password_is_weak(cx, good[i], own))
            SAY("%s", good[i]);
}

TEST(a_short_name_of_ones_own_takes_nothing_away)
{
    CHECK(!password_is_weak(cx, "Test123!", (const char *const[PASSWORD_OWN_MOST]){ "test@test.com", "test" }));
    CHECK(password_is_weak(cx, "Testa123!", (const char *const[PASSWORD_OWN_MOST]){ "testa@test.com", "testa" }));
}

TEST(nobody_needs_a_name)
{
    static const char *const none[PASSWORD_OWN_MOST] = { NULL, "", "ab" };

    CHECK(!password_is_weak(cx, "ab-lune-ab", none));
    CHECK(password_is_weak(cx, "", none));
}

TEST(a_password_is_held_against_its_length_and_its_owner)
{
    struct password_owner marie = { .email = "marie.dupont@example.org", .name = "Éa Martin" };

    CHECK_FAILS(password_rules_check(cx, "lune-7x", 8, &marie), PASSWORD_SHORT);
    CHECK_FAILS(password_rules_check(cx, "maison bleue", 13, &marie), PASSWORD_SHORT);
    CHECK_OK(password_rules_check(cx, "maison bleue", 12, &marie));
    CHECK_FAILS(password_rules_check(cx, "Marie.Dupont1", 8, &marie), PASSWORD_WEAK);
    CHECK_FAILS(password_rules_check(cx, "Martin12", 8, &(struct password_owner){ .last_name = "martin" }), PASSWORD_WEAK);
    CHECK_OK(password_rules_check(cx, "Marie.Dupont1", 8, &(struct password_owner){ NULL }));
}
