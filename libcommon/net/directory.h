/* People of an LDAP directory: search for them, then bind as them (RFC 4511, 4513). On libldap, whose calls block:
 * every one is bounded by time, and only so many logins are in them at once. */
#pragma once

#include "data/shape.h"

struct directory_settings {
    const char *server, *ca_file, *base_dn, *bind_dn, *bind_password;
    const char *user_search_base, *user_search_filter, *group_search_base, *group_search_filter;
    bool use_tls;
    int  timeout_ms, at_once;
};

#define DIRECTORY_DEFAULTS { .ca_file = "/etc/ssl/certs/ca-certificates.crt", .use_tls = true, .timeout_ms = 5000, .at_once = 32, \
    .user_search_filter = "(|(uid={username})(sAMAccountName={username})(userPrincipalName={username})(mail={username}))",      \
    .group_search_filter = "(|(member={dn})(uniqueMember={dn})(memberUid={login}))" }

/* Rows of a daemon's settings: `m` is its member struct directory_settings. */
#define DIRECTORY_FIELDS(T, m)                                                                                              \
    FIELD_AS(T, m.server,        "ldap_server", "Directory servers in the order in which they are asked, with commas: ldaps://host:636, ldap://host:389, or a host alone. None: only local accounts log in.", .max = 1000), \
    FIELD_AS(T, m.use_tls,       "ldap_use_tls", "StartTLS on ldap:// before anything is said; false sends passwords in clear."), \
    FIELD_AS(T, m.ca_file,       "ldap_ca_file", "Certificates of the authorities that may vouch for a directory server.", .max = 1000), \
    FIELD_AS(T, m.base_dn,       "ldap_base_dn", "Where people and groups are: dc=example,dc=org.", .max = 1000),           \
    FIELD_AS(T, m.bind_dn,       "ldap_bind_dn", "The service account that searches; none: anonymous.", .max = 1000),       \
    FIELD_AS(T, m.bind_password, "ldap_bind_password", "Its password.", .secret = true, .max = 1000),                       \
    FIELD_AS(T, m.user_search_base,    "ldap_user_search_base", "Where people are, when not under LDAP_BASE_DN.", .max = 1000), \
    FIELD_AS(T, m.user_search_filter,  "ldap_user_search_filter", "How a person is found; {username} is what was typed.", .max = 1000), \
    FIELD_AS(T, m.group_search_base,   "ldap_group_search_base", "Where groups are, when not under LDAP_BASE_DN.", .max = 1000), \
    FIELD_AS(T, m.group_search_filter, "ldap_group_search_filter", "Which groups a person is in, beside memberOf; {dn}, {login}. Empty: memberOf alone.", .max = 1000), \
    FIELD_AS(T, m.timeout_ms,    "ldap_timeout_ms", "Milliseconds a directory server has for a login, lookup of its name included; all servers together have twice that.", .min = 100, .max = 60000), \
    FIELD_AS(T, m.at_once,       "ldap_at_once", "Logins that wait for a directory at once; more are refused.", .min = 1, .max = 1000)

struct directory_person {
    const char *id;                 /* stays when name and place change: entryUUID, or objectGUID in hex */
    const char *dn, *login, *mail;  /* an address is made of login and base when the directory has none */
    const char *name, *given_name, *surname, *department, *title;   /* NULL when absent */
    struct texts groups;            /* full CNs, each once, in no order */
};

struct directory;

/* Connects to nobody yet. NULL when no server is set. CONFIG_INVALID. */
fallible directory_open(struct ctx *cx, struct arena *a, const struct directory_settings *s, struct directory **out);

/* Who it is that gave these. AUTH_FAILED: not exactly one person, an empty or a wrong password; it takes as long for an
 * unknown name as for a wrong password. DIRECTORY_DOWN: no server could tell, and why. OVERLOADED: too many wait. */
fallible directory_login(struct ctx *cx, struct directory *d, const char *name, const char *password, struct directory_person *out);
