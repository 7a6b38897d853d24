/* Runs the tests of one suite, each in a child of its own: a crash or a hang is one failed test.
 * Last line: "N passed, N failed, N skipped". Arguments: names (or parts) of the tests wanted. */
#define _GNU_SOURCE
#include "test.h"
#include "base/clock.h"
#include "base/log.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77
#define LONG_MS 2000        /* what takes longer is told with its time */

struct test *tests, **tests_last = &tests;
int flaws;
static int expected;

/* A suite that needs servers fills the context here (tests/servers.c). */
void suite_start(struct ctx *cx);
__attribute__((weak)) void suite_start(struct ctx *cx) { (void)cx; }

void expect_errors(int n) { expected += n; }

void skip(const char *why)
{
    fprintf(stderr, "skipped: %s\n", why);
    fflush(stderr);
    _exit(SKIPPED);
}

void deep(void)
{
    if (!getenv("DEEP"))
        skip("DEEP=1 runs it");
}

int64_t patience(void)
{
    const char *times = getenv("PATIENCE");
    long n = times ? strtol(times, NULL, 10) : 1;

    return n > 0 && n < 100 ? n : 1;
}

static int run_here(const struct test *t)
{
    struct ctx cx = { .arena = arena_new() };

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm((unsigned)(t->limit_s * patience()));
    suite_start(&cx);
    t->run(&cx);
    if (log_errors() > expected)
        SAY("%lld errors were logged, %d expected", (long long)log_errors(), expected);
    arena_free(cx.arena);
    return flaws != 0;
}

static int run(const struct test *t)
{
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    if (!pid)
        exit(run_here(t));
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        fprintf(stderr, "%s: killed by signal %d%s\n", t->name, WTERMSIG(status),
                WTERMSIG(status) == SIGALRM ? " (too slow)" : "");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool wanted(const struct test *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(t->name, argv[i]))
            return true;
    return argc == 1;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (const struct test *t = tests; t; t = t->next) {
        if (!wanted(t, argc, argv))
            continue;
        int64_t from_ms = clock_ms();
        int got = run(t);
        printf("%s  %s", got == SKIPPED ? "skip" : got ? "BAD " : "ok  ", t->name);
        printf(clock_ms() - from_ms < LONG_MS ? "\n" : "  %.1f s\n", (double)(clock_ms() - from_ms) / 1000);
        *(got == SKIPPED ? &skipped : got ? &failed : &passed) += 1;
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed != 0;
}
