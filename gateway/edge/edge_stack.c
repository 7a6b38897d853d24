/* civetweb's threads have 102,400 bytes of stack, fixed when Debian compiled it: 80 KB of locals, or JSON nested 900
 * deep, end the process. The executable comes first in symbol lookup, so every thread made with a smaller stack gets
 * ours instead. It costs address space only: pages that are never touched are never there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>

#define STACK_BYTES (512 * 1024)

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes)
{
    int (*real)(pthread_attr_t *, size_t) = dlsym(RTLD_NEXT, "pthread_attr_setstacksize");

    return real(attr, bytes < STACK_BYTES ? STACK_BYTES : bytes);
}
