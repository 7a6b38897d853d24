/* The rows of a shape that begins with USER_MEMBERS. */
#pragma once

#define USER_FIELDS(T)                                                                                                \
    FIELD(T, id,            "Id of the account.", .need = true),                                                      \
    FIELD(T, email,         "Address to log in with.", .need = true),                                                 \
    FIELD(T, username,      "Name to log in with."),                                                                  \
    FIELD(T, trigramme,     "Three letters to log in with."),                                                         \
    FIELD(T, name,          "As people are addressed."),                                                              \
    FIELD(T, full_name,     "The same, for clients that call it so.", .nullable = true),                              \
    FIELD(T, first_name,    "Given name."),                                                                           \
    FIELD(T, last_name,     "Family name."),                                                                          \
    FIELD(T, role,          "What it may do: a row of the roles.", .need = true),                                     \
    FIELD(T, plan,          "How often it may ask.", .one_of = WORDS("free", "pro")),                                 \
    FIELD(T, organization,  "Where it belongs."),                                                                     \
    FIELD(T, department,    "And in which part of it."),                                                              \
    FIELD(T, password_hash, "PHC string.", .hidden = true, .secret = true),                                           \
    FIELD(T, token_version, "Its tokens say at least this.", .hidden = true),                                         \
    FIELD(T, is_admin,      "It administers others."),                                                                \
    FIELD(T, enabled,       "It may log in."),                                                                        \
    FIELD(T, is_active,     "The same, for clients that call it so."),                                                \
    FIELD(T, must_change_password, "Before anything else."),                                                          \
    FIELD(T, password_expired, "It was temporary, and its time is over.", .hidden = true),                            \
    FIELD(T, email_verified, "Its address is known to be its person's."),                                             \
    FIELD(T, is_ldap_user,  "A directory proves who it is."),                                                         \
    FIELD(T, password_changed_at, "When its password was chosen last."),                                              \
    FIELD(T, created_at,    "When it was opened."),                                                                   \
    FIELD(T, updated_at,    "When it was changed last."),                                                             \
    FIELD(T, last_login,    "When it was logged in to last.")
