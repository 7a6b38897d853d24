/* A row is looked for only when something failed: a walk over a few dozen. */
#include "http/words.h"

#include <string.h>

/* Paths that one product alone has. */
static const struct { const char *path; enum product product; } claims[] = {
    { "/transcription*", SAAS_IA },
    { "/ai-assistant*",  SAAS_IA },
};

static const struct manner manners[PRODUCTS] = {
    [IASTED]    = { .for_people = true, .error_is_text = true },
    [ROBIAN]    = { .for_people = true, .error_is_text = true, .dated = true },
    [FOYERGPT]  = { .for_people = true },
    [SAAS_IA]   = { .in_english = true },
    [HELLOJADE] = { .error_is_text = true },
};

/* The first row that fits counts: what is of one route or member stands before what is of all. */
static const struct words rows[] = {
    /* SaaS-IA, B.1.3. */
    { SAAS_IA,   E_AUTH_FAILED,      .detail = "Incorrect email or password" },
    { SAAS_IA,   E_AUTH_NEEDED,      .detail = "Not authenticated" },
    { SAAS_IA,   E_TOKEN_INVALID,    .detail = "Could not validate credentials" },
    { SAAS_IA,   E_TOKEN_EXPIRED,    .detail = "Could not validate credentials" },
    { SAAS_IA,   E_ACCOUNT_DISABLED, 400, .detail = "Inactive user" },
    { SAAS_IA,   E_EMAIL_TAKEN,      400, .detail = "Email already registered" },
    { SAAS_IA,   E_REFRESH_INVALID,  .detail = "Invalid or expired refresh token" },
    { SAAS_IA,   E_LOGIN_DELAYED,    .detail = "Too many failed login attempts. Account temporarily locked." },
    { SAAS_IA,   E_LINK_INVALID,     .detail = "Invalid or expired token" },
    { SAAS_IA,   E_EMAIL_NOT_VERIFIED, .object = true, .detail = "{\"code\":\"EMAIL_NOT_VERIFIED\",\"message\":\"Please verify your email address first\","
                                                               "\"action\":\"POST /api/auth/resend-verify\"}" },
    { SAAS_IA,   E_TRANSCRIPTION_UNKNOWN, .detail = "Transcription job not found" },
    { SAAS_IA,   E_TRANSCRIPTION_FOREIGN, .detail = "Access denied" },
    { SAAS_IA,   E_INPUT_INVALID,    422, .list = true },
    { SAAS_IA,   E_JSON_BROKEN,      422, .list = true },
    { SAAS_IA,   E_ROUTE_UNKNOWN,    422, .flaw = "*", .list = true },

    /* FoyerGPT, A.1.2. Its page compares the text of PASSWORD_NEEDED. */
    { FOYERGPT,  E_AUTH_FAILED,      .detail = "Identifiant ou mot de passe incorrect" },
    { FOYERGPT,  E_AUTH_NEEDED,      .detail = "Not authenticated" },
    { FOYERGPT,  E_TOKEN_INVALID,    .detail = "Could not validate credentials" },
    { FOYERGPT,  E_TOKEN_EXPIRED,    .detail = "Could not validate credentials" },
    { FOYERGPT,  E_ACCOUNT_DISABLED, 400, .detail = "Inactive user" },
    { FOYERGPT,  E_PASSWORD_NEEDED,  .detail = "Password change required" },
    { FOYERGPT,  E_EMAIL_TAKEN,      .detail = "Email already registered" },
    { FOYERGPT,  E_NAME_TAKEN,       .path = "/auth/register", .detail = "Ce trigramme est déjà utilisé" },
    { FOYERGPT,  E_NAME_TAKEN,       .path = "/admin/users*",  .detail = "Ce trigramme est déjà utilisé" },
    { FOYERGPT,  E_INPUT_INVALID,    400, "POST", "/auth/register", "/trigramme", .detail = "Le trigramme doit contenir exactement 3 lettres" },
    { FOYERGPT,  E_INPUT_INVALID,    400, "POST", "/auth/register", "/password",  .detail = "Le mot de passe doit contenir au moins 8 caractères" },
    { FOYERGPT,  E_INPUT_INVALID,    422, .list = true },
    { FOYERGPT,  E_JSON_BROKEN,      422, .list = true },

    /* HelloJADE, C.1.0 and C.1.2. */
    { HELLOJADE, E_AUTH_FAILED,      .error = "Authentification échouée", .message = "Identifiants invalides" },
    { HELLOJADE, E_ACCOUNT_DISABLED, .error = "Authentification échouée", .message = "Compte utilisateur désactivé" },
    { HELLOJADE, E_AUTH_NEEDED,      .error = "authorization_required",   .message = "Token manquant" },
    { HELLOJADE, E_TOKEN_INVALID,    .error = "invalid_token",            .message = "Token invalide" },
    { HELLOJADE, E_TOKEN_EXPIRED,    .error = "token_expired",            .message = "Token expiré" },
    { HELLOJADE, E_FORBIDDEN,        .error = "Permissions insuffisantes", .message = "Permissions insuffisantes" },
    { HELLOJADE, E_RANK_TOO_HIGH,    .error = "Accès refusé" },
    { HELLOJADE, E_ROUTE_UNKNOWN,    .error = "Endpoint non trouvé",      .message = "Endpoint non trouvé" },
    { HELLOJADE, E_INPUT_INVALID,    400, "POST", "/auth/login", .details = true, .error = "Données invalides",
                                     .message = "Nom d'utilisateur et mot de passe requis" },
    { HELLOJADE, E_INPUT_INVALID,    400, "GET", .details = true, .error = "Paramètres invalides" },
    { HELLOJADE, E_INPUT_INVALID,    400, .details = true, .error = "Données invalides" },
    { HELLOJADE, E_JSON_BROKEN,      400, .error = "Données invalides" },
    { HELLOJADE, ERR_CODES,          429, .error = "Limite de taux dépassée", .message = "Trop de requêtes, veuillez réessayer plus tard" },
    { HELLOJADE, ERR_CODES,          500, .error = "Erreur interne", .message = "Une erreur inattendue s'est produite" },

    /* iAsted, A1.0 and A1.6; what is not here its clients read in French. */
    { IASTED,    E_AUTH_NEEDED,      .detail = "Not authenticated" },
    { IASTED,    E_TOKEN_INVALID,    .detail = "Token invalide ou expiré" },
    { IASTED,    E_TOKEN_EXPIRED,    .detail = "Token invalide ou expiré" },
    { IASTED,    E_FORBIDDEN,        .verb = "POST", .path = "/admin/users/{id}/role", .detail = "Seuls les super-admins peuvent changer les rôles" },
    { IASTED,    E_TOKENS_SPENT,     .detail = "Quota quotidien de tokens dépassé" },
    { IASTED,    E_INPUT_INVALID,    422, .list = true },
    { IASTED,    E_JSON_BROKEN,      422, .list = true },
    { IASTED,    ERR_CODES,          500, .located = true, .error = "Internal Server Error" },

    /* RobianAPI, B1.0. */
    { ROBIAN,    E_JSON_BROKEN,      422, .error_code = "VALIDATION_ERROR" },
    { ROBIAN,    ERR_CODES,          422, .error_code = "VALIDATION_ERROR" },
    { ROBIAN,    ERR_CODES,          404, .error_code = "RESOURCE_NOT_FOUND" },
    { ROBIAN,    ERR_CODES,          500, .error_code = "INTERNAL_ERROR" },
};

