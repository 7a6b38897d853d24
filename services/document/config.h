/* Settings of the document worker. */
#pragma once

#include "data/shape.h"

struct document_settings {
    const char *document_author;
    int document_max_pages;
};

extern const struct shape document_settings_shape;
extern struct document_settings document_settings;      /* defaults; read once before any thread starts */
