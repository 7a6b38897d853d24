/* Words and options of a command into the struct of its shape. */
#pragma once

#include "ctl.h"

/* `out` has the shape's size and holds the defaults. INPUT_INVALID: a sentence that never quotes a value, since what
 * was typed in the wrong place may be a secret. */
fallible arguments_read(struct ctx *cx, const struct command *cmd, int argc, char **argv, void *out);

/* Members given by place: the next one of cmd->words at *at; NULL at the end. *all: it takes every word that follows. */
const struct field *word_next(const struct command *cmd, const char **at, bool *all);
bool is_word(const struct command *cmd, const struct field *f);

/* A member's name as it is typed: "--dry-run", "EMAIL", "ID". */
const char *option_name(struct ctx *cx, const struct field *f);
const char *word_name(struct ctx *cx, const struct field *f);
