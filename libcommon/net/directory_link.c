#define _GNU_SOURCE
#include "net/directory_link.h"
#include "net/dial.h"
#include "net/watchdog.h"
#include "base/clock.h"

#include <fcntl.h>
#include <ldap.h>
#include <openldap.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define VALUES_MOST 2000        /* of an attribute: groups of a person */
#define VALUE_BYTES 2048

struct directory_link {
    LDAP *ldap;
    const char *url;
    int64_t until_ms;           /* monotonic */
    int  socket;                /* a second descriptor of libldap's socket, for the watchdog: it stays ours whatever libldap closes */
    struct watchdog dog;
};

/* --- errors --- */

static err_t trouble(struct ctx *cx, const struct directory_link *l, const char *doing, int code)
{
    return fail(cx, DIRECTORY_DOWN, "%s: %s: %s", l->url, doing, clock_ms() >= l->until_ms ? "it took too long" : ldap_err2string(code));
}

/* With what the server or libldap says beside the code. */
static err_t trouble_told(struct ctx *cx, const struct directory_link *l, const char *doing, int code)
{
    char *said = NULL;

    ldap_get_option(l->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said);
    err_t e = trouble(cx, l, said && *said ? arena_fmt(cx->arena, "%s (%.300s)", doing, said) : doing, code);
    ldap_memfree(said);
    return e;
}

/* --- connecting --- */

static void bite(void *with)
{
    const struct directory_link *l = with;

    shutdown(l->socket, SHUT_RDWR);
}

/* The unbind may write, so the watchdog is called off after it. */
static void close_link(void *with)
{
    struct directory_link *l = with;

    if (l->ldap)
        ldap_unbind_ext_s(l->ldap, NULL, NULL);
    watchdog_close(&l->dog);
    if (l->socket >= 0)
        close(l->socket);
}

/* A blocking socket: libldap makes it non-blocking where it can wait itself. */
static fallible dial(struct ctx *cx, const struct directory_server *server, int64_t until_ms, int *fd)
{
    struct dial to = { .host = server->host, .port = server->port };
    err_t e = dial_tcp(cx, &to, until_ms - clock_ms(), fd);

    dial_close(&to);
    if (e && e->code != E_CANCELLED && e->code != E_DEADLINE_PASSED)
        return fail(cx, DIRECTORY_DOWN, "%s: %s", server->url, e->text);
    TRY(e);
    fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) & ~O_NONBLOCK);
    return OK;
}

static fallible hand_over(struct ctx *cx, struct directory_link *l, int fd)
{
    l->socket = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (l->socket < 0 || !watchdog_start(&l->dog)) {
        close(fd);
        return fail(cx, DIRECTORY_DOWN, "%s: no descriptor or no thread can be had now", l->url);
    }
    watchdog_set(&l->dog, l->until_ms);
    int code = ldap_init_fd(fd, LDAP_PROTO_TCP, l->url, &l->ldap);
    if (code == LDAP_SUCCESS)
        return OK;
    l->ldap = NULL;
    close(fd);
    return fail(cx, DIRECTORY_DOWN, "%s: %s", l->url, ldap_err2string(code));
}

/* TLS options hold for a handle once a context is made of them; an option that is on or off is on when it is not NULL
 * (ldap_set_option(3)). */
static int set_options(struct directory_link *l, const char *ca_file)
{
    static const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
    int64_t left_ms = l->until_ms - clock_ms();
    struct timeval wait = { left_ms > 0 ? left_ms / 1000 : 0, left_ms > 0 ? left_ms % 1000 * 1000 : 1 };
    const struct { int name; const void *value; } all[] = {
        { LDAP_OPT_PROTOCOL_VERSION, &version }, { LDAP_OPT_REFERRALS, LDAP_OPT_OFF },        { LDAP_OPT_RESTART, &version },
        { LDAP_OPT_NETWORK_TIMEOUT, &wait },     { LDAP_OPT_TIMEOUT, &wait },                 { LDAP_OPT_X_TLS_CACERTFILE, ca_file },
        { LDAP_OPT_X_TLS_REQUIRE_CERT, &demand }, { LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest }, { LDAP_OPT_X_TLS_NEWCTX, &client },
    };
    int code = LDAP_SUCCESS;

    for (size_t i = 0; i < COUNT(all) && code == LDAP_SUCCESS; i++)
        code = ldap_set_option(l->ldap, all[i].name, all[i].value);
    return code;
}

static fallible secure(struct ctx *cx, struct directory_link *l, const struct directory_call *c)
{
    int code = set_options(l, c->set->ca_file);

    if (code != LDAP_SUCCESS)
        return trouble_told(cx, l, "the settings, LDAP_CA_FILE among them", code);
    if (c->server->ldaps)
        code = ldap_install_tls(l->ldap);
    else if (c->set->use_tls)
        code = ldap_start_tls_s(l->ldap, NULL, NULL);
    return code == LDAP_SUCCESS ? OK : trouble_told(cx, l, "TLS, with LDAP_CA_FILE and the name of this host", code);
}

err_t directory_link_open(struct ctx *cx, const struct directory_call *c, struct directory_link **out)
{
    int fd;

    TRY(dial(cx, c->server, c->until_ms, &fd));
    struct directory_link *l = *out = arena_get(c->links, sizeof(*l));
    *l = (struct directory_link){ .url = c->server->url, .until_ms = c->until_ms, .socket = -1 };
    watchdog_open(&l->dog, bite, l);
    arena_own(c->links, l, close_link);
    TRY(hand_over(cx, l, fd));
    return secure(cx, l, c);
}

