/* Accounts against a real database; passwords from pipes and terminals. */
#define _GNU_SOURCE
#include "secret.h"
#include "test_tools.h"
#include "data/crypto.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSWORD "correct horse é"

static bool password_fits(struct ctx *cx, const char *email, const char *password)
{
    bool ok = false;

    CHECK_OK(password_check(cx, password, sql_text(cx, "SELECT password_hash FROM users WHERE email = $1", email), &ok));
    return ok;
}

TEST(an_account_is_opened_and_changed)
{
    need_pg(cx);
    struct told told = TELL_WITH(PASSWORD "\n", "users", "create", ALINE, "--name", "Aline É", "--role=agent");
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.err, "");
    CHECK_HAS(told.out, "role           agent");
    CHECK_HAS(told.out, "plan           free");
    CHECK(!strstr(told.out, "correct") && !strstr(told.out, "argon2"));
    CHECK(password_fits(cx, ALINE, PASSWORD));
    CHECK_INT(TELL("users", "role", "ALINE@Example.ORG", "admin").status, 0);
    CHECK_INT(TELL("users", "plan", ALINE, "pro").status, 0);
    CHECK_HAS(TELL("users", "disable", ALINE).out, "enabled        no");
    CHECK_TEXT(sql_text(cx, "SELECT role || ' ' || plan || ' ' || enabled || ' ' || name FROM users", NULL), "admin pro false Aline É");
    CHECK_HAS(TELL("users", "enable", ALINE).out, "enabled        yes");
    CHECK(password_fits(cx, ALINE, PASSWORD));
    CHECK_INT(TELL_WITH("another word", "users", "password", ALINE).status, 0);
    CHECK(password_fits(cx, ALINE, "another word") && !password_fits(cx, ALINE, PASSWORD));
}

/* What gateways read: rows of token_ends. */
TEST(what_an_account_may_not_any_more_its_tokens_may_not)
{
    need_pg(cx);
    CHECK_INT(TELL_WITH(PASSWORD, "users", "create", ALINE, "--role=medecin").status, 0);
    for (int i = 0; i < 2; i++)
        sql_do(cx, "INSERT INTO sessions (id, user_id, expires_at) SELECT $1::uuid, id, now() + interval '1 day' FROM users WHERE email = $2",
               arena_fmt(cx->arena, "0192a3b4-0000-7000-8000-%012d", i), ALINE);
    CHECK_INT(TELL_WITH("another word", "users", "password", ALINE).status, 0);
    CHECK_TEXT(sql_text(cx, "SELECT count(*) FROM sessions WHERE ended_by = 'password'", NULL), "2");
    CHECK_TEXT(sql_text(cx, "SELECT count(*) FROM token_ends WHERE subject::text LIKE '0192a3b4%'", NULL), "2");
    CHECK_INT(TELL("users", "role", ALINE, "infirmier").status, 0);
    CHECK_INT(TELL("users", "plan", ALINE, "free").status, 0);
    CHECK_INT(TELL("users", "disable", ALINE).status, 0);
    CHECK_TEXT(sql_text(cx, "SELECT token_version::text FROM users", NULL), "2");
    CHECK_TEXT(sql_text(cx, "SELECT string_agg(version::text, ' ' ORDER BY e.id) FROM token_ends e JOIN users u ON u.id = subject", NULL), "1 2");
}

TEST(the_last_super_admin_stays_one)
{
    need_pg(cx);
    CHECK_INT(TELL_WITH(PASSWORD, "users", "create", ALINE, "--role=super_admin").status, 0);
    CHECK_HAS(TELL("users", "role", ALINE, "user").err, "the last super_admin");
    CHECK_INT(TELL("users", "disable", ALINE).status, 1);
    CHECK_INT(TELL_WITH(PASSWORD, "users", "create", "bob@example.org", "--role=super_admin").status, 0);
    CHECK_INT(TELL("users", "role", ALINE, "user").status, 0);
    CHECK_INT(TELL("users", "disable", "bob@example.org").status, 1);
    CHECK_TEXT(sql_text(cx, "SELECT email FROM users WHERE role = 'super_admin' AND enabled", NULL), "bob@example.org");
}

TEST(an_address_has_one_account_and_none_is_told)
{
    need_pg(cx);
    CHECK_INT(TELL_WITH(PASSWORD, "users", "create", ALINE).status, 0);
    struct told told = TELL_WITH("something else", "users", "create", "Aline@Example.org");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "there is an account aline@example.org already");
    CHECK(password_fits(cx, ALINE, PASSWORD));
    static const char *const nobody[][2] = { { "role", "admin" }, { "plan", "pro" }, { "disable" }, { "enable" }, { "password" } };
    for (size_t i = 0; i < COUNT(nobody); i++) {
        told = TELL_WITH(PASSWORD, "users", nobody[i][0], "bob@example.org", nobody[i][1]);
        CHECK_INT(told.status, 1);
        CHECK_TEXT(told.out, "");
        CHECK_HAS(told.err, "there is no account bob@example.org");
    }
    CHECK_TEXT(sql_text(cx, "SELECT count(*) FROM users", NULL), "1");
}

