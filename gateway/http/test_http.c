/* What the HTTP layer reads, without a socket: paths, queries, multipart bodies, the document. */
#include "test.h"

#include "data/json.h"
#include "http/gateway.h"
#include "http/multipart.h"
#include "net/blob.h"

#include <stdlib.h>
#include <unistd.h>

/* --- routes --- */

struct thing { const char *id; int n; bool on; struct when since; };
extern const struct shape thing_shape;
SHAPE(thing, "A thing of the tests.",
    FIELD(thing, id,    "Its id.", .max = 10),
    FIELD(thing, n,     "A number.", .min = 1, .max = 9),
    FIELD(thing, on,    "Whether."),
    FIELD(thing, since, "When."));

HANDLER(thing_get, thing, thing)
{
    (void)cx;
    *out = *in;
    return OK;
}

static const struct route test_routes[] = {
    { GET,  "/things/{id}",      &thing_get, .access = PUBLIC, .status = 200, .summary = "One." },
    { POST, "/things/{id}",      &thing_get, .access = PUBLIC, .status = 200, .summary = "Do." },
    { GET,  "/things/{id}/part", &thing_get, .access = PUBLIC, .status = 200, .summary = "Part." },
    { GET,  "/root",             &thing_get, .access = PUBLIC, .status = 200, .summary = "Root.", .place = AT_ROOT },
    { GET,  "/both",             &thing_get, .access = PUBLIC, .status = 200, .summary = "Both.", .place = ANYWHERE },
};
static const struct area test_area = { "test", "Tests.", test_routes, COUNT(test_routes) };
static const struct area *const areas[] = { &test_area };

static err_t find(struct ctx *cx, const char *verb, const char *path, const struct route **r, struct thing **in, const char **allow)
{
    struct router *t;
    void *got = NULL;

    *allow = NULL;
    TRY(router_open(cx, areas, 1, &t));
    TRY(router_find(cx, t, verb, path, r, &got, allow));
    *in = got;
    return OK;
}

TEST(a_path_finds_its_row_with_both_prefixes_and_any_slashes)
{
    static const char *const same[] = { "/api/v1/things/a%20b", "/api/things/a%20b", "/api/v1/things/a%20b/", "//api//v1/things//a%20b" };
    const struct route *r;
    struct thing *in;
    const char *allow;

    for (size_t i = 0; i < COUNT(same); i++) {
        NEED_OK(find(cx, "GET", same[i], &r, &in, &allow));
        CHECK(r == &test_routes[0]);
        CHECK_TEXT(in->id, "a b");
    }
    CHECK_OK(find(cx, "HEAD", "/api/v1/things/x/part", &r, &in, &allow));
    CHECK(r == &test_routes[2]);
    CHECK_OK(find(cx, "GET", "/root", &r, &in, &allow));
    CHECK_OK(find(cx, "GET", "/both", &r, &in, &allow));
    CHECK_OK(find(cx, "GET", "/api/both", &r, &in, &allow));
}

TEST(what_is_no_route_is_refused)
{
    static const char *const none[] = {
        "/", "/things/a", "/api/v1/root", "/api/v2/things/a", "/api/v1/things", "/api/v1/things/a/b", "/api/v1/things/%00", "/api/v1/things/%2e%2e%2fx",
        "/api/v1/things/%zz", "/api/v1/things/%ff", "/api/v1/things/12345678901", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p",
    };
    const struct route *r;
    struct thing *in;
    const char *allow;
    char *longest = arena_get(cx->arena, 5000);

    for (size_t i = 0; i < COUNT(none); i++)
        CHECK_FAILS(find(cx, "GET", none[i], &r, &in, &allow), ROUTE_UNKNOWN);
    CHECK_FAILS(find(cx, "DELETE", "/api/v1/things/a", &r, &in, &allow), VERB_REFUSED);
    CHECK_TEXT(allow, "GET, HEAD, POST");
    memset(longest, '/', 4000);
    CHECK_FAILS(find(cx, "GET", longest, &r, &in, &allow), URI_TOO_LONG);
}

/* --- queries --- */

static err_t query(struct ctx *cx, const char *text, struct thing *in)
{
    struct edge_request request = { .query = text };
    struct exchange x = { .request = &request };

    return exchange_query(cx, &x, &thing_shape, in);
}

TEST(a_query_fills_a_shape_and_tells_every_flaw)
{
    struct thing in = { 0 };

    CHECK_OK(query(cx, "id=a+b%C3%A9&n=7&on=true&since=2026-11-20T10:00:00Z&utm=1", &in));
    CHECK_TEXT(in.id, "a bé");
    CHECK(in.n == 7 && in.on && in.since.ms == 1795168800000);
    err_t e = query(cx, "n=10&on=maybe&id=%zz&n=1", &in);
    int flaws_n = 0;
    for (struct flaw *f = e ? e->flaws : NULL; f; f = f->next)
        flaws_n++;
    CHECK_INT(flaws_n, 4);
    CHECK_OK(query(cx, "", &in));
    CHECK_OK(query(cx, "&&=&x", &in));
}

