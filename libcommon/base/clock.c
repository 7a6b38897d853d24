#define _GNU_SOURCE
#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 100             /* how late a stop may be noticed */

static int64_t read_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_us(void)      { return read_us(CLOCK_MONOTONIC); }
int64_t clock_ms(void)      { return read_us(CLOCK_MONOTONIC) / 1000; }
int64_t clock_wall_ms(void) { return read_us(CLOCK_REALTIME) / 1000; }

void clock_sleep_ms(int64_t ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    if (ms > 0)
        nanosleep(&t, NULL);
}

int64_t clock_left_ms(const struct ctx *cx, int64_t most)
{
    if (!cx->deadline_ms)
        return most;
    int64_t left = cx->deadline_ms - clock_ms();
    return left < 0 ? 0 : left < most ? left : most;
}

err_t clock_check(struct ctx *cx)
{
    if (cx->stop && __atomic_load_n(cx->stop, __ATOMIC_RELAXED))
        return fail(cx, CANCELLED, "stopped from outside");
    if (cx->deadline_ms && clock_ms() >= cx->deadline_ms)
        return fail(cx, DEADLINE_PASSED, "the deadline passed");
    return OK;
}

err_t clock_wait_ms(struct ctx *cx, int64_t ms)
{
    const int64_t until = clock_ms() + ms, step = cx->stop ? LOOK_MS : ms;

    for (int64_t left = ms; left > 0; left = until - clock_ms()) {
        TRY(clock_check(cx));
        clock_sleep_ms(clock_left_ms(cx, left < step ? left : step));
    }
    return clock_check(cx);
}

/* Days since 1970 of a date of the Gregorian calendar, and back: years begin in March, so that the
 * leap day is the last. 400 years have 146,097 days. */
static int64_t days_of(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, int64_t *y, int *m, int *d)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = yoe + era * 400 + (*m <= 2);
}

static char *put(char *to, int64_t n, int digits)
{
    for (int i = digits - 1; i >= 0; i--, n /= 10)
        to[i] = (char)('0' + n % 10);
    return to + digits;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

size_t clock_iso(int64_t wall_ms, char to[CLOCK_ISO_BYTES])
{
    int64_t s = floor_div(wall_ms, 1000), ms = wall_ms - s * 1000, days = floor_div(s, 86400), y;
    int64_t day_s = s - days * 86400;
    int m, d;
    char *at = to;

    date_of(days, &y, &m, &d);
    at = put(at, y, 4), *at++ = '-', at = put(at, m, 2), *at++ = '-', at = put(at, d, 2);
    *at++ = 'T';
    at = put(at, day_s / 3600, 2), *at++ = ':', at = put(at, day_s / 60 % 60, 2), *at++ = ':';
    at = put(at, day_s % 60, 2);
    if (ms)
        *at++ = '.', at = put(at, ms, 3);
    *at++ = 'Z', *at = '\0';
    return (size_t)(at - to);
}

/* `digits` digits at *at, within [lo, hi]; -1 when they are not there. */
static int64_t take(const char **at, const char *end, int digits, int64_t lo, int64_t hi)
{
    int64_t n = 0;

    if (end - *at < digits)
        return -1;
    for (int i = 0; i < digits; i++, ++*at) {
        if (**at < '0' || **at > '9')
            return -1;
        n = n * 10 + (**at - '0');
    }
    return n >= lo && n <= hi ? n : -1;
}

static bool take_char(const char **at, const char *end, const char *any)
{
    if (*at == end || !strchr(any, **at) || !**at)
        return false;
    ++*at;
    return true;
}

static bool take_zone(const char **at, const char *end, int64_t *offset_s)
{
    *offset_s = 0;
    if (*at == end || take_char(at, end, "Zz"))
        return true;
    int64_t sign = **at == '-' ? -1 : 1;
    if (!take_char(at, end, "+-"))
        return false;
    int64_t h = take(at, end, 2, 0, 15), m = 0;
    take_char(at, end, ":");
    if (*at < end)
        m = take(at, end, 2, 0, 59);
    *offset_s = sign * (h * 3600 + m * 60);
    return h >= 0 && m >= 0;
}

bool clock_parse_iso(const char *text, size_t len, int64_t *wall_ms)
{
    const char *at = text, *end = text + len;
    int64_t ms = 0, offset_s;

    int64_t y = take(&at, end, 4, 1, 9999);
    bool ok = take_char(&at, end, "-");
    int64_t m = take(&at, end, 2, 1, 12);
    ok = take_char(&at, end, "-") && ok;
    int64_t d = take(&at, end, 2, 1, 31);
    ok = take_char(&at, end, "Tt ") && ok;
    int64_t h = take(&at, end, 2, 0, 23);
    ok = take_char(&at, end, ":") && ok;
    int64_t min = take(&at, end, 2, 0, 59);
    ok = take_char(&at, end, ":") && ok;
    int64_t s = take(&at, end, 2, 0, 60);
    if (!ok || y < 0 || m < 0 || d < 0 || h < 0 || min < 0 || s < 0)
        return false;
    if (take_char(&at, end, ".,"))
        for (int unit = 100; at < end && *at >= '0' && *at <= '9'; at++, unit /= 10)
            ms += (*at - '0') * unit;
    if (!take_zone(&at, end, &offset_s) || at != end)
        return false;
    *wall_ms = ((days_of(y, (int)m, (int)d) * 24 + h) * 60 + min) * 60000 + s * 1000 + ms - offset_s * 1000;
    return true;
}

size_t clock_http(int64_t wall_ms, char to[CLOCK_ISO_BYTES])
{
    time_t s = (time_t)floor_div(wall_ms, 1000);
    struct tm tm;

    gmtime_r(&s, &tm);
    return strftime(to, CLOCK_ISO_BYTES, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

bool clock_parse_http(const char *text, int64_t *wall_ms)
{
    struct tm tm = { 0 };
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

    if (!end || *end)
        return false;
    *wall_ms = (int64_t)timegm(&tm) * 1000;
    return true;
}
