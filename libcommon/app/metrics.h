/* Metrics in the Prometheus text format: counters, gauges and histograms, with few, bounded labels.
 * Declared as static objects; they register themselves. */
#pragma once

#include "base/text.h"

enum metric_kind { COUNTER, GAUGE, HISTOGRAM };

#define METRIC_BUCKETS 14       /* seconds: 1 ms .. 10 s, one row of bounds for all */
#define METRIC_SERIES  64       /* label values of one metric; what comes later counts as "other" */

struct series { const char *label; int64_t value; int64_t buckets[METRIC_BUCKETS + 1]; int64_t sum_us; };

struct metric {
    enum metric_kind kind;
    const char *name, *help, *label;    /* label: the name of the one label, or NULL */
    int64_t (*read)(void);              /* a gauge that is computed when asked; else NULL */
    struct metric *next;
    struct series series[METRIC_SERIES];
    int n;
};

/* METRIC(jobs_done, COUNTER, "palabre_jobs_total", "Jobs ended.", "state"); */
#define METRIC(var, kind_, name_, help_, label_, ...)                                        \
    static struct metric var = { .kind = kind_, .name = name_, .help = help_, .label = label_, ##__VA_ARGS__ }; \
    __attribute__((constructor)) static void var##_join(void) { metric_join(&var); }

void metric_join(struct metric *m);
void metric_add(struct metric *m, const char *label, int64_t n);        /* label NULL when it has none */
void metric_set(struct metric *m, const char *label, int64_t n);
void metric_time(struct metric *m, const char *label, int64_t us);      /* histograms: microseconds */
void metrics_write(struct text *to);                                    /* text/plain; version=0.0.4 */
