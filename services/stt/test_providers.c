/* AssemblyAI and Deepgram against the simulator (SIMULATOR_URL): what they hear, how they fail, what is paid for. */
#include "test.h"
#include "test_fixtures.h"

#include "app/daemon.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "claimed.h"
#include "config.h"
#include "handler.h"
#include "net/blob.h"
#include "net/http.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define SAYS "sim-say;text=Le%20pont%20est%20ferm%C3%A9.%20Merci."
#define SAID "Le pont est fermé. Merci."

static void start(struct ctx *cx, const char *engines, const char *model)
{
    fixture_simulated(cx, engines);
    fixture_settings.stt_assemblyai_model = arena_fmt(cx->arena, "%s,universal-2", model);
    fixture_settings.stt_deepgram_model = model;
    fixture_settings.stt_assemblyai_poll_ms = 30;
}

static struct sound command(struct ctx *cx) { return fixture_raw(cx, TEST_DATA "goforward.raw", 0); }

static err_t hear(struct ctx *cx, struct stt_transcribe in, struct transcript *out)
{
    in.file = "t/audio.wav";
    *out = (struct transcript){ 0 };
    TRY(blob_put(cx, in.file, sound_wav(cx, command(cx))));
    return transcribe.run(cx, &in, out);
}

#define HEAR(out, ...) hear(cx, (struct stt_transcribe){ .prompt = "Libreville, Ndjobi", ##__VA_ARGS__ }, out)

/* A model that was never asked before. */
static const char *once(struct ctx *cx, const char *fault) { return arena_fmt(cx->arena, "sim-%s;tag=%lld", fault, (long long)clock_us()); }

static struct bytes simulator(struct ctx *cx, const char *path)
{
    struct http_answer got = { .status = 0 };
    struct http_ask ask = { .verb = "GET", .url = arena_fmt(cx->arena, "%s%s", getenv("SIMULATOR_URL"), path) };

    CHECK_OK(http_send(cx, &ask, &got));
    return got.body;
}

static int times(const char *text, const char *part)
{
    int n = 0;

    for (const char *at = text; at && (at = strstr(at, part)); at++)
        n++;
    return n;
}

static int performed(struct ctx *cx, const char *model)
{
    return times(simulator(cx, "/_sim/ledger?limit=10000&outcome=performed").at, arena_fmt(cx->arena, "\"model\":\"%s\"", model));
}

/* Requests of a route, "POST /v2/upload"; one that ends in a slash has an id behind it. */
static int asked(struct ctx *cx, const char *route)
{
    const char *key = arena_fmt(cx->arena, "\"%s\":", route), *at = strstr(simulator(cx, "/_sim/counts").at, key);

    return at ? (int)strtol(at + strlen(key), NULL, 10) : 0;
}

static void script(struct ctx *cx, const char *json)
{
    struct http_answer got = { .status = 0 };
    struct http_ask ask = { .verb = "POST", .url = arena_fmt(cx->arena, "%s/_sim/script", getenv("SIMULATOR_URL")), .type = "application/json",
                            .body = { json, strlen(json) } };

    CHECK_OK(http_send(cx, &ask, &got));
    CHECK_INT(got.status, 201);
}

/* --- AssemblyAI --- */

TEST(assemblyai_hears_a_recording_as_a_whole_with_its_speakers)
{
    struct transcript t;

    start(cx, "assemblyai", "universal-3-5-pro");
    NEED_OK(HEAR(&t, .language = "fr-GA", .diarize = true));
    CHECK_TEXT(t.text, "Bonjour à tous. La séance est ouverte. Nous écoutons la première question.");
    CHECK_TEXT(t.engine, "assemblyai");
    CHECK_TEXT(t.model, "universal-3-5-pro");
    CHECK_TEXT(t.language, "fr");
    CHECK_INT(t.words.n, 12);
    CHECK_TEXT(t.words.at[2].word, "tous.");
    CHECK_TEXT(t.words.at[0].speaker, "A");
    CHECK_TEXT(t.words.at[11].speaker, "B");
    CHECK_INT(t.speakers, 2);
    CHECK(t.segments.n >= 2 && text_is(t.segments.at[t.segments.n - 1].speaker, "B"));
    CHECK(t.confidence == 0.95 && !t.mock && t.duration_s > 2.7 && t.duration_s < 2.9);
    CHECK_INT(t.cost_micro, 175);                       /* three seconds at 0.0035 dollars a minute */
    NEED_OK(HEAR(&t, .language = NULL));
    CHECK(!t.speakers && !t.words.at[0].speaker);
}

