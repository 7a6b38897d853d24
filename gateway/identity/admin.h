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
struct role_found     { const char *name; bool below, is_system; };
struct user_version   { const char *id; int64_t version; };
/* What a client that sends an account back may change of it; true, false or absent are told apart. */
struct admin_change   {
    const char *id, *email, *username, *trigramme, *name, *full_name, *first_name, *last_name, *organization, *department, *role, *password,
               *temporary_password;
    struct raw is_active, enabled;
};
struct role_row       { const char *id, *name, *about, *description, *granted; struct texts permissions; int rank; bool is_system; };
struct role_rows      { LIST_OF(struct role_row) roles; };
struct role_ref       { const char *id; };
struct role_new       { const char *name, *description; struct texts permissions; int rank; };
struct role_change    { const char *id, *name, *description; struct texts permissions; };
struct user_role      { const char *id, *role_name; };
struct permission_rows { LIST_OF(struct permission_row) permissions; };

extern const struct shape admin_users_in_shape, admin_row_shape, pagination_shape, admin_page_shape, admin_user_in_shape, admin_role_in_shape,
    admin_change_shape, role_ref_shape, role_new_shape, role_change_shape, user_role_shape, role_changed_shape, admin_reset_in_shape, admin_session_shape, admin_target_shape, role_found_shape, user_version_shape, role_row_shape,
    role_rows_shape, permission_rows_shape;

struct exchange;
extern const struct handler admin_user_get, admin_user_create, admin_user_change, admin_user_role, admin_user_enable, admin_user_disable,
    admin_user_reset, admin_user_delete, admin_sessions_get, admin_session_delete, admin_sessions_delete, role_create, role_patch, role_delete,
    user_role_put, user_role_delete;
err_t admin_users_list(struct ctx *cx, struct exchange *x, const void *in);
err_t roles_get(struct ctx *cx, struct exchange *x, const void *in);
err_t user_roles_get(struct ctx *cx, struct exchange *x, const void *in);
err_t permissions_get(struct ctx *cx, struct exchange *x, const void *in);

/* Opens a transaction in which the account stays as it is. USER_UNKNOWN, RANK_TOO_HIGH. */
fallible admin_lock(struct ctx *cx, const char *id);
/* A role that the caller may give. INPUT_INVALID: there is none of this name. RANK_TOO_HIGH. */
fallible admin_role(struct ctx *cx, const char *name, const char **role);
fallible admin_note(struct ctx *cx, const char *action, const char *id, const char *to);
/* The caller may do this to anything, by role and by the scope of their key. FORBIDDEN. */
fallible admin_may(struct ctx *cx, const char *permission);
/* Gives a role and says so; tokens of before are not good any more. */
fallible admin_give_role(struct ctx *cx, const char *id, const char *role, const char *external);
