/* What daemons tell of their settings: values, where they come from, and of secrets nothing. */
#include "data/config.h"
#include "data/json.h"
#include "test.h"

#include <stdlib.h>

struct told_settings { const char *told_key, *told_url, *told_word; int told_number; };
extern const struct shape told_settings_shape;
SHAPE(told_settings, "For the tests.",
    FIELD(told_settings, told_key,    "A secret.", .secret = true, .min = 8),
    FIELD(told_settings, told_url,    "An address."),
    FIELD(told_settings, told_word,   "A word.", .need = true, .one_of = WORDS("one", "two")),
    FIELD(told_settings, told_number, "A number.", .min = 1, .max = 9));

static const char *tell(struct ctx *cx)
{
    static const struct told_settings defaults = { .told_number = 7 };
    struct text lines = text_new(cx->arena, 256, 1 << 16);

    config_tell(cx, "test", &told_settings_shape, &defaults, &lines);
    return lines.at;
}

/* A line of what was told, which is JSON by itself. */
static const char *line_of(struct ctx *cx, const char *all, const char *name)
{
    const char *at = strstr(all, arena_fmt(cx->arena, "\"name\":\"%s\"", name));

    while (at && at > all && at[-1] != '\n')
        at--;
    const char *line = at ? arena_text(cx->arena, at, strcspn(at, "\n")) : "";
    CHECK_OK(json_check(cx, line, strlen(line)));
    return line;
}

TEST(settings_are_told_with_their_origin)
{
    setenv("TOLD_WORD", "two", 1);
    const char *all = tell(cx);
    CHECK_TEXT(line_of(cx, all, "TOLD_WORD"),
               "{\"service\":\"test\",\"name\":\"TOLD_WORD\",\"value\":\"two\",\"from\":\"environment\",\"about\":\"A word.\"}");
    CHECK_HAS(line_of(cx, all, "TOLD_NUMBER"), "\"value\":\"7\",\"from\":\"default\"");
    CHECK(!strstr(line_of(cx, all, "TOLD_URL"), "value"));
}

TEST(a_secret_setting_is_only_set_or_unset)
{
    CHECK_HAS(line_of(cx, tell(cx), "TOLD_KEY"), "\"value\":\"unset\"");
    setenv("TOLD_KEY", "hush-hush", 1);
    const char *all = tell(cx);
    CHECK_HAS(line_of(cx, all, "TOLD_KEY"), "\"value\":\"set\",\"from\":\"environment\"");
    CHECK(!strstr(all, "hush"));
    setenv("TOLD_KEY", "hush", 1);                      /* too short, and still not told */
    all = tell(cx);
    CHECK_HAS(line_of(cx, all, "TOLD_KEY"), "is shorter than 8 bytes");
    CHECK(!strstr(all, "hush"));
}

TEST(a_password_in_an_address_is_not_told)
{
    static const struct { const char *given, *told; } cases[] = {
        { "https://aline:hush@example.org/v1", "https://***@example.org/v1" },
        { "https://aline:hu@sh@example.org", "https://***@example.org" },
        { "https://example.org/a@b", "https://example.org/a@b" },
        { "https://example.org", "https://example.org" },
        { "://@", "://***@" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        setenv("TOLD_URL", cases[i].given, 1);
        CHECK_HAS(line_of(cx, tell(cx), "TOLD_URL"), arena_fmt(cx->arena, "\"value\":\"%s\"", cases[i].told));
    }
}

TEST(flaws_of_settings_are_told)
{
    setenv("TOLD_WORD", "three", 1);
    setenv("TOLD_NUMBER", "10", 1);
    setenv("TOLD_URL", "\xff", 1);
    setenv("TOLD_KEY_FILE", "/dev/null/no", 1);
    const char *all = tell(cx);
    CHECK_HAS(line_of(cx, all, "TOLD_WORD"), "\"flaw\":\"is not one of: one, two\"");
    CHECK_HAS(line_of(cx, all, "TOLD_NUMBER"), "\"flaw\":\"is more than 9\"");
    CHECK_HAS(line_of(cx, all, "TOLD_URL"), "(not UTF-8)");
    CHECK_HAS(line_of(cx, all, "TOLD_KEY"), "names a file that cannot be read");
    unsetenv("TOLD_WORD");
    CHECK_HAS(line_of(cx, tell(cx), "TOLD_WORD"), "\"flaw\":\"is missing\"");
}
