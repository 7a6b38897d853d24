#include "test.h"

#include "data/config.h"
#include "data/json.h"

#include <stdlib.h>
#include <unistd.h>

struct point { const char *name; int x; int64_t big; double real; bool on; struct when at; struct raw extra; struct texts tags; };
extern const struct shape point_shape;
SHAPE(point, "A point of the tests.",
    FIELD(point, name,  "Its name.", .need = true, .min = 1, .max = 10),
    FIELD(point, x,     "Where.", .min = -5, .max = 5),
    FIELD(point, big,   "A large number."),
    FIELD(point, real,  "A real one."),
    FIELD(point, on,    "Whether."),
    FIELD(point, at,    "When."),
    FIELD(point, extra, "Anything."),
    FIELD(point, tags,  "Words.", .max = 3));

struct path_ { LIST_OF(struct point) points; struct point start; };
extern const struct shape path__shape;
SHAPE(path_, "Points.", LIST(path_, points, "All.", point, .max = 4), OBJECT(path_, start, "First.", point));

struct foreign { const char *id; };
extern const struct shape foreign_shape;
FOREIGN(foreign, "Somebody's.", FIELD(foreign, id, "Id.", .need = true));

static err_t read_point(struct ctx *cx, const char *json, struct point *p)
{
    return json_read(cx, json, strlen(json), &point_shape, p);
}

TEST(an_object_is_read_into_its_struct_and_written_back)
{
    struct point p = { 0 };

    NEED_OK(read_point(cx, "{\"name\":\"caf\\u00e9\",\"x\":-3,\"big\":9007199254740991,\"real\":0.25,\"on\":true,"
                           "\"at\":\"2026-11-20T10:00:00.123Z\",\"extra\":{\"a\":[1,2.5,\"x\"]},\"tags\":[\"a\",\"b\"]}", &p));
    CHECK_TEXT(p.name, "café");
    CHECK_INT(p.at.ms, 1795168800123);
    CHECK_INT(p.tags.n, 2);
    CHECK_TEXT(json_write(cx, &point_shape, &p),
               "{\"name\":\"café\",\"x\":-3,\"big\":9007199254740991,\"real\":0.25,\"on\":true,"
               "\"at\":\"2026-11-20T10:00:00.123Z\",\"extra\":{\"a\":[1,2.5,\"x\"]},\"tags\":[\"a\",\"b\"]}");
}

TEST(null_is_as_if_absent_and_unmeasured_numbers_are_null)
{
    struct point p = { .real = REAL_NONE, .big = LONG_NONE, .x = INT_NONE };

    CHECK_OK(read_point(cx, "{\"name\":\"a\",\"at\":null,\"tags\":null}", &p));
    CHECK_TEXT(json_write(cx, &point_shape, &p), "{\"name\":\"a\",\"x\":null,\"big\":null,\"real\":null,\"on\":false,\"tags\":[]}");
}

TEST(every_flaw_is_told_at_once_with_its_pointer)
{
    static const char *const want[] = {
        "/points/0/x is more than 5", "/points/1/name is not a string", "/points/1/on is not true or false",
        "/points/2 is not an object", "/start/name is missing", "/a~1b~0c is not known here",
    };
    const char *json = "{\"points\":[{\"name\":\"a\",\"x\":9},{\"name\":1,\"on\":0},7],\"start\":{},\"a/b~c\":1}";
    struct path_ path = { 0 };
    size_t n = 0;

    err_t e = json_read(cx, json, strlen(json), &path__shape, &path);
    CHECK(e && e->code == E_INPUT_INVALID);
    for (struct flaw *f = e ? e->flaws : NULL; f; f = f->next, n++)
        if (n < COUNT(want))
            CHECK_TEXT(arena_fmt(cx->arena, "%s %s", f->at, f->what), want[n]);
    CHECK_INT(n, COUNT(want));
}

TEST(bounds_words_and_types_are_kept)
{
    static const char *const bad[] = {
        "{\"name\":\"\"}", "{\"name\":\"12345678901\"}", "{\"name\":\"a\",\"x\":1.5}", "{\"name\":\"a\",\"x\":-6}",
        "{\"name\":\"a\",\"big\":9007199254740993}", "{\"name\":\"a\",\"big\":1e300}", "{\"name\":\"a\",\"at\":\"yesterday\"}",
        "{\"name\":\"a\",\"tags\":[\"a\",\"b\",\"c\",\"d\"]}", "{\"name\":\"a\",\"tags\":[1]}", "{\"name\":\"a\",\"name\":\"b\"}", "[]", "\"a\"",
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct point p = { 0 };
        CHECK_FAILS(read_point(cx, bad[i], &p), INPUT_INVALID);
    }
}