TEST(assemblyai_is_polled_through_refusals_until_it_is_done)
{
    static const char *const slow[] = { "waits;queued=5;processing=5", "poll-refused;n=2;status=429;retry_after=1", "poll-refused;n=3;status=500;retry_after=",
                                        "poll-refused;n=1;status=503;retry_after=", "slow-body;ms=1;bytes=200" };
    struct transcript t;

    for (size_t i = 0; i < COUNT(slow); i++) {
        const char *model = once(cx, slow[i]);
        start(cx, "assemblyai", model);
        int64_t began = clock_ms();
        CHECK_OK(HEAR(&t, .language = "fr"));
        CHECK(*t.text && t.words.n == 12);
        CHECK(i != 1 || clock_ms() - began >= 2000);    /* Retry-After, twice */
        CHECK_INT(performed(cx, model), 1);
    }
}

TEST(assemblyai_that_fails_by_itself_is_asked_once_more_and_what_is_hopeless_is_not)
{
    struct transcript t;
    const char *model = once(cx, "terminal;times=1");

    start(cx, "assemblyai", model);
    NEED_OK(HEAR(&t, .language = "fr"));
    CHECK_INT(performed(cx, model), 2);

    start(cx, "assemblyai", model = once(cx, "terminal"));
    CHECK_FAILS(HEAR(&t, .language = "fr"), ENGINE_REFUSED);
    CHECK_INT(performed(cx, model), 2);

    start(cx, "assemblyai", model = once(cx, "terminal;text=Download%20error%2C%20unable%20to%20download%20the%20file"));
    err_t e = HEAR(&t, .language = "fr");
    CHECK_FAILS(e, ENGINE_REFUSED);
    CHECK_HAS(e ? e->text : "", "unable to download");
    CHECK_INT(performed(cx, model), 1);

    start(cx, "assemblyai", once(cx, "terminal;text=language_detection%20cannot%20be%20performed%20on%20files%20with%20no%20spoken%20audio."));
    CHECK_FAILS(HEAR(&t, .language = NULL), SPEECH_ABSENT);
    start(cx, "assemblyai", once(cx, "nulls"));
    CHECK_FAILS(HEAR(&t, .language = "fr"), SPEECH_ABSENT);
}

TEST(assemblyai_that_never_finishes_is_not_waited_for_without_end)
{
    struct transcript t;
    int64_t began = clock_ms();

    start(cx, "assemblyai", once(cx, "stuck"));
    fixture_settings.stt_assemblyai_wait_s = 1;
    CHECK_FAILS(HEAR(&t, .language = "fr"), TIMEOUT);
    CHECK(clock_ms() - began >= 3500);
}

TEST(faults_of_assemblyai_have_their_class)
{
    static const struct { const char *fault; enum err_code code, other; } faults[] = {
        { "429;retry_after=2", E_ENGINE_BUSY, E_ENGINE_BUSY }, { "500", E_ENGINE_DOWN, E_ENGINE_DOWN }, { "503", E_ENGINE_BUSY, E_ENGINE_BUSY },
        { "400", E_ENGINE_REFUSED, E_ENGINE_REFUSED }, { "403", E_ENGINE_DISABLED, E_ENGINE_DISABLED }, { "504", E_ENGINE_DOWN, E_ENGINE_DOWN },
        { "empty-body", E_ENGINE_BROKEN, E_ENGINE_BROKEN }, { "malformed", E_ENGINE_BROKEN, E_ENGINE_BROKEN },
        { "html;status=502", E_ENGINE_DOWN, E_ENGINE_DOWN }, { "hangup", E_ENGINE_DOWN, E_ENGINE_DOWN },
    };
    struct transcript t;

    for (size_t i = 0; i < COUNT(faults); i++) {
        start(cx, "assemblyai", once(cx, faults[i].fault));
        err_t e = HEAR(&t, .language = "fr");
        if (!e || (e->code != faults[i].code && e->code != faults[i].other))
            SAY("%s: %s: %s", faults[i].fault, e ? err_name(e->code) : "OK", e ? e->text : t.text);
        fixture_settings.stt_assemblyai_model = "universal-2";      /* a success, so that the breaker stays closed */
        CHECK_OK(HEAR(&t, .language = "fr"));
    }
}

