#define _GNU_SOURCE
#include "net/directory.h"
#include "net/directory_link.h"
#include "base/clock.h"

#include <string.h>
#include <strings.h>

#define SERVERS_MOST    8
#define GROUPS_MOST     2000
#define NAME_BYTES      256
#define PASSWORD_BYTES  1024
#define TEXT_BYTES      254         /* of what is taken over of a person */
#define AVOID_MS        30000       /* a server that could not tell is asked last for so long */

struct directory {
    struct directory_settings set;
    struct directory_server servers[SERVERS_MOST];
    size_t servers_n;
    int waiting;                    /* logins in here, atomically */
};

/* --- settings --- */

/* "ldaps://host:636", "ldap://[::1]:389", "host:389", "host". */
static fallible read_server(struct ctx *cx, struct arena *a, const char *text, struct directory_server *out)
{
    const char *scheme = strstr(text, "://"), *at = scheme ? scheme + 3 : text;
    char *host = arena_text(a, at, strcspn(at, "/"));
    char *end = host[0] == '[' ? strchr(host, ']') : host, *colon = end ? strchr(end, ':') : NULL;
    int64_t port = 0;

    out->ldaps = text_starts(text, "ldaps://");
    if (scheme && !out->ldaps && !text_starts(text, "ldap://"))
        return fail(cx, CONFIG_INVALID, "LDAP_SERVER: %s is neither ldap:// nor ldaps://", text);
    const char *number = colon ? colon + 1 : out->ldaps ? "636" : "389", *path = strchr(at, '/');
    if (!end || (path && path[1]) || !text_to_long(number, strlen(number), &port) || port < 1 || port > 65535)
        return fail(cx, CONFIG_INVALID, "LDAP_SERVER: %s is no host with a port", text);
    if (colon)
        *colon = '\0';
    if (!*host)
        return fail(cx, CONFIG_INVALID, "LDAP_SERVER: %s names no host", text);
    out->port = arena_fmt(a, "%d", (int)port);
    out->url = arena_fmt(a, "%s://%s:%s", out->ldaps ? "ldaps" : "ldap", host, out->port);
    out->host = end > host ? arena_text(a, host + 1, (size_t)(end - host - 1)) : host;
    return OK;
}

static fallible read_servers(struct ctx *cx, struct arena *a, struct directory *d)
{
    for (const char *at = d->set.server; *at; at += strcspn(at, ", "), at += strspn(at, ", ")) {
        size_t n = strcspn(at, ", ");
        if (!n)
            continue;
        if (d->servers_n == COUNT(d->servers))
            return fail(cx, CONFIG_INVALID, "LDAP_SERVER: %d servers at most", SERVERS_MOST);
        TRY(read_server(cx, a, arena_text(a, at, n), &d->servers[d->servers_n++]));
    }
    return OK;
}

static const char *or_base(const struct directory_settings *s, const char *own) { return own && *own ? own : s->base_dn; }

err_t directory_open(struct ctx *cx, struct arena *a, const struct directory_settings *s, struct directory **out)
{
    *out = NULL;
    if (!s->server || !s->server[strspn(s->server, ", ")])
        return OK;
    struct directory *d = arena_get(a, sizeof(*d));
    d->set = *s;
    d->set.user_search_base = or_base(s, s->user_search_base);
    d->set.group_search_base = or_base(s, s->group_search_base);
    TRY(read_servers(cx, a, d));
    if (!s->base_dn || !*s->base_dn)
        return fail(cx, CONFIG_INVALID, "LDAP_BASE_DN is missing: where people and groups are");
    if (!s->user_search_filter || !strstr(s->user_search_filter, "{username}"))
        return fail(cx, CONFIG_INVALID, "LDAP_USER_SEARCH_FILTER has no {username}: everybody would be the same person");
    if (s->bind_dn && *s->bind_dn && (!s->bind_password || !*s->bind_password))
        return fail(cx, CONFIG_INVALID, "LDAP_BIND_PASSWORD is missing: a bind without one is anonymous");
    *out = d;
    return OK;
}

/* --- what is asked --- */

enum { ENTRY_UUID, OBJECT_GUID, UID, SAM_ACCOUNT, MAIL, PRINCIPAL, DISPLAY_NAME, CN, GIVEN_NAME, SN, DEPARTMENT, TITLE, MEMBER_OF };
static const char *const attributes[] = {
    [ENTRY_UUID] = "entryUUID", [OBJECT_GUID] = "objectGUID", [UID] = "uid", [SAM_ACCOUNT] = "sAMAccountName", [MAIL] = "mail",
    [PRINCIPAL] = "userPrincipalName", [DISPLAY_NAME] = "displayName", [CN] = "cn", [GIVEN_NAME] = "givenName", [SN] = "sn",
    [DEPARTMENT] = "department", [TITLE] = "title", [MEMBER_OF] = "memberOf", NULL,
};

struct credentials { const char *name, *password; };
struct pair { const char *word, *value; };

