/* Errors: a name from one table that also says its HTTP status, its retry class and its title. */
#pragma once

#include "ctx.h"

/* NEVER: the same input fails again. LATER: try again with backoff. UNKNOWN: an outside effect may
 * or may not have happened; only a person may decide. */
enum retry { NEVER, LATER, UNSURE };

#define ERRORS(E)                                                                                       \
    /* the caller's input */                                                                            \
    E(INPUT_INVALID,      422, NEVER, "The request does not have the declared shape")                   \
    E(JSON_BROKEN,        400, NEVER, "The body is not JSON")                                           \
    E(REQUEST_BROKEN,     400, NEVER, "The request is not well-formed HTTP")                            \
    E(URI_TOO_LONG,       414, NEVER, "The request target is too long")                                 \
    E(TYPE_UNSUPPORTED,   415, NEVER, "This media type is not read here")                               \
    E(BODY_TOO_LARGE,     413, NEVER, "The body is larger than this route takes")                       \
    E(LENGTH_MISSING,     411, NEVER, "The request must say how long its body is")                      \
    E(HEADERS_TOO_LARGE,  431, NEVER, "The headers are too many or too large")                          \
    E(BODY_TIMEOUT,       408, LATER, "The body did not arrive in time")                                \
    E(EXPECTATION_REFUSED, 417, NEVER, "This expectation cannot be met")                                \
    E(RANGE_INVALID,      416, NEVER, "The range lies outside the content")                             \
    E(ROUTE_UNKNOWN,      404, NEVER, "There is no such route")                                         \
    E(VERB_REFUSED,       405, NEVER, "This method is not allowed here")                                \
    /* who asks, and how often */                                                                       \
    E(AUTH_NEEDED,        401, NEVER, "Authentication is required")                                     \
    E(AUTH_FAILED,        401, NEVER, "The credentials are wrong")                                      \
    E(TOKEN_INVALID,      401, NEVER, "The token is invalid")                                           \
    E(TOKEN_EXPIRED,      401, NEVER, "The token has expired")                                          \
    E(FORBIDDEN,          403, NEVER, "This is not allowed to the caller")                              \
    E(RATE_EXCEEDED,      429, LATER, "Too many requests")                                              \
    E(LOGIN_DELAYED,      429, LATER, "Too many failed logins")                                         \
    E(EMAIL_TAKEN,        409, NEVER, "An account with this address exists")                            \
    E(REGISTRATION_OFF,   403, NEVER, "Registration is closed")                                         \
    E(NAME_TAKEN,         409, NEVER, "An account with this name exists")                               \
    E(ACCOUNT_DISABLED,   401, NEVER, "This account is disabled")                                       \
    E(REFRESH_INVALID,    401, NEVER, "The session cannot be continued")                                \
    E(ORIGIN_REFUSED,     403, NEVER, "A cookie is taken from our own pages only")                      \
    E(PASSWORD_NEEDED,    403, NEVER, "Password change required")                                       \
    E(PASSWORD_WRONG,     400, NEVER, "The current password is wrong")                                  \
    E(PASSWORD_SAME,      400, NEVER, "The new password is the old one")                                \
    E(PASSWORD_SHORT,     400, NEVER, "The new password is too short")                                  \
    E(PASSWORD_WEAK,      400, NEVER, "The new password is too easy to guess")                          \
    E(PASSWORD_EXPIRED,   401, NEVER, "The temporary password has expired")                             \
    E(TOKENS_SPENT,       429, LATER, "The tokens of this day are spent")                               \
    E(ROLE_UNKNOWN,       404, NEVER, "There is no such role")                                          \
    E(ROLE_KEPT,          409, NEVER, "The system's own roles stay as they are")                        \
    E(PASSWORD_ELSEWHERE, 409, NEVER, "A directory keeps this password")                                \
    E(LAST_SUPER_ADMIN,   409, NEVER, "The last super administrator stays one")                         \
    E(RANK_TOO_HIGH,      403, NEVER, "This account is not below the caller's")                         \
    E(EMAIL_NOT_VERIFIED, 403, NEVER, "The address of this account is not verified")                    \
    E(LINK_INVALID,       400, NEVER, "Invalid or expired token")                                       \
    E(MAIL_OFF,           503, NEVER, "No mail can be sent from here")                                  \
    /* things */                                                                                        \
    E(JOB_UNKNOWN,        404, NEVER, "There is no such job")                                           \
    E(JOB_ENDED,          409, NEVER, "The job has ended")                                              \
    E(JOB_RUNNING,        409, NEVER, "The job has not ended")                                          \
    E(ASK_UNKNOWN,        404, NEVER, "There is no such question")                                      \
    E(USER_UNKNOWN,       404, NEVER, "There is no such user")                                          \
    E(AUDIT_UNKNOWN,      404, NEVER, "There is no such entry of the audit log, or no checkpoint covers it yet")  \
    E(SESSION_UNKNOWN,    404, NEVER, "There is no such session")                                       \
    E(API_KEY_UNKNOWN,    404, NEVER, "There is no such key")                                           \
    E(CLIENT_UNKNOWN,     404, NEVER, "There is no such client")                                        \
    E(PERSON_ERASED,      410, NEVER, "What belonged to this person was erased")                        \
    E(WEBHOOK_UNKNOWN,    404, NEVER, "There is no such webhook")                                       \
    E(DELIVERY_UNKNOWN,   404, NEVER, "There is no such delivery")                                      \
    E(WEBHOOKS_MOST,      409, NEVER, "The account has as many webhooks as it may")                     \
    E(WEBHOOK_TESTED,     409, LATER, "A test of this webhook is under way")                            \
    E(DELIVERY_PENDING,   409, NEVER, "The delivery has not ended")                                     \
    E(FILE_UNKNOWN,       404, NEVER, "There is no such file")                                          \
    E(FILE_NOT_READY,     409, LATER, "The file is not ready yet")                                      \
    E(TIMES_ABSENT,       409, NEVER, "The engine gave no times, so there are no captions")                 \
    E(KEY_REUSED,         422, NEVER, "The Idempotency-Key was used with another body")                 \
    E(KEY_INVALID,        400, NEVER, "The Idempotency-Key is not usable")                              \
    E(TRANSCRIPTION_UNKNOWN,   404, NEVER, "Transcription job not found")                               \
    E(TRANSCRIPTION_FOREIGN,   403, NEVER, "Access denied")                                             \
    E(TRANSCRIPTION_NOT_READY, 409, NEVER, "There is no text yet")                                      \
    E(TRANSCRIPTION_CHANGED,   409, NEVER, "It was corrected meanwhile")                                \
    E(SEGMENT_UNKNOWN,         404, NEVER, "There is no such segment")                                  \
    E(FILE_TYPE_REFUSED,       400, NEVER, "This is none of the sound and video types that are taken")  \
    E(UPLOAD_UNKNOWN,          404, NEVER, "There is no such upload")                                   \
    E(UPLOAD_OFFSET,           409, NEVER, "The upload goes on at another offset")                      \
    E(UPLOAD_INCOMPLETE,       409, NEVER, "The upload is not complete, or not what was announced")     \
    E(UPLOADS_OPEN,            409, NEVER, "Too many uploads are open")                                 \
    /* work */                                                                                          \
    E(KIND_UNKNOWN,       422, NEVER, "No worker does this kind of job")                                \
    E(TURN_LATER,         503, LATER, "Others are before it; nothing was tried")                        \
    E(WEBHOOK_LATER,      424, LATER, "The receiver did not take it; it is tried again")                \
    E(WEBHOOK_FAILED,     424, NEVER, "The receiver did not take it")                                   \
    E(WEBHOOK_DISABLED,   409, NEVER, "The webhook is disabled")                                        \
    E(MAIL_LATER,         503, LATER, "The mail server did not take it; it is tried again")             \
    E(MAIL_REFUSED,       424, NEVER, "The mail server does not take it")                               \
    E(KIND_TOO_NEW,       503, LATER, "No worker that knows this kind of job has taken it yet")           \
    E(MEDIA_UNREADABLE,   422, NEVER, "The file is not audio or video that can be read")                \
    E(MEDIA_SILENT,       422, NEVER, "The file has no audio track")                                    \
    E(MEDIA_TOO_LONG,     422, NEVER, "The recording is longer than allowed")                           \
    E(MEDIA_TOO_LARGE,    422, NEVER, "The recording is larger than allowed")                           \
    E(URL_UNSUPPORTED,    422, NEVER, "No video or sound can be fetched from this address")             \
    E(VIDEO_UNAVAILABLE,  422, NEVER, "The video is not there, or no longer")                           \
    E(VIDEO_PRIVATE,      422, NEVER, "The video is private")                                           \
    E(VIDEO_LOGIN,        422, NEVER, "The site shows this video to its own members only")              \
    E(VIDEO_GEO_BLOCKED,  422, NEVER, "The site does not show this video in our country")               \
    E(VIDEO_LIVE,         422, NEVER, "The video is a live broadcast, or has not begun")                \
    E(VIDEO_PLAYLIST,     422, NEVER, "The address is a list of videos; one is wanted")                 \
    E(CAPTIONS_ABSENT,    422, NEVER, "The site has no captions of what is said in this video")         \
    E(VIDEO_BLOCKED,      503, LATER, "The site refuses to give us the video now")                      \
    E(SITE_DOWN,          503, LATER, "The site did not answer")                                        \
    E(SITE_BUSY,          503, LATER, "Enough is fetched from this site now; it waits its turn")        \
    E(FETCH_FAILED,       502, LATER, "The video could not be fetched whole")                           \
    E(LANGUAGE_REFUSED,   422, NEVER, "No configured engine can do this language")                      \
    E(SPEECH_ABSENT,      422, NEVER, "No speech was found in the recording")                           \
    E(ENGINE_REFUSED,     422, NEVER, "The engine refused the request")                                 \
    E(ENGINE_DISABLED,    503, NEVER, "The engine is not configured")                                   \
    E(SIGHT_DISABLED,     503, NEVER, "No engine that sees is set up: LLM_VISION_MODEL names its model")  \
    E(ENGINE_QUOTA,       503, NEVER, "The quota at the engine's provider is spent")                    \
    E(ENGINE_BUSY,        503, LATER, "The engine is busy")                                             \
    E(ENGINE_DOWN,        503, LATER, "The engine did not answer")                                      \
    E(ENGINE_BROKEN,      502, LATER, "The engine's answer could not be used")                          \
    E(EFFECT_UNKNOWN,     500, UNSURE, "It is not known whether an outside effect happened")            \
    E(ATTEMPTS_SPENT,     500, NEVER, "The job failed too often")                                       \
    E(DEADLINE_PASSED,    504, NEVER, "The deadline has passed")                                        \
    E(CANCELLED,          409, NEVER, "The work was cancelled")                                         \
    E(FENCED_OFF,         409, NEVER, "Another worker has taken the job over")                          \
    E(DRAINING,           503, LATER, "The process is shutting down")                                   \
    /* what we stand on */                                                                              \
    E(OVERLOADED,         503, LATER, "Too many connections; try again shortly")                        \
    E(PG_DOWN,            503, LATER, "The database did not answer")                                    \
    E(PG_CONFLICT,        503, LATER, "The database asked for the transaction to be repeated")          \
    E(PERSON_KEY_MISSING, 500, LATER, "A text is sealed with a key that is not here")                   \
    E(PG_DUPLICATE,       409, NEVER, "This exists already")                                            \
    E(PG_MISSING,         409, NEVER, "What it belongs to does not exist")                              \
    E(DIRECTORY_DOWN,     503, LATER, "The directory did not answer; only local accounts can log in now")    \
    E(ISSUER_DOWN,        503, LATER, "The issuer of this token does not tell its keys now")            \
    E(REDIS_DOWN,         503, LATER, "Redis did not answer")                                           \
    E(AMQP_DOWN,          503, LATER, "The broker did not answer")                                      \
    E(BLOB_DOWN,          503, LATER, "The file store did not answer")                                  \
    E(DISK_FULL,          507, LATER, "There is no room left to store the file")                        \
    E(EGRESS_REFUSED,     422, NEVER, "This address may not be fetched")                                \
    E(TIMEOUT,            504, LATER, "It took too long")                                               \
    E(CHILD_FAILED,       500, LATER, "A helper program failed")                                        \
    E(CONFIG_INVALID,     500, NEVER, "The configuration is not usable")                                \
    E(AUDIT_BROKEN,       500, NEVER, "The audit log does not hold together")                           \
    E(BUG,                500, NEVER, "A fault of ours")

