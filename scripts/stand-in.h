/* A stand-in's function: the first call loads the real library, each call goes on to it. See stand-ins.sh, which writes the
 * list. Integers and pointers pass in the same places whatever a function's own type is, up to fourteen of them; no function
 * of these libraries takes or gives a floating number by value. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef long any(long, long, long, long, long, long, long, long, long, long, long, long, long, long);

/* By its path, which no stand-in has; its own calls stay within it. */
static any *real_of(const char *name)
{
    void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND), *found = library ? dlsym(library, name) : NULL;

    if (!found) {
        fprintf(stderr, "%s: %s\n", name, dlerror());
        abort();
    }
    return (any *)found;
}

#define STAND_IN(name)                                                                                                     \
    any name;                                                                                                              \
    long name(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k, long l, long m, long n) \
    {                                                                                                                      \
        static any *real;                                                                                                  \
        any *it = __atomic_load_n(&real, __ATOMIC_ACQUIRE);                                                                \
        if (!it)                                                                                                           \
            __atomic_store_n(&real, it = real_of(#name), __ATOMIC_RELEASE);                                                \
        return it(a, b, c, d, e, f, g, h, i, j, k, l, m, n);                                                               \
    }

/* RFC 2744, appendix A: a host-based service's name, the only datum that is shared. */
#define HOST_BASED_SERVICE                                                                                                 \
    static struct { unsigned length; void *elements; } host_based = { 10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04" };    \
    void *GSS_C_NT_HOSTBASED_SERVICE = &host_based;
