#define _GNU_SOURCE
#include "net/mail_link.h"
#include "base/clock.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LOCAL_MOST   64
#define ADDRESS_MOST 254
#define PLAIN_MOST   60             /* characters of a header's text that needs no folding */
#define WORD_BYTES   36             /* encoded to 60 characters: a line with its header's name stays below 76 (RFC 2047 2) */
#define SUBJECT_MOST 1000
#define BODY_MOST    65536
#define HEADERS_MOST 8

/* --- addresses --- */

/* An atom's characters (RFC 5322 3.2.3), and those beyond ASCII (RFC 6532). */
static bool is_atom(char c) { return isalnum((unsigned char)c) || (unsigned char)c > 0x7f || (c && strchr("!#$%&'*+-/=?^_`{|}~", c)); }

static bool is_host(char c) { return isalnum((unsigned char)c) || (unsigned char)c > 0x7f || c == '-'; }

/* Runs of characters between single dots. */
static bool are_dotted(const char *at, size_t n, bool (*fits)(char))
{
    bool ready = false;

    for (size_t i = 0; i < n; i++) {
        if (at[i] == '.' ? !ready : !fits(at[i]))
            return false;
        ready = at[i] != '.';
    }
    return ready;
}

const char *mail_address_flaw(const char *address, size_t n)
{
    const char *at = memchr(address, '@', n);
    size_t local = at ? (size_t)(at - address) : 0;

    if (!at || local > LOCAL_MOST || n > ADDRESS_MOST || !text_is_utf8(address, n))
        return "is no address that can be mailed to";
    return are_dotted(address, local, is_atom) && are_dotted(at + 1, n - local - 1, is_host) ? NULL : "is no address that can be mailed to";
}

static bool is_plain(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
            return false;
    return text_is_utf8(at, n);
}

static struct bytes trimmed(const char *at, size_t n)
{
    while (n && *at == ' ')
        at++, n--;
    while (n && at[n - 1] == ' ')
        n--;
    return (struct bytes){ at, n };
}

const char *mailbox_read(const char *text, size_t n, struct mailbox *out)
{
    const char *open = memchr(text, '<', n);

    *out = (struct mailbox){ { "", 0 }, trimmed(text, n) };
    if (open) {
        out->name = trimmed(text, (size_t)(open - text));
        out->address = trimmed(open + 1, n - (size_t)(open + 1 - text));
        if (!out->address.n || out->address.at[--out->address.n] != '>')
            return "does not end with >";
    }
    return is_plain(out->name.at, out->name.n) ? mail_address_flaw(out->address.at, out->address.n) : "has a name with control characters";
}

static const char *check_mailbox(const char *text, size_t n)
{
    struct mailbox box;

    return mailbox_read(text, n, &box);
}
const struct format format_mailbox = { "mailbox", check_mailbox };

/* --- the server's address --- */

struct place { bool tls; const char *host; size_t host_n; };

static const char *place_read(const char *url, size_t n, struct place *out)
{
    static const char wrong[] = "is not smtp://host:port or smtps://host:port";

    out->tls = n > 8 && !strncasecmp(url, "smtps://", 8);
    if (!out->tls && (n < 8 || strncasecmp(url, "smtp://", 7)))
        return wrong;
    const char *at = url + (out->tls ? 8 : 7);
    bool bracket = *at == '[';
    out->host = at += bracket;
    out->host_n = strspn(at, bracket ? "0123456789abcdefABCDEF:." : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    at += out->host_n;
    if (!out->host_n || (bracket && *at++ != ']'))
        return wrong;
    size_t digits = *at == ':' ? strspn(at + 1, "0123456789") : 0;
    if (*at == ':' && (!digits || digits > 5))
        return wrong;
    at += digits ? digits + 1 : 0;
    return !*at || !strcmp(at, "/") ? NULL : wrong;
}

static const char *check_mail_url(const char *url, size_t n)
{
    struct place at;

    return n ? place_read(url, n, &at) : NULL;
}
const struct format format_mail_url = { "smtp", check_mail_url };

static bool is_here(const struct place *at)
{
    bool numbers = strspn(at->host, "0123456789.") == at->host_n && !strncmp(at->host, "127.", 4);

    return numbers || (at->host_n == 9 && !strncasecmp(at->host, "localhost", 9)) || (at->host_n == 3 && !strncmp(at->host, "::1", 3));
}

/* STARTTLS; what comes by smtps:// needs none. */
static bool wants_tls(const struct mail_settings *s, const struct place *at)
{
    return text_is(s->tls, "auto") ? !is_here(at) : text_is(s->tls, "required");
}

err_t mail_check(struct ctx *cx, const struct mail_settings *s)
{
    struct place at;

    if (!s->url || !*s->url)
        return fail(cx, MAIL_OFF, "MAIL_URL is not set");
    if (place_read(s->url, strlen(s->url), &at))
        return fail(cx, CONFIG_INVALID, "MAIL_URL is not the address of an SMTP server");
    if (!s->from || !*s->from)
        return fail(cx, CONFIG_INVALID, "MAIL_FROM is missing");
    if (s->user && *s->user && !at.tls && !wants_tls(s, &at) && !is_here(&at))
        return fail(cx, CONFIG_INVALID, "MAIL_PASSWORD would go in clear: MAIL_TLS is off");
    return OK;
}

/* --- headers --- */

static bool is_short_ascii(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] > 0x7e)
            return false;
    return n <= PLAIN_MOST && !memmem(text, n, "=?", 2);
}

