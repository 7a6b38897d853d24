#include "http/route.h"

#include <string.h>

#define SEGMENTS_MOST 12
#define ROUTES_MOST   512
#define PATH_MAX_BYTES 2048

/* Patterns of as many segments follow one another in the order of their rows. */
struct pattern { const struct route *route; struct pattern *next; struct bytes segments[SEGMENTS_MOST]; size_t n; };

struct router {
    const struct area *const *areas;
    size_t areas_n;
    struct pattern *patterns, *of_length[SEGMENTS_MOST + 1], **ends[SEGMENTS_MOST + 1];
    size_t n;
};

static const char *const verbs[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

const char *verb_name(enum verb v) { return verbs[v]; }
const struct shape *route_in(const struct route *r)  { return r->handler ? r->handler->in : r->in ? r->in : &none_shape; }
const struct shape *route_out(const struct route *r) { return r->handler ? r->handler->out : r->out ? r->out : &none_shape; }

uint64_t route_path_fields(const struct route *r)
{
    const struct shape *s = route_in(r);
    uint64_t bits = 0;

    for (const char *at = strchr(r->path, '{'); at; at = strchr(at + 1, '{')) {
        const struct field *f = shape_field(s, at + 1, strcspn(at + 1, "}"));
        if (f)
            bits |= (uint64_t)1 << (f - s->fields);
    }
    return bits;
}

bool route_path_fits(const char *pattern, const struct route *r)
{
    const char *path = r->path;

    for (;; pattern++, path++) {
        if (*pattern == '*')
            return !*path || *path == '/' || pattern[-1] == '/';
        if (*pattern == '{' && *path == '{')
            pattern += strcspn(pattern, "}"), path += strcspn(path, "}");
        if (*pattern != *path)
            return false;
        if (!*pattern)
            return true;
    }
}

static bool is_parameter(const struct bytes *s) { return s->n > 2 && s->at[0] == '{'; }

/* Segments of a path, empty ones dropped (so a trailing slash does not matter); false when there are too many. */
static bool split(const char *path, struct bytes *out, size_t *n)
{
    *n = 0;
    while (*path) {
        size_t len = strcspn(path, "/");
        if (len && *n == SEGMENTS_MOST)
            return false;
        if (len)
            out[(*n)++] = (struct bytes){ path, len };
        path += len + (path[len] == '/');
    }
    return true;
}

static err_t add(struct ctx *cx, struct router *t, const struct route *r)
{
    struct pattern *p = &t->patterns[t->n];

    if (t->n == ROUTES_MOST || !split(r->path, p->segments, &p->n))
        return fail(cx, CONFIG_INVALID, "%s: too many routes or segments", r->path);
    p->route = r;
    for (size_t i = 0; i < p->n; i++)
        if (is_parameter(&p->segments[i]) && !shape_field(route_in(r), p->segments[i].at + 1, p->segments[i].n - 2))
            return fail(cx, CONFIG_INVALID, "%s: a parameter is not in %s", r->path, route_in(r)->name);
    for (size_t i = 0; i < t->n; i++)
        if (t->patterns[i].route->verb == r->verb && !strcmp(t->patterns[i].route->path, r->path))
            return fail(cx, CONFIG_INVALID, "%s %s: two rows", verb_name(r->verb), r->path);
    *t->ends[p->n] = p;
    t->ends[p->n] = &p->next;
    t->n++;
    return OK;
}

err_t router_open(struct ctx *cx, const struct area *const *areas, size_t n, struct router **out)
{
    struct router *t = NEW(cx, struct router);

    t->areas = areas, t->areas_n = n;
    t->patterns = NEWS(cx, struct pattern, ROUTES_MOST);
    for (size_t i = 0; i < COUNT(t->ends); i++)
        t->ends[i] = &t->of_length[i];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < areas[i]->n; k++)
            TRY(add(cx, t, &areas[i]->routes[k]));
    *out = t;
    return OK;
}

