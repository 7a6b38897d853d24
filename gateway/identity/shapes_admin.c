#include "identity/admin.h"
#include "identity/user_fields.h"

#include <string.h>

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
    FIELD(role_found, below, "The caller may give it."),
    FIELD(role_found, is_system, "It stays as it is."));

SHAPE(user_version, "An account has changed.",
    FIELD(user_version, id,      "The account."),
    FIELD(user_version, version, "Its tokens say at least this."));

SHAPE(admin_change, "What changes of an account; the rest stays.",
    FIELD(admin_change, id,           "The account.", .format = &format_uuid),
    FIELD(admin_change, email,        "Address to log in with.", .min = 3, .max = 254, .format = &format_email),
    FIELD(admin_change, username,     "Name to log in with.", .max = 100),
    FIELD(admin_change, trigramme,    "Three letters to log in with.", .max = 3, .format = &format_trigramme),
    FIELD(admin_change, name,         "As people are addressed.", .max = 200),
    FIELD(admin_change, full_name,    "The same, for clients that call it so.", .max = 200),
    FIELD(admin_change, first_name,   "Given name.", .max = 100),
    FIELD(admin_change, last_name,    "Family name.", .max = 100),
    FIELD(admin_change, organization, "Where they belong.", .max = 200),
    FIELD(admin_change, department,   "And in which part of it.", .max = 200),
    FIELD(admin_change, role,         "A role to give, which needs roles:assign when it is another one.", .max = 100),
    FIELD(admin_change, is_active,    "true: it may log in; false: it may do nothing any more."),
    FIELD(admin_change, enabled,      "The same."),
    FIELD(admin_change, password,     "A new password.", .max = 1024),
    FIELD(admin_change, temporary_password, "A new password that must be changed.", .max = 1024));

SHAPE(role_row, "A role.",
    FIELD(role_row, id,          "Its name, which is its id.", .need = true),
    FIELD(role_row, name,        "Its name.", .need = true),
    FIELD(role_row, about,       "In words."),
    FIELD(role_row, description, "The same, for clients that call it so."),
    FIELD(role_row, rank,        "Who may act on an account has a higher one."),
    FIELD(role_row, is_system,   "It stays as it is."),
    FIELD(role_row, granted,     "Its permissions, with spaces.", .hidden = true),
    FIELD(role_row, permissions, "What it may do; * is everything."));

static const char *check_role(const char *text, size_t len)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len ? NULL : "holds other characters than a to z, digits, _ and -";
}
static const struct format format_role = { "role", check_role };

SHAPE(role_ref, "A role.",
    FIELD(role_ref, id, "Its name.", .max = 100));

SHAPE(role_new, "A role to make.",
    FIELD(role_new, name,        "Its name.", .need = true, .min = 2, .max = 40, .format = &format_role),
    FIELD(role_new, description, "In words.", .max = 200),
    FIELD(role_new, permissions, "What it may do: nothing that the caller may not.", .max = 100),
    FIELD(role_new, rank,        "Below the caller's own; absent: that of plain users.", .min = 1, .max = 99));

SHAPE(role_change, "What changes of a role; the rest stays.",
    FIELD(role_change, id,          "Its name.", .max = 100),
    FIELD(role_change, name,        "A name is an id: only the one it has.", .max = 100),
    FIELD(role_change, description, "In words.", .max = 200),
    FIELD(role_change, permissions, "What it may do from now on, all of it; absent: as before.", .max = 100));

SHAPE(user_role, "An account and a role.",
    FIELD(user_role, id,        "The account.", .format = &format_uuid),
    FIELD(user_role, role_name, "The role.", .max = 100));

SHAPE(role_rows, "The roles.",
    LIST(role_rows, roles, "Each of them, the lowest first.", role_row));

SHAPE(permission_rows, "The permissions.",
    LIST(permission_rows, permissions, "Each of them.", permission_row));
