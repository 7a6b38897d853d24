/* Heavy tools run as children: no shell, a clean environment, resource limits, a private directory,
 * a deadline; the whole process group dies with the attempt. */
#pragma once

#include "base/text.h"

struct child_ask {
    const char *const *argv;            /* NULL-ended; argv[0] is looked up in /usr/bin:/bin, or begins with / */
    const char *dir;                    /* working directory, also HOME and TMPDIR; NULL: / */
    const char *const *env;             /* "NAME=value" besides PATH, LANG, HOME, TMPDIR; NULL-ended; NULL: none */
    struct bytes input;                 /* on standard input; else /dev/null */
    int64_t cpu_s, memory_bytes, file_bytes;    /* rlimits; 0: 600 s, 1 GiB, 4 GiB */
    int64_t wall_ms;                    /* 0: cx's deadline only */
    size_t max_output;                  /* of standard output kept or passed; 0: 16 MiB */
    /* Standard output as it comes, instead of keeping it; an error kills the child. */
    err_t (*on)(struct ctx *cx, void *with, const char *at, size_t n);
    /* Asked about once a second while it runs; an error kills the child. */
    err_t (*tick)(struct ctx *cx, void *with);
    void *with;
};

struct child_end { int status; int signal; struct bytes output, complaint; int64_t cpu_ms; };   /* complaint: the last 8 KiB of stderr */

/* OK when it ran and ended by itself, whatever its status. CHILD_FAILED: could not start, or died of a limit.
 * The process must ignore SIGPIPE.
 * TIMEOUT, CANCELLED, DEADLINE_PASSED: killed. BODY_TOO_LARGE: output above max_output. */
fallible child_run(struct ctx *cx, const struct child_ask *ask, struct child_end *out);
