/* Where mailed links lead to. */
#pragma once

#include "data/shape.h"

extern const struct format format_mail_links;

/* The pages of a product, else those of all, without a last slash. NULL: the list has neither. `product` NULL: none in particular. */
const char *mail_link_base(struct ctx *cx, const char *list, const char *product);
