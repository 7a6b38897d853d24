#include "tools.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void args_put(struct args *a, const char *const *words)
{
    for (; *words; words++) {
        if (a->n == ARGS_MOST)
            abort();
        a->at[a->n++] = *words;
    }
}

static const struct { int signal; const char *why; } deaths[] = {
    { SIGXCPU, "reading it takes more processor time than allowed" },
    { SIGXFSZ, "it becomes larger than allowed" },
    { SIGSEGV, "it makes the decoder crash" },
    { SIGABRT, "it makes the decoder crash" },
    { SIGBUS,  "it makes the decoder crash" },
    { SIGILL,  "it makes the decoder crash" },
    { SIGFPE,  "it makes the decoder crash" },
};

err_t tool_run(struct ctx *cx, const struct child_ask *ask, struct child_end *end)
{
    *end = (struct child_end){ .status = 0 };
    err_t e = child_run(cx, ask, end);

    for (size_t i = 0; i < COUNT(deaths); i++)
        if (end->signal == deaths[i].signal)
            return fail(cx, MEDIA_UNREADABLE, "The file cannot be read: %s", deaths[i].why);
    if (!e && end->signal)
        return fail(cx, CHILD_FAILED, "%s died of signal %d", ask->argv[0], end->signal);
    return e;
}

const char *tool_complaint(struct ctx *cx, const struct child_end *end)
{
    const char *at = end->complaint.at, *stop = at + end->complaint.n;
    const char *line = at && *at == '[' ? memchr(at, ']', end->complaint.n) : NULL;

    if (!end->complaint.n)
        return "no reason given";
    if (line && line + 2 < stop)
        at = line + 2;
    const char *eol = memchr(at, '\n', (size_t)(stop - at));
    size_t n = (size_t)((eol ? eol : stop) - at);
    return arena_text(cx->arena, at, text_utf8_cut(at, n < 200 ? n : 200));
}
