/* From arguments to a command and its exit status. */
#include "ctl.h"
#include "arguments.h"
#include "environment.h"
#include "help.h"
#include "nearest.h"
#include "print.h"
#include "app/audit.h"
#include "app/events.h"
#include "app/persons.h"
#include "data/config.h"
#include "data/password_rules.h"
#include "net/pg.h"
#include "net/redis.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

struct ctl_settings { const char *pg_url, *redis_url, *person_keys, *audit_secret, *audit_old_secrets; int audit_key_id; int64_t password_least; };
extern const struct shape ctl_settings_shape;
SHAPE(ctl_settings, "What palabrectl reads.",
    FIELD(ctl_settings, pg_url,    "PostgreSQL, as for the daemons.", .secret = true),
    FIELD(ctl_settings, redis_url, "Redis, as for the daemons.", .secret = true),
    FIELD(ctl_settings, person_keys,       "Master keys, as for the daemons.", .secret = true),
    FIELD(ctl_settings, audit_secret,      "Key of the audit log, as for the daemons.", .secret = true),
    FIELD(ctl_settings, audit_key_id,      "Its number.", .min = 1, .max = 32767),
    FIELD(ctl_settings, audit_old_secrets, "Secrets before it.", .secret = true),
    PASSWORD_FIELD(ctl_settings));

void ctl_complain(struct ctl *c, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *text = arena_vfmt(c->cx->arena, fmt, args);
    va_end(args);
    for (size_t n = strlen(text); n && text[n - 1] == '\n'; n--)
        text[n - 1] = '\0';             /* libpq's sentences end their line */
    fflush(c->out);                 /* a complaint stands where it belongs */
    fprintf(c->err, "palabrectl: %s\n", print_plain(c->cx, text, 0));
    c->failed = true;
}

void ctl_complain_of(struct ctl *c, err_t e) { ctl_complain(c, "%s", e->text); }

/* --- which command --- */

/* Takes --env FILE out of the arguments, wherever it stands before a "--". NULL: it is not there. */
static fallible take_env(struct ctx *cx, int *argc, char **argv, const char **path)
{
    int kept = 0;
    bool plain = false;

    *path = NULL;
    for (int i = 0; i < *argc; i++) {
        plain |= !strcmp(argv[i], "--");
        if (plain || (strcmp(argv[i], "--env") && !text_starts(argv[i], "--env="))) {
            argv[kept++] = argv[i];
            continue;
        }
        *path = argv[i][5] ? argv[i] + 6 : i + 1 < *argc ? argv[++i] : "";
        if (!**path)
            return fail(cx, INPUT_INVALID, "--env needs a file");
    }
    *argc = kept;
    return OK;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return true;
    return false;
}

static const struct command *command_find(const char *area, const char *verb)
{
    for (size_t i = 0; i < commands_n; i++)
        if (text_is(commands[i].area, area) && (!commands[i].verb || text_is(commands[i].verb, verb)))
            return &commands[i];
    return NULL;
}

static bool is_area(const char *name)
{
    for (size_t i = 0; i < commands_n; i++)
        if (text_is(commands[i].area, name))
            return true;
    return false;
}

/* The commands of an area by their names, or the areas. */
static size_t names_of(const char *area, const char **names, size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < commands_n && n < most; i++)
        if (area ? text_is(commands[i].area, area) : !i || !text_is(commands[i].area, commands[i - 1].area))
            names[n++] = area ? commands[i].verb : commands[i].area;
    return n;
}

/* "; did you mean ...?" A command may have been given without its area. */
static const char *hint(struct ctl *c, const char *area, const char *given)
{
    const char *names[32] = { NULL };

    for (size_t i = 0; !area && i < commands_n; i++)
        if (text_is(commands[i].verb, given))
            return arena_fmt(c->cx->arena, "; did you mean %s?", command_name(c->cx, &commands[i]));
    return nearest(c->cx, given, names, names_of(area, names, COUNT(names)));
}

static int not_understood(struct ctl *c, const struct command *cmd, const char *text)
{
    ctl_complain(c, "%s", text);
    if (cmd)
        fprintf(c->err, "usage: palabrectl %s\n", command_usage(c->cx, cmd));
    else
        fputs("See palabrectl --help\n", c->err);
    return EXIT_USAGE;
}

static int unknown(struct ctl *c, const char *area, const char *given)
{
    const char *name = print_plain(c->cx, given, 40);

    return not_understood(c, NULL, arena_fmt(c->cx->arena, "there is no command %s%s%s%s", area ? area : "", area ? " " : "", name,
                                             hint(c, area, given)));
}

/* --- running it --- */

