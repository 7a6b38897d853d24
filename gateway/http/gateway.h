/* The gateway process: settings, what its parts share, and the function that serves a request. */
#pragma once

#include "app/daemon.h"
#include "app/events_hub.h"
#include "data/crypto.h"
#include "http/client.h"
#include "http/exchange.h"
#include "net/directory.h"
#include "net/webhook_gate.h"

#include <pthread.h>

struct gateway_settings {
    const char *gateway_listen, *jwt_secret, *jwt_keys, *jwt_key_files, *public_url, *share_dir, *environment, *registration, *token_quotas, *trusted_proxies, *dialects, *docs_title;
    const char *cors_origins, *cors_iasted, *cors_robian, *cors_foyergpt, *cors_saas_ia, *cors_hellojade;
    int gateway_threads, gateway_streams;
    int64_t leave_ms, header_ms, body_ms, keep_alive_ms;
    const char *assemblyai_api_key;
    int64_t upload_max_bytes, transcription_max_bytes;
    int64_t rate_read, rate_write, rate_login, rate_pro_factor;
    int     webhooks_most;
    int64_t webhook_overlap_s;
    struct webhook_rules webhooks;
    int64_t token_s, refresh_s, refresh_idle_s, password_least, password_temporary_s;
    bool cookie_secure, email_verified_required;
    const char *mail_url;
    const char *supabase_url, *supabase_jwt_secret;
    int64_t supabase_again_s;
    struct directory_settings ldap;
};
extern const struct shape gateway_settings_shape;

struct gateway {
    struct daemon *daemon;
    const struct gateway_settings *settings;
    struct router *router;
    struct jwt_rules tokens;            /* of ours */
    struct ends *ends;
    struct hub *hub;
    struct edge *edge;
    struct networks trusted;
    struct dialects dialects;
    struct directory *directory;        /* NULL: none is set */
    struct supabase *supabase;          /* the same */
    pthread_mutex_t document_lock;
    char *document;                     /* OpenAPI, made when somebody first asks: it would double the time of a start */
};

extern const struct area *const gateway_areas[];        /* areas.c; NULL-ended */
size_t gateway_areas_n(void);

/* The edge's handler. */
void gateway_serve(void *gateway, struct edge_request *r, const err_t refused);

#define TOKEN_AUDIENCE "palabre"

/* gates.c: who asks, is that still so, and may they; rate_gate.c: how often, and by the way whether that is still so. */
fallible gate_identity(struct ctx *cx, struct exchange *x);
fallible gate_rate(struct ctx *cx, struct exchange *x);
fallible gate_standing(struct ctx *cx, struct exchange *x, enum standing standing);
fallible gate_may(struct ctx *cx, struct exchange *x);
/* What a transaction of somebody says whose account was deleted meanwhile: USER_UNKNOWN; any other error as it is. */
err_t account_gone(struct ctx *cx, err_t e);
/* quota.c: how many tokens a day. */
fallible gate_quota(struct ctx *cx, struct exchange *x);

/* headers.c: what every answer has; the answer to OPTIONS. */
void exchange_begin_headers(struct ctx *cx, struct exchange *x);
void exchange_preflight(struct ctx *cx, struct exchange *x);
bool origin_listed(const char *list, const char *origin);
bool origin_is_listed(const struct exchange *x, const char *origin);       /* among the product's own */

/* openapi.c */
char *openapi_document(struct ctx *cx, const struct router *t, const char *title);
const char *openapi_kept(struct ctx *cx, struct gateway *g);
