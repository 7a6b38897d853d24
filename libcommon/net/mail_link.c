#define _GNU_SOURCE
#include "net/mail_link.h"
#include "base/clock.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 10000L

static void *must(void *got)
{
    if (!got)
        abort();
    return got;
}

/* Lists in the arena: libcurl only reads them. */
static struct curl_slist *list_of(struct ctx *cx, const char *const *lines)
{
    struct curl_slist first = { NULL, NULL }, *last = &first;

    for (size_t i = 0; lines[i]; i++, last = last->next) {
        last->next = NEW(cx, struct curl_slist);
        last->next->data = arena_text(cx->arena, lines[i], strlen(lines[i]));
    }
    return first.next;
}

/* Called at least once a second, whatever the server does. */
static int look(void *with, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct ctx *cx = with;

    (void)down_total, (void)down, (void)up_total, (void)up;
    return clock_check(cx) ? 1 : 0;
}

/* What the server says is for nobody: it may quote the address. */
static size_t pass_over(char *at, size_t size, size_t n, void *with)
{
    (void)at, (void)with;
    return size * n;
}

static void set_server(struct ctx *cx, CURL *c, const struct mail_settings *s, bool tls)
{
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);        /* do not wait for a name server when giving up */
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)clock_left_ms(cx, s->timeout_ms) + 1);
    curl_easy_setopt(c, CURLOPT_USE_SSL, tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_CAINFO, s->ca_file);
    curl_easy_setopt(c, CURLOPT_CAPATH, NULL);          /* these, and not the machine's own beside them */
    if (s->user && *s->user) {
        curl_easy_setopt(c, CURLOPT_USERNAME, s->user);
        curl_easy_setopt(c, CURLOPT_PASSWORD, s->password ? s->password : "");
        curl_easy_setopt(c, CURLOPT_SASL_IR, 1L);       /* with the command, RFC 4954 4: a trip less */
    }
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, cx);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, pass_over);
}

static curl_mime *set_mail(struct ctx *cx, CURL *c, const struct mail_wire *w)
{
    curl_mime *mime = must(curl_mime_init(c));
    curl_mimepart *part = must(curl_mime_addpart(mime));
    const char *to[] = { w->to, NULL };

    curl_easy_setopt(c, CURLOPT_MAIL_FROM, w->from);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, list_of(cx, to));
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, list_of(cx, w->headers));
    curl_mime_data(part, w->body, CURL_ZERO_TERMINATED);
    curl_mime_type(part, "text/plain; charset=utf-8");
    curl_mime_encoder(part, "quoted-printable");
    curl_easy_setopt(c, CURLOPT_MIMEPOST, mime);
    return mime;
}

static const struct { CURLcode from; const char *text; } meanings[] = {
    { CURLE_USE_SSL_FAILED,           "the server offers no TLS" },
    { CURLE_PEER_FAILED_VERIFICATION, "nobody we trust vouches for the server" },
    { CURLE_OPERATION_TIMEDOUT,       "no answer in time" },
};

/* The server's last word tells more than what libcurl makes of it. */
static err_t meaning(struct ctx *cx, CURLcode result, long status)
{
    const char *text = curl_easy_strerror(result);

    TRY(clock_check(cx));
    if (status / 100 == 5)
        return fail(cx, MAIL_REFUSED, "the server answered %ld", status);
    if (status / 100 == 4)
        return fail(cx, MAIL_LATER, "the server answered %ld", status);
    for (size_t i = 0; i < COUNT(meanings); i++)
        if (meanings[i].from == result)
            text = meanings[i].text;
    return fail(cx, MAIL_LATER, "%s", text);
}

err_t mail_exchange(struct ctx *cx, const struct mail_settings *s, bool tls, const struct mail_wire *w)
{
    CURL *c = must(curl_easy_init());
    long status = 0;

    /* The path is what we call ourselves: the sender's domain is a name that resolves, a machine's own often is not. */
    const char *domain = strchr(w->from, '@') + 1;
    curl_easy_setopt(c, CURLOPT_URL, arena_fmt(cx->arena, "%s%s%.*s", s->url, s->url[strlen(s->url) - 1] == '/' ? "" : "/", (int)strcspn(domain, ">"), domain));
    set_server(cx, c, s, tls);
    curl_mime *mime = set_mail(cx, c, w);
    CURLcode result = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(c);
    curl_mime_free(mime);
    return result ? meaning(cx, result, status) : OK;
}
