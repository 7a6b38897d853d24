/* Errors as the contracts of the products word them. */
#include "test.h"

#include "http/flaws.h"
#include "http/words.h"

static const struct {
    enum product product; enum verb verb; const char *path; enum err_code code; const char *flaw;
    int status; const char *detail, *error;
} told[] = {
    { SAAS_IA,     POST, "/auth/login",         E_AUTH_FAILED,      NULL, 0,   "Incorrect email or password", NULL },
    { SAAS_IA,     GET,  "/auth/me",            E_AUTH_NEEDED,      NULL, 0,   "Not authenticated", NULL },
    { SAAS_IA,     GET,  "/auth/me",            E_TOKEN_INVALID,    NULL, 0,   "Could not validate credentials", NULL },
    { SAAS_IA,     GET,  "/auth/me",            E_TOKEN_EXPIRED,    NULL, 0,   "Could not validate credentials", NULL },
    { SAAS_IA,     POST, "/auth/login",         E_ACCOUNT_DISABLED, NULL, 400, "Inactive user", NULL },
    { SAAS_IA,     POST, "/auth/register",      E_EMAIL_TAKEN,      NULL, 400, "Email already registered", NULL },
    { SAAS_IA,     POST, "/auth/refresh",       E_REFRESH_INVALID,  NULL, 0,   "Invalid or expired refresh token", NULL },
    { SAAS_IA,     POST, "/auth/reset-password", E_LINK_INVALID,    NULL, 0,   "Invalid or expired token", NULL },
    { SAAS_IA,     GET,  "/things/{id}",        E_ROUTE_UNKNOWN,    "/id", 422, NULL, NULL },
    { SAAS_IA,     GET,  "/things/{id}",        E_ROUTE_UNKNOWN,    NULL, 0,   NULL, NULL },
    { ANY_PRODUCT, GET,  "/transcription/{id}", E_AUTH_NEEDED,      NULL, 0,   "Not authenticated", NULL },
    { ANY_PRODUCT, GET,  "/transcription/{id}", E_ROUTE_UNKNOWN,    "/id", 422, NULL, NULL },
    { HELLOJADE,   GET,  "/transcription",      E_AUTH_NEEDED,      NULL, 0,   "Not authenticated", NULL },
    { ANY_PRODUCT, GET,  "/transcriptions",     E_AUTH_NEEDED,      NULL, 0,   NULL, NULL },
    { FOYERGPT,    POST, "/auth/login",         E_AUTH_FAILED,      NULL, 0,   "Identifiant ou mot de passe incorrect", NULL },
    { FOYERGPT,    GET,  "/auth/me",            E_TOKEN_EXPIRED,    NULL, 0,   "Could not validate credentials", NULL },
    { FOYERGPT,    GET,  "/asks",               E_PASSWORD_NEEDED,  NULL, 0,   "Password change required", NULL },
    { FOYERGPT,    POST, "/auth/register",      E_INPUT_INVALID,    "/trigramme", 400, "Le trigramme doit contenir exactement 3 lettres", NULL },
    { FOYERGPT,    POST, "/auth/register",      E_INPUT_INVALID,    "/email", 422, NULL, NULL },
    { FOYERGPT,    POST, "/auth/register",      E_NAME_TAKEN,       NULL, 0,   "Ce trigramme est déjà utilisé", NULL },
    { FOYERGPT,    PATCH, "/admin/users/{id}",  E_NAME_TAKEN,       NULL, 0,   "Ce trigramme est déjà utilisé", NULL },
    { FOYERGPT,    POST, "/admin/roles",        E_NAME_TAKEN,       NULL, 0,   NULL, NULL },
    { FOYERGPT,    POST, "/auth/login",         E_INPUT_INVALID,    "/password", 422, NULL, NULL },
    { HELLOJADE,   POST, "/auth/login",         E_AUTH_FAILED,      NULL, 0,   NULL, "Authentification échouée" },
    { HELLOJADE,   GET,  "/auth/profile",       E_TOKEN_INVALID,    NULL, 0,   NULL, "invalid_token" },
    { HELLOJADE,   GET,  "/auth/profile",       E_TOKEN_EXPIRED,    NULL, 0,   NULL, "token_expired" },
    { HELLOJADE,   POST, "/auth/login",         E_LOGIN_DELAYED,    NULL, 429, NULL, "Limite de taux dépassée" },
    { HELLOJADE,   GET,  "/patients",           E_INPUT_INVALID,    "/page", 400, NULL, "Paramètres invalides" },
    { HELLOJADE,   POST, "/patients",           E_INPUT_INVALID,    "/nom", 400, NULL, "Données invalides" },
    { HELLOJADE,   POST, "/patients",           E_BUG,              NULL, 500, NULL, "Erreur interne" },
    { HELLOJADE,   POST, "/patients",           E_PG_DOWN,          NULL, 0,   NULL, NULL },
    { IASTED,      POST, "/admin/users/{id}/role", E_FORBIDDEN,     NULL, 0,   "Seuls les super-admins peuvent changer les rôles", NULL },
    { IASTED,      GET,  "/admin/users",        E_FORBIDDEN,        NULL, 0,   NULL, NULL },
    { IASTED,      GET,  "/asks",               E_TOKEN_EXPIRED,    NULL, 0,   "Token invalide ou expiré", NULL },
    { IASTED,      GET,  "/asks",               E_BUG,              NULL, 500, NULL, "Internal Server Error" },
    { IASTED,      GET,  "/asks",               E_AUTH_NEEDED,      NULL, 0,   "Not authenticated", NULL },
    { ANY_PRODUCT, POST, "/auth/login",         E_AUTH_FAILED,      NULL, 0,   NULL, NULL },
};

