#include "http/messages.h"

static const char *const french[ERR_CODES] = {
    [E_INPUT_INVALID]      = "La requête n'a pas la forme attendue",
    [E_JSON_BROKEN]        = "Le corps de la requête n'est pas du JSON",
    [E_REQUEST_BROKEN]     = "La requête HTTP est mal formée",
    [E_URI_TOO_LONG]       = "L'adresse demandée est trop longue",
    [E_TYPE_UNSUPPORTED]   = "Ce type de contenu n'est pas accepté ici",
    [E_BODY_TOO_LARGE]     = "Le contenu envoyé est trop volumineux",
    [E_LENGTH_MISSING]     = "La requête doit indiquer la longueur de son contenu",
    [E_HEADERS_TOO_LARGE]  = "Les en-têtes sont trop nombreux ou trop longs",
    [E_BODY_TIMEOUT]       = "Le contenu n'est pas arrivé à temps",
    [E_RANGE_INVALID]      = "L'intervalle demandé est hors du fichier",
    [E_ROUTE_UNKNOWN]      = "Cette adresse n'existe pas",
    [E_VERB_REFUSED]       = "Cette méthode n'est pas permise ici",
    [E_AUTH_NEEDED]        = "Authentification requise",
    [E_AUTH_FAILED]        = "Identifiants incorrects",
    [E_TOKEN_INVALID]      = "Token invalide ou expiré",
    [E_FORBIDDEN]          = "Permission insuffisante",
    [E_RATE_EXCEEDED]      = "Trop de requêtes, veuillez patienter",
    [E_LOGIN_DELAYED]      = "Trop de tentatives de connexion, veuillez patienter",
    [E_EMAIL_TAKEN]        = "Un compte existe déjà avec cette adresse",
    [E_REGISTRATION_OFF]   = "Les inscriptions sont fermées",
    [E_NAME_TAKEN]         = "Ce nom est déjà utilisé",
    [E_ACCOUNT_DISABLED]   = "Ce compte est désactivé",
    [E_REFRESH_INVALID]    = "Impossible de rafraîchir le token",
    [E_ORIGIN_REFUSED]     = "Cette action doit venir de nos propres pages",
    [E_PASSWORD_NEEDED]    = "Vous devez d'abord changer de mot de passe",
    [E_PASSWORD_WRONG]     = "Mot de passe actuel incorrect",
    [E_PASSWORD_SAME]      = "Le nouveau mot de passe doit être différent de l'ancien",
    [E_PASSWORD_SHORT]     = "Le nouveau mot de passe est trop court",
    [E_PASSWORD_ELSEWHERE] = "Ce mot de passe est géré par l'annuaire",
    [E_LAST_SUPER_ADMIN]   = "Le dernier super-administrateur doit le rester",
    [E_RANK_TOO_HIGH]      = "Ce compte n'est pas au-dessous du vôtre",
    [E_SESSION_UNKNOWN]    = "Cette session n'existe pas",
    [E_CLIENT_UNKNOWN]     = "Cette application n'est pas enregistrée",
    [E_API_KEY_UNKNOWN]    = "Cette clé n'existe pas",
    [E_JOB_UNKNOWN]        = "Cette tâche n'existe pas",
    [E_JOB_ENDED]          = "Cette tâche est terminée",
    [E_JOB_RUNNING]        = "Cette tâche n'est pas terminée",
    [E_ASK_UNKNOWN]        = "Cette question n'existe pas",
    [E_USER_UNKNOWN]       = "Cet utilisateur n'existe pas",
    [E_AUDIT_UNKNOWN]      = "Cette entrée du journal d'audit n'existe pas, ou n'est pas encore couverte",
    [E_FILE_UNKNOWN]       = "Ce fichier n'existe pas",
    [E_FILE_NOT_READY]     = "Ce fichier n'est pas encore prêt",
    [E_KEY_REUSED]         = "Cette clé d'idempotence a servi pour une autre requête",
    [E_KEY_INVALID]        = "Cette clé d'idempotence n'est pas utilisable",
    [E_KIND_UNKNOWN]       = "Ce genre de tâche n'existe pas",
    [E_MEDIA_UNREADABLE]   = "Le fichier n'est ni un son ni une vidéo lisible",
    [E_MEDIA_SILENT]       = "Le fichier ne contient pas de piste sonore",
    [E_MEDIA_TOO_LONG]     = "L'enregistrement est trop long",
    [E_MEDIA_TOO_LARGE]    = "L'enregistrement est trop volumineux",
    [E_URL_UNSUPPORTED]    = "Aucune vidéo ni aucun son ne peut être récupéré à cette adresse",
    [E_VIDEO_UNAVAILABLE]  = "Cette vidéo n'existe pas ou n'est plus disponible",
    [E_VIDEO_PRIVATE]      = "Cette vidéo est privée",
    [E_VIDEO_LOGIN]        = "Cette vidéo n'est accessible qu'aux membres connectés du site",
    [E_VIDEO_GEO_BLOCKED]  = "Cette vidéo n'est pas accessible depuis notre pays",
    [E_VIDEO_LIVE]         = "Cette vidéo est une diffusion en direct ou n'a pas encore commencé",
    [E_VIDEO_PLAYLIST]     = "Cette adresse est une liste de vidéos ; indiquez-en une seule",
    [E_VIDEO_BLOCKED]      = "Le site refuse de fournir cette vidéo pour l'instant",
    [E_SITE_DOWN]          = "Le site de la vidéo ne répond pas",
    [E_SITE_BUSY]          = "Plusieurs vidéos de ce site sont déjà en cours de récupération",
    [E_FETCH_FAILED]       = "La vidéo n'a pas pu être récupérée",
    [E_LANGUAGE_REFUSED]   = "Aucun moteur configuré ne connaît cette langue",
    [E_SPEECH_ABSENT]      = "Aucune parole n'a été trouvée dans l'enregistrement",
    [E_ENGINE_REFUSED]     = "Le moteur a refusé la demande",
    [E_ENGINE_DISABLED]    = "Ce moteur n'est pas configuré",
    [E_ENGINE_QUOTA]       = "Le quota du fournisseur est épuisé",
    [E_CANCELLED]          = "Le travail a été annulé",
    [E_EGRESS_REFUSED]     = "Cette adresse ne peut pas être consultée",
    [E_DISK_FULL]          = "Il n'y a plus de place pour enregistrer le fichier",
    [E_DIRECTORY_DOWN]     = "L'annuaire ne répond pas : seuls les comptes locaux peuvent se connecter pour l'instant",
    [E_OVERLOADED]         = "Le service est très sollicité, réessayez dans un instant",
    [E_DRAINING]           = "Le service redémarre, réessayez dans un instant",
    [E_DEADLINE_PASSED]    = "Le délai est dépassé",
};

/* What went wrong on our side is one sentence for everybody. */
const char *message_of(enum err_code code)
{
    if (french[code])
        return french[code];
    return err_status(code) == 503 || err_status(code) == 504 ? "Le service est momentanément indisponible" : "Une erreur est survenue";
}

bool is_for_people(enum err_code code)
{
    static const enum err_code codes[] = {
        E_AUTH_FAILED, E_ACCOUNT_DISABLED, E_REFRESH_INVALID, E_PASSWORD_WRONG, E_PASSWORD_SAME, E_PASSWORD_SHORT, E_PASSWORD_ELSEWHERE,
        E_NAME_TAKEN, E_EMAIL_TAKEN, E_LAST_SUPER_ADMIN,
    };

    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}
