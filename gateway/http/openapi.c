/* The OpenAPI 3.1 document, derived from the route tables and the shapes they name. */
#include "http/gateway.h"
#include "http/words.h"

#include <stdlib.h>
#include <string.h>

#define SHAPES_MOST 256

extern const struct shape problem_shape;

struct writer { struct ctx *cx; struct text to; const struct shape *seen[SHAPES_MOST]; size_t seen_n; };

static void see(struct writer *w, const struct shape *s)
{
    for (size_t i = 0; i < w->seen_n; i++)
        if (w->seen[i] == s)
            return;
    if (w->seen_n == SHAPES_MOST)
        return;
    w->seen[w->seen_n++] = s;
    for (size_t i = 0; i < s->n; i++)
        if (s->fields[i].of)
            see(w, s->fields[i].of);
}

static void put_string(struct text *to, const char *key, const char *value)
{
    text_json(to, key, strlen(key));
    text_char(to, ':');
    text_json(to, value, strlen(value));
}

/* --- schemas --- */

static void put_bounds(struct text *to, const struct field *f)
{
    const char *lo = f->kind == TEXT ? "minLength" : f->kind == LIST || f->kind == TEXTS ? "minItems" : "minimum";
    const char *hi = f->kind == TEXT ? "maxLength" : f->kind == LIST || f->kind == TEXTS ? "maxItems" : "maximum";

    if (f->min)
        text_fmt(to, ",\"%s\":%lld", lo, (long long)f->min);
    if (f->max)
        text_fmt(to, ",\"%s\":%lld", hi, (long long)f->max);
}

static void put_words(struct text *to, const char *const *words)
{
    text_put(to, ",\"enum\":[");
    for (const char *const *word = words; *word; word++) {
        if (word != words)
            text_char(to, ',');
        text_json(to, *word, strlen(*word));
    }
    text_char(to, ']');
}

static void put_type(struct text *to, const struct field *f)
{
    static const char *const types[LIST + 1] = {
        [TEXT] = "\"type\":\"string\"", [INT] = "\"type\":[\"integer\",\"null\"]", [LONG] = "\"type\":[\"integer\",\"null\"],\"format\":\"int64\"",
        [REAL] = "\"type\":[\"number\",\"null\"]", [BOOL] = "\"type\":\"boolean\"", [WHEN] = "\"type\":\"string\",\"format\":\"date-time\"",
        [TEXTS] = "\"type\":\"array\",\"items\":{\"type\":\"string\"}",
    };
    static const char *const nullables[LIST + 1] = {
        [TEXT] = "\"type\":[\"string\",\"null\"]", [WHEN] = "\"type\":[\"string\",\"null\"],\"format\":\"date-time\"",
    };

    text_char(to, '{');
    if (f->kind == OBJECT)
        text_fmt(to, "\"$ref\":\"#/components/schemas/%s\"", f->of->name);
    else if (f->kind == LIST)
        text_fmt(to, "\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}", f->of->name);
    else if (types[f->kind])
        text_put(to, f->nullable ? nullables[f->kind] : types[f->kind]);
    if (f->kind == OBJECT || types[f->kind] || f->kind == LIST)
        text_char(to, ',');
    put_string(to, "description", f->doc);
    put_bounds(to, f);
    if (f->one_of)
        put_words(to, f->one_of);
    if (f->format)
        text_fmt(to, ",\"format\":\"%s\"", f->format->name);
    if (f->example)
        text_fmt(to, ",\"examples\":[%s]", f->example);
    text_char(to, '}');
}

static void put_schema(struct text *to, const struct shape *s)
{
    const char *comma = "";

    text_fmt(to, "\"%s\":{\"type\":\"object\",", s->name);
    put_string(to, "description", s->doc);
    text_put(to, ",\"properties\":{");
    for (size_t i = 0; i < s->n; i++) {
        const struct field *f = &s->fields[i];
        if (f->hidden || f->secret)
            continue;
        text_fmt(to, "%s\"%s\":", comma, f->name);
        put_type(to, f);
        comma = ",";
    }
    text_put(to, "},\"required\":[");
    comma = "";
    for (size_t i = 0; i < s->n; i++) {
        if (!s->fields[i].need || s->fields[i].hidden)
            continue;
        text_fmt(to, "%s\"%s\"", comma, s->fields[i].name);
        comma = ",";
    }
    text_put(to, "]}");
}

