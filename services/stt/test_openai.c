/* OpenAI-compatible servers: their answers, and the engine against the simulator (SIMULATOR_URL). */
#include "test.h"
#include "test_fixtures.h"

#include "app/daemon.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "claimed.h"
#include "config.h"
#include "engines/openai_reply.h"
#include "handler.h"
#include "language.h"
#include "net/blob.h"
#include "net/http.h"

#include <math.h>
#include <stdlib.h>

/* --- answers --- */

static struct transcript reply(struct ctx *cx, const char *json)
{
    struct transcript t = { 0 };

    CHECK_OK(openai_reply_read(cx, (struct bytes){ json, strlen(json) }, 10, &t));
    return t;
}

TEST(words_are_found_where_each_server_puts_them)
{
    static const char *const bodies[] = {
        "{\"task\":\"transcribe\",\"language\":\"french\",\"duration\":3.2,\"text\":\" Bonjour. \",\"segments\":[{\"id\":0,\"start\":0.0,\"end\":1.2,"
            "\"text\":\" Bonjour.\",\"tokens\":[1]}],\"words\":[{\"word\":\"Bonjour\",\"start\":0.1,\"end\":0.6}]}",
        "{\"language\":\"fr\",\"text\":\"Bonjour.\\n\",\"segments\":[{\"start\":0,\"end\":1.2,\"text\":\"Bonjour.\",\"words\":[{\"word\":\" Bonjour\","
            "\"start\":0.1,\"end\":0.6,\"t_dtw\":-1,\"probability\":0.9}]}]}",
        "{\"language\":\"French\",\"text\":\"Bonjour.\",\"segments\":[{\"start\":0,\"end\":1.2,\"text\":\"Bonjour.\"}],\"words\":[{\"text\":\"Bonjour\","
            "\"start\":0.1,\"end\":0.6}]}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct transcript t = reply(cx, bodies[i]);
        CHECK_TEXT(t.text, "Bonjour.");
        CHECK_TEXT(t.language, "fr");
        CHECK_INT(t.words.n, 1);
        CHECK_TEXT(t.words.at[0].word, "Bonjour");
        CHECK(t.words.at[0].start == 0.1 && t.words.at[0].end == 0.6 && isnan(t.words.at[0].confidence) == (i != 1));
        CHECK_INT(t.segments.n, 1);
        CHECK_TEXT(t.segments.at[0].text, "Bonjour.");
    }
}

TEST(an_answer_of_text_alone_or_with_times_in_another_unit_is_taken_without_times)
{
    struct transcript t = reply(cx, "{\"text\":\"Oui.\",\"usage\":{\"type\":\"tokens\"}}");

    CHECK_TEXT(t.text, "Oui.");
    CHECK(!t.words.n && !t.segments.n && !t.language);
    t = reply(cx, "{\"text\":\"Oui non.\",\"segments\":[{\"start\":0,\"end\":1000000000,\"text\":\"Oui non.\"}],"
                  "\"words\":[{\"text\":\"Oui\",\"start\":0,\"end\":500000000},{\"text\":\"non\",\"start\":500000000,\"end\":1000000000}]}");
    CHECK(!t.words.n && !t.segments.n);
}

TEST(what_is_no_transcription_is_broken)
{
    static const char *const bodies[] = { "", "<html>", "{}", "{\"error\":\"no\"}", "{\"text\":1}", "{\"text\":\"a\",\"words\":{}}", "[]" };
    struct transcript t;

    for (size_t i = 0; i < COUNT(bodies); i++)
        CHECK_FAILS(openai_reply_read(cx, (struct bytes){ bodies[i], strlen(bodies[i]) }, 10, &t), ENGINE_BROKEN);
}

TEST(languages_have_a_code_by_any_name)
{
    CHECK_TEXT(language_code("french"), "fr");
    CHECK_TEXT(language_code("Lingala"), "ln");
    CHECK_TEXT(language_code("EN"), "en");
    CHECK(!language_code("klingon") && !language_code(NULL));
}

/* --- the engine --- */

static void start(struct ctx *cx, const char *dialect, const char *engines, const char *model)
{
    fixture_simulated(cx, engines);
    fixture_settings.stt_openai_url = arena_fmt(cx->arena, "%s%s/v1/", getenv("SIMULATOR_URL"), dialect);
    fixture_settings.stt_openai_model = model;
}

static err_t hear(struct ctx *cx, struct sound s, const char *language, struct transcript *out)
{
    struct stt_transcribe in = { .file = "t/audio.wav", .language = language, .prompt = "Libreville, Ndjobi" };

    *out = (struct transcript){ 0 };
    TRY(blob_put(cx, in.file, sound_wav(cx, s)));
    return transcribe.run(cx, &in, out);
}

