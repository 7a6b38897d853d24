#include "identity/export.h"

extern const struct handler register_user, login, me, me_delete, user_delete;
extern const struct area identity_area;

static const struct route identity_routes[] = {
    { POST, "/auth/register", &register_user, .access = PUBLIC, .rate = LOGIN, .status = 201,
      .summary = "Open an account.", .fails = FAILS(E_EMAIL_TAKEN, E_REGISTRATION_OFF) },
    { POST, "/auth/login",    &login,         .access = PUBLIC, .rate = LOGIN, .status = 200,
      .summary = "Get an access token.", .fails = FAILS(E_AUTH_FAILED, E_LOGIN_DELAYED, E_DIRECTORY_DOWN) },
    { GET,  "/auth/me",       &me,            .access = USER,   .rate = READ,  .status = 200,
      .summary = "Who am I?", .fails = FAILS(E_USER_UNKNOWN) },
    { GET,  "/auth/me/export", .serve = me_export, .name = "me_export", .access = USER, .rate = WRITE, .status = 200, .type = "application/zip",
      .summary = "All that is kept of me, as a ZIP: account, questions, answers, recordings, files.", .fails = FAILS(E_USER_UNKNOWN) },
    { DELETE, "/auth/me",     &me_delete,     .access = USER,   .rate = WRITE, .status = 204,
      .summary = "Leave: the account goes, what was said and answered can never be read again, and its files are deleted.", .fails = FAILS(E_USER_UNKNOWN) },
    { DELETE, "/admin/users/{id}", &user_delete, .access = ADMIN, .rate = WRITE, .status = 204,
      .summary = "The same for another's account.", .fails = FAILS(E_USER_UNKNOWN) },
};

AREA(identity, "Accounts and tokens.");
