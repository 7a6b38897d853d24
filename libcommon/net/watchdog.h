/* A thread that bites when a call into a library takes longer than it may. For calls that cannot be given a
 * time: the bite breaks what they wait on (shutdown(2) of their socket). Costs nothing while nothing is watched. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct watchdog {
    pthread_mutex_t lock;       /* guards all below */
    pthread_cond_t  changed;
    int64_t until_ms;           /* monotonic; 0: nothing is watched */
    int64_t sleeps_ms;          /* when the thread looks again by itself; 0: when told */
    bool running, stop;
    pthread_t thread;
    void (*bite)(void *with);
    void *with;
};

void watchdog_open(struct watchdog *w, void (*bite)(void *with), void *with);
bool watchdog_start(struct watchdog *w);                    /* false: no thread can be made now */
void watchdog_set(struct watchdog *w, int64_t until_ms);    /* 0: call it off; it does not bite after that */
void watchdog_close(struct watchdog *w);
