#include "data/json.h"

#include <string.h>

static const char *skip_space(const char *at) { return at + strspn(at, " \t\r\n"); }

/* Behind a string, whose first quote `at` is. */
static const char *skip_string(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

static const char *skip_value(const char *at)
{
    int depth = 0;

    while (*at) {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        if (!depth && strchr(",}] \t\r\n", *at))
            return at;
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
    }
    return at;
}

bool json_next(const char **at, struct bytes *name, struct bytes *value)
{
    const char *from = skip_space(*at);

    if (*from != '{' && *from != ',')
        return false;
    from = skip_space(from + 1);
    if (*from != '"')
        return false;
    const char *end = skip_string(from), *colon = skip_space(end);
    if (*colon != ':')
        return false;
    *name = (struct bytes){ from + 1, (size_t)(end - from - 2) };
    from = skip_space(colon + 1);
    *at = skip_value(from);
    *value = (struct bytes){ from, (size_t)(*at - from) };
    return value->n > 0;
}
