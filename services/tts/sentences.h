/* Text into sentences, for French and English: no text is lost, none is longer than a voice can take. */
#pragma once

#include "base/text.h"

#define SENTENCE_CHARS 400

struct sentence { struct bytes text; bool ends_paragraph; };

/* Takes the next sentence off `rest`; false when there is none. A line feed ends a paragraph. Works on any bytes,
 * never cuts a well-formed character, takes time in proportion to the text. */
bool sentence_next(struct bytes *rest, struct sentence *out);

size_t text_chars(struct bytes text);           /* characters, not bytes */

/* Sentences put together into pieces of at most `most` characters; 0: one by one. */
struct piece { const char *text; size_t chars; bool ends_paragraph; };
struct pieces { struct piece *at; size_t n; };
void pieces_make(struct ctx *cx, const char *text, size_t most, struct pieces *out);
