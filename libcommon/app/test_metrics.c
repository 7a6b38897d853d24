#define _GNU_SOURCE
#include "test.h"

#include "app/metrics.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t forty_two(void) { return 42; }

METRIC(plain, COUNTER, "test_plain_total", "Plain\nand \\ simple.", NULL);
METRIC(labelled, COUNTER, "test_labelled_total", "By state.", "state");
METRIC(level, GAUGE, "test_level", "A level.", "queue");
METRIC(computed, GAUGE, "test_computed", "Computed.", NULL, .read = forty_two);
METRIC(timed, HISTOGRAM, "test_seconds", "Time.", "kind");
METRIC(alone, HISTOGRAM, "test_alone_seconds", "Time.", NULL);
METRIC(crowded, COUNTER, "test_crowded_total", "Many labels.", "id");
METRIC(hostile, COUNTER, "test_hostile_total", "Odd labels.", "who");
METRIC(shared, COUNTER, "test_shared_total", "Of many threads.", "n");
METRIC(shared_time, HISTOGRAM, "test_shared_seconds", "Of many threads.", "n");

static const char *written(struct ctx *cx)
{
    struct text t = text_new(cx->arena, 4096, 1 << 20);

    metrics_write(&t);
    CHECK(!t.full && t.n && t.at[t.n - 1] == '\n');
    return t.at;
}

TEST(counters_and_gauges_are_written_with_help_and_type)
{
    metric_add(&plain, NULL, 2);
    metric_add(&plain, NULL, 3);
    metric_add(&labelled, "done", 1);
    metric_add(&labelled, "failed", 2);
    metric_add(&labelled, "done", 1);
    metric_set(&level, "live", 7);
    metric_set(&level, "live", -3);
    const char *got = written(cx);
    CHECK_HAS(got, "# HELP test_plain_total Plain\\nand \\\\ simple.\n# TYPE test_plain_total counter\ntest_plain_total 5\n");
    CHECK_HAS(got, "# TYPE test_labelled_total counter\ntest_labelled_total{state=\"done\"} 2\ntest_labelled_total{state=\"failed\"} 2\n");
    CHECK_HAS(got, "# TYPE test_level gauge\ntest_level{queue=\"live\"} -3\n");
    CHECK_HAS(got, "# TYPE test_computed gauge\ntest_computed 42\n");
    CHECK(!strstr(got, "test_seconds"));            /* labelled, and no label seen yet */
    CHECK_HAS(got, "test_alone_seconds_count 0\n");
}

TEST(histograms_are_cumulative)
{
    static const int64_t us[] = { -5, 0, 1000, 1001, 99999, 100000, 9999999, 10000000, 10000001, 60000000 };

    for (size_t i = 0; i < COUNT(us); i++)
        metric_time(&timed, "stt", us[i]);
    const char *got = written(cx);
    CHECK_HAS(got, "# TYPE test_seconds histogram\ntest_seconds_bucket{kind=\"stt\",le=\"0.001\"} 3\ntest_seconds_bucket{kind=\"stt\",le=\"0.0025\"} 4\n");
    CHECK_HAS(got, "le=\"0.075\"} 4\ntest_seconds_bucket{kind=\"stt\",le=\"0.1\"} 6\n");
    CHECK_HAS(got, "le=\"5\"} 6\ntest_seconds_bucket{kind=\"stt\",le=\"10\"} 8\ntest_seconds_bucket{kind=\"stt\",le=\"+Inf\"} 10\n");
    CHECK_HAS(got, "test_seconds_sum{kind=\"stt\"} 90.202\ntest_seconds_count{kind=\"stt\"} 10\n");
    metric_time(&alone, NULL, 500000);
    got = written(cx);
    CHECK_HAS(got, "test_alone_seconds_bucket{le=\"0.25\"} 0\ntest_alone_seconds_bucket{le=\"0.5\"} 1\n");
    CHECK_HAS(got, "test_alone_seconds_sum 0.5\ntest_alone_seconds_count 1\n");
}

TEST(labels_are_bounded_in_number)
{
    char label[32];

    for (int i = 0; i < 1000; i++) {
        snprintf(label, sizeof(label), "id-%d", i);
        metric_add(&crowded, label, 1);
    }
    const char *got = written(cx);
    CHECK_HAS(got, "test_crowded_total{id=\"id-62\"} 1\n");
    CHECK_HAS(got, "test_crowded_total{id=\"other\"} 937\n");
    CHECK(!strstr(got, "id-63"));
}

TEST(labels_are_copied_and_escaped)
{
    char mine[16] = "a\"b\\c\nd";

    metric_add(&hostile, mine, 1);
    memset(mine, 'x', 15);
    metric_add(&hostile, "\xFF\xFE", 1);
    char *big = arena_get(cx->arena, 1001);
    memset(big, 'y', 1000);
    metric_add(&hostile, big, 1);
    const char *got = written(cx);
    CHECK_HAS(got, "test_hostile_total{who=\"a\\\"b\\\\c\\nd\"} 1\n");
    CHECK_HAS(got, "test_hostile_total{who=\"other\"} 2\n");
}

/* Every line is a comment or "name{labels} number". */
TEST(every_line_is_well_formed)
{
    metric_add(&labelled, "", 1);
    char *at = arena_fmt(cx->arena, "%s", written(cx)), *rest;

    for (char *line = strtok_r(at, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
        double value;
        char *space = strrchr(line, ' ');
        if (text_starts(line, "# HELP ") || text_starts(line, "# TYPE "))
            continue;
        if (!name || (line[name] != ' ' && line[name] != '{') || !space || !text_to_real(space + 1, strlen(space + 1), &value))
            SAY("malformed: %s", line);
    }
}

static double value_of(const char *got, const char *name)
{
    const char *at = strstr(got, name);

    return at ? strtod(at + strlen(name), NULL) : -1;
}

TEST(the_process_tells_of_itself)
{
    const char *before = written(cx);
    int fd = open("/dev/null", O_RDONLY);
    const char *after = written(cx);

    close(fd);
    CHECK(value_of(before, "\nprocess_resident_memory_bytes ") > 100000);
    CHECK_INT(value_of(after, "\nprocess_open_fds ") - value_of(before, "\nprocess_open_fds "), 1);
    CHECK(value_of(before, "\nprocess_cpu_seconds_total ") >= 0);
    CHECK_HAS(before, "palabre_build_info{version=\"" PALABRE_VERSION "\"} 1\n");
}

static void *count_much(void *with)
{
    char label[8];

    for (int i = 0; i < 20000; i++) {
        snprintf(label, sizeof(label), "%d", i % 10);
        metric_add(&shared, label, 1);
        metric_time(&shared_time, label, 1000);
        if (i % 1000 == 0 && with) {
            struct ctx cx = { .arena = arena_new() };
            written(&cx);
            arena_free(cx.arena);
        }
    }
    return NULL;
}

TEST(no_count_of_many_threads_is_lost)
{
    pthread_t threads[4];
    int64_t all = 0, times = 0;

    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, count_much, i ? NULL : &all);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(shared.n, 10);
    for (int i = 0; i < shared.n; i++)
        all += shared.series[i].value, times += shared_time.series[i].buckets[0];
    CHECK_INT(all, 80000);
    CHECK_INT(times, 80000);
}
