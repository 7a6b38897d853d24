/* HTTP load: a closed loop of -c connections, or -r requests a second in an open loop over them, latencies from the
 * moment a request was due. Results are one line of JSON.
 *
 *   load -p PORT -u PATH [-m VERB] [-b BODY_FILE] [-t TOKENS_FILE] [-a ACCEPT] [-c CONNECTIONS] [-n COUNT | -d SECONDS]
 *        [-r RATE] [-f MARK] [-o FILE]
 *
 * -f: also the time to the first occurrence of MARK in an answer. -o: a line "job_id,sent,answered" for each answer that
 * has a job_id, microseconds since 1970. Tokens are used in turn. A connection that the server closes is made anew, the
 * time for that counted. */
#define _GNU_SOURCE
#include "gen.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MOST (1u << 20)
#define EVENTS_MOST 256
#define GRACE_NS    30000000000LL
#define SLICE_NS    100000000LL

struct request { char *at; size_t n; };

struct connection {
    int fd;
    const struct request *request;
    size_t sent, n, body;               /* of the answer: bytes, and where its body starts (0: not yet) */
    int64_t due_ns, first_ns, mark_ns;
    char answer[ANSWER_MOST + 1];
};

static struct options {
    const char *path, *verb, *body, *tokens, *accept, *mark, *out;
    int port;
    int64_t connections, count, seconds, rate;
} o = { .path = "/", .verb = "GET", .accept = "*/*", .connections = 1 };

static struct request *requests;
static size_t requests_n;
static struct connection **idle;        /* a ring: who rested longest goes first */
static int64_t idle_n, idle_at;
static struct samples latency, first_byte, first_mark;
static int64_t started, answered, bad, start_ns, last_ns, start_us;
static int epoll;
static FILE *out;

/* --- requests --- */

static void request_make(struct request *r, const char *token, const char *body, size_t body_n)
{
    int n = asprintf(&r->at, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: %s\r\n", o.verb, o.path, o.port, o.accept);
    char *more = NULL, *whole = NULL;
    int more_n = asprintf(&more, "%s%s%s", token ? "Authorization: Bearer " : "", token ? token : "", token ? "\r\n" : "");

    if (n < 0 || more_n < 0)
        die("out of memory");
    if (body)
        n = asprintf(&whole, "%s%sContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", r->at, more, body_n, body);
    else
        n = asprintf(&whole, "%s%s\r\n", r->at, more);
    if (n < 0)
        die("out of memory");
    free(r->at);
    free(more);
    *r = (struct request){ whole, (size_t)n };
}

static void requests_make(void)
{
    size_t body_n = 0, n = 0;
    char *body = o.body ? file_read(o.body, &body_n) : NULL, **tokens = o.tokens ? lines_read(o.tokens, &n) : NULL;

    requests_n = n ? n : 1;
    requests = must(calloc(requests_n, sizeof(*requests)));
    for (size_t i = 0; i < requests_n; i++)
        request_make(&requests[i], n ? tokens[i] : NULL, body, body_n);
}

/* --- answers --- */

static bool header_of(const struct connection *c, const char *name, const char **value)
{
    size_t n = strlen(name);

    for (const char *at = strstr(c->answer, "\r\n"); at && at + 4 < c->answer + c->body; at = strstr(at + 2, "\r\n"))
        if (!strncasecmp(at + 2, name, n) && at[2 + n] == ':')
            return *value = at + 3 + n + strspn(at + 3 + n, " "), true;
    return false;
}

/* Is it all there? A chunked answer ends with its empty chunk: none of ours holds these bytes elsewhere. */
static bool is_whole(const struct connection *c)
{
    const char *value;

    if (!c->body)
        return false;
    if (header_of(c, "Transfer-Encoding", &value))
        return c->n - c->body >= 5 && !memcmp(c->answer + c->n - 5, "0\r\n\r\n", 5);
    if (header_of(c, "Content-Length", &value))
        return c->n - c->body >= strtoull(value, NULL, 10);
    return false;
}

static void look(struct connection *c, int64_t now)
{
    const char *end = c->body ? NULL : memmem(c->answer, c->n, "\r\n\r\n", 4);

    if (end)
        c->body = (size_t)(end + 4 - c->answer);
    if (c->body && c->n > c->body && !c->first_ns)
        c->first_ns = now;
    if (o.mark && c->body && !c->mark_ns && memmem(c->answer + c->body, c->n - c->body, o.mark, strlen(o.mark)))
        c->mark_ns = now;
}

static void note_job(const struct connection *c, int64_t now)
{
    const char *at = strstr(c->answer + c->body, "\"job_id\"");
    int64_t sent_us = start_us + (c->due_ns - start_ns) / 1000;

    at = at ? strchr(at + 8, '"') : NULL;
    if (at)
        fprintf(out, "%.36s,%lld,%lld\n", at + 1, (long long)sent_us, (long long)(start_us + (now - start_ns) / 1000));
}

static void give_back(struct connection *c)
{
    c->request = NULL;
    idle[(idle_at + idle_n++) % o.connections] = c;
}

static void finish(struct connection *c, bool whole)
{
    int64_t now = now_ns();
    bool good = whole && !strncmp(c->answer, "HTTP/1.1 2", 10) && (!o.mark || c->mark_ns);

    answered++;
    last_ns = now;
    if (!good && !bad++)
        fprintf(stderr, "bench: the first bad answer, %zu bytes: %.3000s\n", c->n, c->n ? c->answer : "");
    if (good) {
        samples_add(&latency, now - c->due_ns);
        samples_add(&first_byte, (c->first_ns ? c->first_ns : now) - c->due_ns);
        if (o.mark)
            samples_add(&first_mark, c->mark_ns - c->due_ns);
        if (out)
            note_job(c, now);
    }
    give_back(c);
}

/* --- connections --- */

static void hang_up(struct connection *c)
{
    close(c->fd);
    c->fd = -1;
}

static void push(struct connection *c)
{
    while (c->sent < c->request->n) {
        ssize_t n = send(c->fd, c->request->at + c->sent, c->request->n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            watch(epoll, c->fd, c, false, true);
            return;
        }
        if (n < 0) {                    /* the end of the connection is told by epoll */
            c->sent = c->request->n;
            return;
        }
        c->sent += (size_t)n;
    }
}

static void send_one(int64_t due_ns)
{
    struct connection *c = idle[idle_at];

    idle_at = (idle_at + 1) % o.connections;
    idle_n--;
    if (c->fd < 0) {
        c->fd = dial(o.port);
        watch(epoll, c->fd, c, true, false);
    }
    c->request = &requests[(size_t)started++ % requests_n];
    c->sent = c->n = c->body = 0;
    c->first_ns = c->mark_ns = 0;
    c->due_ns = due_ns;
    push(c);
}

static void receive(struct connection *c)
{
    if (c->n == ANSWER_MOST)
        die("an answer of more than %u bytes", ANSWER_MOST);
    ssize_t n = recv(c->fd, c->answer + c->n, ANSWER_MOST - c->n, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        hang_up(c);
        if (c->request)
            finish(c, false);
        return;
    }
    c->n += (size_t)n;
    c->answer[c->n] = '\0';
    look(c, now_ns());
    if (!c->request || !is_whole(c))
        return;
    const char *how;
    if (header_of(c, "Connection", &how) && !strncasecmp(how, "close", 5))
        hang_up(c);
    finish(c, true);
}

/* --- the loop --- */

/* Everything that is due is sent; gives when the next is. */
static int64_t send_due(int64_t now, int64_t end_ns)
{
    while (idle_n && (!o.count || started < o.count) && now < end_ns) {
        int64_t due = o.rate ? start_ns + started * 1000000000LL / o.rate : now;
        if (due > now)
            return due < end_ns ? due : end_ns;
        send_one(due);
    }
    return now + SLICE_NS;
}

static bool is_over(int64_t now, int64_t end_ns)
{
    return idle_n == o.connections && ((o.count && started >= o.count) || now >= end_ns);
}

static void run(void)
{
    int64_t end_ns = o.seconds ? start_ns + o.seconds * 1000000000LL : INT64_MAX - GRACE_NS;
    int64_t hard_ns = o.seconds ? end_ns + GRACE_NS : start_ns + 10 * GRACE_NS;
    struct epoll_event events[EVENTS_MOST];

    for (int64_t now = now_ns(); !is_over(now, end_ns) && now < hard_ns; now = now_ns()) {
        int64_t next = send_due(now, end_ns), left = next - now_ns();
        left = left < 0 ? 0 : left > SLICE_NS ? SLICE_NS : left;
        struct timespec t = { left / 1000000000, left % 1000000000 };
        int n = epoll_pwait2(epoll, events, EVENTS_MOST, &t, NULL);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->fd >= 0 && c->request && (events[i].events & EPOLLOUT)) {
                watch(epoll, c->fd, c, false, false);
                push(c);
            }
            if (c->fd >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
                receive(c);
        }
    }
}

