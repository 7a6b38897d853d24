#include "err.h"

#include <string.h>

static const struct { const char *name, *title; int status; enum retry retry; } errors[] = {
#define E(name, status, retry, title) [E_##name] = { #name, title, status, retry },
    ERRORS(E)
#undef E
};

const char *err_name(enum err_code code)   { return errors[code].name; }
const char *err_title(enum err_code code)  { return errors[code].title; }
int         err_status(enum err_code code) { return errors[code].status; }
enum retry  err_retry(enum err_code code)  { return errors[code].retry; }

bool err_find(const char *name, enum err_code *code)
{
    for (int i = 0; i < ERR_CODES; i++) {
        if (strcmp(errors[i].name, name))
            continue;
        *code = (enum err_code)i;
        return true;
    }
    return false;
}

err_t err_new(struct ctx *cx, enum err_code code, const char *where, const char *fmt, ...)
{
    err_t e = NEW(cx, struct err);
    va_list args;

    va_start(args, fmt);
    *e = (struct err){ .code = code, .text = arena_vfmt(cx->arena, fmt, args), .where = where };
    va_end(args);
    return e;
}