TEST(keys_that_are_missing_wrong_or_placeholders_leave_an_engine_out_with_a_reason)
{
    struct transcript t;

    start(cx, "assemblyai", "universal-2");
    fixture_settings.assemblyai_api_key = "another";
    CHECK_FAILS(HEAR(&t, .language = "fr"), ENGINE_DISABLED);
    fixture_settings.assemblyai_api_key = NULL;
    err_t e = HEAR(&t, .language = "fr");
    CHECK_FAILS(e, ENGINE_DISABLED);
    CHECK_HAS(e->text, "ASSEMBLYAI_API_KEY is not set");
    fixture_settings.assemblyai_api_key = "your-assemblyai-key";
    e = HEAR(&t, .language = "fr");
    CHECK_FAILS(e, ENGINE_DISABLED);
    CHECK_HAS(e->text, "placeholder");
    fixture_settings.stt_engines = "assemblyai,deepgram";
    fixture_settings.assemblyai_api_key = "change-me";
    fixture_settings.stt_deepgram_model = "nova-3";
    NEED_OK(HEAR(&t, .language = "fr"));
    CHECK_TEXT(t.engine, "deepgram");
}

/* --- AssemblyAI in a job: whatever dies, nothing is paid twice --- */

TEST(a_transcript_that_was_asked_for_before_a_death_is_found_and_not_paid_again)
{
    const char *model = once(cx, "hangup;times=1");
    struct transcript t;

    start(cx, "assemblyai,deepgram", model);
    claimed_start(cx, &fixture_process, "stt.transcribe");
    int uploads = asked(cx, "POST /v2/upload");
    CHECK_FAILS(HEAR(&t, .language = "fr"), ENGINE_DOWN);       /* and deepgram is not asked: assemblyai may be at work */
    CHECK_INT(performed(cx, model), 1);
    claimed_again(cx);
    NEED_OK(HEAR(&t, .language = "fr"));
    CHECK_TEXT(t.engine, "assemblyai");
    CHECK_INT(performed(cx, model), 1);
    CHECK_INT(asked(cx, "POST /v2/upload"), uploads + 1);
    CHECK_HAS(claimed_explain(cx), "was asked for before");
}

TEST(a_create_that_did_not_arrive_is_made_again_after_asking)
{
    const char *model = once(cx, "hangup-before;times=1");
    struct transcript t;

    start(cx, "assemblyai", model);
    claimed_start(cx, &fixture_process, "stt.transcribe");
    int lists = asked(cx, "GET /v2/transcript");
    CHECK_FAILS(HEAR(&t, .language = "fr"), ENGINE_DOWN);
    CHECK_INT(performed(cx, model), 0);
    claimed_again(cx);
    NEED_OK(HEAR(&t, .language = "fr"));
    CHECK_INT(performed(cx, model), 1);
    CHECK(asked(cx, "GET /v2/transcript") >= lists + 2);
}

TEST(a_transcript_that_is_under_way_is_polled_by_the_next_attempt)
{
    const char *model = once(cx, "waits;queued=150;processing=0");
    struct transcript t;

    start(cx, "assemblyai,deepgram", model);
    fixture_settings.stt_assemblyai_wait_s = 1;
    claimed_start(cx, &fixture_process, "stt.transcribe");
    err_t e = HEAR(&t, .language = "fr");
    for (int attempts = 1; e && attempts < 4; attempts++) {
        CHECK_FAILS(e, TIMEOUT);
        claimed_again(cx);
        e = HEAR(&t, .language = "fr");
    }
    NEED_OK(e);
    CHECK(cx->job->attempt > 1);
    CHECK_TEXT(t.engine, "assemblyai");
    CHECK_INT(performed(cx, model), 1);
}

TEST(a_transcript_that_is_kept_is_asked_of_nobody_and_deleted_at_the_provider)
{
    struct transcript first, again;

    start(cx, "assemblyai", once(cx, "ok"));
    claimed_start(cx, &fixture_process, "stt.transcribe");
    int deleted = asked(cx, "DELETE /v2/transcript/");
    NEED_OK(HEAR(&first, .language = "fr", .diarize = true));
    CHECK_INT(asked(cx, "DELETE /v2/transcript/"), deleted + 1);
    claimed_again(cx);
    fixture_settings.stt_assemblyai_delete = false;
    int polls = asked(cx, "GET /v2/transcript/"), made = asked(cx, "POST /v2/transcript");
    NEED_OK(HEAR(&again, .language = "fr", .diarize = true));
    CHECK_TEXT(again.text, first.text);
    CHECK(again.words.n == first.words.n && again.speakers == 2 && again.confidence == first.confidence && again.cost_micro == first.cost_micro);
    CHECK_INT(asked(cx, "GET /v2/transcript/"), polls);
    CHECK_INT(asked(cx, "POST /v2/transcript"), made);
    CHECK_INT(asked(cx, "DELETE /v2/transcript/"), deleted + 1);
}

