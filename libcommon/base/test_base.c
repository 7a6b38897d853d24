#define _GNU_SOURCE
#include "test.h"

#include "base/clock.h"
#include "base/thread.h"

TEST(memory_of_an_arena_is_zeroed_and_large_objects_fit)
{
    char *small = arena_get(cx->arena, 10), *large = arena_get(cx->arena, 1 << 20);

    for (int i = 0; i < 10; i++)
        CHECK_INT(small[i], 0);
    CHECK_INT(large[(1 << 20) - 1], 0);
    CHECK(arena_size(cx->arena) < 3 << 20);
}

static void append(void *with)
{
    char **at = with;
    *(*at)++ = 'x';
}

TEST(what_an_arena_owns_is_dropped_with_it)
{
    char room[4] = "", *at = room;
    struct arena *a = arena_new();

    arena_own(a, &at, append);
    arena_own(a, &at, append);
    arena_free(a);
    CHECK_TEXT(room, "xx");
}

TEST(every_error_has_a_status_and_a_title)
{
    for (int i = 0; i < ERR_CODES; i++) {
        enum err_code again;
        CHECK(err_status(i) >= 400 && err_status(i) < 600 && *err_title(i));
        CHECK(err_find(err_name(i), &again) && (int)again == i);
    }
}

TEST(times_go_to_text_and_back)
{
    static const struct { int64_t ms; const char *iso; } known[] = {
        { 0, "1970-01-01T00:00:00Z" }, { 1795168800123, "2026-11-20T10:00:00.123Z" },
        { 951782400000, "2000-02-29T00:00:00Z" }, { -1, "1969-12-31T23:59:59.999Z" },
    };
    char iso[CLOCK_ISO_BYTES];
    int64_t ms = 1;

    for (size_t i = 0; i < COUNT(known); i++) {
        clock_iso(known[i].ms, iso);
        CHECK_TEXT(iso, known[i].iso);
        CHECK(clock_parse_iso(iso, strlen(iso), &ms));
        CHECK_INT(ms, known[i].ms);
    }
    CHECK(clock_parse_iso("2026-11-20 11:00:00.123456+01", 29, &ms));
    CHECK_INT(ms, 1795168800123);
    CHECK(!clock_parse_iso("2026-13-01T00:00:00Z", 20, &ms));
    CHECK(!clock_parse_iso("2026-11-20T10:00:00Zx", 21, &ms));
    clock_http(784111777000, iso);
    CHECK_TEXT(iso, "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(clock_parse_http(iso, &ms) && ms == 784111777000);
}

TEST(a_wait_ends_at_its_time_at_a_deadline_or_at_a_stop)
{
    bool stop = false;
    int64_t began = clock_ms();

    CHECK_OK(clock_wait_ms(cx, 60));
    CHECK(clock_ms() - began >= 60);
    CHECK_OK(clock_wait_ms(cx, 0));
    cx->stop = &stop;
    cx->deadline_ms = clock_ms() + 50;
    began = clock_ms();
    CHECK_FAILS(clock_wait_ms(cx, 60000), DEADLINE_PASSED);
    CHECK_WITHIN(clock_ms() - began, 49, 10000);
    stop = true;
    CHECK_FAILS(clock_wait_ms(cx, 60000), CANCELLED);
}

TEST(text_stops_at_its_maximum)
{
    struct text t = text_new(cx->arena, 0, 100);

    for (int i = 0; i < 30; i++)
        text_put(&t, "12345");
    CHECK(t.full);
    CHECK_INT(t.n, 100);
    CHECK_INT(strlen(t.at), 100);
}

TEST(numbers_are_written_as_short_as_they_read_back)
{
    static const struct { double v; const char *text; } known[] = {
        { 0, "0" }, { 0.25, "0.25" }, { -1.5, "-1.5" }, { 0.1, "0.1" }, { 1e300, "1e+300" }, { 3599.25, "3599.25" },
        { 1.0 / 3, "0.33333333333333331" }, { 100, "100" }, { 0.001, "0.001" }, { -0.005, "-0.005" },
    };

    for (size_t i = 0; i < COUNT(known); i++) {
        struct text t = text_new(cx->arena, 0, 100);
        text_real(&t, known[i].v);
        CHECK_TEXT(t.at, known[i].text);
    }
    struct text t = text_new(cx->arena, 0, 100);
    text_long(&t, INT64_MIN);
    CHECK_TEXT(t.at, "-9223372036854775808");
}

TEST(only_well_formed_utf8_passes)
{
    static const char *const bad[] = { "\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "a\x80" };

    CHECK(text_is_utf8("é€😀", strlen("é€😀")));
    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK(!text_is_utf8(bad[i], strlen(bad[i])));
    CHECK_INT(text_utf8_cut("aé", 2), 1);
    CHECK_INT(text_utf8_cut("aé", 3), 3);
    CHECK_INT(text_utf8_cut("a😀", 4), 1);
}

TEST(base64_and_hex_go_there_and_back)
{
    unsigned char all[256], back[256];
    char hex[513];
    size_t n;

    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    for (size_t len = 0; len <= 256; len++) {
        char *coded = text_base64url(cx->arena, all, len), *plain = text_unbase64(cx->arena, coded, strlen(coded), &n);
        CHECK(plain && n == len && !memcmp(plain, all, len));
        coded = text_base64(cx->arena, all, len), plain = text_unbase64(cx->arena, coded, strlen(coded), &n);
        CHECK(plain && n == len && !memcmp(plain, all, len));
    }
    CHECK(!text_unbase64(cx->arena, "a", 1, &n) && !text_unbase64(cx->arena, "a*==", 4, &n) && !text_unbase64(cx->arena, "aQ=a", 4, &n));
    CHECK(!text_unbase64(cx->arena, "aR", 2, &n));
    text_hex(all, 256, hex);
    CHECK(text_unhex(hex, 512, back) && !memcmp(all, back, 256));
}

TEST(json_text_is_escaped)
{
    struct text t = text_new(cx->arena, 0, 1000);

    text_json(&t, "a\"b\\c\n\x01é", strlen("a\"b\\c\n\x01é"));
    CHECK_TEXT(t.at, "\"a\\\"b\\\\c\\n\\u0001é\"");
}

static void *tell_name(void *with)
{
    const char *want = with;
    char name[16] = "";

    for (int i = 0; i < 1000 && strcmp(name, want); i++) {      /* it is given once the thread is there */
        pthread_getname_np(pthread_self(), name, sizeof(name));
        clock_sleep_ms(1);
    }
    return strcmp(name, want) ? NULL : with;
}

TEST(json_escapes_what_it_must_wherever_it_stands)
{
    for (size_t at = 0; at < 20; at++)
        for (int c = 0; c < 256; c++) {
            char from[20], plain = c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
            struct text t = text_new(cx->arena, 64, 200);
            memset(from, 'a', sizeof(from));
            from[at] = (char)c;
            text_json(&t, from, sizeof(from));
            CHECK_INT(t.at[at + 1], plain ? (char)c : '\\');
            CHECK(plain ? t.n == sizeof(from) + 2 : t.n > sizeof(from) + 2);
        }
}

/* A thread's next arena lies where the last one did. */
TEST(memory_of_the_next_arena_is_zeroed_again)
{
    for (int i = 0; i < 3; i++) {
        struct arena *a = arena_new();
        for (int k = 0; k < 20; k++) {
            char *at = arena_get(a, 3000);
            for (size_t n = 0; n < 3000; n++)
                CHECK(!at[n]);
            memset(at, 0xff, 3000);
        }
        CHECK_TEXT(arena_text(a, "", 0), "");
        struct text t = text_new(a, 100, 1000);
        CHECK_TEXT(t.at, "");
        arena_free(a);
    }
}

TEST(a_thread_has_the_name_it_was_given_as_far_as_the_kernel_keeps_it)
{
    char kept[] = "a-name-of-more-";
    pthread_t thread;
    void *same;

    CHECK(thread_start(&thread, "a-name-of-more-than-it-keeps", tell_name, kept));
    pthread_join(thread, &same);
    CHECK(same == kept);
}
