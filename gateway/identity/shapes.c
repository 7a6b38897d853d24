#include "identity/shapes.h"
#include "identity/user_fields.h"

/* --- accounts --- */

SHAPE(user, "An account.", USER_FIELDS(user));

SHAPE(profile, "An account; `data` is the same, for clients that look there.",
    USER_FIELDS(profile),
    FIELD(profile, success, "It is so."),
    FIELD(profile, message, "The same in words."),
    OBJECT(profile, data,   "The account.", user));

SHAPE(account_ref, "An account.",
    FIELD(account_ref, id, "Its id.", .format = &format_uuid));

static const char *check_trigramme(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((text[i] | 32) < 'a' || (text[i] | 32) > 'z')
            len = 0;
    return len == 3 ? NULL : "is not three letters";
}
const struct format format_trigramme = { "trigramme", check_trigramme };

SHAPE(register_in, "A new account.",
    FIELD(register_in, email,      "Address to log in with.", .need = true, .min = 3, .max = 254, .format = &format_email),
    FIELD(register_in, password,   "At least 8 bytes, or what the operator asks for.", .need = true, .min = 8, .max = 1024),
    FIELD(register_in, name,       "As people are addressed.", .max = 200),
    FIELD(register_in, full_name,  "The same, for clients that call it so.", .max = 200),
    FIELD(register_in, first_name, "Given name.", .max = 100),
    FIELD(register_in, last_name,  "Family name.", .max = 100),
    FIELD(register_in, trigramme,  "Three letters to log in with.", .max = 3, .format = &format_trigramme));

SHAPE(profile_in, "What changes; the rest stays.",
    FIELD(profile_in, email,        "Address to log in with.", .min = 3, .max = 254, .format = &format_email),
    FIELD(profile_in, name,         "As people are addressed.", .max = 200),
    FIELD(profile_in, full_name,    "The same, for clients that call it so.", .max = 200),
    FIELD(profile_in, first_name,   "Given name.", .max = 100),
    FIELD(profile_in, last_name,    "Family name.", .max = 100),
    FIELD(profile_in, organization, "Where one belongs.", .max = 200),
    FIELD(profile_in, department,   "And in which part of it.", .max = 200));

SHAPE(password_in, "A change of password.",
    FIELD(password_in, current_password, "The one that is good now.", .need = true, .max = 1024),
    FIELD(password_in, new_password,     "The one that will be.", .need = true, .max = 1024),
    FIELD(password_in, confirm_password, "The same once more.", .max = 1024));

SHAPE(link_in, "Who is to be mailed a link.",
    FIELD(link_in, email, "Address of the account.", .need = true, .min = 3, .max = 254, .format = &format_email));

SHAPE(reset_in, "A password in the place of a forgotten one.",
    FIELD(reset_in, token,    "Of the mailed link.", .need = true, .min = 1, .max = 512),
    FIELD(reset_in, password, "The one that will be.", .need = true, .max = 1024));

SHAPE(verify_in, "A mailed link that was followed.",
    FIELD(verify_in, token, "What it holds.", .need = true, .min = 1, .max = 512));

/* --- sessions --- */

SHAPE(login_in, "Credentials: a name, whatever the client calls it, and the password.",
    FIELD(login_in, email,      "Address, trigramme or name of the account.", .max = 254),
    FIELD(login_in, identifier, "The same.", .max = 254),
    FIELD(login_in, username,   "The same.", .max = 254),
    FIELD(login_in, password,   "Its password.", .need = true, .max = 1024));

SHAPE(refresh_in, "A session to continue. The token may come as Authorization: Bearer instead.",
    FIELD(refresh_in, refresh_token, "Of the last answer that had one.", .max = 512));

SHAPE(tokens_out, "The tokens of a session.",
    FIELD(tokens_out, access_token,  "Send it as Authorization: Bearer.", .need = true),
    FIELD(tokens_out, refresh_token, "Gets the next ones, once.", .need = true),
    FIELD(tokens_out, expires_in,    "Seconds the access token is good for.", .need = true));

SHAPE(login_data, "The tokens of a session, under other names.",
    FIELD(login_data, token,         "Send it as Authorization: Bearer.", .need = true),
    FIELD(login_data, access_token,  "The same.", .need = true),
    FIELD(login_data, refresh_token, "Gets the next ones, once.", .need = true),
    FIELD(login_data, token_type,    "bearer", .need = true),
    FIELD(login_data, expires_in,    "Seconds the access token is good for.", .need = true),
    OBJECT(login_data, tokens,       "The same.", tokens_out),
    OBJECT(login_data, user,         "Whose session it is.", user));

