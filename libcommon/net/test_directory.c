/* The directory client against a real slapd (tests/directory.ldif) and against servers that misbehave. */
#define _GNU_SOURCE
#include "test.h"
#include "net/directory.h"
#include "net/directory_link.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BASE "dc=palabre,dc=test"

static const char *place(struct ctx *cx, const char *scheme, const char *host, const char *port)
{
    if (!getenv("LDAP_HOME"))
        skip("no slapd: LDAP_HOME is not set");
    return arena_fmt(cx->arena, "%s://%s:%s", scheme, host, getenv(port));
}
static const char *starttls(struct ctx *cx) { return place(cx, "ldap", "127.0.0.1", "LDAP_PORT"); }
static const char *ldaps(struct ctx *cx) { return place(cx, "ldaps", "127.0.0.1", "LDAPS_PORT"); }

static struct directory_settings settings_for(struct ctx *cx, const char *servers)
{
    struct directory_settings s = DIRECTORY_DEFAULTS;

    s.server = servers;
    s.ca_file = arena_fmt(cx->arena, "%s/ca.crt", getenv("LDAP_HOME"));
    s.base_dn = BASE;
    s.bind_dn = "cn=reader," BASE;
    s.bind_password = "reads-people";
    return s;
}

static err_t log_in(struct ctx *cx, const struct directory_settings *s, const char *name, const char *password, struct directory_person *out)
{
    struct directory *d;

    TRY(directory_open(cx, cx->arena, s, &d));
    return directory_login(cx, d, name, password, out);
}

static bool has_group(const struct directory_person *p, const char *cn)
{
    for (size_t i = 0; i < p->groups.n; i++)
        if (!strcmp(p->groups.at[i], cn))
            return true;
    return false;
}

/* --- people --- */

TEST(a_person_logs_in_over_starttls_and_over_ldaps)
{
    const char *const urls[] = { starttls(cx), ldaps(cx) };

    for (size_t i = 0; i < COUNT(urls); i++) {
        struct directory_settings s = settings_for(cx, urls[i]);
        struct directory_person p;
        NEED_OK(log_in(cx, &s, "medecin", "mot de passe é", &p));
        CHECK_INT(strlen(p.id), 36);
        CHECK_TEXT(p.login, "medecin");
        CHECK_TEXT(p.dn, "uid=medecin,ou=people," BASE);
        CHECK_TEXT(p.mail, "medecin@palabre.test");
        CHECK_TEXT(p.name, "Medecin (Cardiologie)");
        CHECK_TEXT(p.given_name, "Éa");
        CHECK_INT(p.groups.n, 2);
        CHECK(has_group(&p, "medecins") && has_group(&p, "Not-HelloJADE-Admins"));
    }
}

TEST(a_person_is_found_by_address_and_has_one_made_when_there_is_none)
{
    struct directory_settings s = settings_for(cx, ldaps(cx));
    struct directory_person p;

    NEED_OK(log_in(cx, &s, "chef@palabre.test", "chef-secret", &p));
    CHECK(has_group(&p, "HelloJADE-Infirmiers") && has_group(&p, "hellojade-admins"));
    NEED_OK(log_in(cx, &s, "infirmier", "infirmier-secret", &p));
    CHECK_TEXT(p.mail, "infirmier@palabre.test");
}

TEST(groups_come_from_member_of_alone_when_no_filter_is_set)
{
    struct directory_settings s = settings_for(cx, ldaps(cx));
    struct directory_person p;

    s.group_search_filter = "";
    NEED_OK(log_in(cx, &s, "medecin", "mot de passe é", &p));
    CHECK_INT(p.groups.n, 0);       /* the overlay has not seen what was loaded before it */
}

