#pragma once

#include "data/shape.h"

struct register_in { const char *email, *password, *name; };
struct login_in    { const char *email, *username, *password; };
struct user_ref    { const char *id; };
struct token_out   { const char *access_token, *token_type, *id; int64_t expires_in; };

struct user {
    const char *id, *email, *name, *role, *plan, *password_hash;
    bool        enabled;
    struct when created_at;
};

extern const struct shape register_in_shape, login_in_shape, token_out_shape, user_shape, user_ref_shape;
