/* Markdown (CommonMark by libcmark, and GFM's pipe tables) into blocks. */
#pragma once

#include "paper.h"
#include "typography.h"

/* `shift` lowers headings, for a text that stands under a heading of ours. */
void markdown_add(struct ctx *cx, struct paper *p, const char *text, enum manner manner, int shift);

/* Text as it is: an empty line ends a paragraph, a line end stays one. */
void plain_add(struct ctx *cx, struct paper *p, const char *text, enum manner manner);
