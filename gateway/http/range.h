/* The Range header, and lists of entity tags: RFC 9110 14 and 13.1. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* is: one range is asked for; bad: it lies outside (416). */
struct range { bool is, bad; int64_t from, n; };

/* "bytes=0-499", "bytes=500-", "bytes=-500" over `size` bytes. Anything else, several ranges among it, is as if nothing were asked. */
struct range range_read(const char *header, int64_t size);

/* Is `etag` in the list of a condition? Weak comparison. */
bool etag_is_listed(const char *list, const char *etag);
