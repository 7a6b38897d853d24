/* Recordings for the tests: real ones of pocketsphinx-testdata, flite's voice, silence and noise. */
#pragma once

#include "pieces.h"
#include "proto/stt.h"

#define TEST_DATA "/usr/share/pocketsphinx/test/data/"

struct sound fixture_raw(struct ctx *cx, const char *path, size_t skip);   /* samples of a file behind `skip` bytes */
struct sound fixture_flite(struct ctx *cx, const char *text);
struct sound fixture_noise(struct ctx *cx, double seconds, int loudness);  /* white; loudness 0: silence */
struct sound fixture_join(struct ctx *cx, const struct sound *parts, size_t n);

/* Word errors of `heard` against what was said, as parts of a thousand of its words. */
int fixture_wer(struct ctx *cx, const char *said, const char *heard);