TEST(wrong_and_unknown_are_refused_alike)
{
    static const struct { const char *name, *password; } bad[] = {
        { "medecin", "mot de passe" }, { "nobody", "mot de passe é" }, { "vide", "x" }, { "medecin", "" }, { "", "x" }, { "nobody", "" },
        { "double@palabre.test", "double-secret" },             /* two people */
        { "*", "mot de passe é" }, { "med*", "mot de passe é" }, { ")(uid=*", "mot de passe é" }, { "medecin)(|(uid=*", "mot de passe é" },
        { "*)(uid=medecin", "mot de passe é" }, { "medecin\\", "mot de passe é" }, { "\\6dedecin", "mot de passe é" },
        { "uid=medecin,ou=people," BASE, "mot de passe é" }, { "medecin\n", "mot de passe é" }, { "\xff", "x" },
    };
    struct directory_settings s = settings_for(cx, ldaps(cx));
    struct directory_person p;

    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_FAILS(log_in(cx, &s, bad[i].name, bad[i].password, &p), AUTH_FAILED);
    char *long_text = arena_get(cx->arena, 2000);
    memset(long_text, 'a', 1999);
    CHECK_FAILS(log_in(cx, &s, long_text, "x", &p), AUTH_FAILED);
    CHECK_FAILS(log_in(cx, &s, "medecin", long_text, &p), AUTH_FAILED);
}

/* This slapd answers it with success, as Active Directory does. */
TEST(a_bind_without_a_password_never_leaves_the_process)
{
    struct directory_settings s = settings_for(cx, ldaps(cx));
    struct directory_server server = { .url = ldaps(cx), .host = "127.0.0.1", .port = getenv("LDAPS_PORT"), .ldaps = true };
    struct directory_call c = { &s, &server, clock_ms() + 5000, cx->arena };
    struct directory_link *l;
    bool fits;

    NEED_OK(directory_link_open(cx, &c, &l));
    CHECK_FAILS(directory_link_bind(cx, l, "uid=medecin,ou=people," BASE, "", &fits), BUG);
    CHECK_FAILS(directory_link_bind(cx, l, "uid=medecin,ou=people," BASE, NULL, &fits), BUG);
}

TEST(values_are_escaped_for_filters)
{
    CHECK_TEXT(directory_escape(cx, "a*(b)\\cé"), "a\\2a\\28b\\29\\5ccé");
    CHECK_TEXT(directory_escape(cx, ""), "");
}

TEST(the_cn_of_a_dn_is_its_whole_first_part)
{
    CHECK_TEXT(directory_cn(cx, "CN=Not-HelloJADE-Admins,ou=groups,dc=x"), "Not-HelloJADE-Admins");
    CHECK_TEXT(directory_cn(cx, "cn=A\\2CB\\, C,dc=x"), "A,B, C");
    CHECK_TEXT(directory_cn(cx, "uid=u+cn=both,dc=x"), "both");
    CHECK(!directory_cn(cx, "ou=HelloJADE-Admins,cn=x"));
    CHECK(!directory_cn(cx, "no dn at all"));
    CHECK(!directory_cn(cx, ""));
}

/* --- trust --- */

static void check_down(struct ctx *cx, const struct directory_settings *s, const char *says)
{
    struct directory_person p;
    err_t e = log_in(cx, s, "medecin", "mot de passe é", &p);

    if (!e || e->code != E_DIRECTORY_DOWN)
        SAY("%s: %s", says, e ? e->text : "logged in");
    else
        CHECK_HAS(e->text, says);
}

TEST(a_server_that_no_trusted_authority_vouches_for_is_refused)
{
    const char *const urls[] = { starttls(cx), ldaps(cx) };

    for (size_t i = 0; i < COUNT(urls); i++) {
        struct directory_settings s = settings_for(cx, urls[i]);
        s.ca_file = arena_fmt(cx->arena, "%s/other.crt", getenv("LDAP_HOME"));
        check_down(cx, &s, "TLS");
        s.ca_file = "/nowhere/ca.crt";
        check_down(cx, &s, "LDAP_CA_FILE");
    }
}

TEST(a_certificate_for_another_host_is_refused)
{
    struct directory_settings s = settings_for(cx, place(cx, "ldaps", "localhost", "LDAPS_PORT"));

    check_down(cx, &s, "TLS");
    s.server = place(cx, "ldap", "localhost", "LDAP_PORT");
    check_down(cx, &s, "TLS");
}

