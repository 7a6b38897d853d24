#define _GNU_SOURCE
#include "crypto.h"

#include "base/clock.h"

#include <argon2.h>
#include <crypt.h>
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
#define WAIT_MS         5000            /* for a permit, when the work has no deadline */
#define WAITING_MOST    32              /* who comes behind so many is told to come back: 32 hashes are a second */

/* A stored hash may be dearer than ours, within reason: it is data. */
#define MEMORY_KIB_MOST (256 * 1024)
#define PASSES_MOST     16
#define LANES_MOST      8
#define BCRYPT_BYTES    60
#define BCRYPT_COST_MOST 14             /* about a second */

/* Fits no password; checked when there is no account, so that both answers take as long. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$bm8gc3VjaCBhY2NvdW50$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static sem_t permits;           /* one for every two cores: who only reads finds the others free */
static int waiting;             /* atomic: for a permit */

static void permits_make(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    sem_init(&permits, 0, cores < 4 ? 1 : (unsigned)cores / 2);
}

static struct timespec moment_in(int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

static fallible no_turn(struct ctx *cx, const char *why)
{
    err_t e = fail(cx, OVERLOADED, "no turn to check a password: %s", why);

    e->retry_after_ms = 1000;
    return e;
}

static fallible permit_wait(struct ctx *cx)
{
    struct timespec until = moment_in(clock_left_ms(cx, WAIT_MS));

    while (sem_clockwait(&permits, CLOCK_MONOTONIC, &until))
        if (errno != EINTR)
            return no_turn(cx, "it took too long");
    return OK;
}

static fallible permit_take(struct ctx *cx)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, permits_make);
    if (!sem_trywait(&permits))
        return OK;
    int before = __atomic_fetch_add(&waiting, 1, __ATOMIC_RELAXED);
    err_t e = before < WAITING_MOST ? permit_wait(cx) : no_turn(cx, "too many wait");
    __atomic_fetch_sub(&waiting, 1, __ATOMIC_RELAXED);
    return e;
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

/* --- bcrypt, of accounts that come from elsewhere: libxcrypt --- */

static bool is_bcrypt(const char *phc)
{
    unsigned cost;
    char minor, end;

    return strnlen(phc, BCRYPT_BYTES + 1) == BCRYPT_BYTES && sscanf(phc, "$2%c$%2u%c", &minor, &cost, &end) == 3 && strchr("aby", minor) &&
           end == '$' && cost <= BCRYPT_COST_MOST;
}

static bool bcrypt_fits(struct ctx *cx, const char *password, const char *hash)
{
    struct crypt_data *room = NEW(cx, struct crypt_data);
    const char *got = crypt_rn(password, hash, room, sizeof(*room));
    bool fits = got && strlen(got) == BCRYPT_BYTES && text_same_secret(got, hash, BCRYPT_BYTES);

    explicit_bzero(room, sizeof(*room));
    return fits;
}

bool password_is_stale(const char *phc)
{
    char today[64];

    snprintf(today, sizeof(today), "$argon2id$v=19$m=%d,t=%d,p=%d$", MEMORY_KIB, PASSES, LANES);
    return !text_starts(phc, today);
}

err_t password_check(struct ctx *cx, const char *password, const char *phc, bool *ok)
{
    size_t n = strnlen(password, PASSWORD_BYTES + 1);
    bool fits = n <= PASSWORD_BYTES, old = phc && fits && is_bcrypt(phc), usable = phc && fits && is_affordable(phc);

    *ok = false;
    TRY(permit_take(cx));
    int got = old ? !bcrypt_fits(cx, password, phc) : argon2id_verify(usable ? phc : nobody, password, n);
    sem_post(&permits);
    if (got == ARGON2_MEMORY_ALLOCATION_ERROR)
        return fail(cx, OVERLOADED, "argon2: %s", argon2_error_message(got));
    *ok = (old || usable) && got == ARGON2_OK;
    return OK;
}
