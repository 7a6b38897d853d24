/* What the tests of speech share: the worker they play, and recordings: real ones of pocketsphinx-testdata, flite's voice, silence, noise. */
#pragma once

#include "config.h"
#include "pieces.h"
#include "proto/stt.h"

#define TEST_DATA "/usr/share/pocketsphinx/test/data/"

/* The worker, and how it is configured since it was started. */
extern struct daemon fixture_process;
extern struct stt_settings fixture_settings;

/* A context as the worker has it, with a store of its own and the engines named; everything else by default. */
void fixture_start(struct ctx *cx, const char *engines);
/* The same with keys, and every provider played by the simulator. Without SIMULATOR_URL the test is skipped. */
void fixture_simulated(struct ctx *cx, const char *engines);

struct sound fixture_raw(struct ctx *cx, const char *path, size_t skip);   /* samples of a file behind `skip` bytes */
struct sound fixture_flite(struct ctx *cx, const char *text);
struct sound fixture_noise(struct ctx *cx, double seconds, int loudness);  /* white; loudness 0: silence */
struct sound fixture_join(struct ctx *cx, const struct sound *parts, size_t n);

/* Word errors of `heard` against what was said, as parts of a thousand of its words. */
int fixture_wer(struct ctx *cx, const char *said, const char *heard);