TEST(a_port_that_speaks_the_other_way_is_refused)
{
    struct directory_settings s = settings_for(cx, place(cx, "ldaps", "localhost", "LDAP_PORT"));

    s.timeout_ms = 700;
    check_down(cx, &s, "ldaps://localhost");
    s.server = place(cx, "ldap", "localhost", "LDAPS_PORT");
    check_down(cx, &s, "ldap://localhost");
}

TEST(what_is_wrong_with_the_settings_is_said)
{
    struct directory_settings good = settings_for(cx, ldaps(cx)), s = good;

    s.bind_password = "other";
    check_down(cx, &s, "LDAP_BIND_DN and LDAP_BIND_PASSWORD are refused");
    s = good, s.user_search_base = "ou=nowhere," BASE;
    check_down(cx, &s, "search below ou=nowhere");
    s = good, s.user_search_filter = "(uid={username}";
    check_down(cx, &s, "filter");
    s = good, s.user_search_base = "ou=elsewhere,ou=people," BASE;
    check_down(cx, &s, "Referral");
}

TEST(settings_that_cannot_be_meant_are_refused_at_the_start)
{
    static const char *const servers[] = { "http://x", "ldap://x/a:1", "ldap://[::1", "ldap://", "ldap://x:0", "ldap://x:99999", "ldap://x/dc=y", "x:y", "1,2,3,4,5,6,7,8,9" };
    struct directory_settings good = DIRECTORY_DEFAULTS, s;
    struct directory *d;

    good.server = "x, ldaps://y:1 ldap://[::1]:3";
    good.base_dn = "dc=x";
    NEED_OK(directory_open(cx, cx->arena, &good, &d));
    CHECK(d != NULL);
    for (size_t i = 0; i < COUNT(servers); i++) {
        s = good, s.server = servers[i];
        CHECK_FAILS(directory_open(cx, cx->arena, &s, &d), CONFIG_INVALID);
    }
    s = good, s.base_dn = NULL;
    CHECK_FAILS(directory_open(cx, cx->arena, &s, &d), CONFIG_INVALID);
    s = good, s.user_search_filter = "(uid=*)";
    CHECK_FAILS(directory_open(cx, cx->arena, &s, &d), CONFIG_INVALID);
    s = good, s.bind_dn = "cn=reader";
    CHECK_FAILS(directory_open(cx, cx->arena, &s, &d), CONFIG_INVALID);
    s = good, s.server = " ,";
    NEED_OK(directory_open(cx, cx->arena, &s, &d));
    CHECK(!d);
}

/* --- servers that misbehave --- */

static int listener(struct ctx *cx, const char *scheme, const char **url)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(here);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(!bind(fd, (struct sockaddr *)&here, size) && !listen(fd, 16));
    CHECK(!getsockname(fd, (struct sockaddr *)&here, &size));
    *url = arena_fmt(cx->arena, "%s://localhost:%d", scheme, ntohs(here.sin_port));
    return fd;
}

TEST(a_server_that_never_answers_costs_its_time_and_no_more)
{
    static const char *const schemes[] = { "ldap", "ldaps" };

    for (size_t i = 0; i < COUNT(schemes); i++) {
        const char *silent;
        int fd = listener(cx, schemes[i], &silent);
        struct directory_settings s = settings_for(cx, starttls(cx));
        int64_t began_ms = clock_ms();
        s.server = silent;
        s.timeout_ms = 400;
        check_down(cx, &s, silent);
        CHECK_WITHIN(clock_ms() - began_ms, 390, 1200);
        close(fd);
    }
}

/* A byte at a time of a long LDAP message: each one ends a wait of libldap's. */
static void *drip(void *with)
{
    int fd = accept((int)(intptr_t)with, NULL, NULL);
    static const char head[] = "\x30\x84\x00\x01\x00\x00";

    for (size_t i = 0; fd >= 0 && i < 100; i++) {
        if (send(fd, i < 6 ? head + i : "x", 1, MSG_NOSIGNAL) != 1)
            break;
        clock_sleep_ms(50);
    }
    close(fd);
    return NULL;
}