static struct sound command(struct ctx *cx) { return fixture_raw(cx, TEST_DATA "goforward.raw", 0); }

#define SAYS "sim-say;text=Le%20pont%20est%20ferm%C3%A9."
#define SAID "Le pont est fermé."

TEST(servers_of_every_dialect_are_understood)
{
    static const char *const dialects[] = { "", "/whispercpp", "/speaches", "/localai" };
    struct transcript t;

    for (size_t i = 0; i < COUNT(dialects); i++) {
        start(cx, dialects[i], "openai", SAYS);
        NEED_OK(hear(cx, command(cx), "fr-GA", &t));
        CHECK_TEXT(t.text, SAID);
        CHECK_TEXT(t.engine, "openai");
        CHECK_TEXT(t.model, SAYS);
        CHECK_TEXT(t.language, "fr");
        CHECK_INT(t.words.n, 4);
        CHECK(t.words.at[0].start >= 0 && t.words.at[3].end <= t.duration_s + 0.1);
        CHECK(t.segments.n >= 1);
        CHECK(t.cost_micro == LONG_NONE);
    }
}

TEST(prices_are_by_the_table_or_by_the_setting)
{
    struct transcript t;

    start(cx, "", "openai", "whisper-1");
    NEED_OK(hear(cx, command(cx), "fr", &t));
    CHECK(t.cost_micro > 150 && t.cost_micro < 280);       /* about two seconds at 0.006 dollars a minute */
    fixture_settings.stt_openai_micro_per_minute = 0;
    NEED_OK(hear(cx, command(cx), "fr", &t));
    CHECK_INT(t.cost_micro, 0);
}

TEST(a_model_that_knows_one_format_is_asked_for_it)
{
    struct transcript t;

    start(cx, "", "openai", "gpt-4o-mini-transcribe");
    NEED_OK(hear(cx, command(cx), "fr", &t));
    CHECK(*t.text && !t.words.n && t.cost_micro > 0);
    fixture_settings.stt_openai_model = "gpt-4o-audio";             /* refuses verbose_json with 400, and is asked again */
    NEED_OK(hear(cx, command(cx), "fr", &t));
    CHECK(*t.text && !t.words.n && t.segments.n == 1);
}

TEST(odd_but_usable_answers_are_used)
{
    static const char *const odd[] = { SAYS ",no-words", SAYS ",empty-segments", SAYS ",equal-times", SAYS ",language-code", SAYS ",slow-body;ms=1;bytes=40" };
    struct transcript t;

    for (size_t i = 0; i < COUNT(odd); i++) {
        start(cx, "", "openai", odd[i]);
        CHECK_OK(hear(cx, command(cx), NULL, &t));
        CHECK_TEXT(t.text, SAID);
    }
}

TEST(faults_of_the_server_have_their_class)
{
    static const struct { const char *fault; enum err_code code, other; } faults[] = {
        { "429;retry_after=2", E_ENGINE_BUSY, E_ENGINE_BUSY }, { "429-quota", E_ENGINE_QUOTA, E_ENGINE_QUOTA },
        { "500", E_ENGINE_DOWN, E_ENGINE_BUSY }, { "404", E_ENGINE_REFUSED, E_ENGINE_REFUSED },
        { "empty-body", E_ENGINE_BROKEN, E_ENGINE_BROKEN }, { "truncated", E_ENGINE_BROKEN, E_ENGINE_BROKEN },
        { "malformed", E_ENGINE_BROKEN, E_ENGINE_BROKEN }, { "html;status=200", E_ENGINE_BROKEN, E_ENGINE_BROKEN },
        { "hangup", E_ENGINE_DOWN, E_ENGINE_DOWN }, { "huge-body;mib=20", E_ENGINE_BROKEN, E_ENGINE_BROKEN },
    };
    struct transcript t;

    for (size_t i = 0; i < COUNT(faults); i++) {
        start(cx, "", "openai", arena_fmt(cx->arena, "sim-%s", faults[i].fault));
        err_t e = hear(cx, command(cx), "fr", &t);
        if (!e || (e->code != faults[i].code && e->code != faults[i].other))
            SAY("%s: %s: %s", faults[i].fault, e ? err_name(e->code) : "OK", e ? e->text : t.text);
        fixture_settings.stt_openai_model = "whisper-1";            /* a success, so that the breaker stays closed */
        CHECK_OK(hear(cx, command(cx), "fr", &t));
    }
}