SHAPE(login_out, "A session's tokens, and whose it is: once flat and once nested, for clients that look here or there.",
    USER_FIELDS(login_out),
    FIELD(login_out, access_token,  "Send it as Authorization: Bearer.", .need = true),
    FIELD(login_out, refresh_token, "Gets the next ones, once.", .need = true),
    FIELD(login_out, token_type,    "bearer", .need = true),
    FIELD(login_out, expires_in,    "Seconds the access token is good for.", .need = true),
    FIELD(login_out, success,       "It is so."),
    FIELD(login_out, message,       "The same in words."),
    OBJECT(login_out, user,         "Whose session it is.", user),
    OBJECT(login_out, data,         "All of it again.", login_data));

SHAPE(done_out, "It was done.",
    FIELD(done_out, success, "It is so.", .need = true),
    FIELD(done_out, message, "The same in words.", .need = true));

SHAPE(session_ref, "A session.",
    FIELD(session_ref, id, "Its id.", .format = &format_uuid));

SHAPE(session_row, "A session that can go on.",
    FIELD(session_row, id,         "Its id.", .need = true),
    FIELD(session_row, client_id,  "The program it was given to."),
    FIELD(session_row, address,    "Where it began."),
    FIELD(session_row, agent,      "What the browser said of itself."),
    FIELD(session_row, created_at, "When it began."),
    FIELD(session_row, used_at,    "When it was continued last."),
    FIELD(session_row, expires_at, "When it ends at the latest."),
    FIELD(session_row, current,    "It is the one that asks."));

SHAPE(session_count, "How many sessions.",
    FIELD(session_count, n, "So many."));

SHAPE(sessions, "Sessions, newest first.",
    FIELD(sessions, active_sessions, "How many they are."),
    FIELD(sessions, all_sessions,    "How many everybody has, for who may see accounts; null: not told."),
    LIST(sessions, sessions, "Each of them.", session_row));

SHAPE(verified_data, "Whom the token is of.",
    FIELD(verified_data, user_id,  "The account."),
    FIELD(verified_data, username, "Its name."),
    FIELD(verified_data, role,     "What it may do."),
    FIELD(verified_data, email,    "Its address."),
    OBJECT(verified_data, user,    "All of it.", user));

SHAPE(verified, "The token is good.",
    FIELD(verified, success, "It is so.", .need = true),
    FIELD(verified, valid,   "It is so.", .need = true),
    FIELD(verified, message, "The same in words."),
    OBJECT(verified, data,   "Whom it is of.", verified_data));

/* --- permissions --- */

SHAPE(permission_row, "Something one may do.",
    FIELD(permission_row, code,  "resource:action; with :own behind it, on what is one's own.", .need = true),
    FIELD(permission_row, about, "In words."),
    FIELD(permission_row, description, "The same, for clients that call it so."));

SHAPE(permission_word, "A word.",
    FIELD(permission_word, word, "It."));

SHAPE(role_rights, "What a role may do.",
    FIELD(role_rights, role,        "The role.", .need = true),
    FIELD(role_rights, permissions, "Its permissions."));

SHAPE(rights, "What the caller may do.",
    FIELD(rights, success,     "It is so."),
    FIELD(rights, role,        "Their role.", .need = true),
    FIELD(rights, permissions, "Its permissions."),
    OBJECT(rights, data,       "The same.", role_rights));

/* --- quotas --- */

SHAPE(quota, "Tokens of language models, of today (UTC).",
    FIELD(quota, tokens_limit, "How many; null: as many as wanted."),
    FIELD(quota, tokens_used,  "How many were used since a route that has the quota was asked first."),
    FIELD(quota, tokens_left,  "How many are left; null: as many as wanted."),
    FIELD(quota, resets_at,    "When the count begins anew."));

/* --- keys --- */

SHAPE(api_key_in, "A key for a program.",
    FIELD(api_key_in, name,       "What it is for.", .need = true, .min = 1, .max = 200),
    FIELD(api_key_in, scopes,     "Permissions it is good for; never more than its owner's.", .need = true, .min = 1, .max = 50),
    FIELD(api_key_in, expires_at, "When it ends; absent: when it is ended."));

SHAPE(api_key, "A key of a program.",
    FIELD(api_key, id,         "Its id.", .need = true),
    FIELD(api_key, name,       "What it is for.", .need = true),
    FIELD(api_key, start,      "How it begins.", .need = true),
    FIELD(api_key, scope,      "What it is good for.", .need = true),
    FIELD(api_key, key,        "The key itself, told once. Send it as X-API-Key or Authorization: Bearer."),
    FIELD(api_key, created_at, "When it was made."),
    FIELD(api_key, expires_at, "When it ends."),
    FIELD(api_key, used_at,    "When it was used last, to the minute."));

SHAPE(api_keys, "Keys, newest first.",
    LIST(api_keys, keys, "Each of them.", api_key));
