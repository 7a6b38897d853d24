#include "http/route.h"

extern const struct handler register_user, login, me;
extern const struct area identity_area;

static const struct route identity_routes[] = {
    { POST, "/auth/register", &register_user, .access = PUBLIC, .rate = LOGIN, .status = 201,
      .summary = "Open an account.", .fails = FAILS(E_EMAIL_TAKEN, E_REGISTRATION_OFF) },
    { POST, "/auth/login",    &login,         .access = PUBLIC, .rate = LOGIN, .status = 200,
      .summary = "Get an access token.", .fails = FAILS(E_AUTH_FAILED, E_LOGIN_DELAYED, E_DIRECTORY_DOWN) },
    { GET,  "/auth/me",       &me,            .access = USER,   .rate = READ,  .status = 200,
      .summary = "Who am I?", .fails = FAILS(E_USER_UNKNOWN) },
};

AREA(identity, "Accounts and tokens.");
