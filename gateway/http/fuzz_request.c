/* What a stranger writes into a request line and its headers, as our own code reads it: path, query, range, who it came for.
 * A line of the input each. */
#include "http/client.h"
#include "http/exchange.h"
#include "http/product.h"
#include "http/range.h"
#include "http/route.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct asked { const char *name; bool deep; int64_t limit; double least; struct when since; };
SHAPE(asked, "Parameters of every kind.",
    FIELD(asked, name,  "A text.", .min = 1, .max = 40),
    FIELD(asked, deep,  "A flag."),
    FIELD(asked, limit, "A number.", .min = 1, .max = 100),
    FIELD(asked, least, "A fraction."),
    FIELD(asked, since, "A time."));

static err_t nothing(struct ctx *cx, struct exchange *x, const void *in) { return (void)cx, (void)x, (void)in, OK; }

static const struct route fuzz_routes[] = {
    { GET, "/things",             .serve = nothing, .in = &asked_shape },
    { GET, "/things/{name}",      .serve = nothing, .in = &asked_shape },
    { PUT, "/things/{name}/last", .serve = nothing, .in = &asked_shape, .place = ANYWHERE },
};
static AREA(fuzz, "Routes.");
static struct router *router;
static struct arena *home;          /* the router's, for as long as the process lives */

static void open_router(void)
{
    static const struct area *const areas[] = { &fuzz_area };
    struct ctx cx = { .arena = home = arena_new() };

    if (router_open(&cx, areas, 1, &router))
        abort();
}

static void read_target(struct ctx *cx, const char *path, const char *query)
{
    const struct route *r;
    const char *allow;
    void *in;
    struct asked asked = { 0 };

    if (router_find(cx, router, "GET", path, &r, &in, &allow) == OK && strlen(((struct asked *)in)->name ? ((struct asked *)in)->name : "") > 40)
        abort();
    if (form_read(cx, query, &asked_shape, 0, &asked) == OK && (asked.limit < 0 || asked.limit > 100))
        abort();
}

static void read_range(const char *header)
{
    for (int64_t size = 0; size < 3000; size += 999) {
        struct range r = range_read(header, size);
        if (r.is && !r.bad && (r.from < 0 || r.n < 1 || r.from + r.n > size))
            abort();
    }
}

static void read_client(struct ctx *cx, const char *chain, const char *list, const char *host)
{
    struct networks networks;
    struct dialects dialects;
    struct address hop = { 0 };
    int hops = 0;

    if (networks_read(cx, list, &networks) == OK)
        client_follow(&networks, chain, &hop, &hops);
    if (dialects_read(cx, list, &dialects) == OK)
        dialects_find(&dialects, host, 8000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx cx = { .arena = arena_new() };
    char *text = arena_text(cx.arena, (const char *)data, size), *lines[6] = { NULL };

    if (!router)
        open_router();
    for (size_t i = 0; i < COUNT(lines); i++) {     /* each in a block of its own, so that a byte beyond it is seen */
        char *line = text ? strsep(&text, "\n") : NULL;
        lines[i] = strdup(line ? line : "");
    }
    read_target(&cx, lines[0], lines[1]);
    read_range(lines[2]);
    read_client(&cx, lines[3], lines[4], lines[5]);
    for (size_t i = 0; i < COUNT(lines); i++)
        free(lines[i]);
    arena_free(cx.arena);
    return 0;
}
