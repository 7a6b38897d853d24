/* Engines and settings as the daemons' programs tell them, played by scripts; and whether servers answer. */
#include "test_tools.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/palabre-ctl-test.XXXXXX";

static void play(struct ctx *cx, const char *name, const char *script)
{
    if (!getenv("TEST_DIR")) {
        if (!mkdtemp(dir))
            SAY("no directory");
        setenv("TEST_DIR", dir, 1);
    }
    const char *path = arena_fmt(cx->arena, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    fprintf(f, "#!/bin/sh\n%s\n", script);
    fclose(f);
    chmod(path, 0755);
}

static void tidy(struct ctx *cx, const char *const *names)
{
    for (; *names; names++)
        unlink(arena_fmt(cx->arena, "%s/%s", dir, *names));
    rmdir(dir);
}
#define TIDY(...)  tidy(cx, (const char *const[]){ __VA_ARGS__, NULL })

TEST(engines_come_from_the_workers_in_their_order)
{
    play(cx, "palabre-stt", "[ $1 = --engines ] && echo '{\"service\":\"stt\",\"engine\":\"'$CTL_ENGINE'\",\"able\":true,\"languages\":\"en\"}'");
    play(cx, "palabre-llm", "printf '{\"service\":\"llm\",\"engine\":\"b\",\"able\":false,\"why\":\"no \\\\u001b[31mkey\"}\\n{\"service\":\"llm\",\"engine\":\"a\",\"able\":true}'");
    play(cx, "palabre-tts", ":");
    setenv("CTL_ENGINE", "from-the-environment", 1);
    struct told told = TELL("engines");
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.out, "SERVICE  ENGINE                ABLE  LANGUAGES  WHY\n"
                         "stt      from-the-environment  yes   en         -\n"
                         "llm      b                     no    -          no ?[31mkey\n"
                         "llm      a                     yes   -          -\n");
    CHECK_HAS(TELL("engines", "--json").out, "\n{\"service\":\"llm\",\"engine\":\"a\",\"able\":true}\n");
    TIDY("palabre-stt", "palabre-llm", "palabre-tts");
}

TEST(a_worker_that_cannot_tell_is_told_and_the_others_are_listed)
{
    play(cx, "palabre-stt", "echo first >&2; echo 'STT_ENGINES is empty' >&2; exit 2");
    play(cx, "palabre-llm", "echo 'not JSON'");
    play(cx, "palabre-tts", "echo '{\"service\":\"tts\",\"engine\":\"espeak\",\"able\":true}'");
    struct told told = TELL("engines");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "palabre-stt --engines: STT_ENGINES is empty\n");
    CHECK_HAS(told.err, "palabre-llm answers something else");
    CHECK_HAS(told.out, "espeak");
    TIDY("palabre-stt", "palabre-llm", "palabre-tts");
}

TEST(a_worker_that_writes_without_end_is_ended)
{
    play(cx, "palabre-stt", "yes '{\"engine\":\"e\"}'");
    play(cx, "palabre-llm", "kill -TERM $$");
    struct told told = TELL("engines");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "palabre-stt wrote more than");
    CHECK_HAS(told.err, "palabre-llm --engines: failed");
    CHECK_HAS(told.err, "palabre-tts could not be started");
    TIDY("palabre-stt", "palabre-llm");
}

#define SETTING(service, name, value)  "{\"service\":\"" service "\",\"name\":\"" name "\",\"value\":\"" value "\",\"from\":\"default\"}"

TEST(settings_that_every_daemon_reads_come_once)
{
    play(cx, "palabre-stt", "echo '" SETTING("stt", "PG_URL", "set") "'; echo '" SETTING("stt", "STT_ENGINES", "openai") "'");
    play(cx, "palabre-audio", "echo '" SETTING("audio", "PG_URL", "set") "'; echo '" SETTING("audio", "AUDIO_X", "1") "'");
    play(cx, "palabre-stt.old", "echo '" SETTING("stt", "OLD", "1") "'");
    play(cx, "test-stt", "echo '" SETTING("stt", "OLD", "1") "'");
    struct told told = TELL("config");
    CHECK_INT(told.status, 0);
    CHECK_TEXT(told.out, "SERVICE  NAME         VALUE   FROM     FLAW  ABOUT\n"
                         "all      PG_URL       set     default  -     -\n"
                         "audio    AUDIO_X      1       default  -     -\n"
                         "stt      STT_ENGINES  openai  default  -     -\n");
    told = TELL("config", "--service", "stt", "--json");
    CHECK_TEXT(told.out, SETTING("stt", "PG_URL", "set") "\n" SETTING("stt", "STT_ENGINES", "openai") "\n");
    told = TELL("config", "--service=../stt");
    CHECK_INT(told.status, 2);
    CHECK_HAS(TELL("config", "--service=sst").err, "there is no palabre-sst here; did you mean stt?");
    TIDY("palabre-stt", "palabre-audio", "palabre-stt.old", "test-stt");
}

TEST(without_daemons_there_are_no_settings_to_tell)
{
    struct told told = TELL("config");

    CHECK_INT(told.status, 1);
    CHECK_HAS(told.err, "/dev/null/no cannot be read");
}

/* --- check --- */

TEST(servers_that_answer_are_up)
{
    if (!getenv("PG_URL") || !getenv("REDIS_URL") || !getenv("AMQP_URL"))
        skip("no servers");
    setenv("BLOB_URL", "file:///tmp", 1);
    struct told told = TELL("check");
    CHECK_INT(told.status, 0);
    CHECK_HAS(told.out, "postgresql  up");
    CHECK_HAS(told.out, "PostgreSQL 1");
    CHECK_HAS(told.out, "redis       up");
    CHECK_HAS(told.out, "rabbitmq    up");
    CHECK_HAS(told.out, "files       up");
    CHECK_HAS(TELL("check", "--json").out, "{\"name\":\"redis\",\"state\":\"up\",\"ms\":");
}

TEST(servers_that_do_not_answer_are_down_and_their_passwords_are_not_told)
{
    setenv("PG_URL", "postgresql://palabre:hush-hush@127.0.0.1:1/palabre?connect_timeout=2", 1);
    setenv("REDIS_URL", "redis://:hush-hush@127.0.0.1:1/0", 1);
    setenv("AMQP_URL", "amqp://guest:hush-hush@127.0.0.1:1/%2F", 1);
    setenv("BLOB_URL", "file:///dev/null/blobs", 1);
    struct told told = TELL("check");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.out, "postgresql  down");
    CHECK_HAS(told.out, "redis       down");
    CHECK_HAS(told.out, "rabbitmq    down");
    CHECK_HAS(told.out, "files       down");
    CHECK(!strstr(told.out, "hush") && !strstr(told.err, "hush"));
    told = TELL("users", "list");
    CHECK_INT(told.status, 1);
    CHECK(!strstr(told.out, "hush") && !strstr(told.err, "hush"));
    setenv("PG_URL", "postgresql://palabre:hush-hush@[::1/broken", 1);
    told = TELL("check");
    CHECK(!strstr(told.out, "hush") && !strstr(told.err, "hush"));
}

TEST(servers_without_an_address_are_unset)
{
    unsetenv("PG_URL"), unsetenv("REDIS_URL"), unsetenv("AMQP_URL");
    setenv("BLOB_URL", "file:///tmp", 1);
    CHECK_INT(chdir("/"), 0);
    struct told told = TELL("check");
    CHECK_INT(told.status, 1);
    CHECK_HAS(told.out, "postgresql  unset");
    CHECK_HAS(told.out, "rabbitmq    unset");
}
