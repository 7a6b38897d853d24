/* One request and its answer over libcurl, watched between its steps: time, stops, sizes, addresses. */
#define _GNU_SOURCE
#include "net/http_link.h"
#include "net/http_headers.h"
#include "net/http_seat.h"
#include "base/clock.h"
#include "data/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS        5000
#define FIRST_BYTE_MS     60000
#define IDLE_MS           30000
#define BODY_BYTES        (16u << 20)
#define ERROR_BODY_BYTES  65536     /* kept of an answer that is not 2xx */
#define HEADER_BYTES      65536

static void *must(void *got)
{
    if (!got)
        abort();
    return got;
}

/* --- URLs --- */

static const char *url_part(struct ctx *cx, CURLU *u, CURLUPart part, unsigned flags)
{
    char *got = NULL;

    if (curl_url_get(u, part, &got, flags))
        return "";
    const char *kept = arena_text(cx->arena, got, strlen(got));
    curl_free(got);
    return kept;
}

err_t http_place(struct ctx *cx, const char *url, struct http_place *out)
{
    CURLU *u = must(curl_url());
    bool ok = url && !curl_url_set(u, CURLUPART_URL, url, 0);
    const char *scheme = ok ? url_part(cx, u, CURLUPART_SCHEME, 0) : "";

    out->host = url_part(cx, u, CURLUPART_HOST, 0);
    out->port = url_part(cx, u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    out->origin = arena_fmt(cx->arena, "%s://%s:%s", scheme, out->host, out->port);
    out->shown = arena_fmt(cx->arena, "%s%s", out->origin, url_part(cx, u, CURLUPART_PATH, 0));
    curl_url_cleanup(u);
    if (!ok || (strcmp(scheme, "http") && strcmp(scheme, "https")))
        return fail(cx, EGRESS_REFUSED, "%s is not an http or https address", ok ? out->shown : "this");
    return OK;
}

/* --- a transfer --- */

struct transfer {
    struct ctx *cx;
    const struct http_ask *ask;
    const struct http_place *place;
    struct http_answer *out;
    CURL  *easy;
    struct text body;
    err_t  failed;              /* what a callback found; the transfer ends with it */
    int64_t last_ms;            /* when a byte went or came */
    curl_off_t sent;
    int64_t file_at;            /* how much of a file has been read */
    size_t got, header_bytes;
    int  sends;                 /* how often the request was put on a connection */
    bool answered;              /* a final status line has come */
    bool header_whole;          /* and the empty line that ends its header */
    bool refused;               /* the gate closed on an address */
    bool enough;                /* of an error's body */
    curl_mime *mime;
};

static bool is_fine(const struct transfer *t) { return t->out->status / 100 == 2; }

static curl_socket_t open_socket(void *with, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct transfer *t = with;

    (void)purpose;
    bool open = t->ask->proxy || egress_is_open(t->place->host, t->place->port);
    if (t->ask->guarded && !open && !egress_allows(&to->addr)) {
        t->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* libcurl sends again when a kept connection dies before the answer. What is not idempotent may have been
 * done by then (RFC 9110 9.2.2): only those above may decide. */
static int before_sending(void *with, char *ip, char *local_ip, int port, int local_port)
{
    struct transfer *t = with;
    const char *verb = t->ask->verb;
    bool repeatable = !verb || (strcmp(verb, "POST") && strcmp(verb, "PATCH"));

    (void)ip, (void)local_ip, (void)port, (void)local_port;
    t->last_ms = clock_ms();
    return t->sends++ && !repeatable ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t take_header(char *line, size_t size, size_t n, void *with)
{
    struct transfer *t = with;

    n *= size;
    t->last_ms = clock_ms();
    t->header_bytes += n;
    if (t->header_bytes > HEADER_BYTES) {
        t->failed = fail(t->cx, ENGINE_BROKEN, "%s: the answer's header is above %d bytes", t->place->shown,
                         HEADER_BYTES);
        return 0;
    }
    if (n > 5 && !memcmp(line, "HTTP/", 5)) {
        long status = 0;
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        *t->out = (struct http_answer){ .status = (int)status, .type = "" };
        t->answered = status >= 200;
    } else if (*line == '\r' || *line == '\n') {
        t->header_whole = t->answered;
    } else {
        http_take_header(t->cx, line, n, t->out);
    }
    return n;
}

/* Room for what the other side announces, as far as it can be believed. */
static void body_begin(struct transfer *t, size_t most)
{
    curl_off_t length = 0;

    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    size_t first = length > 0 && length < (1 << 20) ? (size_t)length + 1 : 16384;
    t->body = text_new(t->cx->arena, first, most);
}

static size_t take_error_body(struct transfer *t, const char *at, size_t n)
{
    size_t room = ERROR_BODY_BYTES - t->body.n;

    t->enough = n > room;
    text_add(&t->body, at, t->enough ? room : n);
    return t->enough ? 0 : n;
}

static size_t take_body(char *at, size_t size, size_t n, void *with)
{
    struct transfer *t = with;
    size_t most = t->ask->max_bytes ? t->ask->max_bytes : BODY_BYTES;

    n *= size;
    t->last_ms = clock_ms();
    if (!t->body.at && !(t->ask->on && is_fine(t)))
        body_begin(t, is_fine(t) ? most : ERROR_BODY_BYTES);
    if (!is_fine(t))
        return take_error_body(t, at, n);
    t->got += n;
    if (t->got > most) {
        t->failed = fail(t->cx, ENGINE_BROKEN, "%s: the answer is above %zu bytes", t->place->shown, most);
        return 0;
    }
    if (!t->ask->on) {
        text_add(&t->body, at, n);
        return n;
    }
    t->failed = t->ask->on(t->cx, t->ask->with, at, n);
    t->last_ms = clock_ms();
    return t->failed ? 0 : n;
}

/* --- the request --- */

static struct curl_slist *header_put(struct ctx *cx, struct curl_slist *after, const char *line)
{
    struct curl_slist *node = NEW(cx, struct curl_slist);

    node->data = arena_text(cx->arena, line, strlen(line));
    after->next = node;
    return node;
}

/* A list in the arena: libcurl only reads it. */
static fallible set_headers(struct transfer *t)
{
    struct curl_slist first = { NULL, NULL }, *last = &first;
    struct ctx *cx = t->cx;
    char parent[TRACEPARENT_BYTES];

    for (size_t i = 0; t->ask->headers && t->ask->headers[i]; i++) {
        if (strpbrk(t->ask->headers[i], "\r\n") || !strchr(t->ask->headers[i], ':'))
            return fail(cx, BUG, "%s: a header of the request is malformed", t->place->shown);
        last = header_put(cx, last, t->ask->headers[i]);
    }
    if (t->ask->type && !strpbrk(t->ask->type, "\r\n"))
        last = header_put(cx, last, arena_fmt(cx->arena, "Content-Type: %s", t->ask->type));
    else if (!t->ask->parts_n)
        last = header_put(cx, last, "Content-Type:");       /* else libcurl would claim a form */
    if (*cx->trace && !t->ask->guarded) {
        trace_parent(cx, parent);
        last = header_put(cx, last, arena_fmt(cx->arena, "traceparent: %s", parent));
    }
    header_put(cx, last, "Expect:");            /* a second of waiting for servers that do not know it */
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, first.next);
    return OK;
}

static fallible set_parts(struct transfer *t)
{
    t->mime = must(curl_mime_init(t->easy));
    for (size_t i = 0; i < t->ask->parts_n; i++) {
        const struct http_part *p = &t->ask->parts[i];
        curl_mimepart *part = must(curl_mime_addpart(t->mime));
        if (p->path && curl_mime_filedata(part, p->path))
            return fail(t->cx, BLOB_DOWN, "%s: a file to send cannot be read", t->place->shown);
        if (!p->path)
            curl_mime_data(part, p->body.n ? p->body.at : "", p->body.n);
        curl_mime_name(part, p->name);
        if (p->filename)
            curl_mime_filename(part, p->filename);
        if (p->type)
            curl_mime_type(part, p->type);
    }
    curl_easy_setopt(t->easy, CURLOPT_MIMEPOST, t->mime);
    return OK;
}

static size_t read_file(char *to, size_t size, size_t n, void *with)
{
    struct transfer *t = with;
    const struct http_file *f = t->ask->file;
    int64_t head = (int64_t)f->head.n, left = head + f->n - t->file_at;
    size_t most = size * n < (uint64_t)left ? size * n : (size_t)left;

    if (t->file_at < head) {
        most = most < (size_t)(head - t->file_at) ? most : (size_t)(head - t->file_at);
        memcpy(to, f->head.at + t->file_at, most);
        t->file_at += (int64_t)most;
        return most;
    }
    ssize_t got = most ? pread(f->fd, to, most, f->from + t->file_at - head) : 0;
    if (got > 0 || !most) {
        t->file_at += got;
        return (size_t)got;
    }
    t->failed = fail(t->cx, BLOB_DOWN, "%s: a file to send cannot be read", t->place->shown);
    return CURL_READFUNC_ABORT;
}

/* A redirect, or a connection that died before it took anything, begins anew. */
static int seek_file(void *with, curl_off_t to, int origin)
{
    struct transfer *t = with;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    t->file_at = to;
    return CURL_SEEKFUNC_OK;
}

static void set_file(struct transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)((int64_t)t->ask->file->head.n + t->ask->file->n));
    curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, read_file);
    curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_SEEKFUNCTION, seek_file);
    curl_easy_setopt(t->easy, CURLOPT_SEEKDATA, t);
}

