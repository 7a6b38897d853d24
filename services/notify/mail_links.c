#include "mail_links.h"

#include <string.h>

/* An entry of the list: "saas-ia=https://a.example", or "https://a.example" with an empty name. */
struct entry { struct bytes name, url; };

static bool entry_next(const char **at, struct entry *out)
{
    *at += strspn(*at, ", ");
    size_t n = strcspn(*at, ", "), name = strspn(*at, "abcdefghijklmnopqrstuvwxyz-");

    if (!n)
        return false;
    name = (*at)[name] == '=' ? name : 0;
    out->name = (struct bytes){ *at, name };
    out->url = (struct bytes){ *at + name + (name > 0), n - name - (name > 0) };
    *at += n;
    return true;
}

/* A base is joined to a path and a query of ours: it has none of its own. */
static bool is_base(struct bytes url)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]";
    size_t start = url.n > 8 && !memcmp(url.at, "https://", 8) ? 8 : url.n > 7 && !memcmp(url.at, "http://", 7) ? 7 : 0;

    return start && url.at[start] != '/' && strspn(url.at, plain) >= url.n;
}

static const char *check_mail_links(const char *text, size_t n)
{
    struct entry e;

    (void)n;
    for (const char *at = text; entry_next(&at, &e);)
        if (!is_base(e.url))
            return "is not a list of addresses such as https://app.example.org, saas-ia=https://saas.example.org";
    return NULL;
}
const struct format format_mail_links = { "links", check_mail_links };

const char *mail_link_base(struct ctx *cx, const char *list, const char *product)
{
    size_t name = product ? strlen(product) : 0;
    struct bytes found = { NULL, 0 };
    struct entry e;

    for (const char *at = list ? list : ""; entry_next(&at, &e);) {
        bool own = name && e.name.n == name && !memcmp(e.name.at, product, name);
        if (own || (!e.name.n && !found.at))
            found = e.url;
        if (own)
            break;
    }
    while (found.n && found.at[found.n - 1] == '/')
        found.n--;
    return found.at ? arena_text(cx->arena, found.at, found.n) : NULL;
}
