#define _GNU_SOURCE
#include "test.h"

#include "base/clock.h"
#include "net/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGV(...)  ((const char *const[]){ __VA_ARGS__, NULL })
#define SH(script) ARGV("sh", "-c", script)

/* How many entries of a directory of /proc. */
static int count_in(const char *path)
{
    DIR *dir = opendir(path);
    int n = 0;

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

/* Does a process run (zombies aside) whose last argument is this? */
static bool is_running(const char *mark)
{
    DIR *dir = opendir("/proc");
    bool found = false;

    for (struct dirent *d; dir && (d = readdir(dir)) && !found;) {
        char path[300], line[512];
        snprintf(path, sizeof(path), "/proc/%s/cmdline", d->d_name);
        FILE *file = *d->d_name >= '0' && *d->d_name <= '9' ? fopen(path, "r") : NULL;
        size_t n = file ? fread(line, 1, sizeof(line) - 1, file) : 0, len = strlen(mark);
        found = n > len && !memcmp(line + n - len - 1, mark, len + 1) && line[0] == 's';
        if (file)
            fclose(file);
    }
    closedir(dir);
    return found;
}

static bool gone_soon(const char *mark)
{
    for (int i = 0; i < 50 && is_running(mark); i++)
        clock_sleep_ms(20);
    return !is_running(mark);
}

TEST(a_child_tells_its_output_its_complaint_and_its_status)
{
    struct child_ask ask = { .argv = SH("echo out; echo err >&2; exit 3") };
    struct child_end end;

    NEED_OK(child_run(cx, &ask, &end));
    CHECK_TEXT(end.output.at, "out\n");
    CHECK_TEXT(end.complaint.at, "err\n");
    CHECK_INT(end.status, 3);
    CHECK_INT(end.signal, 0);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
    CHECK_INT(errno, ECHILD);
}

TEST(a_crash_is_an_end_of_its_own)
{
    struct child_ask ask = { .argv = SH("kill -SEGV $$") };
    struct child_end end;

    NEED_OK(child_run(cx, &ask, &end));
    CHECK_INT(end.signal, SIGSEGV);
    CHECK_INT(end.status, -1);
}

TEST(input_and_output_flow_at_once)
{
    size_t n = 8 << 20;
    char *input = arena_get(cx->arena, n);
    struct child_ask ask = { .argv = ARGV("cat"), .input = { input, n } };
    struct child_end end;

    for (size_t i = 0; i < n; i++)
        input[i] = (char)(i * 7 + i / 1000);
    NEED_OK(child_run(cx, &ask, &end));
    CHECK(end.output.n == n && !memcmp(end.output.at, input, n));
}

TEST(of_long_complaints_the_end_is_kept)
{
    char *input = arena_get(cx->arena, 1 << 20);
    struct child_ask ask = { .argv = SH("seq 300000 >&2; cat >/dev/null; echo done"), .input = { input, 1 << 20 } };
    struct child_end end;

    NEED_OK(child_run(cx, &ask, &end));
    CHECK_TEXT(end.output.at, "done\n");
    CHECK_INT(end.complaint.n, 8192);
    CHECK_TEXT(end.complaint.at + 8192 - 7, "300000\n");
}

TEST(input_need_not_be_read)
{
    char *input = arena_get(cx->arena, 1 << 20);
    struct child_ask ask = { .argv = ARGV("true"), .input = { input, 1 << 20 } };
    struct child_end end;

    NEED_OK(child_run(cx, &ask, &end));
    CHECK_INT(end.status, 0);
}

TEST(what_cannot_be_started_is_told)
{
    static const char *const names[] = { "no-such-program", "../bin/true", "/usr/bin/no-such-program", "/etc/passwd", "/tmp", "" };
    struct child_end end;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct child_ask ask = { .argv = ARGV(names[i]) };
        err_t e = child_run(cx, &ask, &end);
#ifdef __SANITIZE_THREAD__      /* vfork is fork there: the reason does not come back, only 127 */
        CHECK((e && e->code == E_CHILD_FAILED) || end.status == 127);
#else
        CHECK(e && e->code == E_CHILD_FAILED);
#endif
    }
    struct child_ask ask = { .argv = ARGV("true"), .dir = "/no/such/place" };
#ifndef __SANITIZE_THREAD__
    CHECK_FAILS(child_run(cx, &ask, &end), CHILD_FAILED);
#else
    (void)ask;
#endif
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(a_child_inherits_nothing_of_ours)
{
    struct child_end end;
    struct child_ask ask = { .argv = ARGV("env"), .dir = "/tmp", .env = ARGV("OMP_THREAD_LIMIT=1") };
    int fd = dup(1);                    /* without close-on-exec */

    CHECK(fd > 2 && dup2(fd, 100) == 100);
    setenv("SECRET", "s", 1);
    NEED_OK(child_run(cx, &ask, &end));
    CHECK_TEXT(end.output.at, "PATH=/usr/bin:/bin\nLANG=C.UTF-8\nHOME=/tmp\nTMPDIR=/tmp\nOMP_THREAD_LIMIT=1\n");
    ask = (struct child_ask){ .argv = SH("cd /proc/self/fd; echo *; pwd -P; umask") };
    NEED_OK(child_run(cx, &ask, &end));
    CHECK(!strstr(end.output.at, " 100") && text_starts(end.output.at, "0 1 2"));
    CHECK_HAS(end.output.at, "\n0077\n");
    ask = (struct child_ask){ .argv = ARGV("grep", "-E", "^(SigBlk|SigIgn|NoNewPrivs)", "/proc/self/status") };
    NEED_OK(child_run(cx, &ask, &end));
    /* libc keeps signals 32 and 33 to itself: what we inherited of them stays. */
    CHECK(text_is(end.output.at, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nNoNewPrivs:\t1\n") ||
          text_is(end.output.at, "SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\nNoNewPrivs:\t1\n"));
    ask = (struct child_ask){ .argv = SH("pwd; cat") };
    NEED_OK(child_run(cx, &ask, &end));
    CHECK_TEXT(end.output.at, "/\n");
}

/* --- time --- */

static int64_t took_ms(struct ctx *cx, const struct child_ask *ask, enum err_code want)
{
    struct child_end end;
    int64_t from = clock_ms();
    err_t e = child_run(cx, ask, &end);

    if (!e || e->code != want)
        SAY("%s, not %s", e ? err_name(e->code) : "OK", err_name(want));
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
    return clock_ms() - from;
}

static void *stop_soon(void *with)
{
    clock_sleep_ms(200);
    __atomic_store_n((bool *)with, true, __ATOMIC_RELAXED);
    return NULL;
}

TEST(the_whole_group_dies_at_the_time_limit)
{
    struct child_ask ask = { .argv = SH("sleep 31.251 & sleep 31.251"), .wall_ms = 300 };
    int64_t ms = took_ms(cx, &ask, E_TIMEOUT);

    CHECK_WITHIN(ms, 300, 800);
    CHECK(gone_soon("31.251"));
}

TEST(a_stop_and_a_deadline_end_a_child)
{
    struct child_ask ask = { .argv = ARGV("sleep", "31.252") };
    bool stop = false;
    pthread_t thread;

    cx->stop = &stop;
    pthread_create(&thread, NULL, stop_soon, &stop);
    CHECK_WITHIN(took_ms(cx, &ask, E_CANCELLED), 0, 700);
    pthread_join(thread, NULL);
    cx->stop = NULL;
    cx->deadline_ms = clock_ms() + 200;
    CHECK_WITHIN(took_ms(cx, &ask, E_DEADLINE_PASSED), 0, 700);
    CHECK(gone_soon("31.252"));
}

TEST(what_a_child_leaves_behind_dies_with_it)
{
    struct child_ask ask = { .argv = SH("sleep 31.253 & echo hi") };
    struct child_end end;
    int64_t from = clock_ms();

    NEED_OK(child_run(cx, &ask, &end));
    CHECK_TEXT(end.output.at, "hi\n");
    CHECK_WITHIN(clock_ms() - from, 0, 400);
    CHECK(gone_soon("31.253"));

    ask.argv = SH("setsid sleep 2.254 & echo hi");      /* it left the group, with our pipe */
    from = clock_ms();
    NEED_OK(child_run(cx, &ask, &end));
    CHECK_TEXT(end.output.at, "hi\n");
    CHECK_WITHIN(clock_ms() - from, 0, 1500);
}

TEST(a_child_does_not_outlive_us)
{
    pid_t pid = fork();

    if (!pid) {
        struct child_ask ask = { .argv = ARGV("sleep", "31.255") };
        struct child_end end;
        _exit(child_run(cx, &ask, &end) != OK);
    }
    for (int i = 0; i < 100 && !is_running("31.255"); i++)
        clock_sleep_ms(20);
    CHECK(is_running("31.255"));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    CHECK(gone_soon("31.255"));
}

/* --- limits --- */

TEST(a_child_that_burns_its_cpu_time_is_ended)
{
    struct child_ask ask = { .argv = SH("while :; do :; done"), .cpu_s = 1 };
    struct child_end end;

    CHECK_FAILS(child_run(cx, &ask, &end), CHILD_FAILED);
    CHECK(end.cpu_ms >= 900 && end.cpu_ms < 2500);
    CHECK_INT(end.signal, SIGXCPU);
}

TEST(memory_and_files_of_a_child_are_bounded)
{
    char dir[] = "/tmp/test-child-XXXXXX";
    struct child_end end;
    struct stat made;

    CHECK(mkdtemp(dir) != NULL);
    struct child_ask ask = { .argv = SH("head -c 300000000 /dev/zero | tail -n 1 | wc -c; exit 0"), .memory_bytes = 64 << 20 };
    NEED_OK(child_run(cx, &ask, &end));
    CHECK_HAS(end.complaint.at, "memory");
    ask = (struct child_ask){ .argv = ARGV("dd", "if=/dev/zero", "of=x", "bs=1k", "count=100"), .dir = dir, .file_bytes = 10240 };
    CHECK_FAILS(child_run(cx, &ask, &end), CHILD_FAILED);
    CHECK_INT(end.signal, SIGXFSZ);
    const char *x = arena_fmt(cx->arena, "%s/x", dir);
    CHECK(!stat(x, &made) && made.st_size == 10240 && (made.st_mode & 0777) == 0600);
    unlink(x);
    rmdir(dir);
}

static err_t count(struct ctx *cx, void *with, const char *at, size_t n)
{
    size_t *left = with;

    (void)at;
    if (n > *left)
        return fail(cx, INPUT_INVALID, "enough");
    *left -= n;
    return OK;
}

TEST(output_is_bounded_and_can_be_listened_to)
{
    struct child_ask ask = { .argv = ARGV("yes"), .max_output = 100000 };
    size_t left = 3000000;

    CHECK_WITHIN(took_ms(cx, &ask, E_BODY_TOO_LARGE), 0, 1000);
    ask = (struct child_ask){ .argv = ARGV("yes"), .max_output = 1 << 30, .on = count, .with = &left };
    CHECK_WITHIN(took_ms(cx, &ask, E_INPUT_INVALID), 0, 1000);
    CHECK(left < 100000);

    struct child_end end;
    left = 3000000;
    ask = (struct child_ask){ .argv = ARGV("head", "-c", "2000000", "/dev/zero"), .on = count, .with = &left };
    NEED_OK(child_run(cx, &ask, &end));
    CHECK_INT(left, 1000000);
    CHECK_INT(end.output.n, 0);
}

/* --- many at once --- */

static void *run_often(void *with)
{
    for (int i = 0; i < 20; i++) {
        struct ctx cx = { .arena = arena_new() };
        struct child_ask ask = { .argv = ARGV("cat"), .input = { "some words", 10 } };
        struct child_end end;
        err_t e = child_run(&cx, &ask, &end);
        if (e || strcmp(end.output.at, "some words"))
            __atomic_fetch_add((int *)with, 1, __ATOMIC_RELAXED);
        arena_free(cx.arena);
    }
    return NULL;
}

TEST(children_of_many_threads_do_not_hold_each_others_pipes)
{
    pthread_t threads[6];
    int failed = 0, fds = count_in("/proc/self/fd");

    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, run_often, &failed);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(failed, 0);
    CHECK_INT(count_in("/proc/self/fd"), fds);
}

static int ticks;

static err_t tick(struct ctx *cx, void *with)
{
    ticks++;
    return with ? fail(cx, MEDIA_TOO_LARGE, "enough") : OK;
}

TEST(a_child_is_looked_after_each_second_and_dies_of_a_complaint)
{
    struct child_end end;

    NEED_OK(child_run(cx, &(struct child_ask){ .argv = SH("sleep 2.5"), .tick = tick }, &end));
    CHECK(ticks >= 2 && ticks <= 4);
    CHECK_FAILS(child_run(cx, &(struct child_ask){ .argv = SH("sleep 50"), .tick = tick, .with = &ticks }, &end), MEDIA_TOO_LARGE);
}
