/* What engines tell of a recording, made ours: words in order and within it, segments a reader can follow, speakers
 * by letters. */
#pragma once

#include "base/text.h"
#include "proto/stt.h"

#define HEARD_LATE_S 2          /* times may run past the end a little; beyond, they are in another unit */

/* Add a word, in the room that words.at has for it: trimmed, left out when empty, never before the word before it.
 * False: its times are not seconds of a recording that long. */
bool heard_word(struct ctx *cx, struct transcript *t, struct word w, double duration_s);

/* Is this a stretch of a recording that long? */
bool heard_is_time(double start, double end, double duration_s);

/* Segments of the words: a sentence or two each, of one speaker, without a long pause in it. Their texts are cut from
 * t->text as far as the words are found there, else put together with spaces. */
void heard_segments(struct ctx *cx, struct transcript *t);

/* One segment of everything, where nothing tells when what was said. */
void heard_as_one(struct ctx *cx, struct transcript *t, double duration_s);

/* Sets how many speakers the words, or else the segments, name. */
void heard_speakers(struct transcript *t);

/* "A" to "Z", then "AA" ...: speaker number n, from 0. */
const char *heard_speaker(struct ctx *cx, int n);

/* Names and terms to expect: those of at most six words, at most `most`, from a list with commas, semicolons or lines. */
struct texts heard_terms(struct ctx *cx, const char *prompt, size_t most);

/* Mean over the words that have one; REAL_NONE: none has. */
double heard_confidence(const struct word *at, size_t n);
