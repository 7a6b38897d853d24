/* Rows as aligned tables for people, or as lines of JSON for programs. What comes from outside cannot steer a terminal. */
#pragma once

#include "ctl.h"

/* `columns` names members of the shape, with spaces. `list` is a LIST_OF of the shape. Nothing at all when there are no
 * rows and JSON is wanted. */
void print_rows(struct ctl *c, bool json, const struct shape *s, const char *columns, const void *list);
/* The members that are there, one a line. */
void print_row(struct ctl *c, const struct shape *s, const char *columns, const void *row);
void print_json(struct ctl *c, const struct shape *s, const void *row);
/* A text, at most `most` columns of it (0: all), without what a terminal would obey. */
const char *print_plain(struct ctx *cx, const char *text, size_t most);
