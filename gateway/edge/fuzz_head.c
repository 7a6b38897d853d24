/* The head of a request, cut into parts as civetweb cuts it, before our look at whether that was all of it. */
#include "edge/edge_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM 4096

/* Up to one of `ends`, which become NUL, as many as there are. */
static char *cut(char **at, const char *ends)
{
    char *part = *at;

    *at += strcspn(*at, ends);
    while (**at && strchr(ends, **at))
        *(*at)++ = '\0';
    return part;
}

/* civetweb's get_http_header_list: a name up to a colon, a value up to the line's end. */
static void cut_headers(char *at, struct mg_request_info *i)
{
    while (*at && *at > ' ' && i->num_headers < MG_MAX_HEADERS) {
        struct mg_header *h = &i->http_headers[i->num_headers];
        char *name = at, *end = at + strcspn(at, ": \r\n"), *colon = end + strspn(end, " ");
        if (*colon != ':')
            return;
        while (end < colon)
            *end++ = '\0';
        *colon++ = '\0';
        colon += strspn(colon, " ");
        h->name = name, h->value = colon;
        at = colon + strcspn(colon, "\r\n");
        i->num_headers++;
        if (*at == '\r')
            *at++ = '\0';
        if (*at != '\n')
            return;
        *at++ = '\0';
    }
}

static void check(const struct visit *v, err_t e)
{
    if (e)
        return;
    if (v->request.path[0] != '/' || !v->request.query || v->request.length < -1 || (v->request.chunked && v->request.length != -1))
        abort();
    if (v->request.chunked && v->keep)
        abort();
    for (const char *at = v->request.path; *at; at++)
        if (*at <= ' ' || *at > '~')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *buffer = calloc(1, ROOM), *at = buffer;
    struct mg_request_info i = { 0 };
    struct visit v = { .info = &i };

    if (!buffer)
        abort();
    memcpy(buffer, data, size < ROOM - 1 ? size : ROOM - 1);
    i.request_method = cut(&at, " ");
    char *target = cut(&at, " "), *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    i.request_uri = i.local_uri_raw = i.local_uri = target, i.query_string = query;
    char *version = cut(&at, "\r\n");
    if (!strncmp(version, "HTTP/", 5)) {
        i.http_version = version + 5;
        cut_headers(at, &i);
        line = (struct line){ .fd = -1, .base = buffer, .bytes = size };
        check(&v, edge_check(&v, ROOM));
    }
    free(buffer);
    return 0;
}
