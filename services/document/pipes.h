/* GFM's pipe tables, found in the text of a paragraph: CommonMark does not know them. */
#pragma once

#include "paper.h"

/* In the text of paragraphs, this stands for a | that a backslash kept from ending a cell, and for
 * nothing: both are noncharacters, which no text should hold (Unicode 23.7). */
#define PIPE_MARK "\ufdd0"
#define NONE_MARK "\ufdd1"

/* A table whose delimiter row is in `p`: *start is where it begins, text before it is not part of it. */
bool pipes_find(struct ctx *cx, const struct prose *p, struct grid **out, size_t *start);

/* The prose without the marks: what they stand for, in and outside of code. */
struct prose pipes_unmark(struct ctx *cx, const struct prose *p, bool in_table);
