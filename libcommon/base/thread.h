/* Threads with names: top -H, perf and a core dump tell them apart. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* `name`: what the kernel keeps of it is 15 bytes. False: the system has no thread left. */
bool thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *with);
