/* poll and recv in front of libc's: see edge_wire.h. Writing goes past civetweb: its own waits as long as the client
 * takes one byte in time, ours has a deadline for the whole. */
#undef _FORTIFY_SOURCE          /* its inline poll and recv would clash with ours */
#define _GNU_SOURCE
#include "edge_wire.h"
#include "base/clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define SLICE_MS     250        /* how soon a wait notices that everything ends */
#define LINGER_MS    200
#define LINGER_BYTES (4 * 1024 * 1024)
#define FILE_PIECE   (1024 * 1024)

typeof(int(struct pollfd *, nfds_t, int)) poll;
_Thread_local struct wire wire = { .fd = -1 };

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

static bool is_over(void)
{
    return wire.over && atomic_load_explicit(wire.over, memory_order_relaxed);
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

/* civetweb waits for a client's bytes: not beyond our clock. -1 makes it give the connection up. */
static int poll_client(struct pollfd *one, int timeout_ms)
{
    int64_t end_ms = clock_ms() + timeout_ms;

    wire.fd = one->fd;
    int got = wait_until(one, end_ms < wire.until_ms ? end_ms : wire.until_ms);
    wire.silent = !got;
    wire.expired = !got && wire.until_ms <= end_ms;
    return wire.expired ? -1 : got;
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    if (!wire.ours)
        return poll_real(fds, n, timeout_ms);
    if (wire.master)            /* looks at its stop flag between two waits */
        return poll_real(fds, n, timeout_ms < SLICE_MS ? timeout_ms : SLICE_MS);
    return poll_client(fds, timeout_ms);
}

ssize_t recv(int fd, void *to, size_t n, int flags)
{
    if (!wire.ours)
        return recv_real(fd, to, n, flags);
    if (!wire.base)             /* the first bytes of a connection go to the start of civetweb's buffer */
        wire.base = to;

    ssize_t got = recv_real(fd, to, n, flags);
    if (got > 0)
        wire.bytes += (size_t)got;
    else if (!got || (errno != EAGAIN && errno != EINTR))
        wire.gone = true;
    if (wire.awaiting) {
        wire.awaiting = false;
        int64_t head_end_ms = clock_ms() + wire.head_ms;
        wire.until_ms = head_end_ms > wire.until_ms ? head_end_ms : wire.until_ms;
    }
    return got;
}

bool edge_wire_works(void)
{
    return dlsym(RTLD_DEFAULT, "poll") == (void *)poll && dlsym(RTLD_DEFAULT, "recv") == (void *)recv;
}

void edge_wire_open(const atomic_bool *over)
{
    wire = (struct wire){ .over = over, .fd = -1 };
}

void edge_wire_await(int64_t wait_ms, int64_t head_ms)
{
    wire.until_ms = clock_ms() + wait_ms;
    wire.head_ms = head_ms;
    wire.bytes = 0;
    wire.expired = wire.silent = false;
    wire.awaiting = wire.ours = true;
}

void edge_wire_read_until(int64_t until_ms)
{
    wire.until_ms = until_ms;
    wire.expired = wire.silent = false;
    wire.ours = true;
}

void edge_wire_pause(void)
{
    wire.ours = wire.awaiting = false;
}

static bool wait_writable(int64_t until_ms)
{
    struct pollfd one = { .fd = wire.fd, .events = POLLOUT };

    return wait_until(&one, until_ms) > 0;
}

/* May the write that failed be tried again? */
static bool may_retry(int64_t until_ms)
{
    return errno == EINTR || (errno == EAGAIN && wait_writable(until_ms));
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

static bool send_parts(struct iovec *parts, int n, int flags, int64_t until_ms)
{
    while (n > 0) {
        struct msghdr m = { .msg_iov = parts, .msg_iovlen = (size_t)n };
        ssize_t sent = sendmsg(wire.fd, &m, flags | MSG_NOSIGNAL);
        if (sent < 0 && !may_retry(until_ms))
            return false;
        if (sent < 0)
            continue;
        int whole = skip_written(parts, n, (size_t)sent);
        parts += whole;
        n -= whole;
    }
    return true;
}

bool edge_wire_write(struct iovec *parts, int n, int64_t until_ms)
{
    return send_parts(parts, n, 0, until_ms);
}

/* In bounded pieces, so that a deadline and the end of everything are noticed. A file that shrank ends early. */
bool edge_wire_send_file(int file, int64_t offset, int64_t length, int64_t until_ms)
{
    off_t at = offset, end = offset + length;

    while (at < end) {
        size_t piece = end - at < FILE_PIECE ? (size_t)(end - at) : FILE_PIECE;
        ssize_t sent = sendfile(wire.fd, file, &at, piece);
        if (!sent || (sent < 0 && !may_retry(until_ms)) || clock_ms() > until_ms || is_over())
            return false;
    }
    return true;
}

/* A client that closed its side is taken for gone: nobody half-closes and then listens to a stream. */
bool edge_wire_has_gone(void)
{
    struct pollfd one = { .fd = wire.fd, .events = POLLRDHUP };

    return poll_real(&one, 1, 0) != 0;
}

void edge_wire_linger(void)
{
    struct pollfd one = { .fd = wire.fd, .events = POLLIN };
    int64_t until_ms = clock_ms() + LINGER_MS;
    char nowhere[16384];

    shutdown(wire.fd, SHUT_WR);
    for (size_t n = 0; n < LINGER_BYTES && wait_until(&one, until_ms) > 0;) {
        ssize_t got = recv_real(wire.fd, nowhere, sizeof(nowhere), 0);
        if (got <= 0)
            return;
        n += (size_t)got;
    }
}
