/* Keys of programs: pak_, 24 random bytes, and 4 bytes of their SHA-256: what was mistyped, and what was leaked, is
 * recognised without the database. */
#pragma once

#include "base/err.h"

#define API_KEY_START "pak_"

const char *api_key_make(struct ctx *cx);
bool        api_key_is_whole(struct ctx *cx, const char *key);
const char *token_hash(struct ctx *cx, const char *token);     /* SHA-256 in hex: as secrets of 128 bits and more are stored */
