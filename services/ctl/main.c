/* palabrectl: the operator's command. */
#define _GNU_SOURCE
#include "ctl.h"
#include "data/trace.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where we are: the daemons' programs lie beside us. */
static const char *our_dir(struct ctx *cx)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
    const char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;

    return slash ? arena_text(cx->arena, path, (size_t)(slash - path)) : "/usr/bin";
}

static int terminal_width(void)
{
    struct winsize size;

    return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col >= 40 ? size.ws_col : 0;
}

int main(int argc, char **argv)
{
    struct ctx cx = { .arena = arena_new() };
    struct ctl c = { .cx = &cx, .in = stdin, .out = stdout, .err = stderr, .width = terminal_width(), .dir = our_dir(&cx) };

    signal(SIGPIPE, SIG_IGN);
    trace_start(&cx, NULL);
    int status = ctl_run(&c, argc, argv);
    if (fflush(stdout) && status == EXIT_DONE)
        status = EXIT_FAILED;
    arena_free(cx.arena);
    return status;
}