/* --- stops: of a cancel, or of a process that makes way for another --- */

static bool stopped;

static void *stop_soon(void *unused)
{
    (void)unused;
    clock_sleep_ms(1200);
    __atomic_store_n(&stopped, true, __ATOMIC_RELAXED);
    return NULL;
}

static err_t hear_until_stopped(struct ctx *cx, struct transcript *t)
{
    pthread_t thread;

    stopped = false;
    cx->stop = &stopped;
    pthread_create(&thread, NULL, stop_soon, NULL);
    err_t e = HEAR(t, .language = "fr");
    pthread_join(thread, NULL);
    cx->stop = NULL;
    return e;
}

static void *cancel_soon(void *with)
{
    struct ctx *cx = with, own = *cx;

    own.arena = arena_new();
    clock_sleep_ms(600);
    CHECK_OK(job_cancel(&own, cx->job->id));
    arena_free(own.arena);
    return NULL;
}

TEST(a_cancel_ends_the_polling_and_deletes_what_the_provider_holds)
{
    struct transcript t;
    pthread_t thread;

    start(cx, "assemblyai", once(cx, "stuck"));
    claimed_start(cx, &fixture_process, "stt.transcribe");
    int deleted = asked(cx, "DELETE /v2/transcript/");
    CHECK_FAILS(hear_until_stopped(cx, &t), CANCELLED);             /* another worker goes on: nothing is deleted */
    CHECK_INT(asked(cx, "DELETE /v2/transcript/"), deleted);
    claimed_again(cx);
    pthread_create(&thread, NULL, cancel_soon, cx);
    CHECK_FAILS(hear_until_stopped(cx, &t), CANCELLED);
    pthread_join(thread, NULL);
    CHECK_INT(asked(cx, "DELETE /v2/transcript/"), deleted + 1);
}

/* --- Deepgram --- */

TEST(deepgram_hears_a_recording_as_a_whole_with_its_speakers)
{
    struct transcript t;

    start(cx, "deepgram", "nova-3");
    NEED_OK(HEAR(&t, .diarize = true));
    CHECK_TEXT(t.text, "Bonjour à tous. La séance est ouverte. Nous écoutons la première question.");
    CHECK_TEXT(t.engine, "deepgram");
    CHECK_TEXT(t.model, "nova-3");
    CHECK_TEXT(t.language, "fr");
    CHECK_TEXT(t.words.at[2].word, "tous.");
    CHECK_TEXT(t.words.at[0].speaker, "A");
    CHECK_INT(t.speakers, 2);
    CHECK(t.confidence == 0.97 && t.duration_s > 2.7);
    int64_t with = t.cost_micro;
    NEED_OK(HEAR(&t, .language = "fr-CA"));
    CHECK_TEXT(t.language, "fr");
    CHECK(!t.speakers && t.cost_micro > 0);
    CHECK_INT((with * 43 + 31) / 63, t.cost_micro);                 /* 0.0063 and 0.0043 dollars a minute */
}

TEST(faults_of_deepgram_have_their_class)
{
    static const struct { const char *fault; enum err_code code; } faults[] = {
        { "429-bare", E_ENGINE_BUSY }, { "500", E_ENGINE_DOWN }, { "502", E_ENGINE_DOWN }, { "402", E_ENGINE_QUOTA }, { "400", E_ENGINE_REFUSED },
        { "401", E_ENGINE_DISABLED }, { "404", E_ENGINE_REFUSED }, { "hangup", E_ENGINE_DOWN }, { "malformed", E_ENGINE_BROKEN },
        { "truncated", E_ENGINE_BROKEN }, { "empty-body", E_ENGINE_BROKEN }, { "silence", E_SPEECH_ABSENT }, { "413", E_ENGINE_REFUSED },
    };
    struct transcript t;

    for (size_t i = 0; i < COUNT(faults); i++) {
        start(cx, "deepgram", once(cx, faults[i].fault));
        err_t e = HEAR(&t, .language = "fr");
        if (!e || e->code != faults[i].code)
            SAY("%s: %s: %s", faults[i].fault, e ? err_name(e->code) : "OK", e ? e->text : t.text);
        fixture_settings.stt_deepgram_model = "nova-3";
        CHECK_OK(HEAR(&t, .language = "fr"));
    }
    fixture_settings.deepgram_api_key = "another";
    err_t e = HEAR(&t, .language = "fr");
    CHECK_FAILS(e, ENGINE_DISABLED);
    CHECK_HAS(e->text, "INVALID_AUTH: Invalid credentials. (request 8f0c6c1e-");
}

