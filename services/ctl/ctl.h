/* palabrectl: a row of the table of commands is a name, its words and options as a shape, and a function. */
#pragma once

#include "data/shape.h"

#include <stdio.h>

/* What a command meets: where it reads and writes, and what it may reach. */
struct ctl {
    struct ctx *cx;                 /* with pg and redis when they are configured and needed */
    FILE *in, *out, *err;
    int   width;                    /* columns of the terminal that `out` is; 0: it is none */
    const char *dir;                /* where the daemons' programs are: beside ours */
    int64_t password_least;         /* bytes, as gateways ask for; known with pg */
    struct events *events;          /* opened at its first use */
    bool  failed;                   /* a part of what was asked could not be done: exit status 1 */
};

enum { NEEDS_PG = 1, NEEDS_REDIS = 2 };     /* Redis may be missing: the command says what that means */

struct command {
    const char *area, *verb;        /* "jobs", "retry"; verb NULL: the area is the command */
    const char *words;              /* members of `in` given without a name, in order; "ids..." takes all that follow */
    const char *about;              /* one line */
    unsigned    needs;
    err_t     (*run)(struct ctl *c, const void *in);
    const struct shape *in;         /* its options: a member dry_run is --dry-run */
    const void *defaults;           /* of the shape's size, or NULL: all zero */
};
extern const struct command commands[];
extern const size_t commands_n;

/* COMMAND(name, in) { body }: the body sees typed c and in. */
#define COMMAND(name_, in_t)                                                    \
    static err_t name_##_typed(struct ctl *c, const struct in_t *in);           \
    err_t name_(struct ctl *c, const void *in);                                 \
    err_t name_(struct ctl *c, const void *in) { return name_##_typed(c, in); } \
    static err_t name_##_typed(struct ctl *c, const struct in_t *in)

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

/* The whole of it: reads the arguments, runs a command, gives the exit status. c->cx needs only its arena. */
int ctl_run(struct ctl *c, int argc, char **argv);

/* For commands that need no server, or decide it late. CONFIG_INVALID. */
fallible ctl_reach_pg(struct ctl *c);
/* The keys of the audit log, into c->cx; NULL when AUDIT_SECRET is not set. */
fallible ctl_keys(struct ctl *c);
/* An act of the operator, in the audit log; joins the transaction of c->cx. `type` and `id` of what it was done to. */
fallible ctl_audit(struct ctl *c, const char *action, const char *type, const char *id, const char *to);

/* A sentence for the operator on c->err; marks the run as failed. */
void ctl_complain(struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ctl_complain_of(struct ctl *c, err_t e);
