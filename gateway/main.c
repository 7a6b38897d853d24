/* palabre-gateway: authenticates, validates, answers reads, publishes jobs, carries streams. */
#include "http/gateway.h"
#include "http/keyring.h"
#include "http/quota.h"
#include "http/supabase.h"
#include "app/relay.h"
#include "base/clock.h"
#include "base/log.h"
#include "data/password_rules.h"
#include "net/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the products' clients are served from while they are developed, and by their own shells. */
#define CORS_IASTED    "http://localhost:3000,http://localhost:5173,http://localhost:5174,http://localhost:8000,http://localhost:8080"
#define CORS_ROBIAN    "http://localhost:3000,http://localhost:8080"
#define CORS_FOYERGPT  "http://localhost:8060"
#define CORS_SAAS_IA   "http://localhost:3000"
#define CORS_HELLOJADE "http://localhost:1420,http://localhost:5173,tauri://localhost,https://tauri.localhost"
#define CORS_ALL       CORS_IASTED ",http://localhost:8060,http://localhost:1420,tauri://localhost,https://tauri.localhost"

SHAPE(gateway_settings, "What the gateway reads.",
    FIELD(gateway_settings, gateway_listen,   "Addresses to serve on, host:port with commas; plain HTTP, a proxy ends TLS."),
    FIELD(gateway_settings, gateway_threads,  "Connections served at once.", .min = 8, .max = 4096),
    FIELD(gateway_settings, gateway_streams,  "Event streams at once, of those.", .min = 1, .max = 4000),
    FIELD(gateway_settings, leave_ms,         "Milliseconds after SIGTERM in which requests are still taken, while /health/ready says no: a balancer needs them to look elsewhere.", .max = 600000),
    FIELD(gateway_settings, header_ms,        "Milliseconds for the head of a request.", .min = 100, .max = 120000),
    FIELD(gateway_settings, body_ms,          "Milliseconds for its body, beside one per 32 bytes.", .min = 100, .max = 600000),
    FIELD(gateway_settings, keep_alive_ms,    "Milliseconds for which a connection without a request is kept; each keeps a thread, and while four fifths of the threads are taken none is kept. Behind a proxy that keeps few: longer than the proxy does.",
          .min = 1, .max = 600000),
    FIELD(gateway_settings, upload_max_bytes, "Bytes of a recording.", .min = 1, .max = (int64_t)16 << 30),
    FIELD(gateway_settings, transcription_max_bytes, "Bytes of a recording to be transcribed.", .min = 1, .max = (int64_t)16 << 30),
    FIELD(gateway_settings, assemblyai_api_key, "Only whether it is MOCK: then nothing is fetched, and the speech worker, which has the same setting, invents a text.", .secret = true, .max = 200),
    FIELD(gateway_settings, jwt_secret,       "Signs access tokens; at least 32 bytes.", .need = true, .secret = true, .min = 32),
    FIELD(gateway_settings, jwt_keys,         "Other secrets whose tokens are taken, with commas: the one before, or the next. Rotation: first add the next one here everywhere, then swap.", .secret = true, .max = 4000),
    FIELD(gateway_settings, jwt_key_files,    "PEM files with commas. The first one, RSA or P-256, signs instead (RS256, ES256), and /.well-known/jwks.json tells it; tokens of the others are taken.", .max = 4000),
    FIELD(gateway_settings, public_url,       "Where clients find the gateway; tokens name it as their issuer.", .max = 500, .format = &format_uri),
    FIELD(gateway_settings, token_s,          "Seconds an access token lives.", .min = 60, .max = 604800),
    FIELD(gateway_settings, refresh_s,        "Seconds a session lives at most, however often it is refreshed.", .min = 60, .max = 31536000),
    FIELD(gateway_settings, refresh_idle_s,   "Seconds after which a session ends that nobody refreshed.", .min = 60, .max = 31536000),
    FIELD(gateway_settings, cookie_secure,    "The cookie of our own pages goes over HTTPS only."),
    PASSWORD_FIELD(gateway_settings),
    FIELD(gateway_settings, password_temporary_s, "Seconds for which a password that an administrator gave opens the way to its change.", .min = 60, .max = 31536000),
    FIELD(gateway_settings, token_quotas,     "Tokens of language models a day (UTC), by role; who is not named has no quota. Kept where iasted is spoken.", .max = 4000),
    FIELD(gateway_settings, registration,     "Who may open accounts.", .one_of = WORDS("open", "admin", "off")),
    FIELD(gateway_settings, dialects,         "Ports and host names that speak a product's dialect: 8061=foyergpt,chat.example.org=foyergpt.", .max = 4000),
    FIELD(gateway_settings, cors_origins,     "Origins whose browsers may call, with commas or as a JSON array, where no product's dialect is spoken.", .max = 4000),
    FIELD(gateway_settings, cors_iasted,      "The same where iasted is spoken.", .max = 4000),
    FIELD(gateway_settings, cors_robian,      "Where robian-api is.", .max = 4000),
    FIELD(gateway_settings, cors_foyergpt,    "Where foyergpt is.", .max = 4000),
    FIELD(gateway_settings, cors_saas_ia,     "Where saas-ia is.", .max = 4000),
    FIELD(gateway_settings, cors_hellojade,   "Where hellojade is.", .max = 4000),
    FIELD(gateway_settings, trusted_proxies,  "Addresses and networks (10.0.0.0/8) whose X-Forwarded-For and -Proto are believed, with commas.", .max = 4000),
    FIELD(gateway_settings, share_dir,        "Where the documentation's assets are."),
    FIELD(gateway_settings, environment,      "What /health calls this installation, where saas-ia is spoken; development: EMAIL_VERIFIED_REQUIRED does not hold.", .max = 40),
    FIELD(gateway_settings, email_verified_required, "Work of saas-ia is only begun for people whose address is verified; needs MAIL_URL."),
    MAIL_URL_FIELD(gateway_settings, mail_url),
    FIELD(gateway_settings, docs_title,       "Title of the API's documentation."),
    FIELD(gateway_settings, rate_read,        "Reads a minute, per account (per address without one).", .min = 1),
    FIELD(gateway_settings, rate_write,       "Writes a minute.", .min = 1),
    FIELD(gateway_settings, rate_login,       "Logins and registrations a minute, per address.", .min = 1),
    FIELD(gateway_settings, rate_pro_factor,  "Accounts on plan pro may do so many times more.", .min = 1),
    FIELD(gateway_settings, supabase_url,     "Project whose access tokens are taken beside ours, https://REF.supabase.co; their keys are read from it. Empty: none.", .max = 500),
    FIELD(gateway_settings, supabase_jwt_secret, "The project's secret, where it signs HS256; at least 32 bytes.", .secret = true, .max = 1000),
    FIELD(gateway_settings, supabase_again_s, "Seconds between two looks at its keys that tokens with an unknown one may cause.", .min = 1, .max = 3600),
    FIELD(gateway_settings, webhooks_most,    "Webhooks of an account.", .min = 1, .max = 1000),
    FIELD(gateway_settings, webhook_overlap_s, "Seconds for which the secret of before signs beside a new one.", .max = 2592000),
    WEBHOOK_FIELDS(gateway_settings, webhooks),
    DIRECTORY_FIELDS(gateway_settings, ldap));

