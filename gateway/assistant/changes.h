/* What can be counted to be different between a text and what became of it. Nothing is judged: whether it is better, a reader says. */
#pragma once

#include "data/shape.h"

struct measures { size_t words, sentences, paragraphs, marks, capitals; };

struct measures measures_of(const char *text);

/* How many words of each text the other does not have, each as often as it stands there; capitals do not matter. */
struct differing { size_t gone, come; };
struct differing words_differing(struct ctx *cx, const char *before, const char *after);

/* A line for each difference, in French or English. */
struct texts changes_told(struct ctx *cx, const char *before, const char *after, bool english);