static void options(int argc, char **argv)
{
    const struct { char letter; const char **text; int64_t *number; } known[] = {
        { 'u', &o.path, NULL }, { 'm', &o.verb, NULL }, { 'b', &o.body, NULL }, { 't', &o.tokens, NULL }, { 'a', &o.accept, NULL },
        { 'f', &o.mark, NULL }, { 'o', &o.out, NULL }, { 'c', NULL, &o.connections }, { 'n', NULL, &o.count },
        { 'd', NULL, &o.seconds }, { 'r', NULL, &o.rate },
    };

    for (int letter; (letter = getopt(argc, argv, "p:u:m:b:t:a:c:n:d:r:f:o:")) != -1;) {
        if (letter == '?')
            die("see the head of load.c");
        if (letter == 'p')
            o.port = (int)number(optarg);
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (known[i].letter == letter && known[i].text)
                *known[i].text = optarg;
            else if (known[i].letter == letter)
                *known[i].number = number(optarg);
    }
}

int main(int argc, char **argv)
{
    options(argc, argv);
    requests_make();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    out = o.out ? fopen(o.out, "w") : NULL;
    if (o.connections < 1 || (o.out && !out))
        die("no connections, or %s cannot be written", o.out);
    idle = must(calloc((size_t)o.connections, sizeof(*idle)));
    for (int64_t i = 0; i < o.connections; i++) {
        struct connection *c = must(calloc(1, sizeof(*c)));
        c->fd = dial(o.port);
        watch(epoll, c->fd, c, true, false);
        give_back(c);
    }
    last_ns = start_ns = now_ns();
    start_us = wall_us();
    run();
    if (out)
        fclose(out);
    double seconds = (double)(last_ns - start_ns) / 1e9;
    printf("{\"requests\":%lld,\"bad\":%lld,\"seconds\":%.4f,\"rps\":%.2f,", (long long)answered, (long long)(bad + o.connections - idle_n), seconds,
           seconds > 0 ? (double)latency.n / seconds : 0);
    samples_print("latency", &latency);
    printf(",");
    samples_print("first_byte", &first_byte);
    printf(",");
    samples_print("first_mark", &first_mark);
    puts("}");
    return 0;
}
