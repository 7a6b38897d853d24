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
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* OWASP's second choice for argon2id; about 23 ms. */
#define PASSES          2
#define MEMORY_KIB      (19 * 1024)
#define LANES           1
#define SALT_BYTES      16
#define HASH_BYTES      32
#define HASH_TEXT       97              /* base64 of 72 bytes */
#define HUGE_PAGE       (2 << 20)
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

/* --- argon2id --- */

struct cost { unsigned memory_kib, passes, lanes; };
static const struct cost ours = { MEMORY_KIB, PASSES, LANES };

/* Its memory is new each time: in pages of 4 KiB the kernel takes as long to give it as argon2 to fill it. Rounded up, so that
 * what is given back is what was taken. */
static size_t room_bytes(size_t n) { return (n + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE; }

static int room_get(uint8_t **room, size_t n)
{
    size_t all = room_bytes(n);
    uint8_t *at = mmap(NULL, all + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    size_t before = (HUGE_PAGE - (uintptr_t)at % HUGE_PAGE) % HUGE_PAGE;
    if (before)
        munmap(at, before);
    munmap(at + before + all, HUGE_PAGE - before);
    madvise(at + before, all, MADV_HUGEPAGE);       /* a wish: without it only slower */
    *room = at + before;
    return ARGON2_OK;
}

static void room_put(uint8_t *room, size_t n) { munmap(room, room_bytes(n)); }

/* ARGON2_OK and n bytes at `out`, or the code of what is wrong. */
static int argon2id(const char *password, struct bytes salt, struct cost cost, uint8_t *out, size_t n)
{
    argon2_context how = {
        .out = out, .outlen = (uint32_t)n, .pwd = (uint8_t *)(uintptr_t)password, .pwdlen = (uint32_t)strlen(password),
        .salt = (uint8_t *)(uintptr_t)salt.at, .saltlen = (uint32_t)salt.n,
        .t_cost = cost.passes, .m_cost = cost.memory_kib, .lanes = cost.lanes, .threads = cost.lanes, .version = ARGON2_VERSION_13,
        .allocate_cbk = room_get, .free_cbk = room_put,
    };

    return argon2id_ctx(&how);
}

/* The PHC string format; its base64 has no padding. */
static const char *phc_of(struct arena *a, struct cost c, struct bytes salt, struct bytes hash)
{
    char *salted = text_base64(a, salt.at, salt.n), *hashed = text_base64(a, hash.at, hash.n);

    salted[strcspn(salted, "=")] = hashed[strcspn(hashed, "=")] = 0;
    return arena_fmt(a, "$argon2id$v=19$m=%u,t=%u,p=%u$%s$%s", c.memory_kib, c.passes, c.lanes, salted, hashed);
}

/* False: not such a text, or one that would cost too much. */
static bool phc_read(struct arena *a, const char *phc, struct cost *c, struct bytes *salt, struct bytes *hash)
{
    char salted[HASH_TEXT], hashed[HASH_TEXT], end;

    if (strnlen(phc, 512) == 512 || sscanf(phc, "$argon2id$v=19$m=%9u,t=%9u,p=%9u$%96[A-Za-z0-9+/]$%96[A-Za-z0-9+/]%c",
                                           &c->memory_kib, &c->passes, &c->lanes, salted, hashed, &end) != 5)
        return false;
    salt->at = text_unbase64(a, salted, strlen(salted), &salt->n);
    hash->at = text_unbase64(a, hashed, strlen(hashed), &hash->n);
    return salt->at && hash->at && c->memory_kib <= MEMORY_KIB_MOST && c->passes <= PASSES_MOST && c->lanes <= LANES_MOST;
}

/* ARGON2_OK when it fits. What is no hash, or too dear a one, takes as long as `nobody` and does not fit. */
static int argon2id_check(struct arena *a, const char *password, const char *phc)
{
    uint8_t got[HASH_TEXT];
    struct cost cost;
    struct bytes salt, hash;
    bool usable = phc && phc_read(a, phc, &cost, &salt, &hash);

    if (!usable && !phc_read(a, nobody, &cost, &salt, &hash))
        return ARGON2_DECODING_FAIL;
    int flaw = argon2id(password, salt, cost, got, hash.n);
    return flaw ? flaw : usable && text_same_secret((const char *)got, hash.at, hash.n) ? ARGON2_OK : ARGON2_VERIFY_MISMATCH;
}

err_t password_hash(struct ctx *cx, const char *password, const char **phc)
{
    uint8_t salt[SALT_BYTES], hash[HASH_BYTES];

    if (strlen(password) > PASSWORD_BYTES)
        return fail(cx, INPUT_INVALID, "a password has at most %d bytes", PASSWORD_BYTES);
    crypto_random(salt, sizeof(salt));
    TRY(permit_take(cx));
    int got = argon2id(password, (struct bytes){ (char *)salt, SALT_BYTES }, ours, hash, HASH_BYTES);
    sem_post(&permits);
    if (got == ARGON2_MEMORY_ALLOCATION_ERROR)
        return fail(cx, OVERLOADED, "argon2: %s", argon2_error_message(got));
    if (got != ARGON2_OK)
        return fail(cx, BUG, "argon2: %s", argon2_error_message(got));
    *phc = phc_of(cx->arena, ours, (struct bytes){ (char *)salt, SALT_BYTES }, (struct bytes){ (char *)hash, HASH_BYTES });
    return OK;
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
    bool fits = strnlen(password, PASSWORD_BYTES + 1) <= PASSWORD_BYTES;
    int got;

    *ok = false;
    TRY(permit_take(cx));
    if (phc && fits && is_bcrypt(phc))
        got = bcrypt_fits(cx, password, phc) ? ARGON2_OK : ARGON2_VERIFY_MISMATCH;
    else
        got = argon2id_check(cx->arena, fits ? password : "", fits ? phc : NULL);
    sem_post(&permits);
    if (got == ARGON2_MEMORY_ALLOCATION_ERROR)
        return fail(cx, OVERLOADED, "argon2: %s", argon2_error_message(got));
    *ok = got == ARGON2_OK;
    return OK;
}
