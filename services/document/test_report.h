/* What the tests of the document worker share: setting a report, and asking poppler about it. */
#pragma once

#include "report.h"
#include "test.h"

/* Sets the report, keeps it as r.pdf in a directory of the test, gives its pages; 0: it failed. */
int  set(struct ctx *cx, const struct document_report *r);
void keep_pdf(struct ctx *cx, struct bytes made);      /* the same with one that was set elsewhere */
extern struct bytes pdf;                /* the last one set */

/* What a program of poppler says about the last one; "r.pdf" stands for it. */
const char *ask(struct ctx *cx, const char *const *words);
const char *text_of(struct ctx *cx, int page);          /* 0: all pages */
int  count_of(const char *text, const char *part);
bool holds(const char *part);           /* the file's bytes do */

/* The benchmark's report: a line of data, five sections, a table of 40 rows. */
struct document_report benchmark_report(struct ctx *cx);
