/* A text in parts as a row of words, each with the term that it is a form of. */
#pragma once

#include "document.h"

struct token {
    struct bytes raw;                   /* as it stands in the text */
    uint32_t term;                      /* TERM_NONE: a small word that says nothing, a number, a letter */
    uint32_t part;                      /* in which part it stands */
    bool     follows;                   /* only blanks or an apostrophe stand between it and the word before */
};

struct tokens { struct token *at; size_t n, parts; uint32_t terms; };

#define TOKENS_MOST 400000              /* about two days of speech; what is behind them is not read */

/* DEADLINE_PASSED, CANCELLED. */
fallible tokens_read(struct ctx *cx, const char *const *parts, size_t n, bool french, struct tokens *out);