/* --- operations --- */

static bool in_path(const struct route *r, const struct field *f)
{
    return route_path_fields(r) >> (f - route_in(r)->fields) & 1;
}

static void put_parameters(struct writer *w, const struct route *r)
{
    bool body = r->verb == POST || r->verb == PUT || r->verb == PATCH;
    const char *comma = "";

    text_put(&w->to, "\"parameters\":[");
    for (size_t i = 0; i < route_in(r)->n; i++) {
        const struct field *f = &route_in(r)->fields[i];
        bool path = in_path(r, f);
        if ((!path && body) || (f->hidden && !path))
            continue;
        text_fmt(&w->to, "%s{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,\"schema\":", comma, f->name, path ? "path" : "query",
                 path || f->need ? "true" : "false");
        put_type(&w->to, f);
        text_char(&w->to, '}');
        comma = ",";
    }
    if (r->idempotent)
        text_fmt(&w->to, "%s{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,\"description\":\"A repeat with the same key "
                 "and body gives the same answer; kept for a day.\",\"schema\":{\"type\":\"string\",\"maxLength\":202}}", comma);
    text_put(&w->to, "],");
}

static bool has_body_members(const struct route *r)
{
    for (size_t i = 0; i < route_in(r)->n; i++)
        if (!in_path(r, &route_in(r)->fields[i]))
            return true;
    return false;
}

static void put_body(struct writer *w, const struct route *r)
{
    if ((r->verb != POST && r->verb != PUT && r->verb != PATCH) || (!has_body_members(r) && !r->takes))
        return;
    text_put(&w->to, "\"requestBody\":{\"required\":true,\"content\":{");
    text_fmt(&w->to, "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}", route_in(r)->name);
    see(w, route_in(r));
    for (const char *at = r->takes; at && *at; at += strcspn(at, ","), at += *at == ',') {
        text_fmt(&w->to, ",\"%.*s\":{\"schema\":", (int)strcspn(at, ","), at);
        if (text_starts(at, "multipart/") || strstr(at, "urlencoded"))
            text_fmt(&w->to, "{\"$ref\":\"#/components/schemas/%s\"}}", route_in(r)->name);
        else
            text_put(&w->to, "{\"type\":\"string\",\"format\":\"binary\"}}");
    }
    text_put(&w->to, "}},");
}

static void put_ref(struct text *to, const struct shape *s) { text_fmt(to, "{\"$ref\":\"#/components/schemas/%s\"}", s->name); }

static void put_page(struct writer *w, const struct route *r)
{
    if (r->page)
        text_put(&w->to, ",\"text/html\":{\"schema\":{\"type\":\"string\"}}");
}

/* Media types with commas. */
static void put_types(struct writer *w, const char *types)
{
    for (const char *at = types; *at; at += strcspn(at, ","), at += *at == ',') {
        int n = (int)strcspn(at, ",");
        const char *schema = text_starts(at, "application/json") ? "object" : "string";
        text_fmt(&w->to, "%s\"%.*s\":{\"schema\":{\"type\":\"%s\"}}", at == types ? "" : ",", n, at, schema);
    }
}

/* What is answered: a text of other types, or JSON; where rows may come bare, either of two, or rows alone. */
static void put_content(struct writer *w, const struct route *r)
{
    const struct shape *out = route_out(r);

    if (r->type) {
        text_put(&w->to, ",\"content\":{");
        put_types(w, r->type);
        text_char(&w->to, '}');
    }
    if (r->type || out == &none_shape)
        return;
    see(w, out);
    text_put(&w->to, ",\"content\":{\"application/json\":{\"schema\":");
    bool both = r->bare && r->bare != out;
    if (r->bare) {
        see(w, r->bare);
        text_put(&w->to, both ? "{\"oneOf\":[{\"type\":\"array\",\"items\":" : "{\"type\":\"array\",\"items\":");
        put_ref(&w->to, r->bare);
        text_put(&w->to, both ? "}," : "}");
    }
    if (!r->bare || both)
        put_ref(&w->to, out);
    text_put(&w->to, both ? "]}}" : "}");
    put_page(w, r);
    text_char(&w->to, '}');
}

