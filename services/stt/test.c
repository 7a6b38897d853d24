/* Real recordings through the handler, and pocketsphinx on its own. */
#include "test.h"
#include "test_fixtures.h"

#include "base/clock.h"
#include "config.h"
#include "engine.h"
#include "handler.h"
#include "net/blob.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define LIBRIVOX TEST_DATA "librivox/sense_and_sensibility_01_austen_64kb-"

static err_t hear(struct ctx *cx, struct sound s, const char *language, struct transcript *out)
{
    struct stt_transcribe in = { .file = "t/audio.wav", .language = language };

    *out = (struct transcript){ 0 };
    TRY(blob_put(cx, in.file, sound_wav(cx, s)));
    return transcribe.run(cx, &in, out);
}

TEST(a_command_is_heard_word_for_word)
{
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    NEED_OK(hear(cx, fixture_raw(cx, TEST_DATA "goforward.raw", 0), "en-US", &t));
    CHECK_TEXT(t.text, "go forward ten meters");
    CHECK_TEXT(t.engine, "pocketsphinx");
    CHECK_TEXT(t.model, "en-us");
    CHECK_TEXT(t.language, "en");
    CHECK_INT(t.cost_micro, 0);
    CHECK_INT(t.words.n, 4);
    CHECK_TEXT(t.words.at[3].word, "meters");
    CHECK(t.duration_s > 2.7 && t.duration_s < 2.9);
    CHECK(t.words.at[0].start > 0.2 && t.words.at[0].start < 0.8 && t.words.at[3].end > 1.9 && t.words.at[3].end < 2.4);
    CHECK(t.confidence > 0 && t.confidence <= 1 && t.words.at[0].confidence <= 1);
    CHECK_INT(t.segments.n, 1);
}

TEST_WITHIN(read_speech_is_heard_as_well_as_the_model_can, 300)
{
    static const struct { const char *file, *said; } read[] = {
        { LIBRIVOX "0870.wav", "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for them" },
        { LIBRIVOX "0880.wav", "he was not an ill disposed young man" },
        { LIBRIVOX "0890.wav", "unless to be rather cold hearted and rather selfish is to be ill disposed" },
        { LIBRIVOX "0920.wav", "had he married a more amiable woman he might have been made still more respectable than he was" },
        { LIBRIVOX "0930.wav", "he might even have been made amiable himself" },
    };
    struct text said = text_new(cx->arena, 1000, 10000), heard = text_new(cx->arena, 1000, 10000);
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    for (size_t i = 0; i < COUNT(read); i++) {
        NEED_OK(hear(cx, fixture_raw(cx, read[i].file, 44), "en", &t));
        text_fmt(&said, "%s ", read[i].said);
        text_fmt(&heard, "%s ", t.text);
    }
    int wer = fixture_wer(cx, said.at, heard.at);
    fprintf(stderr, "read speech: %d of 1000 words are wrong\n", wer);
    if (wer > 400)
        SAY("%d of 1000 words are wrong: %s", wer, heard.at);
}

/* A minute and a half of a speaker without a rest: what is cut must be heard as well as what is not. */
static const char *const minute[] = {
    "The committee will meet on Monday morning to discuss the new budget.",
    "Please send the report to the minister before the end of the week.",
    "The patient said that the pain was gone after two days.",
    "We have received your complaint and we will answer as soon as possible.",
    "The road between the two towns was closed because of heavy rain.",
    "The teacher asked the children to bring a book and a pen.",
    "Three men were seen near the river late in the evening.",
    "The price of bread has gone up again this year.",
};

TEST_WITHIN(a_recording_in_pieces_has_every_word_once, 300)
{
    struct text said = text_new(cx->arena, 1000, 10000);
    struct sound parts[2 * COUNT(minute)];
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    for (size_t i = 0; i < COUNT(minute); i++) {
        parts[2 * i] = fixture_flite(cx, minute[i]);
        parts[2 * i + 1] = fixture_noise(cx, 0.4, 5);
        text_fmt(&said, "%s ", minute[i]);
    }
    NEED_OK(hear(cx, fixture_join(cx, parts, COUNT(parts)), "en", &t));
    int wer = fixture_wer(cx, said.at, t.text);
    fprintf(stderr, "flite in pieces: %d of 1000 words are wrong\n", wer);
    if (wer > 150)
        SAY("%d of 1000 words are wrong: %s", wer, t.text);
    for (size_t i = 1; i < t.words.n; i++)
        CHECK(t.words.at[i].start >= t.words.at[i - 1].start && t.words.at[i].end <= t.duration_s);
    CHECK(t.segments.n >= 6 && t.segments.n <= 12);
}

