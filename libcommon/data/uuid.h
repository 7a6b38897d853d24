/* UUIDv7 (RFC 9562): ids that sort by time. */
#pragma once

#include "base/ctx.h"

#define UUID_BYTES 37

void uuid_new(char to[UUID_BYTES]);                 /* increasing within a process */
char *uuid_make(struct ctx *cx);
bool uuid_is(const char *text, size_t len);         /* any version, lower or upper case */
int64_t uuid_ms(const char *text);                  /* when a v7 was made, ms since 1970; 0: not a v7 */
