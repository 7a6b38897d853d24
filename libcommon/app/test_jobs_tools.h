/* What the tests of the job core share. A test without a database (PG_URL) is skipped. */
#pragma once

#include "test.h"

#include "app/effects.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "data/uuid.h"
#include "net/pg.h"

void need_pg(struct ctx *cx);
struct ticket put(struct ctx *cx, const char *kind);
struct job claim_one(struct ctx *cx, const char *id, const char *worker);
struct job find(struct ctx *cx, const char *id);

/* x.one, y.two (optional), z.three (in the quick lane). */
struct ticket put_flow(struct ctx *cx, const char **root);
