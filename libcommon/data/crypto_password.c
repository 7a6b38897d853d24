#define _GNU_SOURCE
#include "crypto.h"

#include "base/clock.h"

#include <argon2.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* OWASP's second choice for argon2id; about 20 ms. */
#define PASSES          2
#define MEMORY_KIB      (19 * 1024)
#define LANES           1
#define SALT_BYTES      16
#define HASH_BYTES      32
#define PHC_BYTES       128
#define PASSWORD_BYTES  1024
#define WAIT_MS         30000           /* for a permit, when the work has no deadline */

/* A stored hash may be dearer than ours, within reason: it is data. */
#define MEMORY_KIB_MOST (256 * 1024)
#define PASSES_MOST     16
#define LANES_MOST      8

/* Fits no password; checked when there is no account, so that both answers take as long. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$bm8gc3VjaCBhY2NvdW50$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static sem_t permits;           /* one per core: more at once would only evict each other's memory */

static void permits_make(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    sem_init(&permits, 0, cores < 1 ? 1 : (unsigned)cores);
}

static fallible permit_take(struct ctx *cx)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct timespec until;

    pthread_once(&once, permits_make);
    int64_t wait_ms = clock_left_ms(cx, WAIT_MS);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (sem_clockwait(&permits, CLOCK_MONOTONIC, &until))
        if (errno != EINTR)
            return fail(cx, OVERLOADED, "no turn to check a password within %lld ms", (long long)wait_ms);
    return OK;
}

err_t password_hash(struct ctx *cx, const char *password, const char **phc)
{
    char *encoded = arena_get(cx->arena, PHC_BYTES);
    uint8_t salt[SALT_BYTES];
    size_t n = strlen(password);

    if (n > PASSWORD_BYTES)
        return fail(cx, INPUT_INVALID, "a password has at most %d bytes", PASSWORD_BYTES);
    crypto_random(salt, sizeof(salt));
    TRY(permit_take(cx));
    int got = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, n, salt, SALT_BYTES, HASH_BYTES, encoded, PHC_BYTES);
    sem_post(&permits);
    if (got != ARGON2_OK)
        return fail(cx, BUG, "argon2: %s", argon2_error_message(got));
    *phc = encoded;
    return OK;
}

static bool is_affordable(const char *phc)
{
    unsigned memory, passes, lanes;

    return strnlen(phc, 512) < 512 && sscanf(phc, "$argon2id$v=19$m=%9u,t=%9u,p=%9u$", &memory, &passes, &lanes) == 3 &&
           memory <= MEMORY_KIB_MOST && passes <= PASSES_MOST && lanes <= LANES_MOST;
}

err_t password_check(struct ctx *cx, const char *password, const char *phc, bool *ok)
{
    bool usable = phc && is_affordable(phc);
    size_t n = strnlen(password, PASSWORD_BYTES + 1);

    *ok = false;
    if (n > PASSWORD_BYTES)
        usable = false;
    TRY(permit_take(cx));
    int got = argon2id_verify(usable ? phc : nobody, password, n);
    sem_post(&permits);
    if (got == ARGON2_MEMORY_ALLOCATION_ERROR)
        return fail(cx, OVERLOADED, "argon2: %s", argon2_error_message(got));
    *ok = usable && got == ARGON2_OK;
    return OK;
}
