#include "schedule.h"
#include "data/crypto.h"

#include <string.h>

#define SECONDS_MOST (30 * 86400.0)

/* Number `n` of the list, from 0; false when there is none or it is no time. */
static bool delay_at(const char *at, size_t len, int n, double *seconds)
{
    for (const char *end = at + len;; n--) {
        size_t word = (size_t)(end - at);
        const char *comma = memchr(at, ',', word);
        if (comma)
            word = (size_t)(comma - at);
        if (!n)
            return text_to_real(at, word, seconds) && *seconds >= 0 && *seconds <= SECONDS_MOST;
        if (!comma)
            return false;
        at = comma + 1;
    }
}

static const char *check_schedule(const char *text, size_t len)
{
    int commas = 0;
    double seconds;

    for (size_t i = 0; i < len; i++)
        commas += text[i] == ',';
    if (commas >= ATTEMPTS_MOST_EVER)
        return "has more than 32 attempts";
    for (int i = 0; i <= commas; i++)
        if (!delay_at(text, len, i, &seconds) || (!i && seconds > 0))
            return "is not a list of seconds that begins with 0: 0,5,300";
    return NULL;
}

const struct format format_schedule = { "schedule", check_schedule };

bool schedule_next(const char *schedule, int tries, int64_t retry_after_ms, int64_t *wait_ms)
{
    uint32_t dice;
    double seconds;

    if (!delay_at(schedule, strlen(schedule), tries, &seconds))
        return false;
    crypto_random(&dice, sizeof(dice));
    *wait_ms = (int64_t)(seconds * 1000 * (1 + dice / (double)UINT32_MAX / 10));
    if (*wait_ms < retry_after_ms)
        *wait_ms = retry_after_ms;
    if (*wait_ms < 1)
        *wait_ms = 1;
    return true;
}
