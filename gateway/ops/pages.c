/* Health, the OpenAPI document and its pages. Assets come from SHARE_DIR, copied there from npm packages at build. */
#define _GNU_SOURCE
#include "http/gateway.h"
#include "ops/ops.h"
#include "app/health.h"
#include "data/json.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* What products' clients are greeted with, and look for. */
static const struct { const char *message, *docs, *app_name; } greetings[PRODUCTS] = {
    [IASTED]  = { "Bienvenue sur iAsted API", "/api/v1/docs", NULL },
    [SAAS_IA] = { "Welcome to SaaS-IA MVP API", "/docs", "SaaS-IA MVP" },
};

static struct neighbour neighbour(bool up, int64_t us)
{
    return (struct neighbour){ up ? "up" : "down", up ? (double)us / 1000 : REAL_NONE };
}

/* Balancers ask often: that it answers is enough. Only where clients read more are neighbours looked at, once a second at most. */
err_t health_get(struct ctx *cx, struct exchange *x, const void *in)
{
    const char *app = greetings[x->product].app_name;
    struct health h = { .status = "healthy", .service = "palabre", .version = PALABRE_VERSION };
    int status = 200;

    (void)in;
    if (app) {
        struct neighbours n = health_neighbours(cx->daemon);
        h.app_name = app, h.environment = x->gateway->settings->environment;
        h.status = neighbours_are_whole(&n) ? "healthy" : "degraded";
        h.dependencies.text = json_write(cx, &neighbour_view_shape, &(struct neighbour_view){ neighbour(n.pg, n.pg_us), neighbour(n.redis, n.redis_us) });
        status = n.pg ? 200 : 503;
    }
    exchange_json(cx, x, status, &health_shape, &h);
    return OK;
}

err_t root_get(struct ctx *cx, struct exchange *x, const void *in)
{
    const char *message = greetings[x->product].message, *docs = greetings[x->product].docs;
    struct greeting g = { message ? message : x->english ? "Welcome to Palabre" : "Bienvenue sur Palabre", PALABRE_VERSION,
                          docs ? docs : "/api/v1/docs", "/health" };

    (void)in;
    exchange_json(cx, x, 200, &greeting_shape, &g);
    return OK;
}

err_t live_get(struct ctx *cx, struct exchange *x, const void *in)
{
    struct health h = { .status = "alive", .service = "palabre", .version = PALABRE_VERSION };

    (void)in;
    exchange_json(cx, x, 200, &health_shape, &h);
    return OK;
}

err_t ready_get(struct ctx *cx, struct exchange *x, const void *in)
{
    struct text body = text_new(cx->arena, 256, 4096);
    int status = health_ready(cx->daemon, &body);

    (void)in;
    exchange_text(cx, x, status, "application/json", (struct bytes){ body.at, body.n });
    return OK;
}

err_t openapi_get(struct ctx *cx, struct exchange *x, const void *in)
{
    const char *document = openapi_kept(cx, x->gateway);

    (void)in;
    exchange_text(cx, x, 200, "application/json", (struct bytes){ document, strlen(document) });
    return OK;
}

static const char swagger_page[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Palabre API</title>"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/docs/assets/swagger-ui.css\"></head>"
    "<body><div id=\"ui\"></div><script src=\"/docs/assets/swagger-ui-bundle.js\"></script>"
    "<script src=\"/docs/assets/docs.js\"></script></body></html>\n";

static const char redoc_page[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Palabre API</title>"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"data:,\">"
    "<style>body{margin:0}</style></head><body><div id=\"redoc\"></div><script src=\"/docs/assets/redoc.standalone.js\"></script>"
    "<script src=\"/docs/assets/redoc.js\"></script></body></html>\n";

static const char swagger_start[] =
    "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true, persistAuthorization: true, tryItOutEnabled: true });\n";
static const char redoc_start[] =
    "Redoc.init('/openapi.json', { disableSearch: false, hideDownloadButton: true }, document.getElementById('redoc'));\n";

static err_t page(struct ctx *cx, struct exchange *x, const char *html)
{
    exchange_header_instead(x, "Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
                    "worker-src blob:; frame-ancestors 'none'");
    exchange_text(cx, x, 200, "text/html; charset=utf-8", (struct bytes){ html, strlen(html) });
    return OK;
}

err_t docs_get(struct ctx *cx, struct exchange *x, const void *in)  { (void)in; return page(cx, x, swagger_page); }
err_t redoc_get(struct ctx *cx, struct exchange *x, const void *in) { (void)in; return page(cx, x, redoc_page); }

/* Only these names are served: nothing of the path reaches the file system. */
static const struct { const char *name, *type, *path, *text; } assets[] = {
    { "swagger-ui.css",       "text/css; charset=utf-8",        "swagger-ui/swagger-ui.css",       NULL },
    { "swagger-ui-bundle.js", "text/javascript; charset=utf-8", "swagger-ui/swagger-ui-bundle.js", NULL },
    { "redoc.standalone.js",  "text/javascript; charset=utf-8", "redoc/redoc.standalone.js",       NULL },
    { "docs.js",              "text/javascript; charset=utf-8", NULL, swagger_start },
    { "redoc.js",             "text/javascript; charset=utf-8", NULL, redoc_start },
};

static err_t send_asset(struct ctx *cx, struct exchange *x, const char *file, const char *type)
{
    const char *path = arena_fmt(cx->arena, "%s/%s", x->gateway->settings->share_dir, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return fail(cx, FILE_UNKNOWN, "the documentation's assets are not installed; see SHARE_DIR");
    arena_own_fd(cx->arena, fd);
    fstat(fd, &st);
    exchange_header(x, "Content-Type", type);
    x->answered = true;
    x->status = 200;
    edge_file(x->request, 200, x->headers, x->headers_n, fd, 0, st.st_size);
    return OK;
}

err_t asset_get(struct ctx *cx, struct exchange *x, const void *given)
{
    const struct asset *in = given;

    for (size_t i = 0; i < COUNT(assets); i++) {
        if (strcmp(assets[i].name, in->name))
            continue;
        if (!assets[i].text)
            return send_asset(cx, x, assets[i].path, assets[i].type);
        exchange_text(cx, x, 200, assets[i].type, (struct bytes){ assets[i].text, strlen(assets[i].text) });
        return OK;
    }
    return fail(cx, FILE_UNKNOWN, "no asset %s", in->name);
}

/* What the problem documents' `type` points to. */
err_t errors_get(struct ctx *cx, struct exchange *x, const void *in)
{
    struct text html = text_new(cx->arena, 16384, 1u << 20);

    (void)in;
    text_put(&html, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Palabre: errors</title>"
             "<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:50rem;padding:0 1rem}td{padding:.2rem .8rem;border-top:1px solid #ddd}"
             "</style></head><body><h1>Errors</h1><table>");
    for (int i = 0; i < ERR_CODES; i++)
        text_fmt(&html, "<tr id=\"%s\"><td><code>%s</code></td><td>%d</td><td>%s</td></tr>", err_name((enum err_code)i), err_name((enum err_code)i),
                 err_status((enum err_code)i), err_title((enum err_code)i));
    text_put(&html, "</table></body></html>\n");
    return page(cx, x, html.at);
}