static struct gateway_settings settings = {
    .gateway_listen = "127.0.0.1:8000", .gateway_threads = 320, .gateway_streams = 256, .header_ms = 10000, .body_ms = 30000,
    .upload_max_bytes = 100 << 20, .transcription_max_bytes = 500 << 20, .public_url = "http://localhost:8000", .token_s = 3600, .refresh_s = 2592000, .refresh_idle_s = 604800,
    .password_least = PASSWORD_LEAST, .password_temporary_s = 259200, .token_quotas = "user=2000,agent=10000,admin=50000,super_admin=100000", .registration = "open", .dialects = "8061=foyergpt,8004=saas-ia,5000=hellojade",
    .cors_origins = CORS_ALL, .cors_iasted = CORS_IASTED, .cors_robian = CORS_ROBIAN, .cors_foyergpt = CORS_FOYERGPT,
    .cors_saas_ia = CORS_SAAS_IA, .cors_hellojade = CORS_HELLOJADE, .keep_alive_ms = 5000,
    .share_dir = "/usr/share/palabre", .environment = "production", .docs_title = "Palabre API", .rate_read = 600, .rate_write = 120, .rate_login = 20, .rate_pro_factor = 10,
    .supabase_again_s = 30, .webhooks_most = 20, .webhook_overlap_s = 86400, .ldap = DIRECTORY_DEFAULTS,
};

static const char *lacks(struct ctx *cx)
{
    (void)cx;
    return settings.mail_url && *settings.mail_url ? NULL : "mail: MAIL_URL is not set, so that forgotten passwords are an administrator's to reset, and addresses are not verified";
}

static err_t open_gateway(struct ctx *cx, struct gateway *g)
{
    struct edge_settings edge = {
        .listen = settings.gateway_listen, .threads = settings.gateway_threads, .streams = settings.gateway_streams, .header_ms = settings.header_ms,
        .body_ms = settings.body_ms, .body_bytes_per_ms = 32, .keep_alive_ms = settings.keep_alive_ms, .max_head_bytes = 16384,
    };

    TRY(networks_read(cx, settings.trusted_proxies, &g->trusted));
    TRY(quotas_check(cx, settings.token_quotas));
    if (settings.email_verified_required && lacks(cx))
        return fail(cx, CONFIG_INVALID, "EMAIL_VERIFIED_REQUIRED without MAIL_URL: nobody could verify an address");
    TRY(dialects_read(cx, settings.dialects, &g->dialects));
    TRY(router_open(cx, gateway_areas, gateway_areas_n(), &g->router));
    if (!g->daemon)
        return OK;
    TRY(keyring_open(cx, &settings, &g->tokens));
    g->ends = ended_open(g->daemon, settings.token_s);
    TRY(directory_open(cx, g->daemon->home, &settings.ldap, &g->directory));
    TRY(supabase_open(cx, g->daemon, &settings, &g->supabase));
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
        fputs(openapi_kept(&cx, g), stdout);
    free(g->document);
    arena_free(cx.arena);
    return e ? 2 : 0;
}

int main(int argc, char **argv)
{
    const struct daemon_plan plan = {
        .service = "gateway", .about = "the edge: HTTP in, jobs and streams out", .uses = USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS | USES_AUDIT,
        .config_shape = &gateway_settings_shape, .config = &settings, .lacks = lacks,
    };
    struct gateway g = { .settings = &settings, .document_lock = PTHREAD_MUTEX_INITIALIZER };

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
    ended_close(g.ends);
    supabase_close(g.supabase);
    relay_close(g.daemon->relay);
    daemon_end(g.daemon);
    free(g.document);
    return 0;
}