static fallible set_verb(struct transfer *t)
{
    const struct http_ask *ask = t->ask;
    const char *verb = ask->verb ? ask->verb : "GET";
    bool wants_body = !strcmp(verb, "POST") || !strcmp(verb, "PUT") || !strcmp(verb, "PATCH");

    if (!strcmp(verb, "HEAD")) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
        return OK;
    }
    if (ask->parts_n) {
        TRY(set_parts(t));
    } else if (ask->file) {
        set_file(t);
    } else if (ask->body.n || wants_body) {
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.n);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, ask->body.n ? ask->body.at : "");
    }
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, verb);
    return OK;
}

static fallible set_up(struct transfer *t)
{
    CURL *c = t->easy;

    curl_easy_setopt(c, CURLOPT_URL, t->ask->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_PROXY, t->ask->proxy ? t->ask->proxy : "");    /* one from the environment would hide addresses from the gate */
    curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);      /* of the proxy's own answer */
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);        /* do not wait for a name server when giving up */
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "palabre/" PALABRE_VERSION);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)(t->ask->connect_ms ? t->ask->connect_ms : CONNECT_MS));
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, before_sending);
    curl_easy_setopt(c, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    TRY(set_verb(t));
    return set_headers(t);
}

/* --- the transfer itself --- */

