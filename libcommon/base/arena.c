#define _GNU_SOURCE
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_BYTES 4096        /* most requests and jobs fit in one */
#define BLOCK_BYTES 16384

/* An arena is one block to ASan, so a write past an object would go unseen. Under ASan every
 * object gets a poisoned gap after it; elsewhere these are nothing. gcc and clang name it differently. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define GAP 16
#else
#define GAP 0
#define ASAN_POISON_MEMORY_REGION(at, n)   ((void)(at), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#endif

struct owned { void *thing; void (*drop)(void *); struct owned *next; };
struct block { struct block *next; size_t used, size; _Alignas(max_align_t) char bytes[]; };
struct arena { struct block *blocks; struct owned *owned; };

static void *must(void *got)
{
    if (!got) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return got;
}

struct arena *arena_new(void)
{
    return must(calloc(1, sizeof(struct arena)));
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct owned *o = a->owned; o; o = o->next)
        o->drop(o->thing);
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

static struct block *block_add(struct arena *a, size_t need)
{
    size_t room = a->blocks ? BLOCK_BYTES : FIRST_BYTES;
    if (need > room)
        room = need;

    struct block *b = must(calloc(1, sizeof(*b) + room));
    b->size = room;
    ASAN_POISON_MEMORY_REGION(b->bytes, room);
    /* A block made for one large object goes behind: the room left in the first stays usable. */
    if (a->blocks && need > BLOCK_BYTES / 4) {
        b->next = a->blocks->next;
        a->blocks->next = b;
    } else {
        b->next = a->blocks;
        a->blocks = b;
    }
    return b;
}

void *arena_get(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        must(NULL);
    size_t need = ((size + 15) & ~(size_t)15) + GAP;
    struct block *b = a->blocks;

    if (!b || b->size - b->used < need)
        b = block_add(a, need);
    void *thing = b->bytes + b->used;
    b->used += need;
    ASAN_UNPOISON_MEMORY_REGION(thing, size);
    return thing;
}

void *arena_gets(struct arena *a, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        must(NULL);
    return arena_get(a, bytes);
}

void *arena_own(struct arena *a, void *thing, void (*drop)(void *))
{
    struct owned *o = arena_get(a, sizeof(*o));

    *o = (struct owned){ thing, drop, a->owned };
    a->owned = o;
    return thing;
}

static void fd_drop(void *fd) { close((int)(intptr_t)fd); }

void arena_own_fd(struct arena *a, int fd) { arena_own(a, (void *)(intptr_t)fd, fd_drop); }

char *arena_text(struct arena *a, const char *from, size_t len)
{
    char *text = arena_get(a, len + 1);

    if (len)
        memcpy(text, from, len);
    return text;
}

char *arena_vfmt(struct arena *a, const char *fmt, va_list args)
{
    char room[256];
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(room, sizeof(room), fmt, args);
    char *text = arena_get(a, (size_t)(len < 0 ? 0 : len) + 1);
    if (len > 0 && (size_t)len < sizeof(room))
        memcpy(text, room, (size_t)len);
    else if (len > 0)
        vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *text = arena_vfmt(a, fmt, args);
    va_end(args);
    return text;
}

size_t arena_size(const struct arena *a)
{
    size_t n = 0;

    for (const struct block *b = a->blocks; b; b = b->next)
        n += b->size;
    return n;
}
