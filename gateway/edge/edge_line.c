/* poll and recv in front of libc's: see edge_line.h. Writing goes past civetweb: its own waits as long as the client
 * takes one byte in time, ours has a deadline for the whole. */
#undef _FORTIFY_SOURCE          /* its inline poll and recv would clash with ours */
#define _GNU_SOURCE
#include "edge_line.h"
#include "base/clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define SLICE_MS     250        /* how soon a wait notices that everything ends */
#define LINGER_MS    200
#define LINGER_BYTES (4 * 1024 * 1024)
#define FILE_PIECE   (1024 * 1024)

_Thread_local struct line line = { .fd = -1 };

static int poll_real(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    static int (*_Atomic real)(struct pollfd *, nfds_t, int);

    if (!real)
        real = dlsym(RTLD_NEXT, "poll");
    return real(fds, n, timeout_ms);
}

static ssize_t recv_real(int fd, void *to, size_t n, int flags)
{
    static ssize_t (*_Atomic real)(int, void *, size_t, int);

    if (!real)
        real = dlsym(RTLD_NEXT, "recv");
    return real(fd, to, n, flags);
}

static int64_t end_of(const struct pace *p)
{
    return p->start_ms + p->ms + (p->bytes_per_ms > 0 ? p->passed / p->bytes_per_ms : 0);
}

static bool is_over(void)
{
    return line.over && atomic_load_explicit(line.over, memory_order_relaxed);
}

/* The wait for one socket until end_ms: what poll gives, -1 when everything ends. A signal is no reason to end. */
static int wait_until(struct pollfd *one, int64_t end_ms)
{
    for (;;) {
        int64_t left_ms = end_ms - clock_ms();
        if (is_over())
            return -1;
        if (left_ms <= 0)
            return 0;
        int got = poll_real(one, 1, (int)(left_ms < SLICE_MS ? left_ms : SLICE_MS));
        if (got > 0 || (got < 0 && errno != EINTR))
            return got;
    }
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    if (!line.ours)
        return poll_real(fds, n, timeout_ms);
    if (line.master)            /* looks at its stop flag between two waits */
        return poll_real(fds, n, timeout_ms < SLICE_MS ? timeout_ms : SLICE_MS);
    fds->revents = POLLIN;      /* recv waits: a call less a request */
    return 1;
}

static void note_bytes(size_t n)
{
    line.bytes += n;
    line.pace.passed += (int64_t)n;
    if (!line.awaiting)
        return;
    line.awaiting = false;
    int64_t now_ms = clock_ms();
    if (now_ms + line.head_ms > end_of(&line.pace))
        line.pace = (struct pace){ .start_ms = now_ms, .ms = line.head_ms };
}

/* civetweb's sockets do not block. Ours do, for a slice at most. */
static bool block(int fd)
{
    struct timeval slice = { .tv_usec = SLICE_MS * 1000 };

    return !fcntl(fd, F_SETFL, O_RDWR) && !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof(slice)) &&
           !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &slice, sizeof(slice));
}

/* Waits in slices, so that the end of everything is noticed; the last of them by a clock of its own. civetweb's clocks end
 * later than ours (start_civet). */
static ssize_t receive(int fd, void *to, size_t n, int flags)
{
    for (int64_t end_ms = end_of(&line.pace);;) {
        struct pollfd one = { .fd = fd, .events = POLLIN };
        int ready = end_ms - clock_ms() < SLICE_MS ? wait_until(&one, end_ms) : 1;
        line.expired = !ready;
        if (ready <= 0 || is_over())
            return -1;
        ssize_t got = recv_real(fd, to, n, flags);
        line.gone = !got || (got < 0 && errno != EAGAIN && errno != EINTR);
        if (got > 0 || line.gone)
            return got;
    }
}

