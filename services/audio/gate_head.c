/* RFC 9112 as far as the programs speak it that we start; what is unusual is refused. */
#define _GNU_SOURCE
#include "gate_head.h"

#include <ctype.h>
#include <string.h>

#define METHOD_BYTES 16

size_t gate_head_ends(const char *at, size_t n)
{
    const char *end = memmem(at, n, "\r\n\r\n", 4);

    return end ? (size_t)(end - at) + 4 : 0;
}

static bool all_of(struct bytes b, int (*is)(int))
{
    for (size_t i = 0; i < b.n; i++)
        if (!is((unsigned char)b.at[i]))
            return false;
    return b.n > 0;
}

static int is_target(int c) { return c > ' ' && c < 127; }
static int is_name(int c)   { return isalnum(c) || strchr("-._", c); }
static int is_six(int c)    { return isxdigit(c) || c == ':' || c == '.'; }
static int is_token(int c)  { return c > ' ' && c < 127 && !strchr("\"(),/:;<=>?@[\\]{}", c); }
static int is_value(int c)  { return c == '\t' || (c >= ' ' && c != 127); }

/* What stands before `stop`; *rest goes on behind it. False: there is none. */
static bool split(struct bytes *rest, const char *stop, struct bytes *out)
{
    const char *at = memmem(rest->at, rest->n, stop, strlen(stop));

    if (!at)
        return false;
    *out = (struct bytes){ rest->at, (size_t)(at - rest->at) };
    rest->n -= out->n + strlen(stop);
    rest->at = at + strlen(stop);
    return true;
}

/* "name:port", "[2001:db8::1]:port"; the port may be absent where there is a usual one. */
static bool read_site(struct arena *a, struct bytes site, const char *usual_port, struct gate_head *out)
{
    bool six = site.n && *site.at == '[';
    const char *close = six ? memchr(site.at, ']', site.n) : NULL;
    const char *colon = six ? (close && close + 1 < site.at + site.n ? close + 1 : NULL) : memchr(site.at, ':', site.n);
    size_t n = colon ? (size_t)(colon - site.at) : site.n;
    struct bytes host = six ? (struct bytes){ site.at + 1, n - 2 } : (struct bytes){ site.at, n };
    struct bytes port = colon ? (struct bytes){ colon + 1, site.n - n - 1 } : (struct bytes){ usual_port, usual_port ? strlen(usual_port) : 0 };
    int64_t number;

    if ((six && (!close || n < 3 || site.at + n != close + 1)) || (colon && *colon != ':'))
        return false;
    if (!all_of(host, six ? is_six : is_name) || host.n >= sizeof(out->host))
        return false;
    if (!all_of(port, isdigit) || port.n > 5 || !text_to_long(port.at, port.n, &number) || number < 1 || number > 65535)
        return false;
    memcpy(out->host, host.at, host.n);
    memcpy(out->port, port.at, port.n);
    out->site = arena_text(a, site.at, site.n);
    return true;
}

static bool read_target(struct arena *a, struct bytes target, struct gate_head *out)
{
    static const char scheme[] = "http://";

    if (out->tunnel)
        return read_site(a, target, NULL, out);
    if (target.n < sizeof(scheme) || strncasecmp(target.at, scheme, sizeof(scheme) - 1))
        return false;               /* of ftp:// as well: only what can be looked at is let through */
    target = (struct bytes){ target.at + sizeof(scheme) - 1, target.n - (sizeof(scheme) - 1) };
    size_t n = 0;
    while (n < target.n && !strchr("/?#", target.at[n]))
        n++;
    out->path = arena_fmt(a, "%s%.*s", n < target.n && target.at[n] == '/' ? "" : "/", (int)(target.n - n), target.at + n);
    return read_site(a, (struct bytes){ target.at, n }, "80", out);
}

static bool read_first_line(struct arena *a, struct bytes line, struct gate_head *out)
{
    struct bytes method, target;

    if (!split(&line, " ", &method) || !split(&line, " ", &target) || !all_of(method, isupper) || method.n > METHOD_BYTES)
        return false;
    if (line.n != 8 || memcmp(line.at, "HTTP/1.", 7) || (line.at[7] != '0' && line.at[7] != '1') || !all_of(target, is_target))
        return false;
    out->method = arena_text(a, method.at, method.n);
    out->tunnel = !strcmp(out->method, "CONNECT");
    return read_target(a, target, out);
}

static bool is_one_of(struct bytes name, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == name.n && !strncasecmp(*words, name.at, name.n))
            return true;
    return false;
}

static bool is_secret(struct bytes value, const char *secret)
{
    size_t n = strlen(secret);

    return value.n == n + 6 && !strncasecmp(value.at, "Basic ", 6) && text_same_secret(value.at + 6, secret, n);
}

int gate_head_read(struct arena *a, const char *at, size_t n, const char *secret, struct gate_head *out)
{
    static const char *const of_the_hop[] = {
        "connection", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "upgrade", NULL,
    };
    static const char *const authorization[] = { "proxy-authorization", NULL };
    struct bytes rest = { at, n }, line, name;
    struct text kept = text_new(a, 1024, GATE_HEAD_BYTES);
    bool known = false;

    *out = (struct gate_head){ .tunnel = false };
    if (n > GATE_HEAD_BYTES || !split(&rest, "\r\n", &line) || !read_first_line(a, line, out))
        return 400;
    while (split(&rest, "\r\n", &line) && line.n) {
        struct bytes value = line;
        if (!split(&value, ":", &name) || !all_of(name, is_token) || (value.n && !all_of(value, is_value)))
            return 400;
        while (value.n && *value.at == ' ')
            value.at++, value.n--;
        known = known || (is_one_of(name, authorization) && is_secret(value, secret));
        if (!is_one_of(name, of_the_hop))
            text_fmt(&kept, "%.*s: %.*s\r\n", (int)name.n, name.at, (int)value.n, value.at);
    }
    if (kept.full)
        return 400;
    out->headers = kept.n ? kept.at : "";
    return known ? 0 : 407;
}
