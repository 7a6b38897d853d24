#define _GNU_SOURCE
#include "arena.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 16384       /* most requests and jobs fit in one */
#define SPARE_MOST  2           /* blocks a thread keeps for its next arenas */

/* An arena is one block to ASan, so a write past an object would go unseen. Under ASan every
 * object gets a poisoned gap after it; elsewhere these are nothing. gcc and clang name it differently. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define GAP 16
#undef  SPARE_MOST
#define SPARE_MOST 0            /* what is used after its end shall be seen */
#else
#define GAP 0
#define ASAN_POISON_MEMORY_REGION(at, n)   ((void)(at), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#endif

struct owned { void *thing; void (*drop)(void *); struct owned *next; };
/* `large`: made for one large object; `clean`: of zeroes from the start, where a page nobody writes to costs nothing. */
struct block { struct block *next; size_t used, size; bool large, clean; _Alignas(max_align_t) char bytes[]; };
/* Lies in its first block. */
struct arena { struct block *blocks; struct owned *owned; };

static void *must(void *got)
{
    if (!got) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return got;
}

/* --- blocks; a thread keeps some, so that a request costs no malloc and finds its memory warm --- */

static _Thread_local struct { struct block *first; int n; } spare;
static pthread_key_t at_end;

static void spare_drop(void *unused)
{
    (void)unused;
    for (struct block *b = spare.first, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    spare.first = NULL;
    spare.n = SPARE_MOST;           /* of other destructors' arenas nothing is kept */
}

__attribute__((constructor)) static void spare_init(void)
{
    if (pthread_key_create(&at_end, spare_drop))
        must(NULL);
}

static struct block *block_new(void)
{
    struct block *b = spare.first;

    if (b) {
        spare.first = b->next;
        spare.n--;
    } else {
        b = must(malloc(sizeof(*b) + BLOCK_BYTES));
    }
    *b = (struct block){ .size = BLOCK_BYTES };
    ASAN_POISON_MEMORY_REGION(b->bytes, BLOCK_BYTES);
    return b;
}

static struct block *block_large(size_t size, bool clean)
{
    struct block *b = must(clean ? calloc(1, sizeof(*b) + size) : malloc(sizeof(*b) + size));

    *b = (struct block){ .size = size, .large = true, .clean = clean };
    ASAN_POISON_MEMORY_REGION(b->bytes, size);
    return b;
}

static void block_drop(struct block *b)
{
    if (b->large || spare.n >= SPARE_MOST) {
        free(b);
        return;
    }
    if (!spare.n++)
        pthread_setspecific(at_end, &spare);
    b->next = spare.first;
    spare.first = b;
}

/* One made for a large object goes behind: the room left in the first stays usable. */
static struct block *block_add(struct arena *a, size_t need, bool clean)
{
    if (need > BLOCK_BYTES / 4) {
        struct block *b = block_large(need, clean);
        b->next = a->blocks->next;
        return a->blocks->next = b;
    }
    struct block *b = block_new();
    b->next = a->blocks;
    return a->blocks = b;
}

/* --- arenas --- */

static size_t with_gap(size_t size) { return ((size + 15) & ~(size_t)15) + GAP; }

static void *cut(struct block *b, size_t size)
{
    void *thing = b->bytes + b->used;

    b->used += with_gap(size);
    ASAN_UNPOISON_MEMORY_REGION(thing, size);
    return thing;
}

struct arena *arena_new(void)
{
    struct block *b = block_new();
    struct arena *a = cut(b, sizeof(*a));

    *a = (struct arena){ .blocks = b };
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct owned *o = a->owned; o; o = o->next)
        o->drop(o->thing);
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        block_drop(b);
    }
}

static struct block *block_for(struct arena *a, size_t size, bool clean)
{
    if (size > SIZE_MAX / 2)
        must(NULL);
    size_t need = with_gap(size);
    struct block *b = a->blocks;

    return b->size - b->used < need ? block_add(a, need, clean) : b;
}

void *arena_room(struct arena *a, size_t size)
{
    return cut(block_for(a, size, false), size);
}

void *arena_get(struct arena *a, size_t size)
{
    struct block *b = block_for(a, size, true);
    void *thing = cut(b, size);

    return b->clean ? thing : memset(thing, 0, size);
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
    char *text = arena_room(a, len + 1);

    if (len)
        memcpy(text, from, len);
    text[len] = '\0';
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
