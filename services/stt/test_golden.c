/* Whole answers of providers, written by us after their documentation, and exactly what becomes of them: golden/NAME.json and
 * golden/NAME.expected.json. */
#include "test.h"

#include "data/json.h"
#include "engines/assemblyai_reply.h"
#include "engines/deepgram_reply.h"
#include "engines/openai_reply.h"
#include "heard.h"
#include "joined.h"
#include "prices.h"

static struct bytes golden(struct ctx *cx, const char *name)
{
    const size_t most = 1 << 16;
    FILE *f = fopen(arena_fmt(cx->arena, "services/stt/golden/%s", name), "r");
    char *at = arena_get(cx->arena, most);

    if (!f)
        skip("services/stt/golden is not here");
    size_t n = fread(at, 1, most - 1, f);
    fclose(f);
    while (n && at[n - 1] == '\n')
        at[--n] = '\0';
    return (struct bytes){ at, n };
}

static err_t assemblyai(struct ctx *cx, struct bytes body, double s, struct transcript *t) { return assemblyai_reply_read(cx, body, s, "universal-2, x", t); }
static err_t deepgram(struct ctx *cx, struct bytes body, double s, struct transcript *t) { return deepgram_reply_read(cx, body, s, "nova-3", true, t); }

static const struct { const char *name; err_t (*read)(struct ctx *, struct bytes, double, struct transcript *); double seconds; } goldens[] = {
    { "assemblyai-full",            assemblyai,        8.2 },
    { "assemblyai-utterances-only", assemblyai,        3 },
    { "assemblyai-null",            assemblyai,        5 },
    { "deepgram-full",              deepgram,          7.5 },
    { "deepgram-silence",           deepgram,          12 },
    { "deepgram-odd-times",         deepgram,          4 },
    { "openai-whispercpp",          openai_reply_read, 2.5 },
};

TEST(answers_of_every_provider_become_exactly_what_is_expected)
{
    for (size_t i = 0; i < COUNT(goldens); i++) {
        struct transcript t = { 0 };
        struct bytes expected = golden(cx, arena_fmt(cx->arena, "%s.expected.json", goldens[i].name));
        CHECK_OK(goldens[i].read(cx, golden(cx, arena_fmt(cx->arena, "%s.json", goldens[i].name)), goldens[i].seconds, &t));
        CHECK_TEXT(json_write(cx, &transcript_shape, &t), expected.at);
    }
}

TEST(what_is_no_answer_is_broken)
{
    static const char *const bodies[] = { "", "<html>", "[]", "{\"results\":{\"channels\":[]}}", "{\"results\":1}", "{\"words\":{}}", "{\"status\":\"completed\"" };
    struct transcript t;
    enum assemblyai_state state;
    const char *why;

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct bytes body = { bodies[i], strlen(bodies[i]) };
        CHECK_FAILS(deepgram(cx, body, 1, &t), ENGINE_BROKEN);
        CHECK_FAILS(assemblyai_state_read(cx, body, &state, &why), ENGINE_BROKEN);
        CHECK(i == 3 || i == 4 || assemblyai(cx, body, 1, &t));     /* foreign members are nobody's fault */
    }
}

TEST(prices_are_millionths_of_a_dollar_for_what_was_heard)
{
    CHECK_INT(price_of("universal-3-5-pro", 3600, false), 210000);
    CHECK_INT(price_of("universal-2", 3600, true), 150000);
    CHECK_INT(price_of("nova-3", 60, false), 4300);
    CHECK_INT(price_of("nova-3", 60, true), 6300);
    CHECK_INT(price_of("whisper-1", 90, false), 9000);
    CHECK_INT(price_of("nova-3", 0, false), 0);
    CHECK(price_of("universal-9", 60, false) == LONG_NONE && price_of("", 1, false) == LONG_NONE);
    CHECK_INT(price_at(0, 3600), 0);
}

TEST(speakers_have_letters_however_many_they_are)
{
    CHECK_TEXT(heard_speaker(cx, 0), "A");
    CHECK_TEXT(heard_speaker(cx, 25), "Z");
    CHECK_TEXT(heard_speaker(cx, 26), "AA");
    CHECK_TEXT(heard_speaker(cx, 701), "ZZ");
    CHECK_TEXT(heard_speaker(cx, 702), "AAA");
    CHECK_TEXT(heard_speaker(cx, -1), "A");
    CHECK(strlen(heard_speaker(cx, INT32_MAX)) < 8);
}

TEST(terms_are_taken_from_a_prompt_and_prose_is_not)
{
    struct texts t = heard_terms(cx, " Ndjobi, Libreville;Commission nationale de lutte\nune phrase qui a bien plus de six mots, ,x", 4);

    CHECK_INT(t.n, 4);
    CHECK_TEXT(t.at[0], "Ndjobi");
    CHECK_TEXT(t.at[2], "Commission nationale de lutte");
    CHECK_TEXT(t.at[3], "x");
    CHECK_INT(heard_terms(cx, NULL, 4).n, 0);
    CHECK_INT(heard_terms(cx, "a,b,c", 2).n, 2);
}

TEST(segments_end_at_pauses_sentences_and_speakers_and_keep_the_spaces_of_the_text)
{
    struct word words[] = { { "你好。", 0, 4, 1, "A" }, { "再见", 4, 5, 1, "A" }, { "!", 5, 5.1, 1, "A" }, { "Oui", 5.2, 5.4, 1, "B" }, { "non", 6.1, 6.2, 1, "B" } };
    struct transcript t = { .text = "你好。再见!  Oui non", .words = { words, COUNT(words) } };

    heard_segments(cx, &t);
    CHECK_INT(t.segments.n, 4);
    CHECK_TEXT(t.segments.at[0].text, "你好。");
    CHECK_TEXT(t.segments.at[1].text, "再见!");
    CHECK_TEXT(t.segments.at[2].text, "Oui");
    CHECK_TEXT(t.segments.at[2].speaker, "B");
    CHECK(t.segments.at[3].start == 6.1);
    t.text = "something else";
    heard_segments(cx, &t);
    CHECK_TEXT(t.segments.at[1].text, "再见 !");
}

TEST(speakers_of_several_pieces_are_not_taken_for_one_another)
{
    struct word w[] = { { "oui", 1, 2, 1, "A" } };
    struct segment s[] = { { "oui", 1, 2, "A" } };
    struct transcript heard = { .text = "oui", .words = { w, 1 }, .segments = { s, 1 } }, out = { 0 };
    struct piece pieces[] = { { 0, 10 * RATE_HZ, 0 }, { 10 * RATE_HZ, 20 * RATE_HZ, 10 * RATE_HZ } };

    for (size_t n = 1; n <= 2; n++) {
        struct joined j = joined_new(cx, false);
        for (size_t i = 0; i < n; i++)
            joined_add(&j, &pieces[i], &heard);
        joined_finish(cx, &j, &out);
        CHECK_INT(out.words.n, n);
        CHECK_INT(out.speakers, n == 1);
        CHECK(!out.words.at[0].speaker == (n == 2) && !out.segments.at[0].speaker == (n == 2));
    }
}
