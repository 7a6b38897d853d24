/* Runs one program from start to end: feeds it, listens to it, and ends it with all it started. */
#define _GNU_SOURCE
#include "net/child.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU_S            600
#define MEMORY_BYTES     ((int64_t)1 << 30)
#define FILE_BYTES       ((int64_t)4 << 30)
#define OPEN_FILES       256
#define OUTPUT_BYTES     (16u << 20)
#define COMPLAINT_BYTES  8192
#define PIECE_BYTES      65536
#define LOOK_MS          100    /* how late a stop may be noticed */
#define GUESS_MS         20     /* the same for its end, where pidfds are not to be had */
#define TICK_MS          1000
#define DRAIN_MS         500    /* for output still in the pipes; something that left the group may hold them open */

enum { IN, OUT, ERR, PIPES };

struct child {
    struct ctx *cx;
    const struct child_ask *ask;
    struct child_end *out;
    const char *path;
    char **argv, **env;
    int   ours[PIPES], its[PIPES];      /* ends of the pipes; -1: closed */
    int   pidfd;
    pid_t pid;
    int   why;                          /* errno of what failed between fork and exec */
    size_t fed, got;
    struct text output;
    char  complaint[2 * COMPLAINT_BYTES];
    size_t complaint_n;
    int64_t end_ms;                     /* of wall_ms; 0: none */
    int64_t tick_ms;                    /* when it was asked last */
};

/* --- before it starts --- */

static fallible find_program(struct child *c)
{
    static const char *const places[] = { "/usr/bin", "/bin" };
    const char *name = c->ask->argv[0];

    if (*name == '/') {
        c->path = name;
        return OK;
    }
    for (size_t i = 0; i < COUNT(places) && !strchr(name, '/'); i++) {
        c->path = arena_fmt(c->cx->arena, "%s/%s", places[i], name);
        if (!access(c->path, X_OK))
            return OK;
    }
    return fail(c->cx, CHILD_FAILED, "%s is not installed", name);
}

static void make_argv(struct child *c)
{
    size_t n = 0;

    while (c->ask->argv[n])
        n++;
    c->argv = NEWS(c->cx, char *, n + 1);
    for (size_t i = 0; i < n; i++)
        c->argv[i] = arena_text(c->cx->arena, c->ask->argv[i], strlen(c->ask->argv[i]));
}