enum product words_product(const struct exchange *x)
{
    for (size_t i = 0; x->route && i < COUNT(claims); i++)
        if (route_path_fits(claims[i].path, x->route))
            return claims[i].product;
    return x->product;
}

const struct manner *manner_of(enum product p) { return &manners[p]; }

static bool code_fits(const struct words *w, enum err_code code)
{
    return w->code == code || (w->code == ERR_CODES && w->status == err_status(code));
}

static bool route_fits(const struct words *w, const struct route *r)
{
    if (!w->verb && !w->path)
        return true;
    return r && (!w->verb || !strcmp(w->verb, verb_name(r->verb))) && (!w->path || route_path_fits(w->path, r));
}

static bool flaw_fits(const struct words *w, const struct flaw *f)
{
    if (!w->flaw || !f)
        return !w->flaw;
    return w->flaw[0] == '*' || (!strcmp(w->flaw, f->at) && strcmp(f->what, "is missing"));
}

const struct words *words_find(const struct exchange *x, const err_t e)
{
    enum product p = words_product(x);

    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].product == p && code_fits(&rows[i], e->code) && route_fits(&rows[i], x->route) && flaw_fits(&rows[i], e->flaws))
            return &rows[i];
    return NULL;
}

bool words_say(const struct route *r, enum err_code code, int status)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].status == status && code_fits(&rows[i], code) && route_fits(&rows[i], r))
            return true;
    return false;
}
