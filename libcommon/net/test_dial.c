/* Connections and the watchdog, without any server but our own. */
#define _GNU_SOURCE
#include "test.h"
#include "net/dial.h"
#include "net/http.h"
#include "net/test_script.h"
#include "net/watchdog.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* A listening socket with a free port; `fill` connections wait in it. */
static int listen_here(struct ctx *cx, int fill, const char **port)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(here);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(!bind(fd, (struct sockaddr *)&here, size) && !listen(fd, 0));
    CHECK(!getsockname(fd, (struct sockaddr *)&here, &size));
    for (int i = 0; i < fill; i++) {
        int full = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connect(full, (struct sockaddr *)&here, size))
            continue;
    }
    *port = arena_fmt(cx->arena, "%d", ntohs(here.sin_port));
    return fd;
}

TEST(a_host_is_dialled_by_name_and_by_number)
{
    struct dial d = { .host = "127.0.0.1" };
    int listener = listen_here(cx, 0, &d.port), fd;

    NEED_OK(dial_tcp(cx, &d, 1000, &fd));
    close(fd);
    close(accept(listener, NULL, NULL));
    d.host = "localhost";
    NEED_OK(dial_tcp(cx, &d, 1000, &fd));
    close(fd);
    close(listener);
    CHECK_FAILS(dial_tcp(cx, &d, 1000, &fd), ENGINE_DOWN);
    dial_close(&d);
}

TEST(an_unknown_name_is_an_error_in_time)
{
    struct dial d = { .host = "nobody.invalid", .port = "1" };
    int64_t began_ms = clock_ms();
    int fd;

    err_t e = dial_tcp(cx, &d, 700, &fd);
    CHECK(e && (e->code == E_ENGINE_DOWN || e->code == E_TIMEOUT));
    CHECK_WITHIN(clock_ms() - began_ms, 0, 900);
    dial_close(&d);
}

TEST(a_host_that_does_not_answer_costs_the_time_given)
{
    struct dial d = { .host = "127.0.0.1" };
    int listener = listen_here(cx, 4, &d.port), fd;
    int64_t began_ms = clock_ms();

    CHECK_FAILS(dial_tcp(cx, &d, 250, &fd), TIMEOUT);
    CHECK_WITHIN(clock_ms() - began_ms, 250, 400);
    began_ms = clock_ms();
    cx->deadline_ms = began_ms + 120;
    CHECK_FAILS(dial_tcp(cx, &d, 5000, &fd), DEADLINE_PASSED);
    CHECK_WITHIN(clock_ms() - began_ms, 0, 250);
    cx->deadline_ms = 0;
    cx->stop = &(bool){ true };
    CHECK_FAILS(dial_tcp(cx, &d, 5000, &fd), CANCELLED);
    close(listener);
}

static void count(void *with)
{
    __atomic_add_fetch((int *)with, 1, __ATOMIC_SEQ_CST);
}

TEST(a_watchdog_bites_once_when_the_time_has_passed)
{
    struct watchdog w;
    int bites = 0;

    watchdog_open(&w, count, &bites);
    CHECK(watchdog_start(&w));
    watchdog_set(&w, clock_ms() + 5000);
    watchdog_set(&w, clock_ms() + 50);          /* sooner than it meant to wake */
    clock_sleep_ms(20);
    CHECK_INT(__atomic_load_n(&bites, __ATOMIC_SEQ_CST), 0);
    clock_sleep_ms(150);
    CHECK_INT(__atomic_load_n(&bites, __ATOMIC_SEQ_CST), 1);
    watchdog_close(&w);
}

TEST(a_watchdog_called_off_does_not_bite)
{
    struct watchdog w;
    int bites = 0;

    watchdog_open(&w, count, &bites);
    CHECK(watchdog_start(&w));
    for (int i = 0; i < 5; i++) {
        watchdog_set(&w, clock_ms() + 30);
        clock_sleep_ms(10);
        watchdog_set(&w, 0);
    }
    watchdog_set(&w, clock_ms() + 100);
    clock_sleep_ms(50);
    CHECK_INT(__atomic_load_n(&bites, __ATOMIC_SEQ_CST), 0);
    watchdog_set(&w, 0);
    clock_sleep_ms(120);
    CHECK_INT(__atomic_load_n(&bites, __ATOMIC_SEQ_CST), 0);
    watchdog_close(&w);
}

TEST(a_guarded_connection_asks_the_gate_for_each_address)
{
    int port, fd, listener = listen_somewhere(4, &port);
    const char *number = arena_fmt(cx->arena, "%d", port);
    struct dial d = { .host = "127.0.0.1", .port = number, .guarded = true }, named = { .host = "localhost", .port = number, .guarded = true };
    struct dial unknown = { .host = "nobody.invalid", .port = number, .guarded = true };

    CHECK_FAILS(dial_tcp(cx, &d, 1000, &fd), EGRESS_REFUSED);
    CHECK_FAILS(dial_tcp(cx, &named, 1000, &fd), EGRESS_REFUSED);
    CHECK_FAILS(dial_look(cx, &named, 1000), EGRESS_REFUSED);
    err_t e = dial_look(cx, &unknown, 3000);
    CHECK(e && e->code != E_EGRESS_REFUSED);
    NEED_OK(egress_open(cx, arena_fmt(cx->arena, "127.0.0.1:%d", port)));
    CHECK_OK(dial_look(cx, &d, 1000));
    NEED_OK(dial_tcp(cx, &d, 1000, &fd));
    close(fd);
    close(listener);
    dial_close(&unknown);
}
