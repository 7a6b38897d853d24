/* What the load generators share: time, sockets, samples, files. They end the process when something is wrong with
 * the measuring itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t now_ns(void);                       /* monotonic */
int64_t wall_us(void);
void    sleep_until_ns(int64_t monotonic_ns);

_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void   *must(void *got);
int64_t number(const char *text);           /* of an option */

int  dial(int port);                        /* 127.0.0.1, without Nagle's delay, non-blocking */
void watch(int epoll, int fd, void *with, bool first, bool writing);

struct samples { int64_t *at; size_t n, room; };
void samples_add(struct samples *s, int64_t ns);
/* "name":{"n":1,"p50":0.1,"p99":0.2,"p999":0.3,"max":0.4}, in milliseconds, nearest rank. */
void samples_print(const char *name, struct samples *s);

char  *file_read(const char *path, size_t *n);      /* NUL-ended */
char **lines_read(const char *path, size_t *n);
