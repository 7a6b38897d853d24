/* Arguments, help, hints, files of settings, and what reaches a terminal. */
#include "ctl.h"
#include "arguments.h"
#include "help.h"
#include "nearest.h"
#include "print.h"
#include "test_tools.h"
#include "net/pg.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(every_statement_prepares_and_gives_its_shape)
{
    int checked = 0;

    need_pg(cx);
    NEED_OK(pg_check_all(cx, &checked));
    CHECK(checked > 30);
}

TEST(every_command_has_help_of_its_own)
{
    for (size_t i = 0; i < commands_n; i++) {
        const struct command *cmd = &commands[i];
        struct told told = cmd->verb ? TELL(cmd->area, cmd->verb, "--help") : TELL(cmd->area, "-h");
        CHECK_INT(told.status, 0);
        CHECK_TEXT(told.err, "");
        CHECK_HAS(told.out, arena_fmt(cx->arena, "usage: palabrectl %s", command_name(cx, cmd)));
        for (size_t j = 0; j < cmd->in->n; j++)
            CHECK_HAS(told.out, cmd->in->fields[j].doc);
    }
}

TEST(help_lists_every_command_and_is_an_error_only_when_nothing_was_asked)
{
    struct told asked = TELL("--help"), silent = tell_with(cx, NULL, (const char *const[]){ NULL }), area = TELL("jobs");

    for (size_t i = 0; i < commands_n; i++)
        CHECK_HAS(asked.out, command_name(cx, &commands[i]));
    CHECK_INT(asked.status, 0);
    CHECK_INT(silent.status, 2);
    CHECK_TEXT(silent.out, "");
    CHECK_TEXT(silent.err, asked.out);
    CHECK_INT(area.status, 2);
    CHECK_HAS(area.err, "jobs retry");
    CHECK(!strstr(area.err, "users"));
    CHECK_INT(TELL("jobs", "--help").status, 0);
    CHECK_INT(TELL("--version").status, 0);
    CHECK_HAS(TELL("--version").out, PALABRE_VERSION);
}

