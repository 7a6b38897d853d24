/* Where a login may be sent back to: two addresses, a line each, as a stranger registers and asks for them. */
#include "identity/oauth.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    char *text = arena_text(a, (const char *)data, size), *first = strsep(&text, "\n");
    char *registered = strdup(first), *given = strdup(text ? text : "");

    if (!redirect_flaw(registered)) {
        if (!redirect_is_same(registered, registered))
            abort();
        if (redirect_is_same(registered, given) && redirect_flaw(given))
            abort();
    }
    free(registered);
    free(given);
    arena_free(a);
    return 0;
}