/* Silence is counted from the last byte in either direction (of a header: from its last whole line): a long
 * upload is not a slow answer. Until the request is on its way libcurl's own connect timeout runs. */
static fallible look(struct transfer *t, int *wait_ms)
{
    int64_t limit = t->answered ? t->ask->idle_ms ? t->ask->idle_ms : IDLE_MS
                                : t->ask->first_byte_ms ? t->ask->first_byte_ms : FIRST_BYTE_MS;
    int64_t now = clock_ms(), left = limit;
    curl_off_t sent = 0;

    TRY(clock_check(t->cx));
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    if (sent != t->sent)
        t->sent = sent, t->last_ms = now;
    if (t->sends)
        left = t->last_ms + limit - now;
    if (left <= 0)
        return fail(t->cx, TIMEOUT, "%s: %s for %lld ms", t->place->shown,
                    t->answered ? "nothing came" : "no answer", (long long)limit);
    left = clock_left_ms(t->cx, left);
    if (t->cx->stop && left > SEAT_LOOK_MS)
        left = SEAT_LOOK_MS;
    *wait_ms = (int)(left < 1 ? 1 : left > 1000 ? 1000 : left);
    return OK;
}

static fallible drive(struct transfer *t, CURLM *multi, CURLcode *result)
{
    int running = 1, wait_ms = 0, queued;

    for (;;) {
        if (curl_multi_perform(multi, &running))
            return fail(t->cx, BUG, "%s: the transfer cannot go on", t->place->shown);
        if (!running)
            break;
        TRY(look(t, &wait_ms));
        curl_multi_poll(multi, NULL, 0, wait_ms, NULL);
    }
    const CURLMsg *m = curl_multi_info_read(multi, &queued);
    *result = m ? m->data.result : CURLE_FAILED_INIT;
    return OK;
}

