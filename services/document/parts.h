/* What reports and transcripts have in common: texts from outside as they can be set, lines, the metadata box. */
#pragma once

#include "typography.h"
#include "proto/document.h"

/* Without what are no characters; NULL stays. INPUT_INVALID: one is not UTF-8. */
fallible texts_clean(struct ctx *cx, const char **const *texts, size_t n);
fallible facts_clean(struct ctx *cx, struct list *facts);       /* of struct fact; the list is copied */

struct prose typed(struct ctx *cx, const char *text, enum manner manner);
void line_add(struct ctx *cx, struct paper *p, enum block_kind kind, const char *text, enum manner manner);
void facts_add(struct ctx *cx, struct paper *p, const struct list *facts, enum manner manner);
