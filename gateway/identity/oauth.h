/* OAuth 2.1: authorization code with PKCE (RFC 7636), S256 only, for programs that are registered. */
#pragma once

#include "identity/tokens.h"

struct authorize_in {
    const char *client_id, *redirect_uri, *response_type, *scope, *state, *code_challenge, *code_challenge_method, *username, *password;
};
struct authorize_out  { const char *redirect_uri, *code, *state, *iss, *message; };
struct token_in       { const char *grant_type, *code, *code_verifier, *redirect_uri, *client_id, *client_secret, *refresh_token, *scope; };
struct oauth_tokens   { const char *access_token, *refresh_token, *token_type, *scope; int64_t expires_in; };
struct about_token_in { const char *token, *token_type_hint, *client_id, *client_secret; };
struct introspection  { bool active; const char *scope, *client_id, *username, *token_type, *sub, *iss, *aud, *jti; struct raw exp, iat; };
struct oauth_error    { const char *error, *error_description, *detail, *message, *error_code, *request_id; };
struct oauth_metadata {
    const char *issuer, *authorization_endpoint, *token_endpoint, *revocation_endpoint, *introspection_endpoint, *jwks_uri;
    struct texts response_types_supported, grant_types_supported, code_challenge_methods_supported, token_endpoint_auth_methods_supported,
        revocation_endpoint_auth_methods_supported, introspection_endpoint_auth_methods_supported, scopes_supported;
    bool authorization_response_iss_parameter_supported;
};

struct oauth_client    { const char *id, *name, *secret; };
struct client_redirect { const char *uri; };
struct client_name     { const char *name; };
struct client_row      { const char *client_id, *name, *redirect_uris; bool confidential; struct when created_at; };
struct client_rows     { LIST_OF(struct client_row) clients; };
struct client_in       { const char *client_id, *name; struct texts redirect_uris; bool confidential; };
struct client_made     { const char *client_id, *client_secret, *name; struct texts redirect_uris; };
struct client_ref      { const char *id; };
struct oauth_code      { const char *client_id, *user_id, *redirect_uri, *challenge, *scope, *used_by; bool fresh; };
struct session_token   { const char *id, *user_id, *client_id, *scope, *email; int64_t exp; bool active, used; };

extern const struct shape authorize_in_shape, authorize_out_shape, token_in_shape, oauth_tokens_shape, about_token_in_shape,
    introspection_shape, oauth_error_shape, oauth_metadata_shape, oauth_client_shape, client_redirect_shape, client_name_shape,
    client_row_shape, client_rows_shape, client_in_shape, client_made_shape, client_ref_shape, oauth_code_shape, session_token_shape;
extern const struct handler client_create, clients_list, client_delete;

err_t authorize_get(struct ctx *cx, struct exchange *x, const void *in);
err_t authorize_post(struct ctx *cx, struct exchange *x, const void *in);
err_t token_post(struct ctx *cx, struct exchange *x, const void *in);
err_t revoke_post(struct ctx *cx, struct exchange *x, const void *in);
err_t introspect_post(struct ctx *cx, struct exchange *x, const void *in);
err_t oauth_metadata_get(struct ctx *cx, struct exchange *x, const void *in);

#define SCOPE_ALL   "account"           /* all that the person may do */
#define ENDPOINTS   "/api/v1/auth"

/* --- errors, RFC 6749 5.2 --- */

/* Answers; gives OK, since there is nothing left to do. */
err_t oauth_say(struct ctx *cx, struct exchange *x, int status, const char *error, const char *about);
void  oauth_refuse(struct ctx *cx, struct exchange *x, err_t e);         /* what the gates refuse */

/* --- programs (oauth_client.c) --- */

fallible client_find(struct ctx *cx, const char *id, struct oauth_client *out, bool *found);
/* Exactly what was registered; of a program on the person's own machine, with any port (RFC 8252 7.3). */
fallible client_may_go_to(struct ctx *cx, const struct oauth_client *c, const char *uri, bool *may);
const char *redirect_flaw(const char *uri);                             /* NULL: it may be registered */
bool redirect_is_same(const char *registered, const char *given);

enum client_proof { CLIENT_WRONG, CLIENT_TWICE, CLIENT_UNNAMED, CLIENT_PUBLIC, CLIENT_PROVED };
/* By its secret, in the header or in the body; without one, by its name alone. */
fallible client_prove(struct ctx *cx, const struct exchange *x, const char *id, const char *secret, struct oauth_client *out,
                      enum client_proof *proof);
/* Answers for a client that is not what it must be. */
err_t client_refuse(struct ctx *cx, struct exchange *x, enum client_proof proof);

/* Of an Authorization header: both were form-encoded before base64, so that a colon in either is no end (RFC 6749 2.3.1). NULL: it
 * is not of that kind; without an id: it is broken. */
struct basic { const char *id, *secret; };
extern const struct shape basic_shape;
const struct basic *basic_read(struct ctx *cx, const char *value);

bool verifier_fits(struct ctx *cx, const char *verifier, const char *challenge);         /* RFC 7636 4.6, S256 */

/* A form, or JSON. */
fallible oauth_read(struct ctx *cx, struct exchange *x, const struct shape *s, void *in);

/* --- the page (oauth_page.c) --- */

err_t page_login(struct ctx *cx, struct exchange *x, int status, const struct authorize_in *in, const struct oauth_client *c, const char *alert);
err_t page_flaw(struct ctx *cx, struct exchange *x, int status, const char *alert);
bool  is_browser(const struct exchange *x);
void  text_html(struct text *to, const char *from);
