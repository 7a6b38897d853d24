/* A text cut into sentences, each with the terms it holds: what retrieval and summary work on. */
#pragma once

#include "words.h"

struct term { const char *at; uint8_t n; bool empty; uint32_t sentences, count; };     /* in how many sentences, how often */

struct sentence {
    struct bytes text;                  /* as it stands, trimmed; a list item without its bullet */
    const char  *heading;               /* the last heading above it, NULL: none */
    uint32_t     first, n;              /* its terms in document.ids: rising, each once */
    uint16_t     words;                 /* all of them, the empty ones too */
    int          paragraph;             /* from 1 on */
    bool         opens;                 /* first of its paragraph */
    bool         digits, names;         /* holds a number; a capital within */
    bool         row;                   /* a line of a table or of a listing, no sentence of a person */
};

struct document {
    struct arena *arena;
    bool french;
    struct sentence *sentences;
    size_t n, room;
    struct term *terms;
    uint32_t terms_n, terms_room;
    uint32_t *ids, ids_n, ids_room;
    uint32_t *slots, slots_n;           /* hash table: term + 1, 0 free */
};

/* Without a sentence: only the terms, the small words among them. */
void document_begin(struct ctx *cx, bool french, struct document *out);
/* Reads at most 4 MiB. DEADLINE_PASSED, CANCELLED. */
fallible document_read(struct ctx *cx, const char *text, struct document *out);

#define TERM_NONE UINT32_MAX
/* The term of a stemmed word; TERM_NONE: the document does not hold it. */
uint32_t document_term(const struct document *d, const struct folded *w);
uint32_t document_term_put(struct document *d, const char *at, size_t n);      /* the same, made where it is not there */
