#include "transcription/address.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* Behind the scheme; NULL: it is neither http nor https. */
static const char *behind_scheme(const char *url)
{
    if (!strncasecmp(url, "https://", 8))
        return url + 8;
    return !strncasecmp(url, "http://", 7) ? url + 7 : NULL;
}

bool address_is_web(const char *url)
{
    const char *host = behind_scheme(url);

    if (!host || !host[strspn(host, "/")] || strchr("/?#:@", *host))
        return false;
    for (const char *at = url; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return false;
    return true;
}

static bool is_id_character(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '-';
}

/* Eleven characters, and what follows is no part of them. */
static bool take_id(const char *at, char id[VIDEO_ID_BYTES])
{
    size_t n = 0;

    while (n < VIDEO_ID_BYTES && is_id_character(at[n]))
        n++;
    if (n != VIDEO_ID_BYTES - 1 || !(at[n] == '\0' || strchr("?&#/", at[n])))
        return false;
    memcpy(id, at, n);
    id[n] = '\0';
    return true;
}

static bool take_parameter(const char *query, char id[VIDEO_ID_BYTES])
{
    for (const char *at = query; *at && *at != '#'; at += strcspn(at, "&#"), at += *at == '&')
        if (text_starts(at, "v="))
            return take_id(at + 2, id);
    return false;
}

static bool host_is(const char *host, size_t n, const char *name) { return n == strlen(name) && !strncasecmp(host, name, n); }

bool address_is_youtube(const char *url, char id[VIDEO_ID_BYTES])
{
    static const char *const paths[] = { "/embed/", "/shorts/" };
    const char *host = behind_scheme(url);

    if (!host || !address_is_web(url))
        return false;
    size_t n = strcspn(host, "/?#");
    const char *path = host + n;
    if (host_is(host, n, "youtu.be") || host_is(host, n, "www.youtu.be"))
        return *path == '/' && take_id(path + 1, id);
    if (!host_is(host, n, "youtube.com") && !host_is(host, n, "www.youtube.com") && !host_is(host, n, "m.youtube.com"))
        return false;
    for (size_t i = 0; i < COUNT(paths); i++)
        if (text_starts(path, paths[i]))
            return take_id(path + strlen(paths[i]), id);
    if (!text_starts(path, "/watch"))
        return false;
    path += 6 + (path[6] == '/');
    return *path == '?' && take_parameter(path + 1, id);
}
