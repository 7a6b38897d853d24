/* Search inside a transcript. */
#pragma once

#include "transcription/edit.h"

struct search_in { const char *id, *q; int limit; };
struct search_match { int segment; double start, end; const char *speaker, *before, *match, *after; };
struct search_found { int revision; int64_t total; LIST_OF(struct search_match) matches; };

extern const struct shape search_in_shape, search_match_shape, search_found_shape;
extern const struct handler transcription_search_get;

/* What is said, whatever its case and accents, also across segments; at most `most` of them are told, all are counted. */
void search_transcript(struct ctx *cx, const struct transcript_view *t, const char *q, int most, struct search_found *out);
