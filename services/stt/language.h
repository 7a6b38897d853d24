/* Names of languages as Whisper writes them ("french"), and their codes. */
#pragma once

/* ISO 639-1 code of a name or a code, in any case; NULL: not known. */
const char *language_code(const char *name);