TEST(accounts_are_listed_in_pages)
{
    need_pg(cx);
    for (int i = 0; i < 5; i++)
        sql_do(cx, "INSERT INTO users (id, email, role) VALUES ($1::uuid, $2, 'user')", arena_fmt(cx->arena, "0192a3b4-0000-7000-8000-%012d", i),
               arena_fmt(cx->arena, "u%d@example.org", i));
    sql_do(cx, "UPDATE users SET role = 'admin', name = E'bad\\x1b[2Jname' WHERE email = 'u1@example.org'", NULL, NULL);
    struct told told = TELL("users", "list", "--limit", "2");
    CHECK_HAS(told.out, "u4@");
    CHECK_HAS(told.out, "u3@");
    CHECK(!strstr(told.out, "u2@"));
    told = TELL("users", "list", "--limit", "2", "--before", "0192a3b4-0000-7000-8000-000000000003");
    CHECK(strstr(told.out, "u2@") < strstr(told.out, "u1@"));
    CHECK(!strstr(told.out, "u3@") && !strstr(told.out, "u0@"));
    CHECK(!strchr(told.out, '\x1b'));
    told = TELL("users", "list", "--role", "admin", "--json");
    CHECK_HAS(told.out, "{\"id\":\"0192a3b4-0000-7000-8000-000000000001\",\"email\":\"u1@example.org\",\"name\":\"bad\\u001b[2Jname\"");
    CHECK(strchr(told.out, '\n') == told.out + strlen(told.out) - 1);
    CHECK_TEXT(TELL("users", "list", "--role", "super_admin", "--json").out, "");
}

/* An account is what its columns say, whatever is typed: no quote ends a statement. */
TEST(hostile_names_stay_names)
{
    need_pg(cx);
    const char *name = "x'); DROP TABLE users; -- \" \\ %s %n";
    CHECK_INT(TELL_WITH(PASSWORD, "users", "create", "o'brien+%s@example.org", "--name", name).status, 0);
    CHECK_TEXT(sql_text(cx, "SELECT name FROM users WHERE email = $1", "o'brien+%s@example.org"), name);
    CHECK_HAS(TELL("users", "list").out, name);
}

TEST(passwords_that_are_none_are_refused_and_nothing_is_written)
{
    static const struct { const char *given, *says; } cases[] = {
        { NULL, "the password is missing" }, { "\n", "the password is missing" }, { "\r\n", "the password is missing" },
        { "seven77\n", "at least 8 bytes" }, { "Password2026\n", "too easy to guess" }, { "aline.1990\n", "too easy to guess" }, { "\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\n", "not UTF-8" },
    };

    need_pg(cx);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct told told = tell_with(cx, cases[i].given, (const char *const[]){ "users", "create", ALINE, NULL });
        CHECK_INT(told.status, 2);
        CHECK_HAS(told.err, cases[i].says);
    }
    char *big = arena_get(cx->arena, SECRET_BYTES + 2);
    for (int i = 0; i <= SECRET_BYTES; i++)
        big[i] = (char)('a' + i * i % 23);
    CHECK_HAS(TELL_WITH(big, "users", "create", ALINE).err, "at most 1024 bytes");
    CHECK_TEXT(sql_text(cx, "SELECT count(*) FROM users", NULL), "0");
    big[SECRET_BYTES] = '\n';
    CHECK_INT(TELL_WITH(big, "users", "create", ALINE).status, 0);
    big[SECRET_BYTES] = '\0';
    CHECK(password_fits(cx, ALINE, big));
}

/* The rules are those of gateways, as the operator has set them. */
TEST(a_password_of_ctl_is_one_that_a_gateway_would_take)
{
    need_pg(cx);
    CHECK_INT(TELL_WITH("Caroline-12", "users", "create", ALINE, "--name", "Caroline").status, 2);
    setenv("PASSWORD_LEAST", "20", 1);
    struct told told = TELL_WITH(PASSWORD, "users", "create", ALINE);
    unsetenv("PASSWORD_LEAST");
    CHECK_HAS(told.err, "at least 20 bytes");
    CHECK_INT(TELL_WITH(PASSWORD, "users", "create", ALINE).status, 0);
    sql_do(cx, "UPDATE users SET username = 'zebulon', last_name = 'Tournesol' WHERE email = $1", ALINE, NULL);
    static const char *const own[] = { "Zebulon1", "tournesol!" };
    for (size_t i = 0; i < COUNT(own); i++)
        CHECK_HAS(TELL_WITH(own[i], "users", "password", ALINE).err, "too easy to guess");
    CHECK(password_fits(cx, ALINE, PASSWORD));
}

