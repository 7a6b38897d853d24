/* What palabrectl says of itself, from the table of commands and their shapes. */
#pragma once

#include "ctl.h"

void help_all(struct ctl *c, FILE *to);
void help_area(struct ctl *c, const char *area, FILE *to);      /* the commands of an area */
void help_command(struct ctl *c, const struct command *cmd, FILE *to);
const char *command_name(struct ctx *cx, const struct command *cmd);    /* "jobs retry" */
/* "jobs retry ID... [--dead] [--error ERROR]" */
const char *command_usage(struct ctx *cx, const struct command *cmd);
