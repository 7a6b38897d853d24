/* Where recordings are cut, and how what was heard in the pieces is put together. */
#include "test.h"
#include "test_fixtures.h"

#include "echo.h"
#include "joined.h"

static struct pieces cut(struct ctx *cx, struct sound s)
{
    struct loudness l = { NEWS(cx, uint8_t, s.n / FRAME + 1), 0 };
    struct pieces pieces;

    loudness_add(&l, s.at, s.n / FRAME);
    pieces_cut(cx, &l, &pieces);
    return pieces;
}

static double at_s(int64_t samples) { return (double)samples / RATE_HZ; }

TEST(nobody_speaks_in_silence_and_steady_noise)
{
    CHECK_INT(cut(cx, fixture_noise(cx, 20, 0)).n, 0);
    CHECK_INT(cut(cx, fixture_noise(cx, 20, 40)).n, 0);
    CHECK_INT(cut(cx, fixture_noise(cx, 20, 3000)).n, 0);
    CHECK_INT(cut(cx, fixture_noise(cx, 0.005, 40)).n, 0);
    CHECK_INT(cut(cx, fixture_noise(cx, 0, 0)).n, 0);
}

TEST(speech_is_found_where_it_is)
{
    struct sound parts[] = { fixture_noise(cx, 5, 30), fixture_raw(cx, TEST_DATA "goforward.raw", 0), fixture_noise(cx, 5, 30) };
    struct pieces p = cut(cx, fixture_join(cx, parts, 3));

    CHECK_INT(p.n, 1);
    CHECK(at_s(p.at[0].from) > 4.9 && at_s(p.at[0].from) < 5.6);
    CHECK(at_s(p.at[0].to) > 6.8 && at_s(p.at[0].to) < 7.9);
    CHECK(p.at[0].border == p.at[0].from);
}

TEST(a_long_silence_is_given_to_no_engine)
{
    struct sound said = fixture_raw(cx, TEST_DATA "goforward.raw", 0);
    struct sound parts[] = { said, fixture_noise(cx, 60, 0), said };
    struct pieces p = cut(cx, fixture_join(cx, parts, 3));

    CHECK_INT(p.n, 2);
    CHECK(at_s(p.at[0].to) < 3 && at_s(p.at[1].from) > 62);
}

/* Sentences of four to five seconds, half a second apart. */
TEST(cuts_lie_in_pauses_and_pieces_follow_one_another)
{
    struct sound parts[40], said = fixture_raw(cx, TEST_DATA "librivox/sense_and_sensibility_01_austen_64kb-0890.wav", 44);

    for (int i = 0; i < 40; i += 2) {
        parts[i] = said;
        parts[i + 1] = fixture_noise(cx, 0.5, 10);
    }
    struct sound all = fixture_join(cx, parts, 40);
    struct pieces p = cut(cx, all);

    CHECK(p.n >= 4 && p.n <= 14);
    for (size_t i = 0; i < p.n; i++) {
        CHECK(p.at[i].to > p.at[i].from && p.at[i].border == p.at[i].from);
        CHECK(at_s(p.at[i].to - p.at[i].from) <= 25.6);
        CHECK(i == p.n - 1 || at_s(p.at[i].to - p.at[i].from) >= 8);
        CHECK(!i || p.at[i].from >= p.at[i - 1].to);
    }
}

/* Speech-like sound without any pause: bursts of noise 150 ms apart, for two minutes. */
TEST(endless_speech_is_cut_with_an_overlap)
{
    size_t n = 120 * RATE_HZ;
    int16_t *at = NEWS(cx, int16_t, n);
    struct sound loud = fixture_noise(cx, 120, 8000);

    for (size_t i = 0; i < n; i++)
        at[i] = i / 2400 % 3 ? loud.at[i] : loud.at[i] / 200;
    struct pieces p = cut(cx, (struct sound){ at, n });

    CHECK(p.n >= 5 && p.n <= 7);
    for (size_t i = 1; i < p.n; i++) {
        CHECK(p.at[i].border > p.at[i].from && p.at[i].border < p.at[i - 1].to);
        CHECK(at_s(p.at[i - 1].to - p.at[i].from) > 2.9 && at_s(p.at[i - 1].to - p.at[i].from) < 3.1);
        CHECK(at_s(p.at[i].to - p.at[i].from) < 27);
    }
    CHECK_INT(p.at[p.n - 1].to, n);
}

/* --- joined.c --- */

#define SPOKEN 60

/* A minute of speech, a word a second: word i is said from i + 0.1 to i + 0.8. A hearing of from..to gets
 * the words that lie in it, and garbles one that it holds a part of. */
static struct transcript hear(struct ctx *cx, double from, double to, double drift)
{
    struct transcript t = { .language = "en", .model = "test" };

    t.words.at = NEWS(cx, struct word, SPOKEN);
    for (int i = 0; i < SPOKEN; i++) {
        bool whole = i + 0.1 >= from && i + 0.8 <= to, torn = !whole && i + 0.8 > from && i + 0.1 < to;
        double start = (i + 0.1 > from ? i + 0.1 : from) - from + drift, end = (i + 0.8 < to ? i + 0.8 : to) - from + drift;
        if (whole || torn)
            t.words.at[t.words.n++] = (struct word){ arena_fmt(cx->arena, whole ? "w%d" : "torn", i), start, end, 0.5, NULL };
    }
    return t;
}

static struct transcript joined(struct ctx *cx, const struct piece *p, size_t n, double drift)
{
    struct joined j = joined_new(cx, true);
    struct transcript out = { 0 };

