#include "arguments.h"
#include "nearest.h"

#include <ctype.h>
#include <string.h>

#define WORDS_MOST     1000
#define ARGUMENT_BYTES 4096

const struct field *word_next(const struct command *cmd, const char **at, bool *all)
{
    *at += strspn(*at, " ");
    size_t n = strcspn(*at, " ."), whole = strcspn(*at, " ");
    const struct field *f = n ? shape_field(cmd->in, *at, n) : NULL;

    *all = whole > n;
    *at += whole;
    return f;
}

bool is_word(const struct command *cmd, const struct field *f)
{
    const char *at = cmd->words;
    const struct field *word;
    bool all;

    while ((word = word_next(cmd, &at, &all)))
        if (word == f)
            return true;
    return false;
}

const char *option_name(struct ctx *cx, const struct field *f)
{
    char *name = arena_fmt(cx->arena, "--%s", f->name);

    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
    return name;
}

const char *word_name(struct ctx *cx, const struct field *f)
{
    size_t n = strlen(f->name);
    char *name = arena_text(cx->arena, f->name, f->kind == TEXTS ? n - 1 : n);      /* ids: each is an ID */

    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return name;
}

/* --- values --- */

static const char *bytes_flaw(const char *value)
{
    size_t n = strnlen(value, ARGUMENT_BYTES + 1);

    if (n > ARGUMENT_BYTES)
        return "is too long";
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
            return "holds a control character";
    return text_is_utf8(value, n) ? NULL : "is not UTF-8";
}

static const char *add_text(struct ctx *cx, const struct field *f, struct texts *list, const char *value)
{
    if (list->n == WORDS_MOST)
        return "are too many";
    if (!list->n)
        list->at = NEWS(cx, const char *, WORDS_MOST);
    list->at[list->n++] = value;
    return f->format ? f->format->check(value, strlen(value)) : NULL;
}

static fallible set(struct ctx *cx, const struct field *f, void *out, const char *name, const char *value)
{
    const char *flaw = bytes_flaw(value);

    if (!flaw && f->kind == TEXTS)
        flaw = add_text(cx, f, (struct texts *)((char *)out + f->offset), value);
    else if (!flaw)
        flaw = field_set(cx, f, out, value, strlen(value));
    return flaw ? fail(cx, INPUT_INVALID, "%s %s", name, flaw) : OK;
}

/* --- options --- */

struct reader {
    struct ctx *cx;
    const struct command *cmd;
    char **argv;
    int argc, i;
    void *out;
    const char *words;              /* what is left of cmd->words */
    const struct field *every;      /* the one that takes all that follow */
};

static const struct field *option_find(const struct reader *r, const char *name, size_t n)
{
    for (size_t i = 0; i < r->cmd->in->n; i++) {
        const struct field *f = &r->cmd->in->fields[i];
        const char *given = option_name(r->cx, f);
        if (!is_word(r->cmd, f) && strlen(given) == n && !memcmp(given, name, n))
            return f;
    }
    return NULL;
}

static fallible refuse_option(const struct reader *r, const char *name, size_t n)
{
    const char *names[32], *given = arena_text(r->cx->arena, name, n);
    size_t names_n = 0;

    for (size_t i = 0; i < r->cmd->in->n && names_n < COUNT(names); i++)
        if (!is_word(r->cmd, &r->cmd->in->fields[i]))
            names[names_n++] = option_name(r->cx, &r->cmd->in->fields[i]);
    const char *hint = nearest(r->cx, given, names, names_n);
    if (n > 40 || bytes_flaw(given))
        return fail(r->cx, INPUT_INVALID, "there is no such option");
    return fail(r->cx, INPUT_INVALID, "there is no option %s%s", given, hint);
}

static fallible read_option(struct reader *r)
{
    const char *given = r->argv[r->i];
    size_t n = strcspn(given, "=");
    const struct field *f = option_find(r, given, n);

    if (!f)
        return refuse_option(r, given, n);
    const char *name = option_name(r->cx, f), *value = given[n] ? given + n + 1 : NULL;
    if (f->kind == BOOL)
        return value ? fail(r->cx, INPUT_INVALID, "%s takes no value", name) : set(r->cx, f, r->out, name, "true");
    if (!value && r->i + 1 == r->argc)
        return fail(r->cx, INPUT_INVALID, "%s needs a value", name);
    return set(r->cx, f, r->out, name, value ? value : r->argv[++r->i]);
}

static fallible read_word(struct reader *r)
{
    const struct field *f = r->every;
    bool all = false;

    if (!f)
        f = word_next(r->cmd, &r->words, &all);
    if (!f)
        return fail(r->cx, INPUT_INVALID, "there is a word too many");
    r->every = all ? f : r->every;
    return set(r->cx, f, r->out, word_name(r->cx, f), r->argv[r->i]);
}

static fallible check_needed(const struct reader *r)
{
    const char *at = r->cmd->words;
    const struct field *f;
    bool all;

    while ((f = word_next(r->cmd, &at, &all))) {
        const void *value = (const char *)r->out + f->offset;
        bool there = f->kind == TEXTS ? ((const struct texts *)value)->n > 0 : *(const char *const *)value != NULL;
        if (f->need && !there)
            return fail(r->cx, INPUT_INVALID, "%s is missing", word_name(r->cx, f));
    }
    return OK;
}

err_t arguments_read(struct ctx *cx, const struct command *cmd, int argc, char **argv, void *out)
{
    struct reader r = { .cx = cx, .cmd = cmd, .argv = argv, .argc = argc, .out = out, .words = cmd->words };
    bool plain = false;             /* after "--" everything is a word */

    for (; r.i < argc; r.i++) {
        if (!plain && !strcmp(argv[r.i], "--"))
            plain = true;
        else if (!plain && argv[r.i][0] == '-' && argv[r.i][1])
            TRY(read_option(&r));
        else
            TRY(read_word(&r));
    }
    return check_needed(&r);
}
