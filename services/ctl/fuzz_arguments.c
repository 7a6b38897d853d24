/* Words of any bytes, one a line, to every command; none may be taken whose struct breaks its shape. */
#include "arguments.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct ctx *cx, const struct command *cmd, const void *in)
{
    for (size_t i = 0; i < cmd->in->n; i++)
        if (field_flaw(cx, &cmd->in->fields[i], in))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    char *text = arena_text(cx.arena, (const char *)data + (size > 0), size ? size - 1 : 0), *argv[64];
    const struct command *cmd = &commands[size ? data[0] % commands_n : 0];
    int argc = 0;

    print_plain(&cx, text, size ? data[0] : 0);
    for (char *word = strtok(text, "\n"); word && argc < 64; word = strtok(NULL, "\n"))
        argv[argc++] = word;
    void *in = arena_get(cx.arena, cmd->in->size);
    memcpy(in, cmd->defaults, cmd->in->size);
    if (!arguments_read(&cx, cmd, argc, argv, in))
        check(&cx, cmd, in);
    arena_free(cx.arena);
    return 0;
}