enum err_code {
#define E(name, status, retry, title) E_##name,
    ERRORS(E)
#undef E
    ERR_CODES
};

enum whence { IN_BODY, IN_QUERY, IN_PATH };

struct flaw {                   /* one thing wrong with an input */
    const char  *at;            /* JSON pointer, "" for the whole */
    const char  *what;
    struct flaw *next;
    enum whence  whence;        /* where it was sent */
};

struct err {
    enum err_code code;
    const char   *text;         /* for the log; for the caller when the status is below 500 */
    const char   *where;        /* file:line that failed */
    struct flaw  *flaws;
    int64_t       retry_after_ms;   /* when the other side said so; 0: it did not */
    int64_t       retry_in_ms;      /* by a schedule of the work's own, instead of the backoff; 0: it has none */
};

const char *err_name(enum err_code code);
const char *err_title(enum err_code code);
int         err_status(enum err_code code);
enum retry  err_retry(enum err_code code);
bool        err_find(const char *name, enum err_code *code);

err_t err_new(struct ctx *cx, enum err_code code, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#define LINE_(n)  #n
#define LINE(n)   LINE_(n)
#define fail(cx, code, ...)  err_new((cx), E_##code, __FILE__ ":" LINE(__LINE__), __VA_ARGS__)

/* A function that can fail says so in its return type; ignoring it does not compile. */
#define fallible  __attribute__((warn_unused_result)) err_t

/* Hand an error to the caller. The arena makes this safe anywhere: nothing is left to free. */
#define TRY(call)                 \
    do {                          \
        err_t err_ = (call);      \
        if (err_)                 \
            return err_;          \
    } while (0)
