/* JSON logs on standard error, one object a line. Only borders log: a route, a job, a thread's
 * loop, main. Values are escaped; secrets never come here. */
#pragma once

#include "err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_pair { const char *key, *text; int64_t number; };
#define LOG_TEXT(k, v)  ((struct log_pair){ .key = (k), .text = (v) ? (v) : "" })
#define LOG_LONG(k, v)  ((struct log_pair){ .key = (k), .number = (v) })

void log_start(const char *service, const char *level);     /* "debug", "info", "warn", "error" */

/* log_event(cx, LOG_INFO, "job finished", LOG_TEXT("job", id), LOG_LONG("ms", 12)); cx may be NULL. */
#define log_event(cx, level, event, ...)                                                      \
    log_write((cx), (level), (event), (struct log_pair[]){ { .key = NULL }, ##__VA_ARGS__ },  \
              COUNT(((struct log_pair[]){ { .key = NULL }, ##__VA_ARGS__ })))
void log_write(const struct ctx *cx, enum log_level level, const char *event, const struct log_pair *pairs, size_t n);

/* An error that reached a border: its name, text and place. Statuses below 500 are info. */
void log_err(const struct ctx *cx, const char *event, err_t e);

/* Errors logged since the start; tests fail on those they did not expect. */
int64_t log_errors(void);
