#define _GNU_SOURCE
#include "environment.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES_MOST 1000
#define LINE_BYTES 16384

/* What scripts/up.sh gives its daemons; what is said first stays. */
static const char *const usual[] = { ".env", ".run/secret.env", ".run/servers/env", ".run/env" };

static bool is_name(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)at[i]) && at[i] != '_')
            return false;
    return n && !isdigit((unsigned char)*at);
}

/* Quotes around the whole of a value are not part of it; nothing in it is expanded. */
static char *unquoted(char *value)
{
    size_t n = strlen(value);

    while (n && isspace((unsigned char)value[n - 1]))
        value[--n] = '\0';
    if (n < 2 || value[0] != value[n - 1] || (value[0] != '"' && value[0] != '\''))
        return value;
    value[n - 1] = '\0';
    return value + 1;
}

static void take_line(char *line)
{
    line += strspn(line, " \t");
    if (text_starts(line, "export "))
        line += 7 + strspn(line + 7, " \t");
    size_t n = strcspn(line, "=");
    if (!line[n] || !is_name(line, n))
        return;                         /* a comment, or nothing of ours */
    line[n] = '\0';
    setenv(line, unquoted(line + n + 1), 0);
}

static fallible take_lines(struct ctx *cx, FILE *file, const char *path)
{
    char line[LINE_BYTES];

    for (int i = 0; i < LINES_MOST && fgets(line, sizeof(line), file); i++) {
        if (!strchr(line, '\n') && !feof(file))
            return fail(cx, CONFIG_INVALID, "%s: line %d is too long", path, i + 1);
        take_line(line);
    }
    return ferror(file) ? fail(cx, CONFIG_INVALID, "%s cannot be read", path) : OK;
}

static void file_drop(void *file) { fclose(file); }

/* What nobody named is read only when nobody else could have put it there. */
static bool is_trusted(FILE *file)
{
    struct stat s;

    return !fstat(fileno(file), &s) && (s.st_uid == geteuid() || !s.st_uid) && !(s.st_mode & (S_IWGRP | S_IWOTH));
}

static fallible read_file(struct ctl *c, const char *path, bool named)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return named ? fail(c->cx, CONFIG_INVALID, "%s cannot be read: %s", path, strerror(errno)) : OK;
    arena_own(c->cx->arena, file, file_drop);
    if (!named && !is_trusted(file)) {
        fprintf(c->err, "palabrectl: %s is not read: others may write it; name it with --env\n", path);
        return OK;
    }
    return take_lines(c->cx, file, path);
}

err_t environment_read(struct ctl *c, const char *named)
{
    if (named)
        return read_file(c, named, true);
    if (getenv("PG_URL") || getenv("PG_URL_FILE") || (access(".run/servers/env", F_OK) && access(".run/env", F_OK)))
        return OK;
    for (size_t i = 0; i < COUNT(usual); i++)
        TRY(read_file(c, usual[i], false));
    return OK;
}
