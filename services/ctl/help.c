#include "help.h"
#include "arguments.h"

const char *command_name(struct ctx *cx, const struct command *cmd)
{
    return cmd->verb ? arena_fmt(cx->arena, "%s %s", cmd->area, cmd->verb) : cmd->area;
}

static const char *value_name(struct ctx *cx, const struct field *f)
{
    if (f->kind == INT || f->kind == LONG)
        return "N";
    return f->format == &format_email ? "EMAIL" : f->format == &format_uuid ? "ID" : word_name(cx, f);
}

const char *command_usage(struct ctx *cx, const struct command *cmd)
{
    struct text usage = text_new(cx->arena, 128, 2000);
    const char *at = cmd->words;
    const struct field *f;
    bool all;

    text_put(&usage, command_name(cx, cmd));
    while ((f = word_next(cmd, &at, &all)))
        text_fmt(&usage, f->need ? " %s%s" : " [%s%s]", word_name(cx, f), all ? "..." : "");
    for (size_t i = 0; i < cmd->in->n; i++) {
        f = &cmd->in->fields[i];
        if (!is_word(cmd, f))
            text_fmt(&usage, f->kind == BOOL ? " [%s%s%s]" : " [%s%s%s]", option_name(cx, f), f->kind == BOOL ? "" : " ",
                     f->kind == BOOL ? "" : value_name(cx, f));
    }
    return usage.at;
}

static void put_words(FILE *to, const struct field *f)
{
    for (const char *const *word = f->one_of; word && *word; word++)
        fprintf(to, "%s%s", word == f->one_of ? " One of: " : ", ", *word);
}

static void put_default(FILE *to, const struct field *f, const void *defaults)
{
    const void *at = (const char *)defaults + f->offset;

    if (f->kind == INT && *(const int *)at)
        fprintf(to, " (default: %d)", *(const int *)at);
    if (f->kind == TEXT && *(const char *const *)at)
        fprintf(to, " (default: %s)", *(const char *const *)at);
}

void help_command(struct ctl *c, const struct command *cmd, FILE *to)
{
    fprintf(to, "usage: palabrectl %s\n\n%s\n\n", command_usage(c->cx, cmd), cmd->about);
    for (size_t i = 0; i < cmd->in->n; i++) {
        const struct field *f = &cmd->in->fields[i];
        fprintf(to, "  %-12s %s", is_word(cmd, f) ? word_name(c->cx, f) : option_name(c->cx, f), f->doc);
        put_words(to, f);
        put_default(to, f, cmd->defaults);
        fputc('\n', to);
    }
}

static void list_commands(struct ctl *c, const char *area, FILE *to)
{
    for (size_t i = 0; i < commands_n; i++) {
        const struct command *cmd = &commands[i];
        if (area && !text_is(area, cmd->area))
            continue;
        if (!area && i && !text_is(cmd->area, cmd[-1].area) && (cmd->verb || cmd[-1].verb))
            fputc('\n', to);
        fprintf(to, "  %-17s %s\n", command_name(c->cx, cmd), cmd->about);
    }
}

void help_area(struct ctl *c, const char *area, FILE *to)
{
    fprintf(to, "usage: palabrectl %s COMMAND\n\n", area);
    list_commands(c, area, to);
    fprintf(to, "\nMore on each: palabrectl %s COMMAND --help\n", area);
}

void help_all(struct ctl *c, FILE *to)
{
    fputs("palabrectl " PALABRE_VERSION ": the operator's command of Palabre\n\n"
          "usage: palabrectl [--env FILE] COMMAND ...\n\n", to);
    list_commands(c, NULL, to);
    fputs("\nMore on each: palabrectl COMMAND --help\n\n"
          "  --env FILE   NAME=value lines for what the environment does not say. Without it, when PG_URL is not set,\n"
          "               where `make up` ran: .env, .run/secret.env, .run/servers/env and .run/env.\n"
          "  --version    Which palabrectl this is.\n\n"
          "PG_URL, REDIS_URL, AMQP_URL and BLOB_URL say where things are, as for the daemons.\n"
          "Exit status: 0 done, 1 failed, 2 not understood.\n", to);
}
