/* JSON from a stranger: what the scan lets pass, cJSON must read, and what is read must be written and read again. */
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item { const char *name; int64_t n; double v; bool on; struct when at; struct raw any; struct texts tags; };
extern const struct shape item_shape;
SHAPE(item, "For the fuzzer.",
    FIELD(item, name, "N."), FIELD(item, n, "N."), FIELD(item, v, "V."), FIELD(item, on, "O."), FIELD(item, at, "A."),
    FIELD(item, any, "A."), FIELD(item, tags, "T."));

struct items { LIST_OF(struct item) all; };
extern const struct shape items_shape;
SHAPE(items, "For the fuzzer.", LIST(items, all, "All.", item));

/* Members one after the other: never past the end of anything, and of strict JSON each is JSON. */
static void walk(struct ctx *cx, const char *text, size_t size)
{
    const char *at = text;
    bool strict = !json_check(cx, text, size);
    struct bytes name, value;

    while (json_next(&at, &name, &value)) {
        if (name.at < text || value.at + value.n > text + strlen(text))
            abort();
        const char *alone = arena_fmt(cx->arena, "{\"x\":%.*s}", (int)value.n, value.at);
        if (strict && json_check(cx, alone, strlen(alone)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    struct items items = { 0 }, again = { 0 };

    if (!json_read(&cx, (const char *)data, size, &items_shape, &items)) {
        const char *text = json_write(&cx, &items_shape, &items);
        if (json_read(&cx, text, strlen(text), &items_shape, &again) || again.all.n != items.all.n)
            abort();
    }
    walk(&cx, arena_text(cx.arena, (const char *)data, size), size);
    arena_free(cx.arena);
    return 0;
}
