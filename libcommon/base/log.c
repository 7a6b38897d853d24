#define _GNU_SOURCE
#include "log.h"
#include "clock.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 16384

static const char *service = "palabre";
static enum log_level least = LOG_INFO;
static int64_t errors;          /* touched atomically by every thread */

static const char *const levels[] = { "debug", "info", "warn", "error" };

void log_start(const char *name, const char *level)
{
    service = name;
    for (size_t i = 0; level && i < COUNT(levels); i++)
        if (!strcmp(levels[i], level))
            least = (enum log_level)i;
}

int64_t log_errors(void) { return __atomic_load_n(&errors, __ATOMIC_RELAXED); }

static void put_pair(struct text *line, const char *key, const char *value)
{
    text_put(line, ",\"");
    text_put(line, key);
    text_put(line, "\":");
    text_json(line, value, strlen(value));
}

/* One write per line: lines of threads and processes do not mix. */
void log_write(const struct ctx *cx, enum log_level level, const char *event, const struct log_pair *pairs, size_t n)
{
    if (level == LOG_ERROR)
        __atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED);
    if (level < least)
        return;

    struct arena *a = arena_new();
    struct text line = text_new(a, 512, LINE_MAX_BYTES);
    char iso[CLOCK_ISO_BYTES];

    clock_iso(clock_wall_ms(), iso);
    text_put(&line, "{\"time\":\"");
    text_put(&line, iso);
    text_put(&line, "\"");
    put_pair(&line, "level", levels[level]);
    put_pair(&line, "service", service);
    put_pair(&line, "event", event);
    if (cx && *cx->trace)
        put_pair(&line, "trace_id", cx->trace);
    for (size_t i = 0; i < n; i++) {
        if (!pairs[i].key)
            continue;
        if (pairs[i].text) {
            put_pair(&line, pairs[i].key, pairs[i].text);
        } else {
            text_put(&line, ",\"");
            text_put(&line, pairs[i].key);
            text_put(&line, "\":");
            text_long(&line, pairs[i].number);
        }
    }
    text_put(&line, "}\n");
    ssize_t put = line.full ? 0 : write(STDERR_FILENO, line.at, line.n);
    (void)put;                  /* nowhere to tell that it could not be told */
    arena_free(a);
}

void log_err(const struct ctx *cx, const char *event, err_t e)
{
    enum log_level level = err_status(e->code) >= 500 ? LOG_ERROR : LOG_INFO;

    log_event(cx, level, event, LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text),
              LOG_TEXT("where", e->where));
}
