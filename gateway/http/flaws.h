/* What is wrong with an input, as the products' clients read it. */
#pragma once

#include "data/shape.h"

/* The flaws of an error; one made of its text when it has none, which may begin with the pointer ("/role is unknown"). */
const struct flaw *flaws_of(struct ctx *cx, const err_t e);
/* [{"type","loc":["body","a"],"msg","input"}], as FastAPI has it. */
const char *flaws_list(struct ctx *cx, const struct flaw *flaws);
/* {"a":["what is wrong", ...]}. */
const char *flaws_by_member(struct ctx *cx, const struct flaw *flaws);