/* A filter with its words replaced by escaped values. */
static const char *fill(struct ctx *cx, const char *filter, const struct pair *pairs, size_t n)
{
    struct text to = text_new(cx->arena, 256, 65536);

    while (*filter) {
        size_t plain = strcspn(filter, "{"), i = 0;
        text_add(&to, filter, plain);
        filter += plain;
        while (i < n && !text_starts(filter, pairs[i].word))
            i++;
        if (i < n) {
            text_put(&to, directory_escape(cx, pairs[i].value));
            filter += strlen(pairs[i].word);
        } else if (*filter) {
            text_char(&to, *filter++);
        }
    }
    return to.at;
}

/* --- what is taken over --- */

/* The first usable value of an attribute; NULL. */
static const char *value_of(const struct directory_entry *e, int attribute)
{
    for (size_t i = 0; i < e->values[attribute].n; i++) {
        struct bytes v = e->values[attribute].at[i];
        bool printable = v.n > 0 && v.n <= TEXT_BYTES && text_is_utf8(v.at, v.n);
        for (size_t c = 0; c < v.n; c++)
            printable = printable && (unsigned char)v.at[c] >= 0x20 && v.at[c] != 0x7f;
        if (printable)
            return v.at;
    }
    return NULL;
}

static const char *first_of(const struct directory_entry *e, int one, int other)
{
    const char *value = value_of(e, one);

    return value ? value : value_of(e, other);
}

static const char *id_of(struct ctx *cx, const struct directory_entry *e)
{
    if (value_of(e, ENTRY_UUID) || !e->values[OBJECT_GUID].n)
        return value_of(e, ENTRY_UUID);
    struct bytes guid = e->values[OBJECT_GUID].at[0];       /* 16 bytes, no text */
    char *hex = guid.n == 16 ? arena_get(cx->arena, 33) : NULL;
    if (hex)
        text_hex(guid.at, guid.n, hex);
    return hex;
}

/* login@example.org of dc=example,dc=org. */
static const char *address_of(struct ctx *cx, const char *login, const char *base)
{
    struct text to = text_new(cx->arena, 64, TEXT_BYTES + 1);
    char border = '@';

    if (!login || strchr(login, '@'))
        return login;
    text_put(&to, login);
    for (const char *at = base; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        at += strspn(at, " ");
        if (strncasecmp(at, "dc=", 3))
            continue;
        text_char(&to, border);
        text_add(&to, at + 3, strcspn(at + 3, ", "));
        border = '.';
    }
    return to.full || border == '@' ? NULL : to.at;
}

static void add_group(struct ctx *cx, struct directory_person *p, const char *dn)
{
    const char *cn = directory_cn(cx, dn);

    for (size_t i = 0; cn && i < p->groups.n; i++)
        if (!strcasecmp(p->groups.at[i], cn))
            return;
    if (cn && text_is_utf8(cn, strlen(cn)) && p->groups.n < GROUPS_MOST)
        p->groups.at[p->groups.n++] = cn;
}

static fallible read_person(struct ctx *cx, const struct directory *d, const struct directory_entry *e, struct directory_person *out)
{
    const char *mail = first_of(e, MAIL, PRINCIPAL);

    *out = (struct directory_person){
        .id = id_of(cx, e), .dn = e->dn, .login = first_of(e, UID, SAM_ACCOUNT), .name = first_of(e, DISPLAY_NAME, CN),
        .given_name = value_of(e, GIVEN_NAME), .surname = value_of(e, SN), .department = value_of(e, DEPARTMENT), .title = value_of(e, TITLE),
        .groups = { NEWS(cx, const char *, GROUPS_MOST), 0 },
    };
    if (!out->id)
        return fail(cx, DIRECTORY_DOWN, "%s: neither entryUUID nor objectGUID may be read", e->dn);
    if (!out->login)
        out->login = mail;
    out->mail = mail && strchr(mail, '@') ? mail : address_of(cx, out->login, d->set.base_dn);
    if (!out->mail)
        return fail(cx, DIRECTORY_DOWN, "%s: no mail, and none can be made of its uid and LDAP_BASE_DN", e->dn);
    for (size_t i = 0; i < e->values[MEMBER_OF].n; i++)
        add_group(cx, out, e->values[MEMBER_OF].at[i].at);
    return OK;
}

/* --- a login at one server --- */

static fallible open_service(struct ctx *cx, const struct directory_call *c, struct directory_link **out)
{
    const struct directory_settings *s = c->set;
    bool fits;

    TRY(directory_link_open(cx, c, out));
    if (!s->bind_dn || !*s->bind_dn)
        return OK;
    TRY(directory_link_bind(cx, *out, s->bind_dn, s->bind_password, &fits));
    return fits ? OK : fail(cx, DIRECTORY_DOWN, "%s: LDAP_BIND_DN and LDAP_BIND_PASSWORD are refused", c->server->url);
}