static struct loudness loudness(struct ctx *cx, struct sound s)
{
    struct loudness l = { NEWS(cx, uint8_t, s.n / FRAME + 1), 0 };

    loudness_add(&l, s.at, s.n / FRAME);
    return l;
}

/* The same without a tenth of a second of quiet anywhere (below -45 dBFS). */
static struct sound hurried(struct ctx *cx, struct sound s)
{
    struct loudness l = loudness(cx, s);
    int16_t *at = NEWS(cx, int16_t, s.n);
    size_t n = 0, quiet = 0;

    for (size_t i = 0; i < l.n; i++) {
        quiet = l.at[i] < (96 - 45) * 2 ? quiet + 1 : 0;
        if (quiet > 10)
            continue;
        memcpy(at + n, s.at + i * FRAME, FRAME * sizeof(*at));
        n += FRAME;
    }
    return (struct sound){ at, n };
}

/* Half a minute without a pause: it has to be cut within speech, and what is heard twice must be joined. */
TEST_WITHIN(speech_without_a_pause_is_joined_where_it_was_cut, 300)
{
    static const char breathless[] =
        "the committee will meet on monday morning to discuss the new budget and the minister will read the report before the end "
        "of the week because the road between the two towns was closed in the winter and the children of the school had to stay at "
        "home with their books and their teacher who asked them to write a letter to the people of the town about the price of "
        "bread and the men who were seen near the river late in the evening when the rain had stopped and the water was still "
        "very high so that nobody could cross the bridge or bring the animals back from the fields on the other side "
        "where the mother of the boy was waiting for the doctor who had promised to come before the night and who could not find "
        "his way because the lights of the village were out and the snow was deep on the hills";
    struct sound said;
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    said = hurried(cx, fixture_flite(cx, breathless));
    struct loudness l = loudness(cx, said);
    struct pieces pieces;
    pieces_cut(cx, &l, &pieces);
    CHECK(pieces.n > 1 && pieces.at[1].border > pieces.at[1].from);
    NEED_OK(hear(cx, said, "en", &t));
    int wer = fixture_wer(cx, breathless, t.text);
    fprintf(stderr, "flite without a pause, %zu s: %d of 1000 words are wrong\n", said.n / RATE_HZ, wer);
    if (wer > 150)
        SAY("%d of 1000 words are wrong: %s", wer, t.text);
    for (size_t i = 1; i < t.words.n; i++)
        CHECK(t.words.at[i].start >= t.words.at[i - 1].start);
}

TEST(silence_and_noise_say_nothing)
{
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    CHECK_FAILS(hear(cx, fixture_noise(cx, 10, 0), "en", &t), SPEECH_ABSENT);
    CHECK_FAILS(hear(cx, fixture_noise(cx, 10, 2000), "en", &t), SPEECH_ABSENT);
}

TEST(a_language_that_no_engine_hears_is_refused_with_those_that_would)
{
    struct transcript t;
    struct stt_transcribe in = { .file = "t/audio.wav", .language = "fr-GA" };

    fixture_start(cx, "openai,pocketsphinx");
    err_t e = transcribe.run(cx, &in, &t);
    CHECK_FAILS(e, LANGUAGE_REFUSED);
    CHECK_HAS(e->text, "pocketsphinx hears en only");
    CHECK_HAS(e->text, "openai: OPENAI_API_KEY is not set");
}

TEST(an_engine_that_is_wanted_is_taken_or_refused_by_name)
{
    struct transcript t;
    struct stt_transcribe in = { .file = "t/audio.wav", .language = "en", .engine = "nobody" };

    fixture_start(cx, "openai,pocketsphinx");
    CHECK_FAILS(transcribe.run(cx, &in, &t), ENGINE_REFUSED);
    in.engine = "openai";
    CHECK_FAILS(transcribe.run(cx, &in, &t), ENGINE_DISABLED);
    fixture_settings.stt_engines = "pocketsphinx";
    CHECK_FAILS(transcribe.run(cx, &in, &t), ENGINE_DISABLED);
    fixture_settings.stt_sphinx_model = "/nowhere";
    in.engine = "pocketsphinx";
    err_t e = transcribe.run(cx, &in, &t);
    CHECK_FAILS(e, ENGINE_DISABLED);
    CHECK_HAS(e->text, "/nowhere/en-us/mdef");
}

