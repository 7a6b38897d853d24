/* An hour of speech costs little memory with every engine: it is read from disk stretch by stretch. pocketsphinx has nearly all that it
 * needs after its first piece: it hears two minutes. */
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

#define MOST_MB   120            /* of a million bytes */
#define DENSE_S   120
#define DENSE_MB  110            /* in two minutes; with all of the dictionary it would be 119 */
#define BOOK      TEST_DATA "librivox/sense_and_sensibility_01_austen_64kb-"
#define WAV_HEAD  44

/* Under ASan memory that was freed stays resident, and each byte has its shadow: there it is only tried, and on less. */
#ifdef __SANITIZE_ADDRESS__
#define HOUR_S   600
static const bool is_padded = true;
#else
#define HOUR_S   3600
static const bool is_padded;
#endif

/* The same again and again for so long, as a WAV without lengths, as a stream leaves it. */
static void keep(struct ctx *cx, const char *key, struct sound once, int seconds)
{
    struct bytes head = sound_wav(cx, (struct sound){ 0 });
    const char *dir, *path;

    CHECK_OK(blob_workdir(cx, &dir));
    path = arena_fmt(cx->arena, "%s/long.wav", dir);
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(head.at, 1, head.n, f) == head.n);
    for (int64_t left = (int64_t)seconds * RATE_HZ; left > 0; left -= (int64_t)once.n) {
        size_t n = (int64_t)once.n < left ? once.n : (size_t)left;
        CHECK_INT(fwrite(once.at, sizeof(*once.at), n, f), n);
    }
    fclose(f);
    CHECK_OK(blob_put_file(cx, key, path));
}

/* A command, and a pause. */
static struct sound command(struct ctx *cx)
{
    struct sound parts[] = { fixture_raw(cx, TEST_DATA "goforward.raw", 0), fixture_noise(cx, 1.2, 5) };

    return fixture_join(cx, parts, COUNT(parts));
}

/* Somebody reads, and hardly pauses. */
static struct sound reader(struct ctx *cx)
{
    struct sound parts[] = { fixture_raw(cx, BOOK "0870.wav", WAV_HEAD), fixture_raw(cx, BOOK "0880.wav", WAV_HEAD), fixture_raw(cx, BOOK "0890.wav", WAV_HEAD) };

    return fixture_join(cx, parts, COUNT(parts));
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
    return kib * 1024 / 1000000;
}

/* In a process of its own, so that one engine's memory is not taken for another's. */
static void hear(struct ctx *cx, const char *engine, const struct stt_transcribe *in, int seconds, size_t words_least, int most_mb)
{
    struct transcript t = { 0 };
    int status = 0;
    pid_t child = fork();

    if (!child) {
        fixture_settings.stt_engines = engine;
        cx->http = http_open(cx->arena, 2);
        CHECK_OK(transcribe.run(cx, in, &t));
        CHECK(t.words.n >= words_least && t.duration_s == seconds);
        int64_t mb = highest_mb();
        fprintf(stderr, "%d seconds with %s: %lld MB at most, %zu words\n", seconds, engine, (long long)mb, t.words.n);
        if (!is_padded && mb >= most_mb)
            SAY("%lld MB", (long long)mb);
        _exit(flaws != 0);
    }
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
}

TEST_WITHIN(an_hour_of_speech_costs_little_memory, 400)
{
    const struct stt_transcribe in = { .file = "t/hour.wav", .language = "fr", .diarize = true };

    fixture_simulated(cx, "");
    fixture_settings.stt_assemblyai_model = "sim-talk,universal-2";
    fixture_settings.stt_deepgram_model = "sim-talk";
    fixture_settings.stt_assemblyai_poll_ms = 200;
    keep(cx, in.file, command(cx), HOUR_S);
    hear(cx, "assemblyai", &in, HOUR_S, HOUR_S * 5 / 2 - 20, MOST_MB);
    hear(cx, "deepgram", &in, HOUR_S, HOUR_S * 5 / 2 - 20, MOST_MB);
    hear(cx, "openai", &in, HOUR_S, HOUR_S / 4, MOST_MB);
}

TEST_WITHIN(the_embedded_engine_costs_little_memory, 400)
{
    const struct stt_transcribe in = { .file = "t/book.wav", .language = "en" };

    fixture_start(cx, "");
    keep(cx, in.file, reader(cx), DENSE_S);
    hear(cx, "pocketsphinx", &in, DENSE_S, DENSE_S * 2, DENSE_MB);
}
