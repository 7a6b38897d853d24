/* An audit log of a test's own, and what a superuser of the database could do to it. */
#pragma once

#include "app/audit_chain.h"
#include "app/audit_verify.h"
#include "test.h"

/* Skips without a database; else the log is empty and cx has a key. */
void audit_fresh(struct ctx *cx);
/* n entries of one actor, linked. */
void audit_fill(struct ctx *cx, int n);
/* As a superuser who switches triggers off. */
void audit_tamper(struct ctx *cx, const char *text);
/* The same as the application, which must be refused. */
err_t audit_try(struct ctx *cx, const char *text);
int64_t audit_number(struct ctx *cx, const char *text);

void audit_verdict(struct ctx *cx, const struct audit_claim *witness, size_t n, struct audit_verdict *out);
/* That the log is found broken with a flaw of this kind from `seq` to `to_seq`. */
void audit_found(struct ctx *cx, const char *kind, int64_t seq, int64_t to_seq);

/* The key of RFC 8032 7.1, test 1, as PEM. */
const char *audit_test_key(struct ctx *cx);
const char *audit_test_public(struct ctx *cx);
