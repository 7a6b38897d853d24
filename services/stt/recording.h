/* A recording as the worker gets it: a 16 kHz mono WAV in the file store, read stretch by stretch, so
 * that hours of speech cost no memory. */
#pragma once

#include "base/text.h"

#define RATE_HZ 16000

struct recording { int fd; int64_t size, data_at, samples; };       /* data_at: byte of the first sample */
struct sound     { const int16_t *at; size_t n; };          /* 16 kHz, mono */

/* FILE_UNKNOWN, BLOB_DOWN; MEDIA_UNREADABLE: not such a WAV. */
fallible recording_open(struct ctx *cx, const char *key, struct recording *out);

/* n samples of it from `from` on. BLOB_DOWN. */
fallible recording_read(struct ctx *cx, const struct recording *r, int64_t from, size_t n, int16_t *to);

/* The header of a WAV of which `head` is the start and `size` the whole length. MEDIA_UNREADABLE.
 * A data chunk of no, or an impossible, length (a streamed file) reaches to the end. */
fallible recording_parse(struct ctx *cx, struct bytes head, int64_t size, struct recording *out);

/* Samples as a WAV of their own, for an upload. */
struct bytes sound_wav(struct ctx *cx, struct sound s);