static void make_env(struct child *c)
{
    const char *dir = c->ask->dir ? c->ask->dir : "/";
    size_t n = 0, own = 0;

    while (c->ask->env && c->ask->env[n])
        n++;
    c->env = NEWS(c->cx, char *, n + 5);
    c->env[own++] = arena_fmt(c->cx->arena, "PATH=/usr/bin:/bin");
    c->env[own++] = arena_fmt(c->cx->arena, "LANG=C.UTF-8");
    c->env[own++] = arena_fmt(c->cx->arena, "HOME=%s", dir);
    if (c->ask->dir)
        c->env[own++] = arena_fmt(c->cx->arena, "TMPDIR=%s", dir);
    for (size_t i = 0; i < n; i++)
        c->env[own + i] = arena_text(c->cx->arena, c->ask->env[i], strlen(c->ask->env[i]));
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static fallible open_pipes(struct child *c)
{
    for (int i = 0; i < PIPES; i++) {
        int ends[2];
        if (i == IN && !c->ask->input.n) {
            c->its[IN] = open("/dev/null", O_RDONLY | O_CLOEXEC);
            continue;
        }
        if (pipe2(ends, O_CLOEXEC))
            return fail(c->cx, CHILD_FAILED, "no pipe for %s: %s", c->ask->argv[0], strerror(errno));
        c->ours[i] = ends[i == IN];
        c->its[i] = ends[i != IN];
        fcntl(c->ours[i], F_SETFL, O_NONBLOCK);
    }
    return c->its[IN] >= 0 ? OK : fail(c->cx, CHILD_FAILED, "/dev/null: %s", strerror(errno));
}

/* --- in the child: it borrows our memory until exec, so nothing but system calls --- */

static bool limit(int what, int64_t soft, int64_t hard)
{
    struct rlimit r = { (rlim_t)soft, (rlim_t)hard };

    return !setrlimit(what, &r);
}

static int64_t or_else(int64_t asked, int64_t usual) { return asked ? asked : usual; }

static bool confine(const struct child *c)
{
    int64_t cpu_s = or_else(c->ask->cpu_s, CPU_S), memory = or_else(c->ask->memory_bytes, MEMORY_BYTES);
    int64_t file = or_else(c->ask->file_bytes, FILE_BYTES);

    return !setpgid(0, 0) && !prctl(PR_SET_PDEATHSIG, SIGKILL) && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           limit(RLIMIT_CPU, cpu_s, cpu_s + 1) && limit(RLIMIT_AS, memory, memory) && limit(RLIMIT_FSIZE, file, file) &&
           limit(RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES) && limit(RLIMIT_CORE, 0, 0);
}

/* Ours ignores SIGPIPE, and what is ignored stays so through exec. */
static void reset_signals(void)
{
    struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        sigaction(i, &usual, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void become(struct child *c, pid_t parent)
{
    bool ready = confine(c) && getppid() == parent && dup2(c->its[IN], 0) == 0 && dup2(c->its[OUT], 1) == 1 &&
                 dup2(c->its[ERR], 2) == 2 && !close_range(3, ~0u, 0) && !chdir(c->ask->dir ? c->ask->dir : "/");

    if (ready) {
        umask(077);
        reset_signals();
        execve(c->path, c->argv, c->env);
    }
    c->why = errno ? errno : ESRCH;
    _exit(127);
}

/* --- its life --- */

/* vfork: a process with gigabytes mapped starts a child as fast as a small one. Signals are held back
 * so that no handler of ours runs in the child. */
static fallible start(struct child *c)
{
    sigset_t all, before;
    pid_t parent = getpid();

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork();
    if (!pid)
        become(c, parent);
    int failed = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    c->pid = pid;
    if (pid < 0)
        return fail(c->cx, CHILD_FAILED, "%s could not be started: %s", c->ask->argv[0], strerror(failed));
    if (c->why)
        return fail(c->cx, CHILD_FAILED, "%s could not be started: %s", c->ask->argv[0], strerror(c->why));
    setpgid(c->pid, c->pid);            /* where vfork is only fork (sanitizers), it may not have got there yet */
    for (int i = 0; i < PIPES; i++)
        shut(&c->its[i]);
    c->pidfd = pidfd_open(c->pid, 0);
    return OK;
}

static void feed(struct child *c)
{
    ssize_t n = write(c->ours[IN], c->ask->input.at + c->fed, c->ask->input.n - c->fed);

    if (n > 0)
        c->fed += (size_t)n;
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || c->fed == c->ask->input.n)
        shut(&c->ours[IN]);             /* it need not read all of it */
}

static fallible take_output(struct child *c, const char *at, size_t n)
{
    size_t most = c->ask->max_output ? c->ask->max_output : OUTPUT_BYTES;

    c->got += n;
    if (c->got > most)
        return fail(c->cx, BODY_TOO_LARGE, "%s wrote more than %zu bytes", c->ask->argv[0], most);
    if (c->ask->on)
        return c->ask->on(c->cx, c->ask->with, at, n);
    if (!c->output.at)
        c->output = text_new(c->cx->arena, n + 1, most);
    text_add(&c->output, at, n);
    return OK;
}

/* Keeps the end: the last words say what went wrong. */
static void take_complaint(struct child *c, const char *at, size_t n)
{
    size_t room = sizeof(c->complaint);

    if (n > COMPLAINT_BYTES)
        at += n - COMPLAINT_BYTES, n = COMPLAINT_BYTES;
    if (c->complaint_n + n > room) {
        memmove(c->complaint, c->complaint + c->complaint_n - COMPLAINT_BYTES, COMPLAINT_BYTES);
        c->complaint_n = COMPLAINT_BYTES;
    }
    memcpy(c->complaint + c->complaint_n, at, n);
    c->complaint_n += n;
}

static fallible listen_to(struct child *c, int which)
{
    char piece[PIECE_BYTES];
    ssize_t n = read(c->ours[which], piece, sizeof(piece));

    if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
        shut(&c->ours[which]);
    if (n > 0 && which == OUT)
        return take_output(c, piece, (size_t)n);
    if (n > 0)
        take_complaint(c, piece, (size_t)n);
    return OK;
}

/* One wait, and what there is to do after it. */
static fallible serve(struct child *c, int64_t wait_ms)
{
    struct pollfd at[] = { [IN] = { c->ours[IN], POLLOUT, 0 }, [OUT] = { c->ours[OUT], POLLIN, 0 },
                           [ERR] = { c->ours[ERR], POLLIN, 0 }, [PIPES] = { c->pidfd, POLLIN, 0 } };

    if (poll(at, COUNT(at), (int)wait_ms) <= 0)
        return OK;
    if (at[IN].revents)
        feed(c);
    if (at[ERR].revents)
        TRY(listen_to(c, ERR));
    return at[OUT].revents ? listen_to(c, OUT) : OK;
}

static bool has_ended(const struct child *c)
{
    siginfo_t info = { .si_pid = 0 };

    /* It stays a zombie: until it is reaped its process group cannot become another's. */
    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

static fallible tick(struct child *c, int64_t now)
{
    if (!c->ask->tick || now < c->tick_ms + TICK_MS)
        return OK;
    c->tick_ms = now;
    return c->ask->tick(c->cx, c->ask->with);
}

static fallible attend(struct child *c)
{
    while (!has_ended(c)) {
        int64_t now = clock_ms(), most = c->pidfd < 0 ? GUESS_MS : c->cx->stop ? LOOK_MS : 1000;
        TRY(clock_check(c->cx));
        TRY(tick(c, now));
        if (c->end_ms && now >= c->end_ms)
            return fail(c->cx, TIMEOUT, "%s took longer than %lld ms", c->ask->argv[0], (long long)c->ask->wall_ms);
        if (c->end_ms && c->end_ms - now < most)
            most = c->end_ms - now;
        TRY(serve(c, clock_left_ms(c->cx, most)));
    }
    return OK;
}

/* What it wrote before it ended is still in the pipes. */
static fallible drain(struct child *c)
{
    int64_t until = clock_ms() + DRAIN_MS;

    shut(&c->ours[IN]);
    shut(&c->pidfd);
    while ((c->ours[OUT] >= 0 || c->ours[ERR] >= 0) && clock_ms() < until)
        TRY(serve(c, until - clock_ms()));
    return OK;
}

/* --- its end --- */

static fallible verdict(struct child *c, int status)
{
    struct child_end *out = c->out;
    size_t n = c->complaint_n < COMPLAINT_BYTES ? c->complaint_n : COMPLAINT_BYTES;

    out->output = (struct bytes){ c->output.n ? c->output.at : "", c->output.n };
    out->complaint = (struct bytes){ arena_text(c->cx->arena, c->complaint + c->complaint_n - n, n), n };
    out->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (out->signal == SIGXCPU || out->signal == SIGXFSZ || out->signal == SIGKILL)
        return fail(c->cx, CHILD_FAILED, "%s was ended by signal %d (a limit)", c->ask->argv[0], out->signal);
    return OK;
}

static int64_t ms_of(struct timeval t) { return t.tv_sec * 1000 + t.tv_usec / 1000; }

/* Ends what is left of it and gives everything back, whatever happened. */
static int finish(struct child *c)
{
    struct rusage used = { .ru_utime.tv_sec = 0 };
    int status = 0;

    if (c->pid > 0) {
        kill(-c->pid, SIGKILL);
        kill(c->pid, SIGKILL);
        while (wait4(c->pid, &status, 0, &used) < 0 && errno == EINTR)
            ;
    }
    c->out->cpu_ms = ms_of(used.ru_utime) + ms_of(used.ru_stime);
    for (int i = 0; i < PIPES; i++) {
        shut(&c->ours[i]);
        shut(&c->its[i]);
    }
    shut(&c->pidfd);
    return status;
}

static fallible live(struct child *c)
{
    TRY(find_program(c));
    make_argv(c);
    make_env(c);
    TRY(open_pipes(c));
    TRY(start(c));
    TRY(attend(c));
    kill(-c->pid, SIGKILL);             /* what it started and left behind */
    return drain(c);
}

err_t child_run(struct ctx *cx, const struct child_ask *ask, struct child_end *out)
{
    struct child c = { .cx = cx, .ask = ask, .out = out, .ours = { -1, -1, -1 }, .its = { -1, -1, -1 }, .pidfd = -1 };

    *out = (struct child_end){ .output = { "", 0 }, .complaint = { "", 0 } };
    TRY(clock_check(cx));
    if (ask->wall_ms)
        c.end_ms = clock_ms() + ask->wall_ms;
    err_t e = live(&c);
    int status = finish(&c);
    return e ? e : verdict(&c, status);
}
