/* Event streams: opens every stream of a list, publishes -n events to each, measures from publishing an event to reading
 * it from the stream's socket. One thread reads, another publishes.
 *
 *   streams -p PORT -l LIST -n EVENTS [-r RATE] -R REDIS_URL      with the writer of our workers (app/events.h)
 *   streams -p PORT -l LIST -n EVENTS [-r RATE] -P REDIS_PORT     with PUBLISH to a channel
 *
 * LIST has lines "PATH TOPIC TOKEN". RATE is events a second over all streams, evenly spread; 0: as fast as Redis takes
 * them. Results are one line of JSON. */
#define _GNU_SOURCE
#include "gen.h"
#include "app/events.h"
#include "net/redis.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MOST   4096
#define BURST       256                 /* events published between two looks at what Redis has taken */
#define AHEAD       32768               /* events queued and not in Redis, at most */
#define SETTLE_NS   300000000LL
#define GRACE_NS    30000000000LL
#define EVENTS_MOST 512

struct stream { int fd; bool ready; char *path, *topic, *token; size_t n; char line[LINE_MOST]; };

static const char *list, *redis_url;
static int port, redis_port, redis_fd, epoll;
static int64_t each, rate, total, ready;
static struct stream *streams;
static size_t streams_n;
static struct events *events;
static struct samples latency;
static int64_t start_ns, last_ns;
static atomic_bool published;

/* --- reading --- */

static void open_stream(struct stream *s, char *line)
{
    char request[2048], *rest = line;

    s->path = strsep(&rest, " ");
    s->topic = strsep(&rest, " ");
    s->token = rest;
    if (!s->topic || !s->token)
        die("a line of %s is not PATH TOPIC TOKEN", list);
    s->fd = dial(port);
    watch(epoll, s->fd, s, true, false);
    int n = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n"
                     "Authorization: Bearer %s\r\n\r\n", s->path, port, s->token);
    if (send(s->fd, request, (size_t)n, MSG_NOSIGNAL) != n)
        die("a request was not taken");
}

/* A comment is the first thing a stream says; data lines carry when they were published. */
static void take_line(struct stream *s)
{
    const char *at = strncmp(s->line, "data:", 5) ? NULL : strstr(s->line, "\"t\":");

    if (*s->line == ':' && !s->ready) {
        s->ready = true;
        ready++;
    }
    if (!at)
        return;
    last_ns = now_ns();
    samples_add(&latency, last_ns - strtoll(at + 4, NULL, 10));
}

static void take_bytes(struct stream *s, const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i] != '\n') {
            if (s->n < LINE_MOST - 1)
                s->line[s->n++] = at[i];
            continue;
        }
        s->line[s->n] = '\0';
        s->n = 0;
        take_line(s);
    }
}

static void read_some(int wait_ms)
{
    struct epoll_event got[EVENTS_MOST];
    static char buffer[256 << 10];
    int n = epoll_wait(epoll, got, EVENTS_MOST, wait_ms);

    for (int i = 0; i < n; i++) {
        struct stream *s = got[i].data.ptr;
        ssize_t bytes = recv(s->fd, buffer, sizeof(buffer), 0);
        if (bytes > 0)
            take_bytes(s, buffer, (size_t)bytes);
        else if (!bytes || errno != EAGAIN)
            epoll_ctl(epoll, EPOLL_CTL_DEL, s->fd, NULL);
    }
}

/* --- publishing --- */

static void message(char *to, size_t room, int64_t i)
{
    snprintf(to, room, "{\"i\":%lld,\"t\":%lld,\"token\":\"lorem%02d \"}", (long long)i, (long long)now_ns(), (int)(i % 100));
}

