/* Inside the docx engine: the parts of a Word document that are the same in all (docx_parts.c). */
#pragma once

#include "engine.h"
#include "data/shape.h"

struct docx_part { const char *name, *xml; };
extern const struct docx_part docx_fixed[];         /* ends with a name that is NULL */

extern const char docx_core_begin[], docx_header_begin[], docx_footer_begin[], docx_footer_end[], docx_styles_begin[], docx_styles_end[],
    docx_document_begin[], docx_document_end[];