TEST(a_password_is_the_first_line_without_its_end)
{
    struct ctl c = { .cx = cx };
    static const struct { const char *given; size_t n; const char *taken; } cases[] = {
        { "12345678", 8, "12345678" }, { "12345678\n", 9, "12345678" }, { "12345678\r\n", 10, "12345678" },
        { " 1234567 \nmore", 14, " 1234567 " }, { "1234\0" "5678", 9, NULL },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char room[SECRET_BYTES + 1];
        c.in = fmemopen(arena_text(cx->arena, cases[i].given, cases[i].n), cases[i].n, "r");
        err_t e = secret_ask(&c, "word", room);
        fclose(c.in);
        if (cases[i].taken)
            CHECK_TEXT(e ? e->text : room, cases[i].taken);
        else
            CHECK(e && e->code == E_INPUT_INVALID && !*room);
    }
}

/* --- a terminal --- */

struct terminal { int master; FILE *in; };

static bool terminal_open(struct terminal *t)
{
    t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (t->master < 0 || grantpt(t->master) || unlockpt(t->master))
        return false;
    int slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    t->in = slave < 0 ? NULL : fdopen(slave, "r");
    return t->in;
}

static bool shows(const struct terminal *t)
{
    struct termios now;

    return !tcgetattr(fileno(t->in), &now) && (now.c_lflag & ECHO);
}

static void wait_hidden(const struct terminal *t)
{
    for (int i = 0; i < 500 && shows(t); i++)
        usleep(10000);
}

/* A person types both lines once they are asked for; gives what the terminal showed. */
static const char *type_and_look(struct ctx *cx, const struct terminal *t, const char *first, const char *second)
{
    const char *lines[] = { first, second };
    char *seen = arena_get(cx->arena, 4096);

    wait_hidden(t);
    for (size_t i = 0; i < COUNT(lines); i++)
        if (write(t->master, lines[i], strlen(lines[i])) < 0)
            return "cannot type";
    for (int i = 0; i < 200 && !shows(t); i++)
        usleep(20000);
    fcntl(t->master, F_SETFL, O_NONBLOCK);
    return read(t->master, seen, 4095) < 0 ? "" : seen;
}

static void ask_at_terminal(struct ctx *cx, const char *second, bool same)
{
    char room[SECRET_BYTES + 1];
    struct terminal t;

    if (!terminal_open(&t))
        skip("no terminal to be had");
    CHECK(shows(&t));
    pid_t typist = fork();
    if (!typist) {
        const char *seen = type_and_look(cx, &t, "swordfish\n", second);
        _exit(strstr(seen, "sword") || strstr(seen, "shark") ? 1 : 0);
    }
    char *prompts = NULL;
    size_t n;
    struct ctl c = { .cx = cx, .in = t.in, .err = open_memstream(&prompts, &n) };
    err_t e = secret_ask(&c, "new password", room);
    fclose(c.err);
    int status = 1;
    waitpid(typist, &status, 0);
    CHECK_INT(status, 0);
    CHECK(shows(&t));
    CHECK_TEXT(prompts, "new password: \nonce more: \n");
    free(prompts);
    if (same)
        CHECK_TEXT(e ? e->text : room, "swordfish");
    else
        CHECK_TEXT(e ? e->text : "taken", "the two passwords differ");
    fclose(t.in), close(t.master);
}

TEST(a_terminal_does_not_show_the_password_and_is_as_before_afterwards) { ask_at_terminal(cx, "swordfish\n", true); }
TEST(two_passwords_typed_differently_are_refused) { ask_at_terminal(cx, "shark-fin\n", false); }

TEST(an_interrupt_while_a_password_is_typed_gives_the_terminal_back)
{
    char room[SECRET_BYTES + 1];
    struct terminal t;

    if (!terminal_open(&t))
        skip("no terminal to be had");
    pid_t asker = getpid(), other = fork();
    if (!other) {
        wait_hidden(&t);
        usleep(100000);
        kill(asker, SIGINT);
        _exit(0);
    }
    struct ctl c = { .cx = cx, .in = t.in, .err = fopen("/dev/null", "w") };
    CHECK_FAILS(secret_ask(&c, "new password", room), CANCELLED);
    CHECK(shows(&t));
    CHECK_TEXT(room, "");
    fclose(c.err), fclose(t.in), close(t.master);
}
