/* Quotas of tokens, as a setting says them. */
#include "test.h"

#include "http/quota.h"

TEST(a_quota_is_found_by_its_role)
{
    static const char list[] = "user=2000, agent=10000,super_admin=0";

    CHECK_OK(quotas_check(cx, list));
    CHECK_OK(quotas_check(cx, ""));
    CHECK_OK(quotas_check(cx, NULL));
    CHECK_INT(quota_of(list, "user"), 2000);
    CHECK_INT(quota_of(list, "agent"), 10000);
    CHECK_INT(quota_of(list, "super_admin"), 0);
    CHECK_INT(quota_of(list, "admin"), QUOTA_NONE);
    CHECK_INT(quota_of(list, "use"), QUOTA_NONE);
    CHECK_INT(quota_of(list, "users"), QUOTA_NONE);
    CHECK_INT(quota_of("", "user"), QUOTA_NONE);
}

TEST(a_quota_that_is_none_is_told_at_the_start)
{
    static const char *const bad[] = { "user", "user=", "=5", "user=x", "user=-1", "user=1 agent", "user=1,agent=many" };

    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_FAILS(quotas_check(cx, bad[i]), CONFIG_INVALID);
}