static fallible use_keys(struct ctl *c, const struct ctl_settings *s)
{
    return audit_keys_read(c->cx, s->audit_secret, s->audit_key_id, s->audit_old_secrets, &c->cx->audit);
}

err_t ctl_keys(struct ctl *c)
{
    struct ctl_settings settings = { .audit_key_id = 1, .password_least = PASSWORD_LEAST };

    TRY(config_read(c->cx, &ctl_settings_shape, &settings));
    return use_keys(c, &settings);
}

err_t ctl_audit(struct ctl *c, const char *action, const char *type, const char *id, const char *to)
{
    return audit_add(c->cx, &(struct audit_entry){ .action = action, .type = type, .id = id, .details = { .method = "palabrectl", .to = to } });
}

static fallible reach_servers(struct ctl *c, unsigned needs)
{
    struct ctl_settings settings = { .audit_key_id = 1, .password_least = PASSWORD_LEAST };

    TRY(config_read(c->cx, &ctl_settings_shape, &settings));
    TRY(use_keys(c, &settings));
    TRY(persons_open(c->cx, c->cx->arena, settings.person_keys, &c->cx->persons));
    c->password_least = settings.password_least;
    if ((needs & NEEDS_PG) && (!settings.pg_url || !*settings.pg_url))
        return fail(c->cx, CONFIG_INVALID, "PG_URL is not set; set it, or name a file that does with --env");
    if (needs & NEEDS_PG)
        c->cx->pg = pg_open(c->cx->arena, settings.pg_url, 2);
    if ((needs & NEEDS_REDIS) && settings.redis_url && *settings.redis_url)
        c->cx->redis = redis_open(c->cx->arena, settings.redis_url, 2);
    return OK;
}

err_t ctl_reach_pg(struct ctl *c) { return reach_servers(c, NEEDS_PG); }

static fallible run(struct ctl *c, const struct command *cmd, const char *env, const void *in)
{
    TRY(environment_read(c, env));
    if (cmd->needs)
        TRY(reach_servers(c, cmd->needs));
    TRY(cmd->run(c, in));
    errno = 0;
    if (!fflush(c->out) && !ferror(c->out))
        return OK;
    c->failed = true;                   /* who closed the pipe knows that it did */
    return errno == EPIPE ? OK : fail(c->cx, DISK_FULL, "not everything could be written: %s", strerror(errno));
}

static int run_command(struct ctl *c, const struct command *cmd, const char *env, int argc, char **argv)
{
    void *in = arena_get(c->cx->arena, cmd->in->size);

    memcpy(in, cmd->defaults, cmd->in->size);
    err_t e = arguments_read(c->cx, cmd, argc, argv, in);
    if (e)
        return not_understood(c, cmd, e->text);
    e = run(c, cmd, env, in);
    events_close(c->events);
    c->events = NULL;
    if (e)
        ctl_complain_of(c, e);
    if (e && (e->code == E_INPUT_INVALID || e->code == E_PASSWORD_SHORT || e->code == E_PASSWORD_WEAK))
        return EXIT_USAGE;
    return c->failed ? EXIT_FAILED : EXIT_DONE;
}

/* Without a command: --help, --version, or nothing. */
static int run_nothing(struct ctl *c, const char *option)
{
    if (option && !strcmp(option, "--version"))
        return fputs("palabrectl " PALABRE_VERSION "\n", c->out), EXIT_DONE;
    if (option && strcmp(option, "--help") && strcmp(option, "-h") && strcmp(option, "help"))
        return unknown(c, NULL, option);
    help_all(c, option ? c->out : c->err);
    return option ? EXIT_DONE : EXIT_USAGE;
}

int ctl_run(struct ctl *c, int argc, char **argv)
{
    const char *env;
    err_t e = take_env(c->cx, &argc, argv, &env);
    bool help = wants_help(argc, argv);

    if (e)
        return not_understood(c, NULL, e->text);
    if (argc < 2 || argv[1][0] == '-' || !strcmp(argv[1], "help"))
        return run_nothing(c, argc > 1 ? argv[1] : NULL);
    const struct command *cmd = command_find(argv[1], argc > 2 ? argv[2] : NULL);
    if (!is_area(argv[1]))
        return unknown(c, NULL, argv[1]);
    if (!cmd && argc > 2 && argv[2][0] != '-')
        return unknown(c, argv[1], argv[2]);
    if (!cmd)
        return help_area(c, argv[1], help ? c->out : c->err), help ? EXIT_DONE : EXIT_USAGE;
    if (help)
        return help_command(c, cmd, c->out), EXIT_DONE;
    int words = cmd->verb ? 3 : 2;
    return run_command(c, cmd, env, argc - words, argv + words);
}