TEST(text_that_is_not_strict_json_is_refused)
{
    static const char *const bad[] = {
        "", " ", "{", "{\"name\":\"a\"", "{\"name\":\"a\"}x", "{\"name\":\"\\ud800\"}", "{\"name\":\"\\u0000\"}", "{\"name\":\"a\nb\"}",
        "{\"name\":\"\xff\"}", "{'name':1}", "{\"x\":01}", "{\"x\":1.}", "{\"x\":+1}", "{\"x\":.5}", "{\"x\":NaN}", "{\"x\":1e}", "{\"x\":1e9999}",
        "{\"name\":\"a\",}", "[1,]", "{,}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "tru", "nul", "\xef\xbb\xbf{}", "{\"a\":\"\\x\"}", "{\"a\":[1}", "{}{}",
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct point p = { 0 };
        err_t e = read_point(cx, bad[i], &p);
        if (!e || e->code != E_JSON_BROKEN)
            SAY("%s: %s", bad[i], e ? err_name(e->code) : "OK");
    }
}

TEST(ten_thousand_brackets_are_refused_without_harm)
{
    char deep[20001];

    memset(deep, '[', 20000);
    deep[20000] = '\0';
    struct point p = { 0 };
    CHECK_FAILS(read_point(cx, deep, &p), JSON_BROKEN);
    for (int i = 0; i < 10000; i++)
        memcpy(deep + 2 * i, "[]", 2);
    CHECK_FAILS(json_check(cx, deep, 20000), JSON_BROKEN);
    memset(deep, '[', 32), memset(deep + 32, ']', 32);
    CHECK_OK(json_check(cx, deep, 64));
    memset(deep, '[', 33), memset(deep + 33, ']', 33);
    CHECK_FAILS(json_check(cx, deep, 66), JSON_BROKEN);
}

TEST(what_is_given_elsewhere_is_neither_missing_nor_taken)
{
    const char *twice = "{\"name\":\"of the text\",\"x\":3}";
    struct point p = { .name = "of the path" };
    const uint64_t name = 1;

    CHECK_OK(json_read_rest(cx, "{\"x\":3}", 7, &point_shape, name, &p));
    CHECK_INT(p.x, 3);
    CHECK_FAILS(json_read_rest(cx, twice, strlen(twice), &point_shape, name, &p), INPUT_INVALID);
    CHECK_TEXT(p.name, "of the path");
}

TEST(foreign_json_may_say_more)
{
    struct foreign f = { 0 };
    const char *json = "{\"more\":{\"x\":[1]},\"id\":\"7\",\"more\":2}";

    CHECK_OK(json_read(cx, json, strlen(json), &foreign_shape, &f));
    CHECK_TEXT(f.id, "7");
    CHECK_TEXT(json_text(cx, "{\"error\":{\"message\":\"no\",\"list\":[1,{\"a\":true}]}}", "error/message"), "no");
    CHECK_TEXT(json_text(cx, "{\"error\":{\"list\":[1,{\"a\":true}]}}", "error/list/1/a"), "true");
    CHECK(!json_text(cx, "{\"error\":null}", "error") && !json_text(cx, "nonsense", "a") && !json_text(cx, "[1]", "4"));
}

struct test_config { const char *t_url, *t_word; int t_threads; bool t_gpu; };
extern const struct shape test_config_shape;
SHAPE(test_config, "What a daemon is told.",
    FIELD(test_config, t_url,     "Where.", .need = true, .secret = true),
    FIELD(test_config, t_word,    "Which.", .one_of = WORDS("a", "b")),
    FIELD(test_config, t_threads, "Jobs at a time.", .min = 1, .max = 64),
    FIELD(test_config, t_gpu,     "Use the GPU."));

TEST(configuration_comes_from_the_environment_over_typed_defaults)
{
    struct test_config c = { .t_threads = 4 };

    setenv("T_THREADS", "99", 1);
    setenv("T_WORD", "c", 1);
    err_t e = config_read(cx, &test_config_shape, &c);
    CHECK(e && strstr(e->text, "T_URL is missing") && strstr(e->text, "T_WORD is not one of: a, b") && strstr(e->text, "T_THREADS is more than 64"));
    setenv("T_URL", "postgres://secret", 1);
    setenv("T_GPU", "yes", 1);
    unsetenv("T_WORD");
    unsetenv("T_THREADS");
    c = (struct test_config){ .t_threads = 4 };
    CHECK_OK(config_read(cx, &test_config_shape, &c));
    CHECK_INT(c.t_threads, 4);
    CHECK_TEXT(json_write(cx, &test_config_shape, &c), "{\"t_threads\":4,\"t_gpu\":true}");
    struct text help = text_new(cx->arena, 0, 10000);
    config_help(cx, &test_config_shape, &c, &help);
    CHECK_HAS(help.at, "T_THREADS                Jobs at a time. (default: 4)");
    CHECK(!strstr(help.at, "secret"));
}

TEST(a_secret_may_come_from_a_file)
{
    char path[] = "/tmp/palabre-secret-XXXXXX";
    int fd = mkstemp(path);
    struct test_config c = { .t_threads = 4 };

    CHECK(write(fd, "from-file\n", 10) == 10);
    close(fd);
    setenv("T_URL_FILE", path, 1);
    CHECK_OK(config_read(cx, &test_config_shape, &c));
    CHECK_TEXT(c.t_url, "from-file");
    unlink(path);
    CHECK_FAILS(config_read(cx, &test_config_shape, &c), CONFIG_INVALID);
}

TEST(formats_tell_good_from_bad)
{
    CHECK(!format_email.check("a.b@c.ga", 8) && format_email.check("a@b", 3) && format_email.check("@b.c", 4) && format_email.check("a b@c.d", 7));
    CHECK(!format_language.check("fr", 2) && !format_language.check("en-GB", 5) && format_language.check("french", 6) && format_language.check("f", 1));
    CHECK(format_language.check("fr-", 3) && format_language.check("", 0));
    CHECK(!format_uuid.check("0190f3c2-7e1a-7b33-9a55-1c2d3e4f5a6b", 36) && format_uuid.check("nope", 4));
    CHECK(!format_uri.check("https://a.b/c", 13) && format_uri.check("file:///etc", 11));
}
