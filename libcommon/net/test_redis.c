/* Where Redis is. */
#include "test.h"

#include "net/redis.h"

#include <stdlib.h>

TEST(a_scheme_that_comes_twice_is_taken_as_one)
{
    const char *url = getenv("REDIS_URL");

    if (!url || !text_starts(url, "redis://"))
        skip("REDIS_URL is not set, or a socket");
    cx->redis = redis_open(cx->arena, arena_fmt(cx->arena, "redis://%s", url), 1);
    CHECK(redis_is_up(cx));
}
