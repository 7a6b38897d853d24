#include "app/group.h"

#include <errno.h>
#include <semaphore.h>

struct group_member {
    struct group_member *next;
    void *item;
    sem_t turn;                     /* posted once: served, or to lead; who wakes needs no lock */
    bool served;
};

/* Under the lock: who is served now; the leader is the first. */
static size_t take(struct group *g, struct group_member **members)
{
    size_t n = 0;

    while (g->first && n < GROUP_MOST) {
        members[n++] = g->first;
        g->first = g->first->next;
    }
    if (!g->first)
        g->last = &g->first;
    return n;
}

/* The leader serves its group, and hands the lead to whoever came meanwhile before it wakes its own: the next trip
 * begins while they go on. */
static void lead(struct ctx *cx, struct group *g, const struct group_member *me)
{
    struct group_member *members[GROUP_MOST] = { NULL };
    void *items[GROUP_MOST];

    pthread_mutex_lock(&g->lock);
    size_t n = take(g, members);
    pthread_mutex_unlock(&g->lock);
    for (size_t i = 0; i < n; i++)
        items[i] = members[i]->item;
    g->serve(cx, items, n);

    pthread_mutex_lock(&g->lock);
    struct group_member *next = g->first;
    g->leading = next != NULL;
    pthread_mutex_unlock(&g->lock);
    if (next)
        sem_post(&next->turn);
    for (size_t i = 0; i < n; i++) {
        if (members[i] == me)
            continue;
        members[i]->served = true;
        sem_post(&members[i]->turn);
    }
}

void group_join(struct ctx *cx, struct group *g, void *item)
{
    struct group_member me = { .item = item };

    sem_init(&me.turn, 0, 0);
    pthread_mutex_lock(&g->lock);
    bool leads = !g->leading;
    g->leading = true;
    *g->last = &me;
    g->last = &me.next;
    pthread_mutex_unlock(&g->lock);
    while (!leads && sem_wait(&me.turn) && errno == EINTR)
        ;
    if (!me.served)
        lead(cx, g, &me);
    sem_destroy(&me.turn);
}