    for (size_t i = 0; i < n; i++) {
        struct transcript t = hear(cx, at_s(p[i].from), at_s(p[i].to), i % 2 ? drift : -drift);
        joined_add(&j, &p[i], &t);
    }
    joined_finish(cx, &j, &out);
    return out;
}

TEST(no_word_is_lost_or_doubled_at_a_border_wherever_it_lies)
{
    for (int cut_ms = 20000; cut_ms < 22000; cut_ms += 37) {
        int64_t c = cut_ms * INT64_C(16), half = 3 * RATE_HZ / 2;
        struct piece p[] = { { 0, c + half, 0 }, { c - half, 60 * RATE_HZ, c } };
        struct transcript t = joined(cx, p, 2, cut_ms % 3 * 0.02);

        if (t.words.n != SPOKEN)
            SAY("%zu words with a border at %d ms: %s", t.words.n, cut_ms, t.text);
        for (size_t i = 0; i < t.words.n; i++) {
            CHECK_TEXT(t.words.at[i].word, arena_fmt(cx->arena, "w%zu", i));
            CHECK(!i || t.words.at[i].start >= t.words.at[i - 1].start);
        }
    }
}

TEST(words_make_segments_at_their_pauses)
{
    struct word words[] = { { "go", 1, 1.2, 0.5, NULL }, { "on", 1.25, 1.5, REAL_NONE, NULL }, { "stop", 3, 3.5, 1, NULL } };
    struct piece p = { 10 * RATE_HZ, 20 * RATE_HZ, 10 * RATE_HZ };
    struct transcript heard = { .words = { words, 3 }, .cost_micro = 7 }, out = { 0 };
    struct joined j = joined_new(cx, true);

    joined_add(&j, &p, &heard);
    joined_finish(cx, &j, &out);
    CHECK_TEXT(out.text, "go on stop");
    CHECK_INT(out.segments.n, 2);
    CHECK_TEXT(out.segments.at[0].text, "go on");
    CHECK(out.segments.at[1].start == 13 && out.words.at[2].end == 13.5);
    CHECK(out.confidence == 0.75 && out.cost_micro == 7);
}

static size_t echo(const char *old, const char *text, bool *torn) { return echo_words(echo_trim(old), echo_trim(text), torn); }

TEST(text_heard_twice_is_found_by_its_words)
{
    bool torn;

    CHECK_INT(echo("the road was closed because of", "closed, because of the heavy rain", &torn), 3);
    CHECK(!torn);
    CHECK_INT(echo("was closed because of hea", "because of the heavy rain", &torn), 2);
    CHECK(torn);
    CHECK_INT(echo("was closed because of the", "sed because of the heavy rain", &torn), 4);
    CHECK(!torn);
    CHECK_INT(echo("one two three", "four five six", &torn), 0);
    CHECK_INT(echo("", "four five six", &torn), 0);
    CHECK_INT(echo("four", "", &torn), 0);
}

TEST(punctuated_texts_are_joined_without_their_echo)
{
    struct segment one = { " The road was closed, because of hea", 0, 12, NULL }, two = { " because of the heavy rain. Then it opened.", 0.2, 9, NULL };
    struct transcript first = { .text = one.text, .segments = { &one, 1 }, .cost_micro = 10 };
    struct transcript second = { .text = two.text, .segments = { &two, 1 }, .cost_micro = LONG_NONE };
    struct piece p[] = { { 0, 20 * RATE_HZ, 0 }, { 17 * RATE_HZ, 40 * RATE_HZ, 18 * RATE_HZ } };
    struct transcript out = { 0 };
    struct joined j = joined_new(cx, false);

    joined_add(&j, &p[0], &first);
    joined_add(&j, &p[1], &second);
    joined_finish(cx, &j, &out);
    CHECK_TEXT(out.text, "The road was closed, because of the heavy rain. Then it opened.");
    CHECK_INT(out.segments.n, 2);
    CHECK_TEXT(out.segments.at[0].text, "The road was closed, because of");
    CHECK_TEXT(out.segments.at[1].text, "the heavy rain. Then it opened.");
    CHECK(out.cost_micro == LONG_NONE);
}

/* --- recording.c --- */

static struct bytes wav(struct ctx *cx) { return sound_wav(cx, fixture_noise(cx, 0.1, 5)); }

TEST(a_wav_is_read_and_what_is_none_is_refused)
{
    struct recording r;
    struct bytes w = wav(cx);
    char *bad = arena_text(cx->arena, w.at, w.n);

    CHECK_OK(recording_parse(cx, w, (int64_t)w.n, &r));
    CHECK_INT(r.samples, 1600);
    CHECK_INT(r.data_at, 44);
    bad[24] = 0x44;
    CHECK_FAILS(recording_parse(cx, (struct bytes){ bad, w.n }, (int64_t)w.n, &r), MEDIA_UNREADABLE);
    for (size_t n = 0; n < 44; n++)
        CHECK_FAILS(recording_parse(cx, (struct bytes){ w.at, n }, (int64_t)n, &r), MEDIA_UNREADABLE);
}

TEST(a_streamed_wav_without_lengths_reaches_to_its_end)
{
    struct recording r;
    struct bytes w = wav(cx);
    char *bad = arena_text(cx->arena, w.at, w.n);

    memset(bad + 4, 0xff, 4);
    memset(bad + 40, 0xff, 4);
    CHECK_OK(recording_parse(cx, (struct bytes){ bad, w.n }, (int64_t)w.n, &r));
    CHECK_INT(r.samples, 1600);
}