static fallible find_groups(struct ctx *cx, const struct directory_settings *s, struct directory_link *service, struct directory_person *p)
{
    static const char *const nothing[] = { "1.1", NULL };       /* RFC 4511 4.5.1.8: no attributes */
    const struct pair pairs[] = { { "{dn}", p->dn }, { "{login}", p->login } };
    struct directory_entries groups;

    if (!s->group_search_filter || !*s->group_search_filter)
        return OK;
    const char *filter = fill(cx, s->group_search_filter, pairs, COUNT(pairs));
    TRY(directory_link_search(cx, service, s->group_search_base, filter, nothing, GROUPS_MOST, &groups));
    for (size_t i = 0; i < groups.n; i++)
        add_group(cx, p, groups.at[i].dn);
    return OK;
}

/* A bind on a connection of its own: the service account's stays what it is. Somebody who does not exist is bound as too,
 * so that it takes as long. */
static fallible log_in(struct ctx *cx, const struct directory *d, const struct directory_call *c, const struct credentials *typed,
                       struct directory_person *out, bool *fits)
{
    const char *filter = fill(cx, d->set.user_search_filter, &(struct pair){ "{username}", typed->name }, 1);
    struct directory_link *service, *own;
    struct directory_entries found;

    TRY(open_service(cx, c, &service));
    TRY(directory_link_search(cx, service, d->set.user_search_base, filter, attributes, 2, &found));
    bool one = found.n == 1 && !found.more;
    const char *dn = one ? found.at[0].dn : arena_fmt(cx->arena, "cn=nobody,%s", d->set.user_search_base);
    TRY(directory_link_open(cx, c, &own));
    TRY(directory_link_bind(cx, own, dn, typed->password, fits));
    *fits = *fits && one;
    if (!*fits)
        return OK;
    TRY(read_person(cx, d, &found.at[0], out));
    return find_groups(cx, &d->set, service, out);
}

static fallible log_in_at(struct ctx *cx, const struct directory *d, const struct directory_server *server, int64_t until_ms,
                          const struct credentials *typed, struct directory_person *out, bool *fits)
{
    struct directory_call c = { .set = &d->set, .server = server, .until_ms = until_ms, .links = arena_new() };
    err_t e = log_in(cx, d, &c, typed, out, fits);

    arena_free(c.links);
    return e;
}

/* --- one server after the other --- */

static int64_t failed_at(struct directory_server *s) { return __atomic_load_n(&s->failed_ms, __ATOMIC_RELAXED); }

/* In the order of the setting, those that have just failed last. */
static void order(struct directory *d, struct directory_server *out[SERVERS_MOST])
{
    int64_t now_ms = clock_ms();
    size_t n = 0;

    for (int failed = 0; failed < 2; failed++)
        for (size_t i = 0; i < d->servers_n && n < d->servers_n; i++) {
            int64_t at = failed_at(&d->servers[i]);
            if ((at && now_ms - at < AVOID_MS) == failed)
                out[n++] = &d->servers[i];
        }
}

static fallible ask_all(struct ctx *cx, struct directory *d, const struct credentials *typed, struct directory_person *out, bool *fits)
{
    int64_t end_ms = clock_ms() + clock_left_ms(cx, 2 * (int64_t)d->set.timeout_ms);
    struct text why = text_new(cx->arena, 256, 4000);
    struct directory_server *servers[SERVERS_MOST] = { 0 };

    order(d, servers);
    for (size_t i = 0; i < d->servers_n && servers[i]; i++) {
        int64_t now_ms = clock_ms(), until_ms = now_ms + d->set.timeout_ms;
        if (now_ms >= end_ms)
            break;
        err_t e = log_in_at(cx, d, servers[i], until_ms < end_ms ? until_ms : end_ms, typed, out, fits);
        if (e && e->code != E_DIRECTORY_DOWN)
            return e;
        __atomic_store_n(&servers[i]->failed_ms, e ? clock_ms() : 0, __ATOMIC_RELAXED);
        if (!e)
            return OK;
        text_fmt(&why, "%s%s", why.n ? "; " : "", e->text);
    }
    return fail(cx, DIRECTORY_DOWN, "no directory server could tell: %s", why.n ? why.at : "no time was left");
}

static bool is_usable(const char *name, const char *password)
{
    size_t n = strlen(name), password_n = strlen(password);

    if (!n || n > NAME_BYTES || !password_n || password_n > PASSWORD_BYTES || !text_is_utf8(name, n))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

err_t directory_login(struct ctx *cx, struct directory *d, const char *name, const char *password, struct directory_person *out)
{
    bool fits = false;

    if (!is_usable(name, password))
        return fail(cx, AUTH_FAILED, "the name or the password is wrong");
    if (__atomic_add_fetch(&d->waiting, 1, __ATOMIC_RELAXED) > d->set.at_once) {
        __atomic_sub_fetch(&d->waiting, 1, __ATOMIC_RELAXED);
        return fail(cx, OVERLOADED, "too many logins wait for the directory");
    }
    err_t e = ask_all(cx, d, &(struct credentials){ name, password }, out, &fits);
    __atomic_sub_fetch(&d->waiting, 1, __ATOMIC_RELAXED);
    TRY(e);
    return fits ? OK : fail(cx, AUTH_FAILED, "the name or the password is wrong");
}