TEST(a_recording_beyond_the_limit_or_without_samples_is_refused)
{
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    fixture_settings.stt_max_minutes = 1;
    CHECK_FAILS(hear(cx, fixture_noise(cx, 61, 0), "en", &t), MEDIA_TOO_LONG);
    CHECK_FAILS(hear(cx, (struct sound){ 0 }, "en", &t), SPEECH_ABSENT);
    struct stt_transcribe in = { .file = "t/absent.wav", .language = "en" };
    CHECK_FAILS(transcribe.run(cx, &in, &t), FILE_UNKNOWN);
}

TEST_WITHIN(the_same_piece_always_gives_the_same_words, 180)
{
    struct transcript first, again;
    struct sound said = fixture_raw(cx, LIBRIVOX "0890.wav", 44);

    fixture_start(cx, "pocketsphinx");
    NEED_OK(hear(cx, said, "en", &first));
    NEED_OK(hear(cx, fixture_raw(cx, TEST_DATA "goforward.raw", 0), "en", &again));
    NEED_OK(hear(cx, said, "en", &again));
    CHECK_TEXT(again.text, first.text);
    CHECK(again.confidence == first.confidence);
}

/* Four recordings at a time, on fewer decoders. */
static void *hear_one(void *said)
{
    struct ctx cx = { .arena = arena_new(), .daemon = &fixture_process };
    struct hearing h = { .sound = *(struct sound *)said, .language = "en" };
    struct transcript t;
    err_t e = engine_pocketsphinx.transcribe(&cx, &h, &t);
    bool good = !e && text_is(t.text, "go forward ten meters");

    arena_free(cx.arena);
    return good ? said : NULL;
}

TEST_WITHIN(recordings_share_the_decoders, 180)
{
    struct sound said = fixture_raw(cx, TEST_DATA "goforward.raw", 0);
    pthread_t threads[4];
    void *good;

    for (int decoders = 1; decoders <= 2; decoders++) {
        fixture_start(cx, "pocketsphinx");
        fixture_settings.stt_sphinx_decoders = decoders;
        for (size_t i = 0; i < COUNT(threads); i++)
            pthread_create(&threads[i], NULL, hear_one, &said);
        for (size_t i = 0; i < COUNT(threads); i++) {
            pthread_join(threads[i], &good);
            CHECK(good != NULL);
        }
        engine_pocketsphinx.rest(0);
    }
}

TEST(whoever_waits_for_a_decoder_can_be_stopped)
{
    struct hearing h = { .sound = fixture_raw(cx, TEST_DATA "goforward.raw", 0), .language = "en" };
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    fixture_settings.stt_sphinx_decoders = 0;
    cx->deadline_ms = clock_ms() + 300;
    CHECK_FAILS(engine_pocketsphinx.transcribe(cx, &h, &t), DEADLINE_PASSED);
}

static int64_t resident_mb(void)
{
    int64_t all = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    CHECK(f && fscanf(f, "%ld %ld", &all, &resident) == 2);
    fclose(f);
    return resident * getpagesize() >> 20;
}

/* What is freed stays resident in ASan's quarantine. */
#ifdef __SANITIZE_ADDRESS__
static const bool keeps_freed_memory = true;
#else
static const bool keeps_freed_memory;
#endif

TEST_WITHIN(models_leave_the_memory_after_a_rest, 180)
{
    struct transcript t;
    struct hearing h = { .sound = fixture_raw(cx, TEST_DATA "goforward.raw", 0), .language = "en" };

    fixture_start(cx, "pocketsphinx");
    NEED_OK(engine_pocketsphinx.transcribe(cx, &h, &t));
    CHECK_TEXT(t.text, "go forward ten meters");
    int64_t loaded = resident_mb();
    engine_pocketsphinx.rest(60);           /* not yet */
    CHECK(resident_mb() > loaded - 10);
    engine_pocketsphinx.rest(0);
    if (!keeps_freed_memory)
        CHECK(resident_mb() < loaded - 40);
    NEED_OK(engine_pocketsphinx.transcribe(cx, &h, &t));
    CHECK_TEXT(t.text, "go forward ten meters");
}
