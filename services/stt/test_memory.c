/* An hour of speech costs little memory with every engine: it is read from disk stretch by stretch. pocketsphinx is left out: its
 * model alone takes 91 MB, whatever it hears. */
#define _GNU_SOURCE
#include "test.h"
#include "test_fixtures.h"

#include "config.h"
#include "handler.h"
#include "net/blob.h"
#include "net/http.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_MB  120

/* Under ASan memory that was freed stays resident, and each byte has its shadow: there it is only tried, and on less. */
#ifdef __SANITIZE_ADDRESS__
#define HOUR_S   600
static const bool is_padded = true;
#else
#define HOUR_S   3600
static const bool is_padded;
#endif

/* A command, a pause, a command ... for so long, as a WAV without lengths, as a stream leaves it. */
static const char *recording(struct ctx *cx, int seconds)
{
    struct sound parts[] = { fixture_raw(cx, TEST_DATA "goforward.raw", 0), fixture_noise(cx, 1.2, 5) }, once = fixture_join(cx, parts, 2);
    struct bytes head = sound_wav(cx, (struct sound){ 0 });
    const char *dir, *path;

    CHECK_OK(blob_workdir(cx, &dir));
    path = arena_fmt(cx->arena, "%s/hour.wav", dir);
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(head.at, 1, head.n, f) == head.n);
    for (int64_t left = (int64_t)seconds * RATE_HZ; left > 0; left -= (int64_t)once.n) {
        size_t n = (int64_t)once.n < left ? once.n : (size_t)left;
        CHECK_INT(fwrite(once.at, sizeof(*once.at), n, f), n);
    }
    fclose(f);
    return path;
}

static int64_t highest_mb(void)
{
    char line[128];
    long long kib = -1;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmHWM: %lld kB", &kib) == 1)
            break;
    fclose(f);
    return kib >> 10;
}

/* In a process of its own, so that one engine's memory is not taken for another's. */
static void hear_hour(struct ctx *cx, const char *engine, size_t words_least)
{
    struct stt_transcribe in = { .file = "t/hour.wav", .language = "fr", .diarize = true };
    struct transcript t = { 0 };
    int status = 0;
    pid_t child = fork();

    if (!child) {
        fixture_settings.stt_engines = engine;
        cx->http = http_open(cx->arena, 2);
        CHECK_OK(transcribe.run(cx, &in, &t));
        CHECK(t.words.n >= words_least && t.duration_s == HOUR_S);
        int64_t mb = highest_mb();
        fprintf(stderr, "%d seconds with %s: %lld MB at most, %zu words\n", HOUR_S, engine, (long long)mb, t.words.n);
        if (!is_padded && mb >= MOST_MB)
            SAY("%lld MB", (long long)mb);
        _exit(flaws != 0);
    }
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
}

TEST_WITHIN(an_hour_of_speech_costs_little_memory, 400)
{
    fixture_simulated(cx, "");
    fixture_settings.stt_assemblyai_model = "sim-talk,universal-2";
    fixture_settings.stt_deepgram_model = "sim-talk";
    fixture_settings.stt_assemblyai_poll_ms = 200;
    CHECK_OK(blob_put_file(cx, "t/hour.wav", recording(cx, HOUR_S)));
    hear_hour(cx, "assemblyai", HOUR_S * 5 / 2 - 20);
    hear_hour(cx, "deepgram", HOUR_S * 5 / 2 - 20);
    hear_hour(cx, "openai", HOUR_S / 4);
}