static void put_answer(struct writer *w, const struct route *r, int status)
{
    const struct shape *out = route_out(r);

    text_fmt(&w->to, "\"%d\":{", status);
    put_string(&w->to, "description", out == &none_shape ? "Done." : out->doc);
    if (r->location)
        text_put(&w->to, ",\"headers\":{\"Location\":{\"description\":\"Where to look for it.\",\"schema\":{\"type\":\"string\"}}}");
    put_content(w, r);
    text_char(&w->to, '}');
}

/* As everybody is told the error, or in a product's words. */
static bool is_told(const struct route *r, enum err_code code, int status)
{
    return err_status(code) == status || (!r->refuse && words_say(r, code, status));
}

static bool may_fail(const struct route *r, enum err_code code)
{
    for (const enum err_code *f = r->fails; f && *f != ERR_CODES; f++)
        if (*f == code)
            return true;
    return false;
}

/* Who refuses ranges serves them, and files that the client has already. */
static void put_success(struct writer *w, const struct route *r)
{
    text_put(&w->to, "\"responses\":{");
    put_answer(w, r, r->status);
    if (r->also) {
        text_char(&w->to, ',');
        put_answer(w, r, r->also);
    }
    if (r->page)
        text_put(&w->to, ",\"303\":{\"description\":\"A browser is sent on.\"}");
    if (may_fail(r, E_RANGE_INVALID)) {
        text_char(&w->to, ',');
        put_answer(w, r, 206);
        text_put(&w->to, ",\"304\":{\"description\":\"The client has it already.\"}");
    }
}

static bool fails_with(const struct route *r, int status)
{
    static const enum err_code any[] = { E_INPUT_INVALID, E_RATE_EXCEEDED, E_PG_DOWN };

    for (size_t i = 0; i < COUNT(any); i++)
        if (is_told(r, any[i], status))
            return true;
    if (status == 401 || status == 403)
        return r->access != PUBLIC;
    return false;
}

static void put_failure(struct writer *w, const struct route *r, const char *status, const char *what)
{
    text_fmt(&w->to, ",\"%s\":{", status);
    put_string(&w->to, "description", what);
    text_fmt(&w->to, ",\"content\":{\"application/%s\":{\"schema\":", r->refusal ? "json" : "problem+json");
    put_ref(&w->to, r->refusal ? r->refusal : &problem_shape);
    text_char(&w->to, '}');
    put_page(w, r);
    text_put(&w->to, "}}");
    if (r->refusal)
        see(w, r->refusal);
}

/* Errors of one status share a response; its description names them. */
static void put_failures(struct writer *w, const struct route *r)
{
    for (int status = 400; status < 600; status++) {
        struct text names = text_new(w->cx->arena, 64, 2000);
        for (const enum err_code *f = r->fails; f && *f != ERR_CODES; f++)
            if (is_told(r, *f, status))
                text_fmt(&names, "%s%s: %s", names.n ? "; " : "", err_name(*f), err_title(*f));
        if (status == r->also || (!names.n && !fails_with(r, status)))
            continue;
        put_failure(w, r, arena_fmt(w->cx->arena, "%d", status), names.n ? names.at : "See the problem.");
    }
    put_failure(w, r, "default", "What any request may meet: a broken or too large one, a service that is busy.");
    text_char(&w->to, '}');
}

