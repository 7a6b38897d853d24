#define _GNU_SOURCE
#include "thread.h"

#include <stdio.h>

#define NAME_BYTES 16                   /* the kernel's, with the NUL */

/* A name that cannot be given is no reason to do without the thread: it may have ended already. */
bool thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *with)
{
    char kept[NAME_BYTES];

    if (pthread_create(out, NULL, run, with))
        return false;
    snprintf(kept, sizeof(kept), "%s", name);
    (void)pthread_setname_np(*out, kept);
    return true;
}