TEST(a_server_that_drips_costs_its_time_and_no_more)
{
    const char *url;
    struct directory_settings s = settings_for(cx, starttls(cx));
    int fd = listener(cx, "ldap", &url);
    pthread_t thread;
    int64_t began_ms = clock_ms();

    CHECK(!pthread_create(&thread, NULL, drip, (void *)(intptr_t)fd));
    s.server = url;
    s.timeout_ms = 400;
    check_down(cx, &s, "it took too long");
    CHECK_WITHIN(clock_ms() - began_ms, 0, 1200);
    pthread_join(thread, NULL);
    close(fd);
}

TEST(the_next_server_is_asked_and_the_one_that_failed_is_then_asked_last)
{
    const char *silent, *good = ldaps(cx);
    int fd = listener(cx, "ldaps", &silent);
    struct directory_settings s = settings_for(cx, arena_fmt(cx->arena, "ldap://localhost:1, %s, %s", silent, good));
    struct directory_person p;
    struct directory *d;

    s.timeout_ms = 3000;
    NEED_OK(directory_open(cx, cx->arena, &s, &d));
    NEED_OK(directory_login(cx, d, "medecin", "mot de passe é", &p));
    int64_t began_ms = clock_ms();
    NEED_OK(directory_login(cx, d, "medecin", "mot de passe é", &p));
    CHECK_WITHIN(clock_ms() - began_ms, 0, 450);
    close(fd);
}

TEST(all_servers_together_have_twice_the_time_of_one)
{
    const char *silent;
    int fd = listener(cx, "ldaps", &silent);
    struct directory_settings s = settings_for(cx, starttls(cx));
    int64_t began_ms = clock_ms();

    struct text all = text_new(cx->arena, 256, 4096);
    for (int i = 0; i < 8; i++)
        text_fmt(&all, "%s%s", i ? "," : "", silent);
    s.server = all.at;
    s.timeout_ms = 600;
    check_down(cx, &s, silent);
    CHECK(clock_ms() - began_ms >= 1190 && clock_ms() - began_ms < 4000);
    close(fd);
}

/* --- many at once --- */

struct crowd { struct directory *d; int refused, down; };

static void *one_of_many(void *with)
{
    struct crowd *all = with;
    struct ctx cx = { .arena = arena_new() };
    struct directory_person p;
    err_t e = directory_login(&cx, all->d, "medecin", "mot de passe é", &p);

    __atomic_add_fetch(e && e->code == E_OVERLOADED ? &all->refused : &all->down, 1, __ATOMIC_RELAXED);
    arena_free(cx.arena);
    return NULL;
}

TEST(only_so_many_wait_for_a_silent_directory)
{
    const char *silent;
    int fd = listener(cx, "ldaps", &silent);
    struct directory_settings s = settings_for(cx, starttls(cx));
    struct crowd all = { .refused = 0 };
    pthread_t threads[6];

    s.server = silent;
    s.timeout_ms = 500;
    s.at_once = 2;
    NEED_OK(directory_open(cx, cx->arena, &s, &all.d));
    for (size_t i = 0; i < COUNT(threads); i++)
        CHECK(!pthread_create(&threads[i], NULL, one_of_many, &all));
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(all.refused, 4);
    CHECK_INT(all.down, 2);
    close(fd);
}

static void *logs_in(void *with)
{
    struct directory *d = with;
    struct ctx cx = { .arena = arena_new() };
    struct directory_person p;

    for (int i = 0; i < 3; i++) {
        CHECK_OK(directory_login(&cx, d, "medecin", "mot de passe é", &p));
        CHECK_FAILS(directory_login(&cx, d, "medecin", "other", &p), AUTH_FAILED);
    }
    arena_free(cx.arena);
    return NULL;
}

TEST(threads_log_in_side_by_side)
{
    struct directory_settings s = settings_for(cx, ldaps(cx));
    struct directory *d;
    pthread_t threads[4];

    NEED_OK(directory_open(cx, cx->arena, &s, &d));
    for (size_t i = 0; i < COUNT(threads); i++)
        CHECK(!pthread_create(&threads[i], NULL, logs_in, d));
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
}
