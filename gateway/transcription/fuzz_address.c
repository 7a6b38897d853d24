/* Addresses that strangers send; what is taken has an id of eleven characters and a host that is YouTube's. */
#include "transcription/address.h"
#include "transcription/fold.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_id(const char *url, const char *id)
{
    if (strlen(id) != VIDEO_ID_BYTES - 1 || !strstr(url, id) || id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")])
        abort();
    const char *host = strchr(url, '/') + 2;
    size_t len = strcspn(host, "/?#");
    if (!address_is_web(url) || memchr(host, '@', len) || memchr(host, ':', len) || len < 8)
        abort();
    if (strncasecmp(host + len - 8, "youtu.be", 8) && (len < 11 || strncasecmp(host + len - 11, "youtube.com", 11)))
        abort();
}

static void check_fold(struct ctx *cx, const char *text, size_t n)
{
    struct folded f = fold(cx, text, n);

    if (f.n > n || f.from[f.n] != n)
        abort();
    for (size_t i = 0; i < f.n; i++)
        if (f.from[i] > f.from[i + 1] || f.from[i] >= n)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ctx cx = { .arena = arena_new() };
    const char *text = arena_text(cx.arena, (const char *)data, n);
    char id[VIDEO_ID_BYTES];

    if (address_is_youtube(text, id))
        check_id(text, id);
    check_fold(&cx, (const char *)data, n);
    arena_free(cx.arena);
    return 0;
}