TEST(a_mistyped_command_or_option_gets_the_nearest_names)
{
    static const struct { const char *words[3], *hint; } cases[] = {
        { { "jbos" }, "did you mean jobs?" },
        { { "engine" }, "did you mean engines?" },
        { { "retry" }, "did you mean jobs retry?" },
        { { "jobs", "lsit" }, "there is no command jobs lsit; did you mean list?" },
        { { "jobs", "c" }, "there is no command jobs c\n" },
        { { "jobs", "can" }, "did you mean cancel?" },
        { { "jobs", "list", "--jsn" }, "did you mean --json?" },
        { { "jobs", "retry", "--dry_run" }, "did you mean --dry-run?" },
        { { "xyzzy" }, "there is no command xyzzy\n" },
        { { "--frobnicate" }, "there is no command --frobnicate\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct told told = tell_with(cx, NULL, (const char *const[]){ cases[i].words[0], cases[i].words[1], cases[i].words[2], NULL });
        CHECK_INT(told.status, 2);
        CHECK_TEXT(told.out, "");
        CHECK_HAS(told.err, cases[i].hint);
    }
}

TEST(arguments_that_are_none_are_refused_before_anything_is_reached)
{
    static const struct { const char *words[6], *says; } cases[] = {
        { { "jobs", "list", "--limit" }, "--limit needs a value" },
        { { "jobs", "list", "--limit", "0" }, "--limit is less than 1" },
        { { "jobs", "list", "--limit=10001" }, "--limit is more than 10000" },
        { { "jobs", "list", "--limit", "99999999999999999999" }, "--limit is not a whole number" },
        { { "jobs", "list", "--limit", "1; DROP TABLE jobs" }, "--limit is not a whole number" },
        { { "jobs", "list", "--limit", "" }, "--limit is not a whole number" },
        { { "jobs", "list", "--state", "asleep" }, "--state is not one of: queued" },
        { { "jobs", "list", "--before", "' OR 1=1 --" }, "--before is not a UUID" },
        { { "jobs", "list", "--owner", "nobody" }, "--owner is not an e-mail address" },
        { { "jobs", "list", "--kind", "stt\n.x" }, "--kind holds a control character" },
        { { "jobs", "list", "--kind", "\x1b[31m" }, "--kind holds a control character" },
        { { "jobs", "list", "--kind", "\xff\xfe" }, "--kind is not UTF-8" },
        { { "jobs", "list", "--json=yes" }, "--json takes no value" },
        { { "jobs", "list", "everything" }, "there is a word too many" },
        { { "jobs", "show" }, "ID is missing" },
        { { "jobs", "show", "--", "--json" }, "ID is not a UUID" },
        { { "jobs", "show", "0192a3b4-0000-7000-8000-000000000000", "0192a3b4-0000-7000-8000-000000000000" }, "there is a word too many" },
        { { "jobs", "cancel" }, "ID is missing" },
        { { "jobs", "cancel", "0192a3b4-0000-7000-8000-000000000000", "x" }, "ID is not a UUID" },
        { { "jobs", "retry" }, "either ids or --dead" },
        { { "jobs", "retry", "--dead", "0192a3b4-0000-7000-8000-000000000000" }, "either ids or --dead" },
        { { "jobs", "retry", "--unknown", "0192a3b4-0000-7000-8000-000000000000" }, "go with --dead" },
        { { "jobs", "retry", "--dead", "--error", "NO_SUCH" }, "there is no error of this name" },
        { { "users", "role", ALINE, "root" }, "ROLE is not one of: user" },
        { { "users", "role", ALINE }, "ROLE is missing" },
        { { "users", "create", "aline" }, "EMAIL is not an e-mail address" },
        { { "users", "create", ALINE, "--name", "a\tb" }, "--name holds a control character" },
        { { "--env" }, "--env needs a file" },
    };

    setenv("PG_URL", "postgresql://127.0.0.1:1/none", 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const *w = cases[i].words;
        struct told told = tell_with(cx, NULL, (const char *const[]){ w[0], w[1], w[2], w[3], w[4], w[5], NULL });
        CHECK_INT(told.status, 2);
        CHECK_TEXT(told.out, "");
        CHECK_HAS(told.err, cases[i].says);
    }
}

TEST(long_and_many_arguments_are_bounded)
{
    char *huge = arena_get(cx->arena, 100001);
    const struct command *cancel = NULL;
    char **argv = NEWS(cx, char *, 1001);

    memset(huge, 'a', 100000);
    CHECK_HAS(TELL("jobs", "list", "--kind", huge).err, "--kind is too long");
    CHECK_HAS(TELL("jobs", "list", "--kind", arena_fmt(cx->arena, "%.81s", huge)).err, "--kind is longer than 80 bytes");
    struct told told = TELL(huge);
    CHECK_INT(told.status, 2);
    CHECK(strlen(told.err) < 200);
    told = TELL("jobs", "list", arena_fmt(cx->arena, "--%s", huge));
    CHECK_INT(told.status, 2);
    CHECK(strlen(told.err) < 300);
    for (size_t i = 0; i < commands_n; i++)
        if (text_is(commands[i].verb, "cancel"))
            cancel = &commands[i];
    for (int i = 0; i < 1001; i++)
        argv[i] = arena_fmt(cx->arena, "0192a3b4-0000-7000-8000-%012d", i);
    void *in = arena_get(cx->arena, cancel->in->size);
    CHECK_OK(arguments_read(cx, cancel, 1000, argv, in));
    memset(in, 0, cancel->in->size);
    CHECK_FAILS(arguments_read(cx, cancel, 1001, argv, in), INPUT_INVALID);
}

/* Somebody will try. What they typed then must not come back on a screen or in a log. */
TEST(a_password_among_the_arguments_is_refused_and_not_repeated)
{
    static const char *const tries[][5] = {
        { "users", "create", ALINE, "--password=hush-hush-hush" }, { "users", "create", ALINE, "--password", "hush-hush-hush" },
        { "users", "create", ALINE, "hush-hush-hush" }, { "users", "password", ALINE, "hush-hush-hush" },
        { "users", "role", ALINE, "hush-hush-hush" }, { "users", "list", "--limit=hush-hush-hush" },
        { "users", "list", "--limit", "hush-hush-hush" }, { "users", "create", "hush-hush-hush" },
    };

    for (size_t i = 0; i < COUNT(tries); i++) {
        const char *const *w = tries[i];
        struct told told = tell_with(cx, NULL, (const char *const[]){ w[0], w[1], w[2], w[3], w[4], NULL });
        CHECK_INT(told.status, 2);
        CHECK(!strstr(told.err, "hush"));
        CHECK(!strstr(told.out, "hush"));
    }
}

TEST(nearness_is_letters_changed_or_swapped_or_left_away)
{
    static const char *const names[] = { "list", "show", "retry", "cancel", "dead" };
    static const struct { const char *given, *hint; } cases[] = {
        { "list", "; did you mean list?" }, { "lsit", "; did you mean list?" }, { "lis", "; did you mean list?" },
        { "shwo", "; did you mean show?" }, { "cancle", "; did you mean cancel?" }, { "re", "; did you mean retry?" },
        { "deed", "; did you mean dead?" }, { "destroy", "" }, { "", "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_TEXT(nearest(cx, cases[i].given, names, COUNT(names)), cases[i].hint);
}

/* --- what reaches a terminal --- */

TEST(what_a_terminal_would_obey_is_not_printed)
{
    static const struct { const char *text; size_t most; const char *shown; } cases[] = {
        { "plain", 0, "plain" }, { "é ü 漢字 🙂", 0, "é ü 漢字 🙂" }, { "", 0, "" },
        { "a\x1b[31mred", 0, "a?[31mred" }, { "a\nb\tc\rd", 0, "a b c?d" }, { "a\x7f", 0, "a?" },
        { "a\xc2\x9b" "31m", 0, "a?31m" }, { "a\xe2\x80\xae" "b", 0, "a?b" }, { "a\xe2\x81\xa6" "b", 0, "a?b" },
        { "\xff", 0, "(not UTF-8)" },
        { "abcdef", 6, "abcdef" }, { "abcdefg", 6, "abcde…" }, { "ééééééé", 3, "éé…" }, { "abc", 1, "…" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_TEXT(print_plain(cx, cases[i].text, cases[i].most), cases[i].shown);
}

struct test_cell { const char *a_name; int64_t number; struct when made_at; };
extern const struct shape test_cell_shape;
SHAPE(test_cell, "For the tests.", FIELD(test_cell, a_name, "A."), FIELD(test_cell, number, "B."), FIELD(test_cell, made_at, "C."));

static const char *print_two(struct ctx *cx, const char *columns, int width)
{
    static struct test_cell cells[] = { { "é", 12345, { 0 } }, { "long name here", LONG_NONE, { 1795252320123 } } };
    struct list rows = { cells, COUNT(cells) };
    char *out = NULL;
    size_t n;
    struct ctl c = { .cx = cx, .out = open_memstream(&out, &n), .width = width };

    print_rows(&c, !columns, &test_cell_shape, columns, &rows);
    fclose(c.out);
    const char *copy = arena_text(cx->arena, out, n);
    free(out);
    return copy;
}

TEST(tables_are_aligned_by_characters_and_end_with_the_terminal)
{
    CHECK_TEXT(print_two(cx, "a_name number made_at", 0),
               "A NAME          NUMBER  MADE\n"
               "é                12345  -\n"
               "long name here       -  2026-11-21T09:12:00Z\n");
    CHECK_TEXT(print_two(cx, "number a_name", 19),
               "NUMBER  A NAME\n"
               " 12345  é\n"
               "     -  long name …\n");
    CHECK_TEXT(print_two(cx, NULL, 0),
               "{\"a_name\":\"é\",\"number\":12345}\n"
               "{\"a_name\":\"long name here\",\"number\":null,\"made_at\":\"2026-11-21T09:12:00.123Z\"}\n");
}

/* --- files of settings --- */

static const char *write_file(struct ctx *cx, const char *name, const char *text)
{
    static char dir[] = "/tmp/palabre-ctl-test.XXXXXX";
    static bool made;
    char room[64];

    if (!made && !mkdtemp(dir))
        return SAY("no directory"), "";
    made = true;
    snprintf(room, sizeof(room), "%s/%s", dir, name);
    FILE *f = fopen(room, "w");
    fputs(text, f);
    fclose(f);
    return arena_text(cx->arena, room, strlen(room));
}

static void remove_file(struct ctx *cx, const char *path)
{
    unlink(path);
    rmdir(arena_text(cx->arena, path, (size_t)(strrchr(path, '/') - path)));
}

TEST(a_file_of_settings_says_what_the_environment_does_not)
{
    const char *path = write_file(cx, "env", "# a comment\nCTL_A=1\n  export CTL_B=\"two words\" \nCTL_C='$HOME'\r\nCTL_D=a=b\nno line\n9X=1\nCTL_E=\nCTL-F=1\n");

    setenv("CTL_A", "kept", 1);
    setenv("PG_URL", "postgresql://127.0.0.1:1/none", 1);
    struct told told = TELL("--env", path, "users", "list", "--limit=1");
    CHECK_INT(told.status, 1);
    CHECK_TEXT(getenv("CTL_A"), "kept");
    CHECK_TEXT(getenv("CTL_B"), "two words");
    CHECK_TEXT(getenv("CTL_C"), "$HOME");
    CHECK_TEXT(getenv("CTL_D"), "a=b");
    CHECK_TEXT(getenv("CTL_E"), "");
    CHECK(!getenv("9X") && !getenv("CTL-F"));
    remove_file(cx, path);
    told = TELL("users", "list", "--env=/dev/null/no");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "/dev/null/no cannot be read");
}

TEST(a_line_of_settings_too_long_is_refused)
{
    char *line = arena_get(cx->arena, 40001);

    memset(line, 'A', 40000);
    line[5] = '=';
    const char *path = write_file(cx, "env", line);
    CHECK_HAS(TELL("users", "list", "--env", path).err, "line 1 is too long");
    CHECK(!getenv("AAAAA"));
    remove_file(cx, path);
}

static void write_here(const char *name, const char *text, mode_t mode)
{
    FILE *f = fopen(name, "w");

    fputs(text, f);
    fclose(f);
    chmod(name, mode);
}

/* The directory one happens to be in must not choose the database, unless it is one's own. */
TEST(settings_of_the_directory_are_read_when_no_one_else_can_write_them)
{
    char dir[] = "/tmp/palabre-ctl-test.XXXXXX";

    unsetenv("PG_URL");
    CHECK(mkdtemp(dir) && !chdir(dir) && !mkdir(".run", 0700));
    write_here(".env", "CTL_MARK=first\n", 0600);
    CHECK_HAS(TELL("users", "list").err, "PG_URL is not set");
    CHECK(!getenv("CTL_MARK"));                         /* nothing was started here */
    write_here(".run/env", "PG_URL=postgresql://127.0.0.1:1/none\nCTL_MARK=second\nCTL_MORE=1\n", 0622);
    struct told told = TELL("users", "list");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, ".run/env is not read");
    CHECK_HAS(told.err, "PG_URL is not set");
    CHECK_TEXT(getenv("CTL_MARK"), "first");
    CHECK(!getenv("CTL_MORE"));
    chmod(".run/env", 0600);
    setenv("PG_URL", "postgresql://127.0.0.1:1/other", 1);
    TELL("users", "list");
    CHECK(!getenv("CTL_MORE"));
    unsetenv("PG_URL");
    CHECK_HAS(TELL("users", "list").err, "no connection to the database");
    CHECK_TEXT(getenv("CTL_MARK"), "first");
    CHECK_TEXT(getenv("CTL_MORE"), "1");
    unlink(".run/env"), unlink(".env"), rmdir(".run"), rmdir(dir);
}
