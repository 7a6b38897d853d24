/* Where a recording is cut no word is lost and none said twice. Ground truth: the same recording uncut, or what it was made of. */
#include "test.h"
#include "test_fixtures.h"

#include "engine.h"
#include "handler.h"
#include "joined.h"
#include "net/blob.h"

#include <math.h>

#define LIBRIVOX TEST_DATA "librivox/sense_and_sensibility_01_austen_64kb-"
#define PITCHES  37             /* as many words the simulator's ear tells apart */

/* The simulator hears bursts of tone as words named after their pitch. */
static void start_ear(struct ctx *cx)
{
    fixture_simulated(cx, "openai");
    fixture_settings.stt_openai_model = "sim-tones";
}

/* --- speech of tones: word n has pitch n % PITCHES --- */

struct spoken { struct sound sound; struct word words[2000]; size_t n; };

static uint32_t roll(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void say_word(struct spoken *s, int16_t *at, double from, double to)
{
    double hertz = 300 + 50.0 * (double)(s->n % PITCHES);
    size_t first = (size_t)(from * RATE_HZ), last = (size_t)(to * RATE_HZ);

    for (size_t i = first; i < last; i++)
        at[i] = (int16_t)(at[i] + 9000 * sin(2 * M_PI * hertz * (double)(i - first) / RATE_HZ));
    s->words[s->n++] = (struct word){ .start = from, .end = to };
}

/* Words of a quarter to half a second, a breath of `gap_s` or more between them, and a pause of a second or so after every
 * `sentence` of them (0: never). */
static struct spoken *speak(struct ctx *cx, double seconds, double gap_s, int sentence)
{
    struct spoken *s = NEW(cx, struct spoken);
    uint32_t state = 7;

    s->sound = fixture_noise(cx, seconds, 5);
    int16_t *at = arena_gets(cx->arena, s->sound.n, sizeof(*at));
    memcpy(at, s->sound.at, s->sound.n * sizeof(*at));
    for (double t = 0.3; t < seconds - 1 && s->n < COUNT(s->words);) {
        double to = round((t + 0.25 + roll(&state) % 25 / 100.0) * 100) / 100;
        say_word(s, at, t, to);
        bool ends = sentence && s->n % (size_t)sentence == 0;
        t = round((to + gap_s + roll(&state) % 10 / 100.0 + (ends ? 0.7 + roll(&state) % 50 / 100.0 : 0)) * 100) / 100;
    }
    s->sound.at = at;
    return s;
}

static err_t hear(struct ctx *cx, struct sound s, const char *language, struct transcript *out)
{
    struct stt_transcribe in = { .file = "t/audio.wav", .language = language };

    *out = (struct transcript){ 0 };
    TRY(blob_put(cx, in.file, sound_wav(cx, s)));
    return transcribe.run(cx, &in, out);
}

static void check_words(struct ctx *cx, const struct spoken *s, const struct transcript *t)
{
    struct text said = text_new(cx->arena, 4096, 1 << 20);

    CHECK_INT(t->words.n, s->n);
    for (size_t i = 0; i < s->n; i++) {
        text_fmt(&said, "%smot%zu", i ? " " : "", i % PITCHES);
        if (i < t->words.n && (fabs(t->words.at[i].start - s->words[i].start) > 0.05 || (i && t->words.at[i].start < t->words.at[i - 1].start)))
            SAY("word %zu is at %.2f s, not at %.2f s", i, t->words.at[i].start, s->words[i].start);
    }
    CHECK_TEXT(t->text, said.at);
}

TEST_WITHIN(a_long_recording_that_is_cut_at_its_pauses_has_every_word_once, 200)
{
    struct transcript t;

    start_ear(cx);
    struct spoken *s = speak(cx, 400, 0.12, 9);
    NEED_OK(hear(cx, s->sound, "fr", &t));
    check_words(cx, s, &t);
}

/* It has to be cut within speech, and what is heard twice is joined. */
TEST_WITHIN(a_recording_without_a_pause_has_every_word_once, 200)
{
    struct transcript t;

    start_ear(cx);
    struct spoken *s = speak(cx, 180, 0.05, 0);
    NEED_OK(hear(cx, s->sound, "fr", &t));
    check_words(cx, s, &t);
}

/* --- cut by hand --- */

static struct transcript cut_at(struct ctx *cx, const struct engine *by, struct sound s, int64_t cut)
{
    struct piece pieces[] = { { 0, cut, 0 }, { cut, (int64_t)s.n, cut } };
    struct joined all = joined_new(cx, by->bare_words);
    struct transcript out = { 0 };

    for (size_t i = cut ? 0 : 1; i < 2; i++) {
        struct hearing h = { .sound = { s.at + pieces[i].from, (size_t)(pieces[i].to - pieces[i].from) }, .language = "en" };
        struct transcript heard = { 0 };
        CHECK_OK(by->transcribe(cx, &h, &heard));
        joined_add(&all, &pieces[i], &heard);
    }
    joined_finish(cx, &all, &out);
    return out;
}

TEST_WITHIN(wherever_a_silence_is_cut_the_words_are_those_of_the_uncut_recording, 200)
{
    start_ear(cx);
    struct spoken *s = speak(cx, 22, 0.2, 5);
    struct transcript whole = cut_at(cx, &engine_openai, s->sound, 0);

    CHECK_INT(whole.words.n, s->n);
    for (size_t i = 1; i < s->n; i++) {
        struct transcript t = cut_at(cx, &engine_openai, s->sound, (int64_t)((s->words[i - 1].end + s->words[i].start) / 2 * RATE_HZ));
        CHECK_INT(t.words.n, whole.words.n);
        CHECK_TEXT(t.text, whole.text);
    }
}

/* A recogniser that has a context hears a few words otherwise, in either direction; none may be lost or said twice for that, and
 * the whole must not be worse. */
TEST_WITHIN(readings_in_pieces_are_heard_as_well_as_uncut, 400)
{
    static const char *const read[] = { LIBRIVOX "0880.wav", LIBRIVOX "0890.wav", LIBRIVOX "0930.wav" };
    static const char said[] = "he was not an ill disposed young man unless to be rather cold hearted and rather selfish is to be ill disposed "
        "he might even have been made amiable himself";
    struct sound parts[2 * COUNT(read)];
    struct transcript t;

    fixture_start(cx, "pocketsphinx");
    for (size_t i = 0; i < COUNT(read); i++) {
        parts[2 * i] = fixture_raw(cx, read[i], 44);
        parts[2 * i + 1] = fixture_noise(cx, 3.5, 3);       /* long enough that each reading is a piece */
    }
    struct sound all = fixture_join(cx, parts, COUNT(parts));
    struct transcript whole = cut_at(cx, &engine_pocketsphinx, all, 0);
    NEED_OK(hear(cx, all, "en", &t));
    int uncut = fixture_wer(cx, said, whole.text), cut = fixture_wer(cx, said, t.text);
    fprintf(stderr, "of 1000 words %d are wrong uncut, %d in pieces, %d differ\n", uncut, cut, fixture_wer(cx, whole.text, t.text));
    CHECK(cut <= uncut + 50);
    CHECK(t.words.n + 3 >= whole.words.n && whole.words.n + 3 >= t.words.n);
}
