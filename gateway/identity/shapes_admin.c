#include "identity/admin.h"
#include "identity/user_fields.h"

SHAPE(admin_users_in, "Which accounts. With page or per_page they come as a page, else bare.",
    FIELD(admin_users_in, limit,    "How many; 100 when absent.", .min = 1, .max = 500),
    FIELD(admin_users_in, offset,   "After so many.", .max = 1000000),
    FIELD(admin_users_in, page,     "Which page, from 1.", .min = 1, .max = 100000),
    FIELD(admin_users_in, per_page, "How many on a page; 20 when absent.", .min = 1, .max = 500),
    FIELD(admin_users_in, role,     "Only with this role.", .max = 64),
    FIELD(admin_users_in, search,   "Only with this in an address or a name.", .max = 100),
    FIELD(admin_users_in, enabled,  "Only those that may log in, or may not.", .one_of = WORDS("true", "false")));

SHAPE(admin_row, "An account.",
    USER_FIELDS(admin_row),
    FIELD(admin_row, total, "How many there are.", .hidden = true));

SHAPE(pagination, "Where a page is.",
    FIELD(pagination, page,     "Which one, from 1.", .need = true),
    FIELD(pagination, per_page, "How many on each.", .need = true),
    FIELD(pagination, total,    "How many in all.", .need = true),
    FIELD(pagination, pages,    "How many pages.", .need = true));

SHAPE(admin_page, "A page of accounts, newest first.",
    LIST(admin_page, users,        "The accounts.", admin_row),
    OBJECT(admin_page, pagination, "Where the page is.", pagination));

SHAPE(admin_user_in, "An account to open.",
    FIELD(admin_user_in, email,      "Address to log in with.", .need = true, .min = 3, .max = 254, .format = &format_email),
    FIELD(admin_user_in, password,   "Its password.", .max = 1024),
    FIELD(admin_user_in, temporary_password, "The same, to be changed at the first login.", .max = 1024),
    FIELD(admin_user_in, name,       "As people are addressed.", .max = 200),
    FIELD(admin_user_in, first_name, "Given name.", .max = 100),
    FIELD(admin_user_in, last_name,  "Family name.", .max = 100),
    FIELD(admin_user_in, username,   "Name to log in with.", .min = 1, .max = 50),
    FIELD(admin_user_in, trigramme,  "Three letters to log in with.", .min = 3, .max = 3),
    FIELD(admin_user_in, role,       "What it may do; user when absent.", .max = 64));

SHAPE(admin_role_in, "A role for an account.",
    FIELD(admin_role_in, id,       "The account.", .format = &format_uuid),
    FIELD(admin_role_in, new_role, "The role; names of other systems are known too.", .max = 64),
    FIELD(admin_role_in, role,     "The same.", .max = 64));

SHAPE(role_changed, "A role was given.",
    FIELD(role_changed, message,  "In words.", .need = true),
    FIELD(role_changed, user_id,  "To whom.", .need = true),
    FIELD(role_changed, new_role, "Which.", .need = true));

SHAPE(admin_reset_in, "A password to be changed at the next login; all sessions end.",
    FIELD(admin_reset_in, id,       "The account.", .format = &format_uuid),
    FIELD(admin_reset_in, temporary_password, "The password.", .max = 1024),
    FIELD(admin_reset_in, password, "The same.", .max = 1024));

SHAPE(admin_session, "A session of an account.",
    FIELD(admin_session, id,      "The account.", .format = &format_uuid),
    FIELD(admin_session, session, "The session.", .format = &format_uuid));

SHAPE(admin_target, "Whom an administrator acts on.",
    FIELD(admin_target, id,    "The account."),
    FIELD(admin_target, below, "They may."));

SHAPE(role_found, "A role.",
    FIELD(role_found, name,  "Its name."),
    FIELD(role_found, below, "The caller may give it."));

SHAPE(user_version, "An account has changed.",
    FIELD(user_version, version, "Its tokens say at least this."));

SHAPE(role_row, "A role.",
    FIELD(role_row, name,        "Its name.", .need = true),
    FIELD(role_row, about,       "In words."),
    FIELD(role_row, rank,        "Who may act on an account has a higher one."),
    FIELD(role_row, permissions, "What it may do, with spaces; * is everything."));

SHAPE(role_rows, "The roles.",
    LIST(role_rows, roles, "Each of them, the lowest first.", role_row));

SHAPE(permission_rows, "The permissions.",
    LIST(permission_rows, permissions, "Each of them.", permission_row));
