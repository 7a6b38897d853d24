/* The pieces of a recording put together again: no word twice, none lost, times never going back.
 * What is added is copied: a piece's own memory may go. */
#pragma once

#include "pieces.h"
#include "proto/stt.h"

struct joined {
    struct arena *arena;
    struct word  *words;
    struct text   text;
    struct segment *segments;
    size_t words_n, words_room, segments_n, segments_room, pieces;
    int64_t cost_micro;
    const char *language, *model;
    bool   bare;                /* the text is made of the words */
};

struct joined joined_new(struct ctx *cx, bool bare);
void joined_add(struct joined *j, const struct piece *p, const struct transcript *heard);
void joined_finish(struct ctx *cx, struct joined *j, struct transcript *out);
