/* TEST(a_name_that_is_a_sentence) { ... } registers itself and gets a fresh context and arena.
 * The runner is tests/runner.c: each test in its own child process with a time limit. */
#pragma once

#include "base/err.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct test { const char *name; void (*run)(struct ctx *cx); struct test *next; int64_t limit_s; };
extern struct test *tests, **tests_last;
extern int flaws;

#define TEST_WITHIN(name_, limit_s_)                                         \
    static void name_(struct ctx *cx);                                       \
    __attribute__((constructor)) static void name_##_join(void)              \
    {                                                                        \
        static struct test me = { #name_, name_, NULL, limit_s_ };           \
        *tests_last = &me;                                                   \
        tests_last = &me.next;                                               \
    }                                                                        \
    static void name_(struct ctx *cx __attribute__((unused)))
#define TEST(name_)  TEST_WITHIN(name_, 30)

/* Errors logged but not expected fail a test; say how many it provokes. */
void expect_errors(int n);
/* End the test as skipped, with a reason (a server that is not there). */
void skip(const char *why) __attribute__((noreturn));
/* The test takes long and is left to DEEP=1 make test. */
void deep(void);

/* How many times as long as on a quiet machine something may take here: PATIENCE, 1 to 99; 1 when it is not set. */
int64_t patience(void);

#define SAY(fmt, ...)  (flaws++, fprintf(stderr, "%s:%d: " fmt "\n", __FILE__, __LINE__, ##__VA_ARGS__))
#define CHECK(true_)   ((true_) ? 0 : SAY("not so: %s", #true_))
#define CHECK_INT(got, want)                                                 \
    do { long long g_ = (long long)(got), w_ = (long long)(want);            \
         if (g_ != w_) SAY("%s is %lld, not %lld", #got, g_, w_); } while (0)
#define CHECK_TEXT(got, want)                                                \
    do { const char *g_ = (got), *w_ = (want);                               \
         if (!g_ || strcmp(g_, w_)) SAY("%s is %s, not %s", #got, g_ ? g_ : "(null)", w_); } while (0)
#define CHECK_HAS(got, part)                                                 \
    do { const char *g_ = (got), *p_ = (part);                               \
         if (!g_ || !strstr(g_, p_)) SAY("%s is %s, without %s", #got, g_ ? g_ : "(null)", p_); } while (0)
#define CHECK_OK(call)                                                       \
    do { err_t e_ = (call);                                                  \
         if (e_) SAY("%s: %s: %s (%s)", #call, err_name(e_->code), e_->text, e_->where); } while (0)
/* At least from_ and, PATIENCE regarded, less than to_. */
#define CHECK_WITHIN(ms_, from_, to_)                                        \
    do { long long m_ = (long long)(ms_);                                    \
         if (m_ < (from_) || m_ >= (to_) * patience()) SAY("%s is %lld, not within %s and %s", #ms_, m_, #from_, #to_); } while (0)
#define NEED_OK(call)                                                        \
    do { err_t e_ = (call);                                                  \
         if (e_) { SAY("%s: %s: %s (%s)", #call, err_name(e_->code), e_->text, e_->where); return; } } while (0)
#define CHECK_FAILS(call, code_)                                             \
    do { err_t e_ = (call);                                                  \
         if (!e_ || e_->code != E_##code_) SAY("%s: %s, not " #code_, #call, e_ ? err_name(e_->code) : "OK"); } while (0)
