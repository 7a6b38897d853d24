#define _GNU_SOURCE
#include "secret.h"

#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int signal) { interrupted = signal; }

static fallible read_line(struct ctl *c, char to[SECRET_BYTES + 1])
{
    size_t n = 0;
    bool broken = false;
    int got;

    while ((got = getc(c->in)) != EOF && got != '\n') {
        broken |= !got || n == SECRET_BYTES;
        if (n < SECRET_BYTES)
            to[n++] = (char)got;
    }
    if (n && to[n - 1] == '\r')
        n--;
    to[n] = '\0';
    if (interrupted)
        return fail(c->cx, CANCELLED, "interrupted");
    if (broken)
        return fail(c->cx, INPUT_INVALID, "a password has at most %d bytes, none of them NUL", SECRET_BYTES);
    if (!n)
        return fail(c->cx, INPUT_INVALID, "the password is missing: type it, or give it on standard input");
    return text_is_utf8(to, n) ? OK : fail(c->cx, INPUT_INVALID, "the password is not UTF-8");
}

/* --- from a terminal --- */

static fallible ask_once(struct ctl *c, const char *what, char to[SECRET_BYTES + 1])
{
    fprintf(c->err, "%s: ", what);
    fflush(c->err);
    err_t e = read_line(c, to);
    fputc('\n', c->err);
    return e;
}

static fallible ask_twice(struct ctl *c, const char *what, char to[SECRET_BYTES + 1])
{
    char again[SECRET_BYTES + 1];

    TRY(ask_once(c, what, to));
    err_t e = ask_once(c, "once more", again);
    bool same = !e && !strcmp(to, again);
    explicit_bzero(again, sizeof(again));
    return same ? OK : fail(c->cx, INPUT_INVALID, "%s", e && e->code == E_CANCELLED ? e->text : "the two passwords differ");
}

/* The terminal shows nothing meanwhile, and everything again whatever happens: signals that would end us are taken until then. */
static fallible ask_unseen(struct ctl *c, const char *what, char to[SECRET_BYTES + 1])
{
    static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
    struct sigaction taken = { .sa_handler = on_signal }, before[COUNT(ending)];
    int fd = fileno(c->in);
    struct termios shown, hidden;

    if (tcgetattr(fd, &shown))
        return fail(c->cx, INPUT_INVALID, "the terminal cannot be asked");
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    for (size_t i = 0; i < COUNT(ending); i++)
        sigaction(ending[i], &taken, &before[i]);       /* without SA_RESTART: reading ends */
    tcsetattr(fd, TCSAFLUSH, &hidden);
    err_t e = ask_twice(c, what, to);
    tcsetattr(fd, TCSAFLUSH, &shown);
    for (size_t i = 0; i < COUNT(ending); i++)
        sigaction(ending[i], &before[i], NULL);
    return e;
}

err_t secret_ask(struct ctl *c, const char *what, char to[SECRET_BYTES + 1])
{
    int fd = fileno(c->in);

    *to = '\0';
    err_t e = fd >= 0 && isatty(fd) ? ask_unseen(c, what, to) : read_line(c, to);
    if (e)
        explicit_bzero(to, SECRET_BYTES + 1);
    return e;
}
