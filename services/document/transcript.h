/* document.transcript: a transcription on paper. */
#pragma once

#include "engine.h"
#include "proto/document.h"

/* INPUT_INVALID: a text is not UTF-8, or it becomes too long a document. */
fallible transcript_make(struct ctx *cx, const struct document_engine *engine, const struct document_material *m, struct made *out);