static const char *encoded(struct ctx *cx, const char *text, size_t n)
{
    struct text out = text_new(cx->arena, 2 * n + 64, 16384);

    for (size_t word; n; text += word, n -= word) {
        word = n > WORD_BYTES ? text_utf8_cut(text, WORD_BYTES) : n;
        text_fmt(&out, "%s=?UTF-8?B?%s?=", out.n ? "\r\n " : "", text_base64(cx->arena, text, word));
    }
    return out.at;
}

const char *mail_words(struct ctx *cx, const char *text, size_t n)
{
    if (n > SUBJECT_MOST || !is_plain(text, n))
        return NULL;
    return is_short_ascii(text, n) ? arena_text(cx->arena, text, n) : encoded(cx, text, n);
}

/* A name is a phrase: what is more than words is encoded, so that it needs no quotes. */
static const char *phrase(struct ctx *cx, struct bytes name)
{
    bool words = name.n <= PLAIN_MOST;

    for (size_t i = 0; i < name.n; i++)
        words = words && (name.at[i] == ' ' || isalnum((unsigned char)name.at[i]));
    return words ? arena_text(cx->arena, name.at, name.n) : encoded(cx, name.at, name.n);
}

static const char *date_now(struct ctx *cx)
{
    char http[CLOCK_ISO_BYTES];

    clock_http(clock_wall_ms(), http);
    return arena_fmt(cx->arena, "Date: %.25s +0000", http);     /* without its " GMT", which is obsolete here (RFC 5322 4.3) */
}

static const char *with_crlf(struct ctx *cx, const char *body)
{
    struct text out = text_new(cx->arena, strlen(body) + 256, 2 * BODY_MOST);

    for (; *body; body++) {
        if (*body == '\n')
            text_char(&out, '\r');
        if (*body != '\r')
            text_char(&out, *body);
    }
    return out.n ? out.at : "";
}

err_t mail_write(struct ctx *cx, const struct mail_settings *s, const struct mail *m, struct mail_wire *out)
{
    const char **headers = NEWS(cx, const char *, HEADERS_MOST), *subject = mail_words(cx, m->subject, strlen(m->subject));
    struct mailbox from;
    size_t n = 0;

    if (mail_address_flaw(m->to, strlen(m->to)))
        return fail(cx, INPUT_INVALID, "this is no address that can be mailed to");
    if (!subject || mailbox_read(s->from, strlen(s->from), &from) || m->id[strspn(m->id, "0123456789abcdefghijklmnopqrstuvwxyz-.")] || strlen(m->body) > BODY_MOST)
        return fail(cx, BUG, "a mail is malformed");
    const char *sender = arena_fmt(cx->arena, "<%.*s>", (int)from.address.n, from.address.at), *domain = strchr(sender, '@');
    headers[n++] = date_now(cx);
    headers[n++] = arena_fmt(cx->arena, "From: %s%s%s", phrase(cx, from.name), from.name.n ? " " : "", sender);
    headers[n++] = arena_fmt(cx->arena, "To: <%s>", m->to);
    headers[n++] = arena_fmt(cx->arena, "Subject: %s", subject);
    headers[n++] = arena_fmt(cx->arena, "Message-ID: <%s%s", m->id, domain);
    headers[n++] = "Auto-Submitted: auto-generated";            /* RFC 3834: no robot answers it */
    headers[n++] = arena_fmt(cx->arena, "Content-Language: %s", text_is(m->language, "en") ? "en" : "fr");
    *out = (struct mail_wire){ sender, arena_fmt(cx->arena, "<%s>", m->to), headers, with_crlf(cx, m->body) };
    return OK;
}

err_t mail_send(struct ctx *cx, const struct mail_settings *s, const struct mail *m)
{
    struct mail_wire wire;
    struct place at;

    TRY(mail_check(cx, s));
    TRY(mail_write(cx, s, m, &wire));
    place_read(s->url, strlen(s->url), &at);
    return mail_exchange(cx, s, wants_tls(s, &at), &wire);
}
