#define _GNU_SOURCE
#include "test_fixtures.h"

#include "test.h"

#include "app/daemon.h"
#include "net/blob.h"
#include "net/http.h"

#include <ctype.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST 1000

struct stt_settings fixture_settings;
struct daemon fixture_process = { .service = "stt", .config = &fixture_settings };

void fixture_start(struct ctx *cx, const char *engines)
{
    const char *dir = "/tmp";

    fixture_settings = stt_settings_default;
    fixture_settings.stt_engines = engines;
    cx->daemon = &fixture_process;
    CHECK_OK(blob_workdir(cx, &dir));
    CHECK_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s", dir), &cx->blobs));
}

void fixture_simulated(struct ctx *cx, const char *engines)
{
    const char *url = getenv("SIMULATOR_URL");

    if (!url)
        skip("SIMULATOR_URL is not set");
    fixture_start(cx, engines);
    fixture_settings.assemblyai_api_key = fixture_settings.deepgram_api_key = fixture_settings.stt_openai_key = "sk-test";
    fixture_settings.stt_assemblyai_url = fixture_settings.stt_deepgram_url = arena_fmt(cx->arena, "%s/", url);
    fixture_settings.stt_openai_url = arena_fmt(cx->arena, "%s/v1", url);
    cx->http = http_open(cx->arena, 4);
}

static struct bytes file_read(struct ctx *cx, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        skip(path);
    size_t size = (size_t)lseek(fd, 0, SEEK_END);
    char *at = arena_get(cx->arena, size);
    CHECK_INT(pread(fd, at, size, 0), size);
    close(fd);
    return (struct bytes){ at, size };
}

struct sound fixture_raw(struct ctx *cx, const char *path, size_t skipped)
{
    struct bytes file = file_read(cx, path);
    int16_t *at = NEWS(cx, int16_t, file.n / 2);

    memcpy(at, file.at + skipped, file.n - skipped);
    return (struct sound){ at, (file.n - skipped) / 2 };
}

struct sound fixture_flite(struct ctx *cx, const char *text)
{
    char path[] = "/tmp/palabre-flite-XXXXXX";
    const char *argv[] = { "flite", "-voice", "slt", "-t", text, "-o", path, NULL };
    int status = 1, fd = mkstemp(path);
    pid_t pid;

    close(fd);
    if (posix_spawnp(&pid, "flite", NULL, NULL, (char *const *)(uintptr_t)argv, environ))
        skip("flite is not installed");
    waitpid(pid, &status, 0);
    CHECK_INT(status, 0);
    struct sound sound = fixture_raw(cx, path, 44);
    unlink(path);
    return sound;
}

struct sound fixture_noise(struct ctx *cx, double seconds, int loudness)
{
    size_t n = (size_t)(seconds * RATE_HZ);
    int16_t *at = NEWS(cx, int16_t, n);
    uint32_t random = 12345;

    for (size_t i = 0; i < n && loudness; i++) {
        random = random * 1664525 + 1013904223;
        at[i] = (int16_t)((int)(random >> 16) % (2 * loudness) - loudness);
    }
    return (struct sound){ at, n };
}

struct sound fixture_join(struct ctx *cx, const struct sound *parts, size_t n)
{
    size_t all = 0, done = 0;

    for (size_t i = 0; i < n; i++)
        all += parts[i].n;
    int16_t *at = NEWS(cx, int16_t, all);
    for (size_t i = 0; i < n; done += parts[i++].n)
        memcpy(at + done, parts[i].at, parts[i].n * sizeof(*at));
    return (struct sound){ at, all };
}

static size_t words_of(struct ctx *cx, const char *text, char **words)
{
    char *copy = arena_text(cx->arena, text, strlen(text)), *left = NULL;
    size_t n = 0;

    for (char *c = copy; *c; c++)
        *c = isalnum((unsigned char)*c) || *c == '\'' ? (char)tolower((unsigned char)*c) : ' ';
    for (char *w = strtok_r(copy, " ", &left); w && n < WORDS_MOST; w = strtok_r(NULL, " ", &left))
        words[n++] = w;
    return n;
}

int fixture_wer(struct ctx *cx, const char *said, const char *heard)
{
    char *a[WORDS_MOST], *b[WORDS_MOST];
    size_t n = words_of(cx, said, a), m = words_of(cx, heard, b), *row = NEWS(cx, size_t, m + 1);

    for (size_t k = 0; k <= m; k++)
        row[k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t best = corner + (strcmp(a[i - 1], b[k - 1]) != 0);
            corner = row[k];
            if (row[k] + 1 < best)
                best = row[k] + 1;
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            row[k] = best;
        }
    }
    return (int)(row[m] * 1000 / (n ? n : 1));
}