static void put_route(struct writer *w, const struct area *area, const struct route *r, bool first)
{
    static const char *const rates[] = { "free", "read", "write", "login" };
    char verb[8] = { 0 };

    for (size_t i = 0; verb_name(r->verb)[i]; i++)
        verb[i] = (char)(verb_name(r->verb)[i] | 32);
    text_fmt(&w->to, "%s\"%s\":{\"operationId\":\"%s\",\"tags\":[\"%s\"],", first ? "" : ",", verb,
             r->name ? r->name : r->handler->name, area->name);
    put_string(&w->to, "summary", r->summary);
    text_fmt(&w->to, ",\"x-rate\":\"%s\",", rates[r->rate]);
    if (r->access == PUBLIC)
        text_put(&w->to, "\"security\":[],");
    if (r->may)
        text_fmt(&w->to, "\"x-permission\":\"%s\",", r->may);
    put_parameters(w, r);
    put_body(w, r);
    put_success(w, r);
    put_failures(w, r);
    text_char(&w->to, '}');
}

static const char *full_path(struct ctx *cx, const struct route *r)
{
    return arena_fmt(cx->arena, "%s%s", r->place == AT_ROOT ? "" : "/api/v1", r->path);
}

/* Routes of one path stand together in the document, wherever their rows are. */
static void put_path(struct writer *w, const struct area *const *areas, size_t n, const char *path, bool first)
{
    bool first_verb = true;

    text_fmt(&w->to, "%s\"%s\":{", first ? "" : ",", path);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < areas[i]->n; k++)
            if (!areas[i]->routes[k].hidden && !strcmp(full_path(w->cx, &areas[i]->routes[k]), path)) {
                put_route(w, areas[i], &areas[i]->routes[k], first_verb);
                first_verb = false;
            }
    text_char(&w->to, '}');
}

static bool seen_before(struct ctx *cx, const struct area *const *areas, size_t i, size_t k, const char *path)
{
    for (size_t a = 0; a <= i; a++)
        for (size_t r = 0; r < (a == i ? k : areas[a]->n); r++)
            if (!areas[a]->routes[r].hidden && !strcmp(full_path(cx, &areas[a]->routes[r]), path))
                return true;
    return false;
}

static void put_tags(struct writer *w, const struct area *const *areas, size_t n)
{
    text_put(&w->to, "\"tags\":[");
    for (size_t i = 0; i < n; i++) {
        text_fmt(&w->to, "%s{\"name\":\"%s\",", i ? "," : "", areas[i]->name);
        put_string(&w->to, "description", areas[i]->about);
        text_char(&w->to, '}');
    }
    text_put(&w->to, "],");
}

char *openapi_document(struct ctx *cx, const struct router *t, const char *title)
{
    struct writer w = { .cx = cx, .to = text_new(cx->arena, 65536, 16u << 20) };
    const struct area *const *areas;
    size_t n = router_routes(t, &areas);
    bool first = true;

    text_put(&w.to, "{\"openapi\":\"3.1.0\",\"info\":{");
    put_string(&w.to, "title", title);
    text_fmt(&w.to, ",\"version\":\"%s\",", PALABRE_VERSION);
    put_string(&w.to, "description", "Every path under /api/v1 is served under /api as well, with and without a slash at its end. "
               "Errors are application/problem+json (RFC 9457).");
    text_put(&w.to, ",\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}},\"servers\":[{\"url\":\"/\"}],\"security\":[{\"bearer\":[]}],");
    put_tags(&w, areas, n);
    text_put(&w.to, "\"paths\":{");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < areas[i]->n; k++) {
            const char *path = full_path(cx, &areas[i]->routes[k]);
            if (areas[i]->routes[k].hidden || seen_before(cx, areas, i, k, path))
                continue;
            put_path(&w, areas, n, path, first);
            first = false;
        }
    see(&w, &problem_shape);
    text_put(&w.to, "},\"components\":{\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"}},\"schemas\":{");
    for (size_t i = 0; i < w.seen_n; i++) {
        if (i)
            text_char(&w.to, ',');
        put_schema(&w.to, w.seen[i]);
    }
    text_put(&w.to, "}}}\n");
    return w.to.at;
}

const char *openapi_kept(struct ctx *cx, struct gateway *g)
{
    pthread_mutex_lock(&g->document_lock);
    if (!g->document)
        g->document = strdup(openapi_document(cx, g->router, g->settings->docs_title));
    const char *kept = g->document;
    pthread_mutex_unlock(&g->document_lock);
    if (!kept)
        abort();
    return kept;
}
