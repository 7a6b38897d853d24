/* Two hearings of one stretch: the first line what was heard before, the rest what is heard now. */
#include "echo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    char *text = arena_text(a, (const char *)data, size), *line = strchr(text, '\n');
    struct bytes old, more;
    bool torn;

    if (line)
        *line = '\0';
    old = echo_trim(text);
    more = echo_trim(line ? line + 1 : "");
    size_t words = echo_words(old, more, &torn), left = words;
    if (echo_skip(more, &left).n > more.n || left || echo_but_last(old) > old.n)
        abort();
    arena_free(a);
    return 0;
}
