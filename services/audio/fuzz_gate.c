/* Any bytes as the head of a request to the gate: what is taken has a host, a port, and nothing that could begin a line of its own. */
#include "gate_head.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    char *text = arena_text(a, (const char *)data, size);
    size_t n = gate_head_ends(text, size);
    struct gate_head head;

    if (n > size)
        abort();
    if (n && !gate_head_read(a, text, n, "c2VjcmV0", &head)) {
        int64_t port;
        if (!*head.host || strpbrk(head.host, "\r\n /@[]") || strpbrk(head.site, "\r\n /@"))
            abort();
        if (!text_to_long(head.port, strlen(head.port), &port) || port < 1 || port > 65535)
            abort();
        if (!head.tunnel && (*head.path != '/' || strpbrk(head.path, "\r\n ")))
            abort();
        if (strstr(head.headers, "\r\n\r\n") || strchr(head.headers, '\0') != head.headers + strlen(head.headers))
            abort();
    }
    arena_free(a);
    return 0;
}
