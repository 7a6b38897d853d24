/* The parts of the AssemblyAI engine. */
#pragma once

#include "engine.h"

/* The text of MOCK, after two seconds: it says that it is invented, of what, and why. CANCELLED, DEADLINE_PASSED. */
fallible assemblyai_mock(struct ctx *cx, const struct hearing *h, struct transcript *out);