TEST(deepgram_that_runs_out_of_time_is_asked_again_and_then_in_pieces)
{
    struct transcript t;
    const char *model = once(cx, "504;times=1");

    start(cx, "deepgram", model);
    NEED_OK(HEAR(&t, .language = "fr", .diarize = true));
    CHECK_INT(performed(cx, model), 1);
    CHECK_INT(t.speakers, 2);
    start(cx, "deepgram", model = once(cx, "ok"));
    script(cx, arena_fmt(cx->arena, "{\"match\":{\"model\":\"%s\"},\"times\":2,\"do\":[\"504\"]}", model));
    claimed_start(cx, &fixture_process, "stt.transcribe");
    NEED_OK(HEAR(&t, .language = "fr", .diarize = true));
    CHECK_HAS(claimed_explain(cx), "hears pieces");
    CHECK_HAS(claimed_explain(cx), "\"what\":\"request\",\"why\":\"8f0c6c1e-");
    CHECK_INT(performed(cx, model), 1);
}

TEST_WITHIN(engines_are_tried_in_the_declared_order, 180)
{
    struct transcript t;

    start(cx, stt_settings_default.stt_engines, once(cx, "400"));
    fixture_settings.stt_openai_model = SAYS;
    NEED_OK(HEAR(&t, .language = "fr"));                            /* assemblyai and deepgram have the model that refuses */
    CHECK_TEXT(t.engine, "openai");
    fixture_settings.stt_deepgram_model = "nova-3";
    NEED_OK(HEAR(&t, .language = "fr"));
    CHECK_TEXT(t.engine, "deepgram");
    fixture_settings.stt_assemblyai_model = "universal-2";
    NEED_OK(HEAR(&t, .language = "fr"));
    CHECK_TEXT(t.engine, "assemblyai");
    fixture_settings.stt_assemblyai_model = SAYS;
    NEED_OK(HEAR(&t, .language = "fr"));
    CHECK_TEXT(t.text, SAID);
    fixture_settings.stt_openai_model = "sim-500";
    fixture_settings.stt_assemblyai_model = fixture_settings.stt_deepgram_model = once(cx, "400");
    NEED_OK(HEAR(&t, .language = "en"));
    CHECK_TEXT(t.engine, "pocketsphinx");
}

/* --- MOCK --- */

TEST(a_key_that_is_the_word_mock_gives_a_text_that_says_so_without_a_recording)
{
    struct stt_transcribe in = { .source = "https://youtu.be/abc?x=\"1\"", .language = "en", .diarize = true };
    struct transcript t = { 0 };
    int64_t began = clock_ms();

    fixture_start(cx, stt_settings_default.stt_engines);
    fixture_settings.assemblyai_api_key = "MOCK";
    NEED_OK(transcribe.run(cx, &in, &t));
    CHECK(clock_ms() - began >= 2000);
    CHECK(text_starts(t.text, "Ceci est une transcription SIMULÉE pour le test."));
    CHECK_HAS(t.text, in.source);
    CHECK_HAS(t.text, "ASSEMBLYAI_API_KEY vaut MOCK");
    CHECK_HAS(t.text, "Z.");
    CHECK(t.mock && t.confidence == 0.95 && t.duration_s == 180 && t.cost_micro == 0 && !t.words.n);
    CHECK_TEXT(t.engine, "assemblyai");

    static const char *const real[] = { "mock", "MOCK ", "MOCKED", "your-key", "sk-test", NULL };
    for (size_t i = 0; i < COUNT(real); i++) {
        fixture_settings.assemblyai_api_key = real[i];
        fixture_settings.stt_assemblyai_url = "http://127.0.0.1:9";
        err_t e = transcribe.run(cx, &in, &t);
        CHECK(e && (e->code == E_INPUT_INVALID || e->code == E_ENGINE_DISABLED || e->code == E_LANGUAGE_REFUSED));
    }
}