/* --- bind --- */

/* Codes that are a verdict about these credentials; others are about the directory. RFC 4511 A.2. */
static bool is_refusal(int code)
{
    static const int all[] = { LDAP_INVALID_CREDENTIALS, LDAP_INAPPROPRIATE_AUTH, LDAP_UNWILLING_TO_PERFORM, LDAP_CONSTRAINT_VIOLATION,
                               LDAP_NO_SUCH_OBJECT, LDAP_INVALID_DN_SYNTAX };

    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i] == code)
            return true;
    return false;
}

/* Only the code is told: what a server says of a bind may hold anything. */
err_t directory_link_bind(struct ctx *cx, struct directory_link *l, const char *dn, const char *password, bool *fits)
{
    struct berval secret = { password ? strlen(password) : 0, (char *)(uintptr_t)password };

    if (dn && *dn && !secret.bv_len)
        return fail(cx, BUG, "a bind with a name and without a password proves nothing");
    int code = ldap_sasl_bind_s(l->ldap, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
    *fits = code == LDAP_SUCCESS;
    return *fits || is_refusal(code) ? OK : trouble(cx, l, "bind", code);
}

/* --- search --- */

static void copy_values(struct ctx *cx, struct directory_link *l, LDAPMessage *entry, const char *attribute, struct list *out)
{
    struct berval **all = ldap_get_values_len(l->ldap, entry, attribute);
    int n = all ? ldap_count_values_len(all) : 0;
    struct bytes *values = NEWS(cx, struct bytes, (size_t)(n < VALUES_MOST ? n : VALUES_MOST));

    *out = (struct list){ values, 0 };
    for (int i = 0; i < n && out->n < VALUES_MOST; i++)
        if (all[i]->bv_len <= VALUE_BYTES)
            values[out->n++] = (struct bytes){ arena_text(cx->arena, all[i]->bv_val, all[i]->bv_len), all[i]->bv_len };
    ldap_value_free_len(all);
}

static void copy_entries(struct ctx *cx, struct directory_link *l, LDAPMessage *answer, const char *const *attributes, int most,
                         struct directory_entries *out)
{
    size_t n = 0;

    while (attributes[n])
        n++;
    out->at = NEWS(cx, struct directory_entry, (size_t)most);
    for (LDAPMessage *e = ldap_first_entry(l->ldap, answer); e; e = ldap_next_entry(l->ldap, e)) {
        if (out->n == (size_t)most) {
            out->more = true;
            return;
        }
        struct directory_entry *to = &out->at[out->n++];
        char *dn = ldap_get_dn(l->ldap, e);
        to->dn = arena_fmt(cx->arena, "%s", dn ? dn : "");
        ldap_memfree(dn);
        to->values = arena_gets(cx->arena, n, sizeof(*to->values));
        for (size_t i = 0; i < n; i++)
            copy_values(cx, l, e, attributes[i], (struct list *)&to->values[i]);
    }
}

/* References to other servers that come among the entries are passed over. */
err_t directory_link_search(struct ctx *cx, struct directory_link *l, const char *base, const char *filter,
                            const char *const *attributes, int most, struct directory_entries *out)
{
    int64_t left_ms = l->until_ms - clock_ms();
    struct timeval wait = { left_ms > 0 ? left_ms / 1000 : 0, left_ms > 0 ? left_ms % 1000 * 1000 : 1 };
    LDAPMessage *answer = NULL;

    *out = (struct directory_entries){ 0 };
    int code = ldap_search_ext_s(l->ldap, base, LDAP_SCOPE_SUBTREE, filter, (char **)(uintptr_t)attributes, 0, NULL, NULL, &wait, most, &answer);
    if (code == LDAP_SUCCESS || code == LDAP_SIZELIMIT_EXCEEDED)
        copy_entries(cx, l, answer, attributes, most, out);
    out->more = out->more || code == LDAP_SIZELIMIT_EXCEEDED;
    ldap_msgfree(answer);
    if (code == LDAP_SUCCESS || code == LDAP_SIZELIMIT_EXCEEDED)
        return OK;
    return trouble_told(cx, l, arena_fmt(cx->arena, "search below %s", base), code);
}

/* --- texts --- */

const char *directory_escape(struct ctx *cx, const char *value)
{
    struct text to = text_new(cx->arena, 64, 16384);

    for (; *value; value++)
        if (strchr("*()\\", *value))
            text_fmt(&to, "\\%02x", (unsigned char)*value);
        else
            text_char(&to, *value);
    return to.full || !to.at ? "" : to.at;
}

const char *directory_cn(struct ctx *cx, const char *dn)
{
    LDAPDN parsed = NULL;
    const char *cn = NULL;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || !parsed)
        return NULL;
    for (int i = 0; parsed[0] && parsed[0][i]; i++) {
        const LDAPAVA *part = parsed[0][i];
        if (part->la_attr.bv_len == 2 && !strncasecmp(part->la_attr.bv_val, "cn", 2) && part->la_value.bv_len <= VALUE_BYTES)
            cn = arena_text(cx->arena, part->la_value.bv_val, part->la_value.bv_len);
    }
    ldap_dnfree(parsed);
    return cn;
}
