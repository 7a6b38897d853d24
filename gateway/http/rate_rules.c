/* Paths are compared as text: a few dozen rows, most of which differ in the first letters. */
#include "http/rate_rules.h"

#include <string.h>

#define MINUTE 60
#define HOUR   3600

/* The first row that fits counts. "*" is everything else of the product, but for routes that are free. */
static const struct rate_rule rules[] = {
    /* SaaS-IA, B.1.2: per route. */
    { SAAS_IA,   false, "POST",   "/auth/register",          NULL,           5, MINUTE },
    { SAAS_IA,   false, "POST",   "/auth/login",             NULL,           5, MINUTE },
    { SAAS_IA,   false, "GET",    "/auth/me",                NULL,          20, MINUTE },
    { SAAS_IA,   false, "PUT",    "/auth/password",          NULL,           3, MINUTE },
    { SAAS_IA,   true,  "POST",   "/auth/forgot-password",   NULL,           3, MINUTE },
    { SAAS_IA,   true,  "POST",   "/auth/resend-verify",     NULL,           3, MINUTE },
    { SAAS_IA,   true,  "POST",   "/auth/reset-password",    NULL,           5, MINUTE },
    { SAAS_IA,   true,  "POST",   "/auth/verify-email",      NULL,          10, MINUTE },
    { SAAS_IA,   true,  "POST",   "/transcription/upload",   NULL,           5, MINUTE },
    { SAAS_IA,   true,  "POST",   "/transcription",          NULL,          10, MINUTE },
    { SAAS_IA,   true,  "POST",   "/transcription/smart-transcribe", "smart", 10, MINUTE },
    { SAAS_IA,   true,  "POST",   "/youtube/smart",          "smart",       10, MINUTE },
    { SAAS_IA,   true,  "POST",   "/youtube/transcript",     "smart",       10, MINUTE },
    { SAAS_IA,   true,  "POST",   "/transcription/playlist", "playlist",     5, MINUTE },
    { SAAS_IA,   true,  "POST",   "/youtube/playlist",       "playlist",     5, MINUTE },
    { SAAS_IA,   true,  "POST",   "/transcription/stream/capture", "capture", 5, MINUTE },
    { SAAS_IA,   true,  "POST",   "/youtube/stream/capture", "capture",      5, MINUTE },
    { SAAS_IA,   true,  "POST",   "/transcription/video/analyze", "analyze", 5, MINUTE },
    { SAAS_IA,   true,  "POST",   "/youtube/analyze",        "analyze",      5, MINUTE },
    { SAAS_IA,   true,  "GET",    "/transcription",          NULL,          20, MINUTE },
    { SAAS_IA,   true,  "GET",    "/transcription/{id}",     NULL,          30, MINUTE },
    { SAAS_IA,   true,  "DELETE", "/transcription/{id}",     NULL,          10, MINUTE },
    { SAAS_IA,   false, "GET",    "/health",                 NULL,         100, MINUTE },
    { SAAS_IA,   false, "GET",    "/docs",                   NULL,          50, MINUTE },
    { SAAS_IA,   false, NULL,     "*",                       NULL,         100, MINUTE },

    /* RobianAPI: 100 debates, 50 streaming, 10 extraction, 200 health, and what was settled beside them. */
    { ROBIAN,    true,  "POST",   "/streaming/{id}/extract", "extraction",  10, MINUTE },
    { ROBIAN,    true,  "GET",    "/streaming/{id}/status",  "status",     100, MINUTE },
    { ROBIAN,    true,  NULL,     "/streaming/*",            "streaming",   50, MINUTE },
    { ROBIAN,    true,  NULL,     "/debates*",               "debates",    100, MINUTE },
    { ROBIAN,    true,  NULL,     "/collections*",           "collections",100, MINUTE },
    { ROBIAN,    true,  NULL,     "/favorites*",             "favorites",  100, MINUTE },
    { ROBIAN,    false, NULL,     "/health*",                "health",     200, MINUTE },
    { ROBIAN,    false, NULL,     "*",                       "other",      100, MINUTE },

    /* FoyerGPT, A.4: a client polls its documents 40 times a minute, hence 300. */
    { FOYERGPT,  false, "POST",   "/auth/register",          NULL,           5, MINUTE },
    { FOYERGPT,  false, "POST",   "/auth/login",             NULL,           5, MINUTE },
    { FOYERGPT,  true,  "POST",   "/messages",               NULL,          10, MINUTE },
    { FOYERGPT,  true,  "POST",   "/messages/stream",        NULL,          20, MINUTE },
    { FOYERGPT,  true,  "POST",   "/documents/upload",       "uploads",     10, HOUR },
    { FOYERGPT,  true,  "POST",   "/agents/{id}/documents",  "uploads",     10, HOUR },
    { FOYERGPT,  true,  "POST",   "/chats/{id}/documents",   "uploads",     10, HOUR },
    { FOYERGPT,  false, NULL,     "*",                       "all",        300, MINUTE },

    /* HelloJADE, C.1.0. */
    { HELLOJADE, false, "POST",   "/auth/login",             NULL,          10, MINUTE },
    { HELLOJADE, false, NULL,     "*",                       "all",        100, MINUTE },

    /* iAsted: RATE_LIMIT_PER_MINUTE. */
    { IASTED,    true,  NULL,     "/conversations*",         "all",        100, MINUTE },
    { IASTED,    true,  NULL,     "/artifacts*",             "all",        100, MINUTE },
    { IASTED,    true,  NULL,     "/voice*",                 "all",        100, MINUTE },
    { IASTED,    false, NULL,     "*",                       "all",        100, MINUTE },
};

const struct rate_rule *rate_rule_find(enum product p, const struct route *r)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        const struct rate_rule *rule = &rules[i];
        if (rule->product != p && !rule->own)
            continue;
        if (rule->path[0] == '*' ? r->rate == FREE : !route_path_fits(rule->path, r))
            continue;
        if (!rule->verb || !strcmp(rule->verb, verb_name(r->verb)))
            return rule;
    }
    return NULL;
}
