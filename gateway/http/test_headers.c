/* Origins and dialects as settings name them. */
#include "test.h"

#include "http/gateway.h"

TEST(an_origin_is_listed_whole_or_not_at_all)
{
    static const char *const lists[] = { "http://a.example,https://b.example:8443", "[\"http://a.example\", \"https://b.example:8443\"]",
                                         "  http://a.example , https://b.example:8443 ," };
    static const char *const others[] = { "", "null", "http://a.example.evil", "http://a.exampl", "https://b.example", "https://b.example:844",
                                          "https://b.example:84433", ",", "a.example" };

    for (size_t i = 0; i < COUNT(lists); i++) {
        CHECK(origin_listed(lists[i], "http://a.example") && origin_listed(lists[i], "https://b.example:8443"));
        for (size_t k = 0; k < COUNT(others); k++)
            if (origin_listed(lists[i], others[k]))
                SAY("\"%s\" is in %s", others[k], lists[i]);
    }
    CHECK(!origin_listed("", "http://a.example") && !origin_listed("[]", "http://a.example"));
}

TEST(a_dialect_is_found_by_host_then_by_port)
{
    struct dialects list;

    NEED_OK(dialects_read(cx, "8061=foyergpt, 8004=saas-ia,Jade.Example.org=hellojade", &list));
    CHECK_INT(dialects_find(&list, "localhost:8061", 8061), FOYERGPT);
    CHECK_INT(dialects_find(&list, NULL, 8004), SAAS_IA);
    CHECK_INT(dialects_find(&list, "jade.example.org:443", 8061), HELLOJADE);
    CHECK_INT(dialects_find(&list, "jade.example.org", 8000), HELLOJADE);
    CHECK_INT(dialects_find(&list, "jade.example.or", 8000), ANY_PRODUCT);
    CHECK_INT(dialects_find(&list, "", 8000), ANY_PRODUCT);
}

TEST(a_dialect_that_is_none_is_told_at_the_start)
{
    static const char *const bad[] = { "8061", "8061=", "=foyergpt", "8061=any", "8061=foyer", "0=foyergpt", "65536=foyergpt", "-1=foyergpt" };
    struct dialects list;

    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_FAILS(dialects_read(cx, bad[i], &list), CONFIG_INVALID);
}
