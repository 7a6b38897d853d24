#include "uuid.h"

#include "data/crypto.h"
#include "base/text.h"

#include <string.h>
#include <time.h>

/* Time in 1/4096 ms: the upper 48 bits are the id's milliseconds, the lower 12 its rand_a (RFC 9562
 * 6.2, method 3). Never the same twice and never going back, even when the wall clock does. */
static uint64_t tick_next(void)
{
    static uint64_t last;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t tick = ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000) << 12 |
                    ((uint64_t)now.tv_nsec % 1000000 * 4096 / 1000000);
    uint64_t was = __atomic_load_n(&last, __ATOMIC_RELAXED), next;
    do
        next = tick > was ? tick : was + 1;
    while (!__atomic_compare_exchange_n(&last, &was, next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return next;
}

void uuid_new(char to[UUID_BYTES])
{
    static const uint8_t groups[] = { 4, 2, 2, 2, 6 };
    uint64_t tick = tick_next(), ms = tick >> 12;
    uint8_t b[16];

    crypto_random(b + 8, 8);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)(ms >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | (tick >> 8 & 15));
    b[7] = (uint8_t)tick;
    b[8] = (uint8_t)(0x80 | (b[8] & 63));
    for (size_t g = 0, at = 0; g < sizeof(groups); at += groups[g++]) {
        text_hex(b + at, groups[g], to);
        to += 2 * groups[g];
        *to++ = g + 1 < sizeof(groups) ? '-' : '\0';
    }
}

char *uuid_make(struct ctx *cx)
{
    char *id = arena_get(cx->arena, UUID_BYTES);

    uuid_new(id);
    return id;
}

/* The 16 bytes of its text form; false when it has another form. */
static bool uuid_unhex(const char *text, size_t len, uint8_t to[16])
{
    char digits[32];
    size_t n = 0;

    if (len != UUID_BYTES - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-'))
            return false;
        if (!dash)
            digits[n++] = text[i];
    }
    return text_unhex(digits, n, to);
}

bool uuid_is(const char *text, size_t len)
{
    uint8_t b[16];

    return uuid_unhex(text, len, b);
}

int64_t uuid_ms(const char *text)
{
    uint8_t b[16];
    int64_t ms = 0;

    if (!uuid_unhex(text, strlen(text), b) || b[6] >> 4 != 7)
        return 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | b[i];
    return ms;
}
