#include "config.h"

#include "engine.h"

SHAPE(document_settings, "Settings of the document worker.",
    FIELD(document_settings, document_author,    "Author named in what is made.", .min = 1, .max = 200),
    FIELD(document_settings, document_max_pages, "Longest document made, in pages.", .min = 1, .max = PAGES_MOST));

struct document_settings document_settings = { .document_author = "Palabre", .document_max_pages = PAGES_MOST };
