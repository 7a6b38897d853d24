#include "identity/oauth.h"

SHAPE(authorize_in, "A program asks a person for access. RFC 6749 4.1.1, RFC 7636 4.3.",
    FIELD(authorize_in, client_id,      "The program.", .max = 128),
    FIELD(authorize_in, redirect_uri,   "Where the answer goes: as registered.", .max = 1000),
    FIELD(authorize_in, response_type,  "code.", .max = 64),
    FIELD(authorize_in, scope,          "account, or permissions, with spaces; account when absent.", .max = 1000),
    FIELD(authorize_in, state,          "Comes back as it is.", .max = 2000),
    FIELD(authorize_in, code_challenge, "SHA-256 of the verifier, base64url.", .max = 128),
    FIELD(authorize_in, code_challenge_method, "S256.", .max = 16),
    FIELD(authorize_in, username,       "Who the person is; a bearer token says it as well.", .max = 254),
    FIELD(authorize_in, password,       "And their password.", .max = 1024));

SHAPE(authorize_out, "The person said yes. Browsers are redirected instead.",
    FIELD(authorize_out, redirect_uri, "Where to go on, with the code.", .need = true),
    FIELD(authorize_out, code,         "Gets tokens, once, within a minute or so.", .need = true),
    FIELD(authorize_out, state,        "As it was sent."),
    FIELD(authorize_out, iss,          "Who answers, RFC 9207.", .need = true),
    FIELD(authorize_out, message,      "In words.", .need = true));

SHAPE(token_in, "A code or a refresh token, for tokens. RFC 6749 4.1.3, 6.",
    FIELD(token_in, grant_type,    "authorization_code or refresh_token.", .max = 64),
    FIELD(token_in, code,          "What authorization gave.", .max = 256),
    FIELD(token_in, code_verifier, "What the challenge was made of, 43 to 128 characters.", .max = 256),
    FIELD(token_in, redirect_uri,  "Where the code went.", .max = 1000),
    FIELD(token_in, client_id,     "The program.", .max = 128),
    FIELD(token_in, client_secret, "Its secret, unless it is in the header.", .max = 256),
    FIELD(token_in, refresh_token, "Of the last answer.", .max = 512),
    FIELD(token_in, scope,         "No more than was given.", .max = 1000));

SHAPE(oauth_tokens, "Tokens. RFC 6749 5.1.",
    FIELD(oauth_tokens, access_token,  "Send it as Authorization: Bearer.", .need = true),
    FIELD(oauth_tokens, refresh_token, "Gets the next ones, once.", .need = true),
    FIELD(oauth_tokens, token_type,    "bearer", .need = true),
    FIELD(oauth_tokens, expires_in,    "Seconds the access token is good for.", .need = true),
    FIELD(oauth_tokens, scope,         "What they are good for.", .need = true));

SHAPE(about_token_in, "A token.",
    FIELD(about_token_in, token,           "It.", .max = 8192),
    FIELD(about_token_in, token_type_hint, "access_token or refresh_token.", .max = 64),
    FIELD(about_token_in, client_id,       "The program that asks.", .max = 128),
    FIELD(about_token_in, client_secret,   "Its secret, unless it is in the header.", .max = 256));

SHAPE(introspection, "About a token. RFC 7662 2.2.",
    FIELD(introspection, active,     "It is good; when it is not, nothing else is told.", .need = true),
    FIELD(introspection, scope,      "What for."),
    FIELD(introspection, client_id,  "The program it was given to."),
    FIELD(introspection, username,   "The person's address."),
    FIELD(introspection, token_type, "access_token or refresh_token."),
    FIELD(introspection, sub,        "The account."),
    FIELD(introspection, iss,        "Who made it."),
    FIELD(introspection, aud,        "For whom."),
    FIELD(introspection, jti,        "Its id."),
    FIELD(introspection, exp,        "When it ends, seconds since 1970."),
    FIELD(introspection, iat,        "When it was made, seconds since 1970."));

SHAPE(oauth_error, "Why not. RFC 6749 5.2.",
    FIELD(oauth_error, error,             "Which of the errors of RFC 6749.", .need = true),
    FIELD(oauth_error, error_description, "In words, where they are ASCII."),
    FIELD(oauth_error, detail,            "For people."),
    FIELD(oauth_error, message,           "The same."),
    FIELD(oauth_error, error_code,        "The error's name again."),
    FIELD(oauth_error, request_id,        "The request's id."));

