/* palabre-gateway: authenticates, validates, answers reads, publishes jobs, carries streams. */
#include "http/gateway.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/log.h"
#include "data/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORS_DEFAULT "http://localhost:3000,http://localhost:5173,http://localhost:5174,http://localhost:8000,http://localhost:8080"

extern const struct area identity_area, voice_area, ops_area;

SHAPE(gateway_settings, "What the gateway reads.",
    FIELD(gateway_settings, gateway_listen,   "Addresses to serve on, host:port with commas; plain HTTP, a proxy ends TLS."),
    FIELD(gateway_settings, gateway_threads,  "Connections served at once.", .min = 8, .max = 4096),
    FIELD(gateway_settings, gateway_streams,  "Event streams at once, of those.", .min = 1, .max = 4000),
    FIELD(gateway_settings, leave_ms,         "Milliseconds after SIGTERM in which requests are still taken, while /health/ready says no: a balancer needs them to look elsewhere.", .max = 600000),
    FIELD(gateway_settings, header_ms,        "Milliseconds for the head of a request.", .min = 100, .max = 120000),
    FIELD(gateway_settings, body_ms,          "Milliseconds for its body, beside one per 32 bytes.", .min = 100, .max = 600000),
    FIELD(gateway_settings, upload_max_bytes, "Bytes of a recording.", .min = 1, .max = (int64_t)16 << 30),
    FIELD(gateway_settings, jwt_secret,       "Signs access tokens; at least 32 bytes.", .need = true, .secret = true, .min = 32),
    FIELD(gateway_settings, token_s,          "Seconds an access token lives.", .min = 60, .max = 604800),
    FIELD(gateway_settings, registration,     "Who may open accounts.", .one_of = WORDS("open", "admin", "off")),
    FIELD(gateway_settings, cors_origins,     "Origins whose browsers may call, with commas.", .max = 4000),
    FIELD(gateway_settings, trusted_proxies,  "Addresses whose X-Forwarded-For is believed, with commas.", .max = 4000),
    FIELD(gateway_settings, share_dir,        "Where the documentation's assets are."),
    FIELD(gateway_settings, docs_title,       "Title of the API's documentation."),
    FIELD(gateway_settings, rate_read,        "Reads a minute, per account (per address without one).", .min = 1),
    FIELD(gateway_settings, rate_write,       "Writes a minute.", .min = 1),
    FIELD(gateway_settings, rate_login,       "Logins and registrations a minute, per address.", .min = 1),
    FIELD(gateway_settings, rate_pro_factor,  "Accounts on plan pro may do so many times more.", .min = 1));

static struct gateway_settings settings = {
    .gateway_listen = "127.0.0.1:8000", .gateway_threads = 320, .gateway_streams = 256, .header_ms = 10000, .body_ms = 30000,
    .upload_max_bytes = 100 << 20, .token_s = 3600, .registration = "open", .cors_origins = CORS_DEFAULT,
    .share_dir = "/usr/share/palabre", .docs_title = "Palabre API", .rate_read = 600, .rate_write = 120, .rate_login = 20, .rate_pro_factor = 10,
};

static err_t open_gateway(struct ctx *cx, struct gateway *g)
{
    static const struct area *const areas[] = { &identity_area, &voice_area, &ops_area };
    struct edge_settings edge = {
        .listen = settings.gateway_listen, .threads = settings.gateway_threads, .streams = settings.gateway_streams, .header_ms = settings.header_ms,
        .body_ms = settings.body_ms, .body_bytes_per_ms = 32, .keep_alive_ms = 500, .max_head_bytes = 16384,
    };

    TRY(router_open(cx, areas, COUNT(areas), &g->router));
    g->document = openapi_document(cx, g->router, settings.docs_title);
    if (!g->daemon)
        return OK;
    g->hub = hub_open(cx->arena, g->daemon->settings.redis_url);
    relay_open(g->daemon);
    return edge_start(cx, &edge, gateway_serve, g, &g->edge);
}

/* --openapi prints the document, for docs/ and the tests. */
static int print_document(struct gateway *g)
{
    struct ctx cx = { .arena = arena_new() };
    err_t e = open_gateway(&cx, g);

    if (e)
        fprintf(stderr, "palabre-gateway: %s\n", e->text);
    else
        fputs(g->document, stdout);
    arena_free(cx.arena);
    return e ? 2 : 0;
}

int main(int argc, char **argv)
{
    const struct daemon_plan plan = {
        .service = "gateway", .about = "the edge: HTTP in, jobs and streams out", .uses = USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS | USES_AUDIT,
        .config_shape = &gateway_settings_shape, .config = &settings,
    };
    struct gateway g = { .settings = &settings };

    if (argc == 2 && !strcmp(argv[1], "--openapi"))
        return print_document(&g);
    g.daemon = daemon_start(argc, argv, &plan);
    struct ctx cx = { .arena = g.daemon->home, .daemon = g.daemon };
    err_t e = open_gateway(&cx, &g);
    if (e) {
        fprintf(stderr, "palabre-gateway: %s\n", e->text);
        return 2;
    }
    __atomic_store_n(&g.daemon->ready, true, __ATOMIC_RELAXED);
    log_event(NULL, LOG_INFO, "listening", LOG_TEXT("address", settings.gateway_listen));
    daemon_wait(g.daemon);
    edge_leave(g.edge);
    clock_sleep_ms(settings.leave_ms);
    edge_drain(g.edge, g.daemon->settings.drain_s * 1000);
    edge_stop(g.edge);
    hub_close(g.hub);
    relay_close(g.daemon->relay);
    daemon_end(g.daemon);
    return 0;
}
