/* Counting is a look through at most METRIC_SERIES labels and one atomic addition; only a label seen for
 * the first time takes a lock. Written in the Prometheus text format 0.0.4. */
#define _GNU_SOURCE
#include "app/metrics.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LABEL_BYTES 100

static const struct { int64_t us; const char *le; } bounds[METRIC_BUCKETS] = {
    { 1000, "0.001" }, { 2500, "0.0025" }, { 5000, "0.005" }, { 10000, "0.01" }, { 25000, "0.025" }, { 50000, "0.05" },
    { 75000, "0.075" }, { 100000, "0.1" }, { 250000, "0.25" }, { 500000, "0.5" }, { 1000000, "1" }, { 2500000, "2.5" },
    { 5000000, "5" }, { 10000000, "10" },
};

static struct metric *metrics, **metrics_last = &metrics;      /* complete before main begins */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;        /* guards the adding of series, of all metrics */

void metric_join(struct metric *m)
{
    *metrics_last = m;
    metrics_last = &m->next;
}

/* --- counting --- */

static struct series *find(struct metric *m, const char *label)
{
    int n = __atomic_load_n(&m->n, __ATOMIC_ACQUIRE);

    for (int i = 0; i < n; i++)
        if (!strcmp(m->series[i].label, label))
            return &m->series[i];
    return NULL;
}

/* With the lock held. The last place is kept for "other". */
static struct series *add(struct metric *m, const char *label)
{
    struct series *s = find(m, label);

    if (!s && m->n >= METRIC_SERIES - 1) {
        label = "other";
        s = find(m, label);
    }
    if (s)
        return s;
    s = &m->series[m->n];
    if (!(s->label = strndup(label, LABEL_BYTES)))
        abort();
    __atomic_store_n(&m->n, m->n + 1, __ATOMIC_RELEASE);
    return s;
}

static struct series *series_of(struct metric *m, const char *label)
{
    if (!label)
        label = "";
    if (strnlen(label, LABEL_BYTES + 1) > LABEL_BYTES || !text_is_utf8(label, strlen(label)))
        label = "other";
    struct series *s = find(m, label);
    if (s)
        return s;
    pthread_mutex_lock(&lock);
    s = add(m, label);
    pthread_mutex_unlock(&lock);
    return s;
}

void metric_add(struct metric *m, const char *label, int64_t n)
{
    __atomic_fetch_add(&series_of(m, label)->value, n, __ATOMIC_RELAXED);
}

void metric_set(struct metric *m, const char *label, int64_t n)
{
    __atomic_store_n(&series_of(m, label)->value, n, __ATOMIC_RELAXED);
}

void metric_time(struct metric *m, const char *label, int64_t us)
{
    struct series *s = series_of(m, label);
    int i = 0;

    if (us < 0)
        us = 0;                 /* clocks of two machines */
    while (i < METRIC_BUCKETS && us > bounds[i].us)
        i++;
    __atomic_fetch_add(&s->buckets[i], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&s->sum_us, us, __ATOMIC_RELAXED);
}

/* --- writing --- */

static const char *const kinds[] = { [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram" };

static void put_escaped(struct text *to, const char *from, bool quotes)
{
    for (; *from; from++) {
        if (*from == '\n')
            text_put(to, "\\n");
        else if (*from == '\\' || (quotes && *from == '"'))
            text_char(to, '\\'), text_char(to, *from);
        else
            text_char(to, *from);
    }
}

static void put_head(struct text *to, const char *name, const char *help, const char *kind)
{
    text_put(to, "# HELP ");
    text_put(to, name);
    text_char(to, ' ');
    put_escaped(to, help, false);
    text_put(to, "\n# TYPE ");
    text_put(to, name);
    text_char(to, ' ');
    text_put(to, kind);
    text_char(to, '\n');
}

/* name_suffix{label="value",le="0.5"} and a space. */
static void put_name(struct text *to, const struct metric *m, const char *suffix, const char *value, const char *le)
{
    text_put(to, m->name);
    text_put(to, suffix);
    if (m->label || le)
        text_char(to, '{');
    if (m->label) {
        text_put(to, m->label);
        text_put(to, "=\"");
        put_escaped(to, value, true);
        text_char(to, '"');
    }
    if (le) {
        text_put(to, m->label ? ",le=\"" : "le=\"");
        text_put(to, le);
        text_char(to, '"');
    }
    text_put(to, m->label || le ? "} " : " ");
}

static void put_long(struct text *to, const struct metric *m, const char *suffix, const char *value, const char *le,
                     int64_t n)
{
    put_name(to, m, suffix, value, le);
    text_long(to, n);
    text_char(to, '\n');
}

static void put_histogram(struct text *to, const struct metric *m, const struct series *s)
{
    int64_t so_far = 0;

    for (int i = 0; i <= METRIC_BUCKETS; i++) {
        so_far += __atomic_load_n(&s->buckets[i], __ATOMIC_RELAXED);
        put_long(to, m, "_bucket", s->label, i < METRIC_BUCKETS ? bounds[i].le : "+Inf", so_far);
    }
    put_name(to, m, "_sum", s->label, NULL);
    text_real(to, (double)__atomic_load_n(&s->sum_us, __ATOMIC_RELAXED) / 1e6);
    text_char(to, '\n');
    put_long(to, m, "_count", s->label, NULL, so_far);
}

static void put_metric(struct text *to, struct metric *m)
{
    int n = __atomic_load_n(&m->n, __ATOMIC_ACQUIRE);

    if (m->label && !n && !m->read)
        return;
    put_head(to, m->name, m->help, kinds[m->kind]);
    if (m->read) {
        put_long(to, m, "", "", NULL, m->read());
        return;
    }
    if (!m->label)
        series_of(m, NULL), n = 1;      /* told as 0 before the first event */
    for (int i = 0; i < n; i++) {
        if (m->kind == HISTOGRAM)
            put_histogram(to, m, &m->series[i]);
        else
            put_long(to, m, "", m->series[i].label, NULL, __atomic_load_n(&m->series[i].value, __ATOMIC_RELAXED));
    }
}

/* --- the process itself --- */

static int64_t resident_bytes(void)
{
    long long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file && fscanf(file, "%lld %lld", &all, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static int64_t open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int64_t n = -3;             /* itself, "." and ".." */

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n < 0 ? 0 : n;
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static void put_process(struct text *to)
{
    struct rusage used;

    put_head(to, "process_resident_memory_bytes", "Resident memory size in bytes.", "gauge");
    text_fmt(to, "process_resident_memory_bytes %lld\n", (long long)resident_bytes());
    put_head(to, "process_open_fds", "Number of open file descriptors.", "gauge");
    text_fmt(to, "process_open_fds %lld\n", (long long)open_fds());
    getrusage(RUSAGE_SELF, &used);
    put_head(to, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter");
    text_fmt(to, "process_cpu_seconds_total %.3f\n", seconds(used.ru_utime) + seconds(used.ru_stime));
    put_head(to, "palabre_build_info", "Version of the program.", "gauge");
    text_fmt(to, "palabre_build_info{version=\"%s\"} 1\n", PALABRE_VERSION);
}

void metrics_write(struct text *to)
{
    for (struct metric *m = metrics; m; m = m->next)
        put_metric(to, m);
    put_process(to);
}