static const struct { CURLcode from; enum err_code to; const char *text; } meanings[] = {
    { CURLE_OPERATION_TIMEDOUT,   E_ENGINE_DOWN,   "no connection in time" },
    { CURLE_PARTIAL_FILE,         E_ENGINE_DOWN,   "the answer was cut before its end" },
    { CURLE_ABORTED_BY_CALLBACK,  E_ENGINE_DOWN,   "the connection was lost after the request was sent" },
    { CURLE_READ_ERROR,           E_BLOB_DOWN,     "a file to send could not be read" },
    { CURLE_UNSUPPORTED_PROTOCOL, E_ENGINE_BROKEN, "the answer is not HTTP" },      /* HTTP/0.9; schemes were checked */
    { CURLE_WEIRD_SERVER_REPLY,   E_ENGINE_BROKEN, "the answer is not HTTP" },
};

/* libcurl's own messages can quote what was sent, so only its names of errors are told. */
static err_t meaning(struct transfer *t, CURLcode result)
{
    struct ctx *cx = t->cx;
    err_t e = fail(cx, ENGINE_DOWN, "%s: %s", t->place->shown, curl_easy_strerror(result));

    for (size_t i = 0; i < COUNT(meanings); i++) {
        if (meanings[i].from != result)
            continue;
        e->code = meanings[i].to;
        e->text = arena_fmt(cx->arena, "%s: %s", t->place->shown, meanings[i].text);
    }
    if (t->refused) {
        e->code = E_EGRESS_REFUSED;
        e->text = arena_fmt(cx->arena, "%s: addresses of private networks may not be fetched", t->place->shown);
    }
    return e;
}

/* An error's status tells more than the fate of its body. A header cut short is none to libcurl. */
static fallible conclude(struct transfer *t, CURLcode result, const char **next)
{
    char *to = NULL;

    if (t->failed)
        return t->failed;
    if (result && !(t->header_whole && !is_fine(t)))
        return meaning(t, result);
    if (!t->header_whole)
        return meaning(t, CURLE_PARTIAL_FILE);
    t->out->body = (struct bytes){ t->body.n ? t->body.at : "", t->body.n };
    t->out->effective_url = t->ask->url;
    if (!is_fine(t) && t->body.n)
        http_blacken(t->ask, t->body.at, t->body.n);
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &to);
    *next = to ? arena_text(t->cx->arena, to, strlen(to)) : NULL;
    return OK;
}

err_t http_exchange(struct ctx *cx, struct http *h, const struct http_ask *ask, const struct http_place *place,
                    struct http_answer *out, const char **next)
{
    struct transfer t = { .cx = cx, .ask = ask, .place = place, .out = out };
    struct seat *s = NULL;
    CURLcode result = CURLE_OK;

    *out = (struct http_answer){ .type = "", .body = { "", 0 }, .effective_url = ask->url };
    TRY(seat_take(cx, h, place->origin, ask->guarded, &s));
    t.easy = s->easy;
    err_t e = set_up(&t);
    if (!e) {
        curl_multi_add_handle(s->multi, s->easy);
        e = drive(&t, s->multi, &result);
        if (!e)
            e = conclude(&t, result, next);
        curl_multi_remove_handle(s->multi, s->easy);
    }
    curl_easy_reset(s->easy);
    curl_mime_free(t.mime);
    seat_give(h, s);
    return e;
}
