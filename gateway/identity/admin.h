/* What administrators take and are told. */
#pragma once

#include "identity/shapes.h"

struct admin_users_in { int limit, offset, page, per_page; const char *role, *search, *enabled; };
struct admin_row      { USER_MEMBERS int64_t total; };
struct pagination     { int page, per_page; int64_t total, pages; };
struct admin_page     { LIST_OF(struct admin_row) users; struct pagination pagination; };
struct admin_user_in  {
    const char *email, *password, *temporary_password, *name, *first_name, *last_name, *username, *trigramme, *role;
};
struct admin_role_in  { const char *id, *new_role, *role; };
struct role_changed   { const char *message, *user_id, *new_role; };
struct admin_reset_in { const char *id, *temporary_password, *password; };
struct admin_session  { const char *id, *session; };
struct admin_target   { const char *id; bool below; };
struct role_found     { const char *name; bool below; };
struct user_version   { int64_t version; };
struct role_row       { const char *name, *about, *permissions; int rank; };
struct role_rows      { LIST_OF(struct role_row) roles; };
struct permission_rows { LIST_OF(struct permission_row) permissions; };

extern const struct shape admin_users_in_shape, admin_row_shape, pagination_shape, admin_page_shape, admin_user_in_shape, admin_role_in_shape,
    role_changed_shape, admin_reset_in_shape, admin_session_shape, admin_target_shape, role_found_shape, user_version_shape, role_row_shape,
    role_rows_shape, permission_rows_shape;

struct exchange;
extern const struct handler admin_user_get, admin_user_create, admin_user_role, admin_user_enable, admin_user_disable, admin_user_reset,
    admin_user_delete, admin_sessions_get, admin_session_delete, admin_sessions_delete, roles_get, permissions_get;
err_t admin_users_list(struct ctx *cx, struct exchange *x, const void *in);