static void send_all(const char *at, size_t n)
{
    struct pollfd p = { .fd = redis_fd, .events = POLLOUT };
    char nowhere[65536];

    while (n) {
        ssize_t sent = send(redis_fd, at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            die("Redis: %s", strerror(errno));
        if (sent < 0)
            poll(&p, 1, 10);
        at += sent < 0 ? 0 : sent;
        n -= sent < 0 ? 0 : (size_t)sent;
        while (recv(redis_fd, nowhere, sizeof(nowhere), 0) > 0)     /* the numbers of receivers */
            ;
    }
}

static void put_channel(char *to, size_t room, size_t *n, const char *topic, const char *json)
{
    *n += (size_t)snprintf(to + *n, room - *n, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(topic), topic,
                           strlen(json), json);
}

static void wait_due(int64_t k)
{
    if (rate)
        sleep_until_ns(start_ns + k * 1000000000LL / rate);
}

static void publish_channel(void)
{
    static char burst[BURST * 512];
    size_t n = 0;
    char json[160];

    redis_fd = dial(redis_port);
    for (int64_t k = 0; k < total; k++) {
        wait_due(k);
        message(json, sizeof(json), k / (int64_t)streams_n);
        put_channel(burst, sizeof(burst), &n, streams[(size_t)k % streams_n].topic, json);
        if (!rate && (k + 1) % BURST && k + 1 < total)
            continue;
        send_all(burst, n);
        n = 0;
    }
}

static void publish_events(void)
{
    char json[160];

    for (int64_t k = 0; k < total; k++) {
        wait_due(k);
        message(json, sizeof(json), k / (int64_t)streams_n);
        event_put(events, streams[(size_t)k % streams_n].topic, "token", json);
        if (!rate && !((k + 1) % BURST))
            events_flush(events, AHEAD, 5000);
    }
}

static void *publisher(void *with)
{
    (void)with;
    start_ns = now_ns() + SETTLE_NS;
    sleep_until_ns(start_ns);
    if (redis_port)
        publish_channel();
    else
        publish_events();
    atomic_store(&published, true);
    return NULL;
}

/* --- the whole --- */

static void options(int argc, char **argv)
{
    for (int letter; (letter = getopt(argc, argv, "p:l:n:r:R:P:")) != -1;)
        switch (letter) {
        case 'p': port = (int)number(optarg); break;
        case 'l': list = optarg; break;
        case 'n': each = number(optarg); break;
        case 'r': rate = number(optarg); break;
        case 'R': redis_url = optarg; break;
        case 'P': redis_port = (int)number(optarg); break;
        default: die("see the head of streams.c");
        }
}

static void open_streams(void)
{
    char **lines = lines_read(list, &streams_n);
    int64_t until = now_ns() + GRACE_NS;

    streams = must(calloc(streams_n, sizeof(*streams)));
    for (size_t i = 0; i < streams_n; i++)
        open_stream(&streams[i], lines[i]);
    while (ready < (int64_t)streams_n && now_ns() < until)
        read_some(50);
    if (ready < (int64_t)streams_n)
        die("%lld of %zu streams opened", (long long)ready, streams_n);
    total = each * (int64_t)streams_n;
}

int main(int argc, char **argv)
{
    struct arena *home = arena_new();
    pthread_t thread;

    options(argc, argv);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!redis_port)
        events = events_open(home, redis_open(home, redis_url, 4));
    open_streams();
    if (pthread_create(&thread, NULL, publisher, NULL))
        die("no thread");
    for (int64_t until = INT64_MAX; (int64_t)latency.n < total && now_ns() < until;) {
        read_some(5);
        if (atomic_load(&published) && until == INT64_MAX)
            until = now_ns() + GRACE_NS;
    }
    pthread_join(thread, NULL);
    events_close(events);
    double seconds = (double)(last_ns - start_ns) / 1e9;
    printf("{\"requests\":%zu,\"lost\":%lld,\"seconds\":%.4f,\"rps\":%.1f,", latency.n, (long long)(total - (int64_t)latency.n), seconds,
           (double)latency.n / seconds);
    samples_print("latency", &latency);
    puts("}");
    arena_free(home);
    return 0;
}
