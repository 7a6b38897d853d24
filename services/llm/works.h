/* What can be done with a text beside answering it, by name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct work {
    const char *name;
    bool   keeps;                       /* gives the whole text again: nothing of it may be left out on the way */
    bool   quoted;                      /* sentences of the text do it: an engine that writes nothing of its own can */
    bool   listed;                      /* they stand in a list */
    size_t one_of, least, most;         /* how many of them: one of so many, within bounds */
    const char *french, *english;       /* what a model is told; %2$s is the language tag */
};

/* NULL: there is none. */
const struct work *work_named(const char *name);
/* All names, with commas. */
#define WORK_NAMES "correct_spelling, add_punctuation, format_paragraphs, improve_quality, format_text, translate, summarize, executive, detailed, bullet_points, action_items"

/* Titles and summaries of parts, and a summary of the whole, as chapters_told.h reads them. */
extern const struct work work_chapters;
