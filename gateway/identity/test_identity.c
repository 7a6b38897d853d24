/* Decisions about routes, addresses of programs, keys; and whether the gateway's statements fit the database. */
#include "test.h"

#include "http/api_key.h"
#include "http/gateway.h"
#include "http/grants.h"
#include "identity/oauth.h"
#include "net/pg.h"
#include "sql.h"

static void need_pg(struct ctx *cx)
{
    if (!cx->pg)
        skip("no PG_URL");
}

TEST(every_statement_of_the_gateway_fits_the_database)
{
    int checked;

    need_pg(cx);
    CHECK_OK(pg_check_all(cx, &checked));
    CHECK(checked > 40);
}

static bool is_permission(struct ctx *cx, const char *code)
{
    struct permission_word unknown = { 0 };
    bool found = true;

    CHECK_OK(pg_find(cx, SQL(permission_unknown), ARGS(code), &permission_word_shape, &unknown, &found));
    return !found;
}

/* A row says PUBLIC, PERSON, or which permission it needs; nothing is open by omission but what is meant to be. */
TEST(every_route_says_who_may)
{
    need_pg(cx);
    for (size_t i = 0; i < gateway_areas_n(); i++)
        for (size_t k = 0; k < gateway_areas[i]->n; k++) {
            const struct route *r = &gateway_areas[i]->routes[k];
            if ((r->access == USER) != (r->may != NULL))
                SAY("%s %s: access and permission do not fit", verb_name(r->verb), r->path);
            if (r->may && !is_permission(cx, r->may) && !is_permission(cx, arena_fmt(cx->arena, "%s:own", r->may)))
                SAY("%s %s: there is no permission %s", verb_name(r->verb), r->path, r->may);
        }
}

TEST(roles_may_what_their_rows_say)
{
    static const struct { const char *role, *permission; enum grant grant; } cases[] = {
        { "user", "jobs:read", OWN }, { "admin", "jobs:read", ANY }, { "super_admin", "anything:new", ANY }, { "user", "users:read", DENIED },
        { "medecin", "ai:write", ANY }, { "infirmier", "ai:write", DENIED }, { "secretaire", "patients:write", ANY }, { "king", "jobs:read", DENIED },
        { "user", "jobs", DENIED }, { "user", "", DENIED },
    };

    need_pg(cx);
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum grant got;
        NEED_OK(grant_find(cx, cases[i].role, cases[i].permission, &got));
        if (got != cases[i].grant)
            SAY("%s %s: %d, not %d", cases[i].role, cases[i].permission, got, cases[i].grant);
    }
}

TEST(a_scope_never_widens_a_grant)
{
    CHECK_INT(grant_within(NULL, "jobs:read", ANY), ANY);
    CHECK_INT(grant_within("jobs:read", "jobs:read", OWN), OWN);
    CHECK_INT(grant_within("jobs:read", "jobs:read", DENIED), DENIED);
    CHECK_INT(grant_within("asks:read jobs:read:own", "jobs:read", ANY), OWN);
    CHECK_INT(grant_within("jobs:read:own", "jobs:read", DENIED), DENIED);
    CHECK_INT(grant_within("jobs:reader  ajobs:read", "jobs:read", ANY), DENIED);
    CHECK_INT(grant_within("", "jobs:read", ANY), DENIED);
}

TEST(a_redirect_is_the_registered_one_but_for_the_port_of_ones_own_machine)
{
    static const struct { const char *registered, *given; bool same; } cases[] = {
        { "https://a.example/cb", "https://a.example/cb", true },        { "https://a.example/cb", "https://a.example:444/cb", false },
        { "http://127.0.0.1/cb", "http://127.0.0.1:8080/cb", true },     { "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", true },
        { "http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true },        { "http://127.0.0.1/cb", "http://127.0.0.1:123456/cb", false },
        { "http://127.0.0.1/cb", "http://127.0.0.1:/cb", false },        { "http://127.0.0.1/cb", "http://[::1]:8080/cb", false },
        { "http://[::1]/cb", "http://[::1]:8080/cb", true },             { "http://127.0.0.1", "http://127.0.0.1:80", true },
        { "http://127.0.0.1", "http://127.0.0.10", false },              { "http://127.0.0.1/cb", "http://127.0.0.1:80@b.example/cb", false },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        if (redirect_is_same(cases[i].registered, cases[i].given) != cases[i].same)
            SAY("%s and %s", cases[i].registered, cases[i].given);
}

TEST(a_key_is_known_by_its_form)
{
    const char *key = api_key_make(cx);

    CHECK_INT(strlen(key), 42);
    CHECK(api_key_is_whole(cx, key));
    for (size_t i = 0; i < strlen(key); i++) {
        char *bent = arena_text(cx->arena, key, strlen(key));
        bent[i] = bent[i] == 'x' ? 'y' : 'x';
        CHECK(!api_key_is_whole(cx, bent));
    }
    CHECK(!api_key_is_whole(cx, "") && !api_key_is_whole(cx, "pak_") && !api_key_is_whole(cx, arena_fmt(cx->arena, "%sA", key)));
}

TEST(what_is_put_into_a_page_stays_text)
{
    struct text to = text_new(cx->arena, 16, 1000);

    text_html(&to, "\"><script>'&é");
    CHECK_TEXT(to.at, "&quot;&gt;&lt;script&gt;&#39;&amp;é");
}
