/* Which sentences answer a question, and which stand for the whole. */
#pragma once

#include "document.h"

struct query {
    uint32_t terms[32];
    size_t   n, asked;              /* terms the document holds; words that were asked for at all */
    bool     numbers, names;        /* it asks for a number or a date; for somebody or a place */
};

struct query query_read(const struct document *d, const char *question);

struct pick { uint32_t sentence; double score; };

/* The sentences nearest to the query (BM25, whole words first, more of the query's words better), best first,
 * at most `most`; none that holds too little of what is asked. Gives how many. */
size_t rank_find(const struct document *d, const struct query *q, struct pick *out, size_t most);

/* The sentences nearest to what the text is about, none like another, in the text's order. */
size_t rank_summary(struct ctx *cx, const struct document *d, struct pick *out, size_t most);
