#define _GNU_SOURCE
#include "gen.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define FILE_MOST (16u << 20)

static int64_t clock_ns(clockid_t which)
{
    struct timespec t;

    clock_gettime(which, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int64_t now_ns(void)  { return clock_ns(CLOCK_MONOTONIC); }
int64_t wall_us(void) { return clock_ns(CLOCK_REALTIME) / 1000; }

void sleep_until_ns(int64_t ns)
{
    struct timespec t = { ns / 1000000000, ns % 1000000000 };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

void die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fputs("bench: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *must(void *got)
{
    if (!got)
        die("out of memory");
    return got;
}

int64_t number(const char *text)
{
    int64_t n;

    if (!text_to_long(text, strlen(text), &n))
        die("%s is not a number", text);
    return n;
}

/* --- sockets --- */

int dial(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        die("port %d: %s", port, strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

void watch(int epoll, int fd, void *with, bool first, bool writing)
{
    struct epoll_event e = { .events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = with };

    if (epoll_ctl(epoll, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e) < 0)
        die("epoll: %s", strerror(errno));
}

/* --- samples --- */

void samples_add(struct samples *s, int64_t ns)
{
    if (s->n == s->room) {
        s->room = s->room ? s->room * 2 : 4096;
        s->at = must(realloc(s->at, s->room * sizeof(*s->at)));
    }
    s->at[s->n++] = ns;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static double at_rank(const struct samples *s, double part)
{
    size_t i = (size_t)(part * (double)s->n);

    return s->n ? (double)s->at[i < s->n ? i : s->n - 1] / 1e6 : 0;
}

void samples_print(const char *name, struct samples *s)
{
    if (s->n)
        qsort(s->at, s->n, sizeof(*s->at), by_size);
    printf("\"%s\":{\"n\":%zu,\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f}", name, s->n, at_rank(s, 0.5), at_rank(s, 0.99),
           at_rank(s, 0.999), at_rank(s, 1));
}

/* --- files --- */

char *file_read(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *text = must(malloc(FILE_MOST + 1));

    if (!f)
        die("%s: %s", path, strerror(errno));
    *n = fread(text, 1, FILE_MOST, f);
    text[*n] = '\0';
    fclose(f);
    return text;
}

char **lines_read(const char *path, size_t *n)
{
    size_t bytes;
    char *text = file_read(path, &bytes), **lines = NULL, *rest = text;

    *n = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!*line)
            continue;
        lines = must(realloc(lines, (*n + 1) * sizeof(*lines)));
        lines[(*n)++] = line;
    }
    return lines;
}