SHAPE(oauth_metadata, "What programs must know of this server. RFC 8414 2.",
    FIELD(oauth_metadata, issuer,                 "Who it is.", .need = true),
    FIELD(oauth_metadata, authorization_endpoint, "Where people are sent.", .need = true),
    FIELD(oauth_metadata, token_endpoint,         "Where tokens come from.", .need = true),
    FIELD(oauth_metadata, revocation_endpoint,    "Where they end."),
    FIELD(oauth_metadata, introspection_endpoint, "Where they are asked about."),
    FIELD(oauth_metadata, jwks_uri,               "Keys that access tokens are checked with."),
    FIELD(oauth_metadata, response_types_supported, "code.", .need = true),
    FIELD(oauth_metadata, grant_types_supported,    "What gets tokens."),
    FIELD(oauth_metadata, code_challenge_methods_supported, "S256."),
    FIELD(oauth_metadata, token_endpoint_auth_methods_supported, "How a program proves itself."),
    FIELD(oauth_metadata, revocation_endpoint_auth_methods_supported, "How a program proves itself."),
    FIELD(oauth_metadata, introspection_endpoint_auth_methods_supported, "How a program proves itself."),
    FIELD(oauth_metadata, scopes_supported,         "Words of a scope; permissions are others."),
    FIELD(oauth_metadata, authorization_response_iss_parameter_supported, "RFC 9207."));

SHAPE(oauth_client, "A program.",
    FIELD(oauth_client, id,     "Its name for machines."),
    FIELD(oauth_client, name,   "And for people."),
    FIELD(oauth_client, secret, "Hash of its secret.", .secret = true));

SHAPE(client_redirect, "Where a program may be answered.",
    FIELD(client_redirect, uri, "There."));

SHAPE(client_name, "A program.",
    FIELD(client_name, name, "Its name."));

SHAPE(client_row, "A program that people log in to.",
    FIELD(client_row, client_id,     "Its name for machines.", .need = true),
    FIELD(client_row, name,          "And for people.", .need = true),
    FIELD(client_row, redirect_uris, "Where it may be answered, with spaces."),
    FIELD(client_row, confidential,  "It has a secret."),
    FIELD(client_row, created_at,    "When it was registered."));

SHAPE(client_rows, "Programs that people log in to.",
    LIST(client_rows, clients, "Each of them.", client_row));

SHAPE(client_in, "A program to register.",
    FIELD(client_in, client_id,     "Its name for machines; made when absent.", .min = 1, .max = 128),
    FIELD(client_in, name,          "And for people: the login page shows it.", .need = true, .min = 1, .max = 100),
    FIELD(client_in, redirect_uris, "Where it may be answered: https, http on 127.0.0.1 or [::1], or a scheme of its own such as org.example.app.", .need = true, .min = 1, .max = 20),
    FIELD(client_in, confidential,  "It can keep a secret."));

SHAPE(client_made, "A program was registered.",
    FIELD(client_made, client_id,     "Its name for machines.", .need = true),
    FIELD(client_made, client_secret, "Its secret, told once."),
    FIELD(client_made, name,          "Its name for people.", .need = true),
    FIELD(client_made, redirect_uris, "Where it may be answered."));

SHAPE(client_ref, "A program.",
    FIELD(client_ref, id, "Its name for machines.", .max = 128));

SHAPE(oauth_code, "A code.",
    FIELD(oauth_code, client_id,    "Whom it was given to."),
    FIELD(oauth_code, user_id,      "Whose access it is."),
    FIELD(oauth_code, redirect_uri, "Where it went."),
    FIELD(oauth_code, challenge,    "What the verifier must hash to."),
    FIELD(oauth_code, scope,        "What for."),
    FIELD(oauth_code, used_by,      "The session that came of it before."),
    FIELD(oauth_code, fresh,        "It is not too old."));

SHAPE(session_token, "A session as its tokens show it.",
    FIELD(session_token, id,        "The session."),
    FIELD(session_token, user_id,   "The account."),
    FIELD(session_token, client_id, "The program."),
    FIELD(session_token, scope,     "What for."),
    FIELD(session_token, email,     "The person's address."),
    FIELD(session_token, exp,       "When it ends."),
    FIELD(session_token, active,    "It can go on."),
    FIELD(session_token, used,      "The refresh token was used."));
