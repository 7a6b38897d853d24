/* Where a recording is cut: at pauses, so that no word is torn, nothing is heard where nothing is said,
 * and a transcription that was interrupted goes on at its last piece. */
#pragma once

#include "recording.h"
#include "data/shape.h"

/* Samples from..to are given to an engine. What is said before `border` belongs to the piece before:
 * border > from only where speech went on for so long that it had to be cut, and was given twice. */
struct piece { int64_t from, to, border; };
struct pieces { struct piece *at; size_t n; double speech_s; };

#define FRAME 160               /* samples: 10 ms */

/* How loud each 10 ms is, in half decibels above -96 dBFS. */
struct loudness { uint8_t *at; size_t n; };

/* SPEECH_ABSENT: nobody speaks in it. */
fallible pieces_plan(struct ctx *cx, const struct recording *r, struct pieces *out);

/* The two halves of it, for the tests. */
void loudness_add(struct loudness *l, const int16_t *at, size_t frames);        /* l->at has room for them */
void pieces_cut(struct ctx *cx, const struct loudness *l, struct pieces *out);
