#include "identity/shapes.h"

SHAPE(register_in, "A new account.",
    FIELD(register_in, email,    "Address to log in with.", .need = true, .min = 3, .max = 254, .format = &format_email),
    FIELD(register_in, password, "At least 8 bytes.", .need = true, .min = 8, .max = 1024),
    FIELD(register_in, name,     "As people are addressed.", .max = 200));

SHAPE(login_in, "Credentials.",
    FIELD(login_in, email,    "Address of the account.", .max = 254),
    FIELD(login_in, username, "The same, for clients that call it so.", .max = 254),
    FIELD(login_in, password, "Its password.", .need = true, .max = 1024));

SHAPE(token_out, "An access token.",
    FIELD(token_out, access_token, "Send it as Authorization: Bearer.", .need = true),
    FIELD(token_out, token_type,   "bearer", .need = true),
    FIELD(token_out, expires_in,   "Seconds.", .need = true),
    FIELD(token_out, id,           "Id of the account."));

SHAPE(user, "An account.",
    FIELD(user, id,            "Id of the account.", .need = true),
    FIELD(user, email,         "Address to log in with.", .need = true),
    FIELD(user, name,          "As people are addressed."),
    FIELD(user, role,          "What it may do.", .need = true, .one_of = WORDS("user", "agent", "admin", "super_admin", "medecin", "infirmier", "secretaire")),
    FIELD(user, plan,          "How often it may ask.", .one_of = WORDS("free", "pro")),
    FIELD(user, password_hash, "PHC string.", .hidden = true, .secret = true),
    FIELD(user, enabled,       "It may log in."),
    FIELD(user, created_at,    "When it was opened."));

SHAPE(user_ref, "Names an account.", FIELD(user_ref, id, "Its id.", .need = true, .format = &format_uuid));