TEST_WITHIN(the_next_engine_hears_what_the_first_cannot, 180)
{
    struct transcript t;

    start(cx, "", "openai,pocketsphinx", "sim-500");
    NEED_OK(hear(cx, command(cx), "en", &t));
    CHECK_TEXT(t.text, "go forward ten meters");
    CHECK_TEXT(t.engine, "pocketsphinx");
    CHECK_FAILS(hear(cx, command(cx), "fr", &t), ENGINE_DOWN);      /* pocketsphinx cannot */
    fixture_settings.stt_openai_model = SAYS;
    NEED_OK(hear(cx, command(cx), "fr", &t));
    CHECK_TEXT(t.engine, "openai");
}

/* --- in a job --- */

static int performed(struct ctx *cx, const char *model)
{
    struct http_answer got = { .status = 0 };
    struct http_ask ledger = { .verb = "GET", .url = arena_fmt(cx->arena, "%s/_sim/ledger?limit=1000&outcome=performed", getenv("SIMULATOR_URL")) };
    const char *line = arena_fmt(cx->arena, "\"model\":\"%s\"", model);
    int n = 0;

    CHECK_OK(http_send(cx, &ledger, &got));
    for (const char *at = got.body.at; at && (at = strstr(at, line)); at++)
        n++;
    return n;
}

static struct sound three_pieces(struct ctx *cx)
{
    struct sound said = command(cx), silence = fixture_noise(cx, 4, 0), parts[] = { said, silence, said, silence, said };

    return fixture_join(cx, parts, COUNT(parts));
}

/* A model that was never asked before, and fails at the first request for each piece. */
static const char *failing_once(struct ctx *cx) { return arena_fmt(cx->arena, "sim-500;times=1;tag=%lld", (long long)clock_us()); }

/* Each attempt gets one piece further. */
TEST(a_transcription_goes_on_at_its_last_piece)
{
    const char *model = failing_once(cx);
    struct transcript one, t;

    start(cx, "", "openai", "whisper-1");
    NEED_OK(hear(cx, command(cx), "fr", &one));
    fixture_settings.stt_openai_model = model;
    claimed_start(cx, &fixture_process, "stt.transcribe");
    err_t e = hear(cx, three_pieces(cx), "fr", &t);
    for (int attempts = 1; e && attempts < 5; attempts++) {
        CHECK_INT(err_retry(e->code), LATER);
        claimed_again(cx);
        e = hear(cx, three_pieces(cx), "fr", &t);
    }
    NEED_OK(e);
    CHECK_INT(cx->job->attempt, 4);
    CHECK_TEXT(t.text, arena_fmt(cx->arena, "%s %s %s", one.text, one.text, one.text));
    CHECK_INT(t.words.n, 3 * one.words.n);
    CHECK(isnan(t.words.at[0].confidence) && isnan(t.confidence) && t.cost_micro == LONG_NONE);
    CHECK_INT(performed(cx, model), 3);
    const char *events = claimed_events(cx);
    CHECK_HAS(events, "progress {");
    CHECK_HAS(events, "transcript.piece {\"piece\":3,\"pieces\":3,\"text\":\"");
    CHECK_HAS(events, arena_fmt(cx->arena, "\ntranscript {\"text\":\"%s", t.text));
    CHECK_HAS(claimed_explain(cx), "\"taken\"");
}

TEST_WITHIN(pieces_heard_without_a_key_are_kept_as_well, 180)
{
    struct transcript first, again;

    start(cx, "", "pocketsphinx", "");
    claimed_start(cx, &fixture_process, "stt.transcribe");
    NEED_OK(hear(cx, three_pieces(cx), "en", &first));
    claimed_again(cx);
    fixture_settings.stt_sphinx_decoders = 0;                       /* whoever asked for a decoder now would wait for ever */
    NEED_OK(hear(cx, three_pieces(cx), "en", &again));
    CHECK_TEXT(again.text, "go forward ten meters go forward ten meters go forward ten meters");
    CHECK_TEXT(again.text, first.text);
    CHECK(again.confidence == first.confidence && again.cost_micro == 0 && again.words.n == first.words.n);
}

TEST_WITHIN(pieces_that_were_heard_are_worth_waiting_for_but_not_for_ever, 180)
{
    struct transcript t;

    start(cx, "", "openai,pocketsphinx", failing_once(cx));
    claimed_start(cx, &fixture_process, "stt.transcribe");
    NEED_OK(hear(cx, three_pieces(cx), "en", &t));          /* not a single piece: pocketsphinx takes over */
    CHECK_TEXT(t.engine, "pocketsphinx");
    CHECK_HAS(claimed_explain(cx), "\"openai\",\"what\":\"failed\"");
    claimed_again(cx);
    err_t e = hear(cx, three_pieces(cx), "en", &t);         /* one piece heard: the rest is tried again */
    CHECK(e && err_retry(e->code) == LATER);
}