size_t router_routes(const struct router *t, const struct area *const **areas)
{
    *areas = t->areas;
    return t->areas_n;
}

/* Undo percent-encoding; NULL when it is not well-formed, hides a slash or a NUL, or is not UTF-8. */
static const char *decode(struct ctx *cx, struct bytes s)
{
    char *to = arena_get(cx->arena, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.at[i];
        if (c == '%') {
            if (s.n - i < 3 || !text_unhex(s.at + i + 1, 2, &c) || !c || c == '/')
                return NULL;
            i += 2;
        }
        to[n++] = c;
    }
    return text_is_utf8(to, n) ? to : NULL;
}

/* The part of the path that rows speak of: without /api or /api/v1. */
static size_t base_of(const struct bytes *s, size_t n)
{
    if (!n || s[0].n != 3 || memcmp(s[0].at, "api", 3))
        return 0;
    return n > 1 && s[1].n == 2 && !memcmp(s[1].at, "v1", 2) ? 2 : 1;
}

static bool place_fits(const struct route *r, size_t base)
{
    return r->place == ANYWHERE || (r->place == UNDER_API) == (base > 0);
}

static bool segments_fit(const struct pattern *p, const struct bytes *s)
{
    for (size_t i = 0; i < p->n; i++)
        if (!is_parameter(&p->segments[i]) && (p->segments[i].n != s[i].n || memcmp(p->segments[i].at, s[i].at, s[i].n)))
            return false;
    return true;
}

/* A parameter that does not fit names nothing that exists: 404, not a lesson in syntax; but for dialects that give one. */
static err_t misfit(struct ctx *cx, const struct field *f, const char *what)
{
    err_t e = fail(cx, ROUTE_UNKNOWN, "there is nothing at this path");

    e->flaws = NEW(cx, struct flaw);
    *e->flaws = (struct flaw){ .at = arena_fmt(cx->arena, "/%s", f->name), .what = what, .whence = IN_PATH };
    return e;
}

static err_t fill(struct ctx *cx, const struct pattern *p, const struct bytes *s, void *in)
{
    const struct shape *shape = route_in(p->route);

    for (size_t i = 0; i < p->n; i++) {
        if (!is_parameter(&p->segments[i]))
            continue;
        const struct field *f = shape_field(shape, p->segments[i].at + 1, p->segments[i].n - 2);
        const char *value = decode(cx, s[i]);
        const char *what = value ? field_keep(cx, f, in, value, strlen(value)) : "is not well encoded";
        if (what)
            return misfit(cx, f, what);
    }
    return OK;
}

err_t router_find(struct ctx *cx, const struct router *t, const char *verb, const char *path,
                  const struct route **out, void **in, const char **allow)
{
    struct bytes s[SEGMENTS_MOST];
    struct text others = text_new(cx->arena, 64, 200);
    size_t n;

    if (strlen(path) > PATH_MAX_BYTES)
        return fail(cx, URI_TOO_LONG, "the path is longer than %d bytes", PATH_MAX_BYTES);
    if (!split(path, s, &n))
        return fail(cx, ROUTE_UNKNOWN, "there is nothing at this path");
    if (!strcmp(verb, "HEAD"))
        verb = "GET";
    size_t base = base_of(s, n);
    for (const struct pattern *p = t->of_length[n - base]; p; p = p->next) {
        if (!place_fits(p->route, base) || !segments_fit(p, s + base))
            continue;
        if (!strcmp(verb_name(p->route->verb), verb)) {
            *out = p->route;
            *in = arena_get(cx->arena, route_in(p->route)->size);
            return fill(cx, p, s + base, *in);
        }
        text_fmt(&others, "%s%s", others.n ? ", " : "", p->route->verb == GET ? "GET, HEAD" : verb_name(p->route->verb));
    }
    if (!others.n)
        return fail(cx, ROUTE_UNKNOWN, "there is nothing at this path");
    *allow = others.at;
    return fail(cx, VERB_REFUSED, "%s is not allowed here; use %s", verb, others.at);
}
