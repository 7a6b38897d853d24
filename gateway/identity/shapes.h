/* What the identity area takes and tells. Port 8000 serves the clients of five products: an answer holds every member
 * that one of them reads. */
#pragma once

#include "data/shape.h"

/* --- accounts --- */

/* Of a row of the view `accounts`. */
#define USER_MEMBERS                                                                                          \
    const char *id, *email, *username, *trigramme, *name, *full_name, *first_name, *last_name, *role, *plan,  \
               *organization, *department, *password_hash;                                                    \
    bool        is_admin, enabled, is_active, must_change_password, is_ldap_user, password_expired, email_verified;             \
    int64_t     token_version;                                                                                \
    struct when password_changed_at, created_at, updated_at, last_login;

struct user        { USER_MEMBERS };
struct profile     { USER_MEMBERS bool success; const char *message; struct user data; };
struct account_ref { const char *id; };

struct register_in { const char *email, *password, *name, *full_name, *first_name, *last_name, *trigramme; };
struct profile_in  { const char *email, *name, *full_name, *first_name, *last_name, *organization, *department; };
struct password_in { const char *current_password, *new_password, *confirm_password; };
struct link_in     { const char *email; };
struct reset_in    { const char *token, *password; };
struct verify_in   { const char *token; };

/* --- sessions --- */

struct login_in    { const char *email, *identifier, *username, *password; };
struct refresh_in  { const char *refresh_token; };
struct tokens_out  { const char *access_token, *refresh_token; int64_t expires_in; };
struct login_data  {
    const char *token, *access_token, *refresh_token, *token_type;
    int64_t expires_in;
    struct tokens_out tokens;
    struct user user;
};
struct login_out   {
    USER_MEMBERS
    const char *access_token, *refresh_token, *token_type, *message;
    int64_t expires_in;
    bool success;
    struct user user;
    struct login_data data;
};
struct done_out    { bool success; const char *message; };

struct session_ref { const char *id; };
struct session_row { const char *id, *client_id, *address, *agent; struct when created_at, used_at, expires_at; bool current; };
struct sessions    { int64_t active_sessions, all_sessions; LIST_OF(struct session_row) sessions; };
struct session_count { int64_t n; };

struct verified_data { const char *user_id, *username, *role, *email; struct user user; };
struct verified      { bool success, valid; const char *message; struct verified_data data; };

/* --- permissions --- */

struct permission_row  { const char *code, *about, *description; };
struct permission_word { const char *word; };
struct role_rights     { const char *role; struct texts permissions; };
struct rights          { bool success; const char *role; struct texts permissions; struct role_rights data; };

/* --- quotas --- */

struct quota           { int64_t tokens_limit, tokens_used, tokens_left; struct when resets_at; };

/* --- keys --- */

struct api_key_in  { const char *name; struct texts scopes; struct when expires_at; };
struct api_key     { const char *id, *name, *start, *scope, *key; struct when created_at, expires_at, used_at; };
struct api_keys    { LIST_OF(struct api_key) keys; };

extern const struct format format_trigramme;
extern const struct shape user_shape, profile_shape, account_ref_shape, register_in_shape, profile_in_shape, password_in_shape, link_in_shape, reset_in_shape, verify_in_shape,
    login_in_shape, refresh_in_shape, tokens_out_shape, login_data_shape, login_out_shape, done_out_shape, session_ref_shape,
    session_row_shape, sessions_shape, session_count_shape, verified_data_shape, verified_shape, permission_row_shape, permission_word_shape, role_rights_shape,
    rights_shape, quota_shape, api_key_in_shape, api_key_shape, api_keys_shape;
