/* A chat completions server with no model behind it: POST anything with "stream":true and 22 events come back, 20 words,
 * an end with usage, [DONE]; each is an HTTP chunk and a write of its own. One thread, connections kept alive.
 *
 *   upstream PORT */
#define _GNU_SOURCE
#include "gen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORDS       20
#define REQUEST_MOST (256u << 10)
#define EVENTS_MOST 64

struct client { int fd; size_t n; char request[REQUEST_MOST + 1]; };

static char pieces[WORDS + 3][600];     /* the head, the events */

static void piece(int i, const char *event, const char *after)
{
    snprintf(pieces[i], sizeof(pieces[i]), "%zx\r\n%s\r\n%s", strlen(event), event, after);
}

static void prepare(void)
{
    char event[500];

    snprintf(pieces[0], sizeof(pieces[0]), "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
             "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < WORDS; i++) {
        snprintf(event, sizeof(event), "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
                 "\"model\":\"fake\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"token%02d \"},\"finish_reason\":null}]}\n\n", i);
        piece(i + 1, event, "");
    }
    piece(WORDS + 1, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"fake\","
          "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
          "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":20,\"total_tokens\":32}}\n\n", "");
    piece(WORDS + 2, "data: [DONE]\n\n", "0\r\n\r\n");
}

/* Length of the first request in the buffer; 0: not all there. */
static size_t request_length(const struct client *c)
{
    const char *end = strstr(c->request, "\r\n\r\n"), *length = strcasestr(c->request, "\r\ncontent-length:");

    if (!end)
        return 0;
    size_t n = (size_t)(end + 4 - c->request) + (length && length < end ? strtoull(length + 17, NULL, 10) : 0);
    return n <= c->n ? n : 0;
}

/* An answer is a few kilobytes: a socket that has no room for it is an error of the measuring. */
static bool answer(struct client *c)
{
    for (int i = 0; i < WORDS + 3; i++) {
        size_t n = strlen(pieces[i]);
        if (send(c->fd, pieces[i], n, MSG_NOSIGNAL) != (ssize_t)n)
            return false;
    }
    return true;
}

static bool take(struct client *c)
{
    ssize_t got = recv(c->fd, c->request + c->n, REQUEST_MOST - c->n, 0);

    if (got < 0 && errno == EAGAIN)
        return true;
    if (got <= 0)
        return false;
    c->n += (size_t)got;
    c->request[c->n] = '\0';
    for (size_t n; (n = request_length(c));) {
        if (!answer(c))
            return false;
        memmove(c->request, c->request + n, c->n - n + 1);
        c->n -= n;
    }
    return true;
}

static void welcome(int epoll, int listener)
{
    int one = 1, fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct client *c = must(calloc(1, sizeof(*c)));
        c->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        watch(epoll, fd, c, true, false);
    }
}

int main(int argc, char **argv)
{
    int one = 1, epoll = epoll_create1(EPOLL_CLOEXEC), listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)number(argc > 1 ? argv[1] : "")), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event events[EVENTS_MOST];

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 1024))
        die("port %s: %s", argv[1], strerror(errno));
    prepare();
    watch(epoll, listener, NULL, true, false);
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS_MOST, -1);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (!c) {
                welcome(epoll, listener);
            } else if (!take(c)) {
                close(c->fd);
                free(c);
            }
        }
    }
}
