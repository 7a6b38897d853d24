#pragma once

#include "app/handler.h"
#include "proto/document.h"

extern const struct handler document_report, document_transcript;
