#include "test.h"

#include "app/group.h"
#include "base/clock.h"

struct item { int in, out; };
static int trips, most;

static void serve(struct ctx *cx, void *const *items, size_t n)
{
    (void)cx;
    trips++;                        /* one leader at a time: no lock */
    most = (int)n > most ? (int)n : most;
    clock_sleep_ms(1);
    for (size_t i = 0; i < n; i++)
        ((struct item *)items[i])->out = ((struct item *)items[i])->in * 2;
}

GROUP(shared, serve);

static void *join_often(void *with)
{
    struct ctx cx = { .arena = arena_new() };
    int *wrong = with;

    for (int i = 0; i < 200; i++) {
        struct item item = { .in = i };
        group_join(&cx, &shared, &item);
        *wrong += item.out != 2 * i;
    }
    arena_free(cx.arena);
    return NULL;
}

TEST(a_trip_serves_all_who_came_and_each_gets_its_own_answer)
{
    pthread_t threads[16];
    int wrong[16] = { 0 };

    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, join_often, &wrong[i]);
    for (size_t i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(wrong[i], 0);
    }
    CHECK(trips < 16 * 200 && trips >= 200);
    CHECK(most > 1 && most <= GROUP_MOST);
}
