/* Scoped memory: one arena per request, job or test; everything in it dies together. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void  arena_free(struct arena *a);                  /* drops what it owns, newest first; NULL is fine   */
void *arena_get(struct arena *a, size_t size);      /* zeroed; never NULL, the process dies instead     */
void *arena_gets(struct arena *a, size_t n, size_t size);   /* n * size, the product checked            */
void *arena_room(struct arena *a, size_t size);     /* not zeroed: for who writes all that it reads     */

/* Give a thing that is not memory (a handle, a descriptor) to the arena: `drop` runs when it dies. */
void *arena_own(struct arena *a, void *thing, void (*drop)(void *));
void  arena_own_fd(struct arena *a, int fd);        /* closed when it dies */

char *arena_text(struct arena *a, const char *from, size_t len);    /* a copy, NUL-ended */
char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vfmt(struct arena *a, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* Bytes held in blocks, for tests of bounded growth. */
size_t arena_size(const struct arena *a);