ssize_t recv(int fd, void *to, size_t n, int flags)
{
    if (!line.ours)
        return recv_real(fd, to, n, flags);
    line.fd = fd;
    bool first = !line.base;
    if (first)                  /* the first bytes of a connection go to the start of civetweb's buffer */
        line.base = to;
    if (first && !block(fd))
        return -1;

    ssize_t got = receive(fd, to, n, flags);
    if (got > 0)
        note_bytes((size_t)got);
    return got;
}

bool line_works(void)
{
    return dlsym(RTLD_DEFAULT, "poll") == (void *)poll && dlsym(RTLD_DEFAULT, "recv") == (void *)recv;
}

void line_open(const atomic_bool *over)
{
    line = (struct line){ .over = over, .fd = -1 };
}

void line_await(int64_t wait_ms, int64_t head_ms)
{
    line.pace = (struct pace){ .start_ms = clock_ms(), .ms = wait_ms };
    line.head_ms = head_ms;
    line.bytes = 0;
    line.expired = false;
    line.awaiting = line.ours = true;
}

void line_read(struct pace *body)
{
    line.pace = *body;
    line.expired = false;
    line.ours = true;
}

void line_pause(void)
{
    line.ours = line.awaiting = false;
}

/* May the write that failed be tried again? */
static bool may_retry(const struct pace *p)
{
    struct pollfd one = { .fd = line.fd, .events = POLLOUT };

    return errno == EINTR || (errno == EAGAIN && wait_until(&one, end_of(p)) > 0);
}

static int skip_written(struct iovec *parts, int n, size_t written)
{
    int whole = 0;

    while (whole < n && written >= parts[whole].iov_len)
        written -= parts[whole++].iov_len;
    if (whole < n) {
        parts[whole].iov_base = (char *)parts[whole].iov_base + written;
        parts[whole].iov_len -= written;
    }
    return whole;
}

static ssize_t send_some(int fd, struct iovec *parts, int n)
{
    struct msghdr m = { .msg_iov = parts, .msg_iovlen = (size_t)n };

    return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool line_try(int fd, struct iovec **parts, int *n)
{
    ssize_t sent = send_some(fd, *parts, *n);

    if (sent <= 0)
        return false;
    int whole = skip_written(*parts, *n, (size_t)sent);
    *parts += whole;
    *n -= whole;
    return true;
}

bool line_write(struct iovec *parts, int n, struct pace pace)
{
    while (n > 0) {
        ssize_t sent = send_some(line.fd, parts, n);
        if (sent < 0 && !may_retry(&pace))
            return false;
        if (sent < 0)
            continue;
        pace.passed += sent;
        int whole = skip_written(parts, n, (size_t)sent);
        parts += whole;
        n -= whole;
    }
    return true;
}

/* In bounded pieces, so that the end of everything is noticed. A file that shrank ends early. */
bool line_send_file(int file, int64_t offset, int64_t length, struct pace pace)
{
    off_t at = offset, end = offset + length;

    while (at < end) {
        size_t piece = end - at < FILE_PIECE ? (size_t)(end - at) : FILE_PIECE;
        ssize_t sent = sendfile(line.fd, file, &at, piece);
        if (!sent || (sent < 0 && !may_retry(&pace)) || is_over())
            return false;
        pace.passed += sent > 0 ? sent : 0;
    }
    return true;
}

/* A client that closed its side is taken for gone: nobody half-closes and then listens to a stream. */
bool line_has_gone(void)
{
    struct pollfd one = { .fd = line.fd, .events = POLLRDHUP };

    return poll_real(&one, 1, 0) != 0;
}

void line_linger(void)
{
    struct pollfd one = { .fd = line.fd, .events = POLLIN };
    int64_t until_ms = clock_ms() + LINGER_MS;
    char nowhere[16384];

    shutdown(line.fd, SHUT_WR);
    for (size_t n = 0; n < LINGER_BYTES && wait_until(&one, until_ms) > 0;) {
        ssize_t got = recv_real(line.fd, nowhere, sizeof(nowhere), 0);
        if (got <= 0)
            return;
        n += (size_t)got;
    }
}