/* --- multipart --- */

struct source { const char *at; size_t n, step; };

static err_t next(struct ctx *cx, void *with, char *to, size_t n, size_t *got)
{
    struct source *s = with;

    (void)cx;
    *got = s->n < n ? s->n : n;
    if (s->step && *got > s->step)
        *got = s->step;
    memcpy(to, s->at, *got);
    s->at += *got, s->n -= *got;
    return OK;
}

static err_t parse(struct ctx *cx, const char *type, struct bytes body, size_t step, struct parts *out)
{
    struct source s = { body.at, body.n, step };
    const char *dir;

    *out = (struct parts){ 0 };
    TRY(blob_workdir(cx, &dir));
    return multipart_parse(cx, type, dir, next, &s, out);
}

#define TYPE "multipart/form-data; boundary=XX"
#define BODY "--XX\r\nContent-Disposition: form-data; name=\"question\"\r\n\r\nQuoi ?\r\n-\r\n--X\r\n" \
             "--XX\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n\0\1\r\n--XY\2\r\n--XX--\r\nepilogue"

TEST(a_multipart_body_is_read_in_pieces_of_any_size)
{
    for (size_t step = 1; step <= 64; step++) {
        struct parts p;
        NEED_OK(parse(cx, TYPE, (struct bytes){ BODY, sizeof(BODY) - 1 }, step, &p));
        CHECK_INT(p.parts.n, 2);
        CHECK_TEXT(part_named(&p, "question")->value.at, "Quoi ?\r\n-\r\n--X");
        const struct part *audio = part_named(&p, "audio");
        CHECK_INT(audio->size, 9);
        CHECK_TEXT(audio->type, "audio/wav");
        CHECK(access(audio->path, R_OK) == 0);
    }
}

TEST(a_multipart_body_that_is_broken_is_told_so)
{
    static const struct { const char *type, *body; enum err_code code; } bad[] = {
        { "text/plain", "x", E_TYPE_UNSUPPORTED },
        { "multipart/form-data", "x", E_TYPE_UNSUPPORTED },
        { "multipart/form-data; boundary=", "x", E_REQUEST_BROKEN },
        { TYPE, "", E_REQUEST_BROKEN },
        { TYPE, "--YY\r\n", E_REQUEST_BROKEN },
        { TYPE, "--XX", E_REQUEST_BROKEN },
        { TYPE, "--XXX\r\n", E_REQUEST_BROKEN },
        { TYPE, "--XX\r\n\r\nno head\r\n--XX--", E_REQUEST_BROKEN },
        { TYPE, "--XX\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--XX--", E_REQUEST_BROKEN },
        { TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nnever ends", E_REQUEST_BROKEN },
        { TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ny\r\n--XX--", E_INPUT_INVALID },
        { TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--XX--", E_INPUT_INVALID },
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct parts p;
        err_t e = parse(cx, bad[i].type, (struct bytes){ bad[i].body, strlen(bad[i].body) }, 0, &p);
        if (!e || e->code != bad[i].code)
            SAY("%zu: %s, not %s", i, e ? err_name(e->code) : "OK", err_name(bad[i].code));
    }
}

TEST(parts_and_fields_are_bounded)
{
    struct text many = text_new(cx->arena, 8192, 1u << 20), large = text_new(cx->arena, 8192, 16u << 20);
    struct parts p;

    for (int i = 0; i < PARTS_MOST + 1; i++)
        text_fmt(&many, "--XX\r\nContent-Disposition: form-data; name=\"p%d\"\r\n\r\nx\r\n", i);
    text_put(&many, "--XX--");
    CHECK_FAILS(parse(cx, TYPE, (struct bytes){ many.at, many.n }, 0, &p), INPUT_INVALID);
    text_put(&large, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
    while (large.n < FIELD_MAX_BYTES + 100000u)
        text_put(&large, "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789");
    text_put(&large, "\r\n--XX--");
    CHECK_FAILS(parse(cx, TYPE, (struct bytes){ large.at, large.n }, 0, &p), BODY_TOO_LARGE);
}

/* --- the document --- */

extern const struct area identity_area, voice_area, ops_area;

TEST(the_document_is_json_and_names_every_route)
{
    static const struct area *const all[] = { &identity_area, &voice_area, &ops_area };
    struct router *t;

    NEED_OK(router_open(cx, all, COUNT(all), &t));
    const char *document = openapi_document(cx, t, "T");
    CHECK_OK(json_check(cx, document, strlen(document)));
    for (size_t i = 0; i < COUNT(all); i++)
        for (size_t k = 0; k < all[i]->n; k++) {
            const struct route *r = &all[i]->routes[k];
            if (!r->hidden)
                CHECK_HAS(document, arena_fmt(cx->arena, "\"operationId\":\"%s\"", r->handler ? r->handler->name : r->name));
            CHECK(r->handler || (r->serve && r->name));
            CHECK(r->summary || r->hidden);
        }
}