TEST(every_error_of_the_contracts_has_its_words)
{
    for (size_t i = 0; i < COUNT(told); i++) {
        const struct route r = { .verb = told[i].verb, .path = told[i].path };
        struct exchange x = { .product = told[i].product, .route = &r };
        struct flaw f = { .at = told[i].flaw, .what = "is wrong" };
        struct err e = { .code = told[i].code, .text = "", .flaws = told[i].flaw ? &f : NULL };
        const struct words *w = words_find(&x, &e);
        int status = w ? w->status : 0;
        if (status != told[i].status || !text_is(w ? w->detail : NULL, told[i].detail) || !text_is(w ? w->error : NULL, told[i].error))
            SAY("%s %s, %s: %d %s", product_name(told[i].product), told[i].path, err_name(told[i].code), status, w && w->detail ? w->detail : "-");
    }
}

TEST(what_is_missing_is_not_called_wrong)
{
    const struct route r = { .verb = POST, .path = "/auth/register" };
    struct exchange x = { .product = FOYERGPT, .route = &r };
    struct flaw f = { .at = "/password", .what = "is missing" };
    struct err e = { .code = E_INPUT_INVALID, .text = "", .flaws = &f };

    CHECK(words_find(&x, &e)->list);
    CHECK(words_say(&r, E_INPUT_INVALID, 400) && words_say(&r, E_EMAIL_TAKEN, 400) && !words_say(&r, E_EMAIL_TAKEN, 418));
}

TEST(an_error_without_a_route_has_words_too)
{
    struct exchange x = { .product = HELLOJADE };
    struct err e = { .code = E_ROUTE_UNKNOWN, .text = "" };

    CHECK_TEXT(words_find(&x, &e)->error, "Endpoint non trouvé");
    x.product = IASTED, e.code = E_FORBIDDEN;
    CHECK(!words_find(&x, &e));
}

TEST(flaws_are_told_as_fastapi_does)
{
    struct flaw last = { .at = "/id", .what = "is not a UUID", .whence = IN_PATH };
    struct flaw second = { .at = "/list/3/na\"me", .what = "is \"odd\"", .next = &last };
    struct flaw first = { .at = "/page", .what = "is missing", .next = &second, .whence = IN_QUERY };

    CHECK_TEXT(flaws_list(cx, &first),
               "[{\"type\":\"missing\",\"loc\":[\"query\",\"page\"],\"msg\":\"Field required\",\"input\":null},"
               "{\"type\":\"value_error\",\"loc\":[\"body\",\"list\",3,\"na\\\"me\"],\"msg\":\"is \\\"odd\\\"\",\"input\":null},"
               "{\"type\":\"uuid_parsing\",\"loc\":[\"path\",\"id\"],\"msg\":\"Input should be a valid UUID\",\"input\":null}]");
    CHECK_TEXT(flaws_list(cx, flaws_of(cx, fail(cx, INPUT_INVALID, "/role: there is no role x"))),
               "[{\"type\":\"value_error\",\"loc\":[\"body\",\"role\"],\"msg\":\"there is no role x\",\"input\":null}]");
    CHECK_TEXT(flaws_list(cx, flaws_of(cx, fail(cx, JSON_BROKEN, "a value is not JSON"))),
               "[{\"type\":\"json_invalid\",\"loc\":[\"body\"],\"msg\":\"is not JSON: a value is not JSON\",\"input\":null}]");
}

TEST(flaws_are_told_by_member)
{
    struct flaw third = { .at = "/a", .what = "again" }, second = { .at = "/b", .what = "two", .next = &third };
    struct flaw first = { .at = "/a", .what = "one", .next = &second };

    CHECK_TEXT(flaws_by_member(cx, &first), "{\"a\":[\"one\",\"again\"],\"b\":[\"two\"]}");
    CHECK_TEXT(flaws_by_member(cx, flaws_of(cx, fail(cx, INPUT_INVALID, "too much"))), "{\"\":[\"too much\"]}");
}
