#define _GNU_SOURCE
#include "data/config.h"
#include "data/json.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES 65536

static char *upper(struct ctx *cx, const char *name, const char *suffix)
{
    char *text = arena_fmt(cx->arena, "%s%s", name, suffix);

    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return text;
}

/* The value of NAME, or what the file named by NAME_FILE holds without its last newline. */
static const char *value_of(struct ctx *cx, const char *name, const char **wrong)
{
    const char *path = getenv(upper(cx, name, "_file"));
    char room[FILE_MAX_BYTES];

    if (!path)
        return getenv(upper(cx, name, ""));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, room, sizeof(room));
    if (n < 0)
        *wrong = arena_fmt(cx->arena, "names a file that cannot be read: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    while (n > 0 && (room[n - 1] == '\n' || room[n - 1] == '\r'))
        n--;
    return n < 0 ? NULL : arena_text(cx->arena, room, (size_t)n);
}

err_t config_read(struct ctx *cx, const struct shape *s, void *out)
{
    struct text all = text_new(cx->arena, 256, 10000);

    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        const char *what = NULL, *text = value_of(cx, f->name, &what);
        if (text && (*text || f->kind == TEXT))
            what = field_set(cx, f, out, text, strlen(text));
        else if (!what && f->need && (f->kind != TEXT || !*(const char **)((char *)out + f->offset)))
            what = "is missing";
        if (what)
            text_fmt(&all, "%s%s %s", all.n ? "; " : "", upper(cx, f->name, ""), what);
    }
    return all.n ? fail(cx, CONFIG_INVALID, "%s", all.at) : OK;
}

static void put_default(struct text *to, const struct field *f, const void *defaults)
{
    const void *at = (const char *)defaults + f->offset;

    switch (f->kind) {
    case TEXT: text_put(to, *(const char *const *)at ? *(const char *const *)at : ""); break;
    case INT:  text_long(to, *(const int *)at); break;
    case LONG: text_long(to, *(const int64_t *)at); break;
    case REAL: text_real(to, *(const double *)at); break;
    case BOOL: text_put(to, *(const bool *)at ? "true" : "false"); break;
    default:   break;
    }
}

void config_help(struct ctx *cx, const struct shape *s, const void *defaults, struct text *to)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        struct text value = text_new(cx->arena, 64, 1000);
        if (!f->secret)
            put_default(&value, f, defaults);
        text_fmt(to, "  %-24s %s", upper(cx, f->name, ""), f->doc);
        if (value.n)
            text_fmt(to, " (default: %s)", value.at);
        text_put(to, f->need && !value.n ? " (required)\n" : "\n");
    }
}

void config_example(struct ctx *cx, const struct shape *s, const void *defaults, struct text *to)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        text_fmt(to, "# %s\n%s%s=", f->doc, f->need ? "" : "#", upper(cx, f->name, ""));
        if (!f->secret)
            put_default(to, f, defaults);
        text_char(to, '\n');
    }
}

/* --- what is set now --- */

SHAPE(setting_told, "A setting as a daemon has it.",
    FIELD(setting_told, service, "Which daemon reads it."),
    FIELD(setting_told, name,    "The variable of the environment."),
    FIELD(setting_told, value,   "What it is; of a secret whether it is set."),
    FIELD(setting_told, from,    "environment, file or default; absent: it has no value."),
    FIELD(setting_told, flaw,    "What is wrong with it."),
    FIELD(setting_told, about,   "What it is for."));

/* An address may hold a password before its @. */
static const char *without_password(struct ctx *cx, const char *value)
{
    const char *host = strstr(value, "://");

    if (!host)
        return value;
    host += 3;
    size_t n = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', n);
    return at ? arena_fmt(cx->arena, "%.*s***%s", (int)(host - value), value, at) : value;
}

static void tell(struct ctx *cx, const struct field *f, const void *defaults, size_t size, struct setting_told *told)
{
    void *scratch = arena_get(cx->arena, size);
    struct text usual = text_new(cx->arena, 64, TEXT_MAX_BYTES);
    const char *text = value_of(cx, f->name, &told->flaw);
    bool given = text && (*text || f->kind == TEXT);

    memcpy(scratch, defaults, size);
    put_default(&usual, f, defaults);
    told->from = getenv(upper(cx, f->name, "_file")) ? "file" : given ? "environment" : usual.n ? "default" : NULL;
    if (given)
        told->flaw = field_set(cx, f, scratch, text, strlen(text));
    else if (!told->flaw && f->need && !usual.n)
        told->flaw = "is missing";
    if (!given)
        text = usual.n ? usual.at : NULL;
    if (f->secret)
        told->value = text && *text ? "set" : "unset";
    else if (text)
        told->value = text_is_utf8(text, strlen(text)) ? without_password(cx, text) : "(not UTF-8)";
}

void config_tell(struct ctx *cx, const char *service, const struct shape *s, const void *defaults, struct text *to)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        struct setting_told told = { .service = service, .name = upper(cx, f->name, ""), .about = f->doc };
        tell(cx, f, defaults, s->size, &told);
        json_put(to, &setting_told_shape, &told);
        text_char(to, '\n');
    }
}
