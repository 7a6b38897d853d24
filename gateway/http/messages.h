/* What end users read of errors, in French; the English is the error's title. */
#pragma once

#include "base/err.h"

const char *message_of(enum err_code code);
/* Pages show the `detail` of these as it is. */
bool is_for_people(enum err_code code);
