/* The speech worker: espeak-ng itself, the simulator of OpenAI (SIMULATOR_URL), the ledger (PG_URL). */
#include "choose.h"
#include "config.h"
#include "handler.h"
#include "plain.h"
#include "sentences.h"
#include "app/jobs.h"
#include "data/json.h"
#include "data/uuid.h"
#include "net/blob.h"
#include "net/child.h"
#include "net/http.h"
#include "net/pg.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static const char *dir;
static struct job the_job = { .id = "0192", .root = "0190", .step = "tts", .kind = "tts.speak", .attempt = 1 };

static void start(struct ctx *cx)
{
    err_t e = blob_workdir(cx, &dir);

    if (!e)
        e = blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s/blobs", dir), &cx->blobs);
    if (e)
        skip(e->text);
    cx->job = &the_job;
}

static fallible say(struct ctx *cx, const struct tts_speak *in, struct speech *out)
{
    *out = (struct speech){ .file = NULL };
    return tts_speak.run(cx, in, out);
}

/* What a program prints about a result that is fetched as "result". */
static const char *about(struct ctx *cx, const struct speech *s, const char *const *words)
{
    const char *argv[24] = { NULL };
    struct child_end end = { .status = 0 };

    CHECK_OK(blob_fetch(cx, s->file, arena_fmt(cx->arena, "%s/result", dir)));
    for (size_t i = 0; words[i] && i < COUNT(argv) - 1; i++)
        argv[i] = words[i];
    CHECK_OK(child_run(cx, &(struct child_ask){ .argv = argv, .dir = dir }, &end));
    CHECK_INT(end.status, 0);
    unlink(arena_fmt(cx->arena, "%s/result", dir));
    return arena_fmt(cx->arena, "%.*s%.*s", (int)end.output.n, end.output.at, (int)end.complaint.n, end.complaint.at);
}

static const char *probed(struct ctx *cx, const struct speech *s, const char *entry)
{
    char *said = arena_fmt(cx->arena, "%s", about(cx, s, WORDS("ffprobe", "-v", "error", "-show_entries", entry,
                                                                  "-of", "default=nk=1:nw=1", "result")));
    said[strcspn(said, "\n")] = '\0';
    return said;
}

static double level(struct ctx *cx, const struct speech *s, const char *which)
{
    const char *said = about(cx, s, WORDS("ffmpeg", "-nostdin", "-hide_banner", "-i", "result", "-af", "volumedetect", "-f", "null", "-"));
    const char *at = strstr(said, which);
    double db = -999;

    at = at ? at + strlen(which) : "";
    CHECK(text_to_real(at, strcspn(at, " "), &db));
    return db;
}

static double seconds(const char *text)
{
    double s = -1;

    CHECK(text_to_real(text, strlen(text), &s));
    return s;
}

/* --- espeak-ng --- */

TEST(a_text_is_spoken_in_each_format)
{
    static const struct { const char *format, *type, *codec, *ending; } formats[] = {
        { NULL, "audio/mpeg", "mp3", "jobs/90/0190-tts-1.mp3" },
        { "mp3", "audio/mpeg", "mp3", "jobs/90/0190-tts-1.mp3" },
        { "wav", "audio/wav", "pcm_s16le", "jobs/90/0190-tts-1.wav" },
        { "opus", "audio/ogg", "opus", "jobs/90/0190-tts-1.ogg" },
    };
    struct speech s;

    start(cx);
    for (size_t i = 0; i < COUNT(formats); i++) {
        NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour tout le monde. Comment allez-vous ?", .format = formats[i].format }, &s));
        CHECK_TEXT(s.file, formats[i].ending);
        CHECK_TEXT(s.type, formats[i].type);
        CHECK_TEXT(s.engine, "espeak");
        CHECK_TEXT(s.voice, "fr");
        CHECK_INT(s.cost_micro, 0);
        CHECK_TEXT(probed(cx, &s, "stream=codec_name"), formats[i].codec);
        CHECK(fabs(seconds(probed(cx, &s, "format=duration")) - s.duration_s) < 0.15);
        CHECK(s.duration_s > 1.5 && s.duration_s < 6);
        CHECK(s.size > 1000);
        CHECK(level(cx, &s, "max_volume: ") > -12);
        CHECK(level(cx, &s, "mean_volume: ") > -40);
    }
}

TEST(the_language_and_its_region_choose_the_voice)
{
    static const struct { const char *text, *language, *voice; } cases[] = {
        { "The report is ready for you.", NULL, "en-us" },
        { "Le rapport est prêt pour vous.", NULL, "fr" },
        { "Bonjour", "fr-BE", "fr-be" },
        { "Bonjour", "fr-GA", "fr" },
        { "Bonjour", "fr-CA", "fr" },
        { "Hello", "en-GB", "en-gb" },
        { "Hello", "EN-gb", "en-gb" },
        { "Goedemorgen", "nl-BE", "nl" },
    };
    struct speech s;

    start(cx);
    for (size_t i = 0; i < COUNT(cases); i++) {
        NEED_OK(say(cx, &(struct tts_speak){ .text = cases[i].text, .language = cases[i].language }, &s));
        CHECK_TEXT(s.voice, cases[i].voice);
    }
    tts_settings.tts_espeak_voice_fr = "fr-ch+f2";
    NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour", .language = "fr" }, &s));
    CHECK_TEXT(s.voice, "fr-ch+f2");
}

TEST(every_voice_of_the_table_speaks)
{
    static const char *const names[] = { "fr", "fr-fr", "fr-be", "fr-ch", "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-us-nyc",
                                         "en-029", "es", "es-419", "pt", "pt-br", "de", "it", "nl", "fr+m3", "en-gb+f5", "fr+whisper" };
    struct speech s;

    start(cx);
    for (size_t i = 0; i < COUNT(names); i++) {
        NEED_OK(say(cx, &(struct tts_speak){ .text = "Oui", .voice = names[i], .format = "wav" }, &s));
        CHECK_TEXT(s.voice, names[i]);
        CHECK(s.duration_s > 0.2);
    }
}

TEST(a_voice_that_nobody_has_is_refused)
{
    static const char *const names[] = { "klingon", "fr+", "fr+f9", "../../etc/passwd", "/etc/passwd", "fr fr", "fr+f2+f3", "alloy" };
    struct speech s;

    start(cx);
    for (size_t i = 0; i < COUNT(names); i++)
        CHECK_FAILS(say(cx, &(struct tts_speak){ .text = "Oui", .voice = names[i] }, &s), ENGINE_REFUSED);
}

TEST(speed_changes_the_length)
{
    const char *text = "Une phrase assez longue pour être mesurée avec soin par tout le monde.";
    struct speech slow, usual, fast;

    start(cx);
    NEED_OK(say(cx, &(struct tts_speak){ .text = text, .speed = 0.5 }, &slow));
    NEED_OK(say(cx, &(struct tts_speak){ .text = text }, &usual));
    NEED_OK(say(cx, &(struct tts_speak){ .text = text, .speed = 2 }, &fast));
    CHECK(slow.duration_s > usual.duration_s * 1.5);
    CHECK(fast.duration_s < usual.duration_s * 0.7);
    NEED_OK(say(cx, &(struct tts_speak){ .text = "Oui", .speed = 0.001 }, &slow));
}

TEST(there_are_pauses_between_sentences)
{
    struct speech one, two, paragraphs;

    start(cx);
    NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour", .format = "wav" }, &one));
    NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour. Bonjour", .format = "wav" }, &two));
    NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour\n\nBonjour", .format = "wav" }, &paragraphs));
    CHECK(two.duration_s > 2 * one.duration_s + 0.15);
    CHECK(paragraphs.duration_s > two.duration_s + 0.2);
    CHECK_INT(two.size, 44 + llround(two.duration_s * 22050) * 2);
}

TEST(a_text_with_nothing_to_say_is_refused)
{
    static const char *const texts[] = { " ", "\n\n", "---", "…", "** **", "<script>alert(1)</script>", "![](x.png)" };
    struct speech s;

    start(cx);
    for (size_t i = 0; i < COUNT(texts); i++)
        CHECK_FAILS(say(cx, &(struct tts_speak){ .text = texts[i] }, &s), INPUT_INVALID);
}

TEST(a_text_that_is_too_long_is_refused)
{
    struct speech s;

    start(cx);
    tts_settings.tts_max_chars = 10;
    NEED_OK(say(cx, &(struct tts_speak){ .text = "été été ét" }, &s));
    CHECK_FAILS(say(cx, &(struct tts_speak){ .text = "été été été" }, &s), INPUT_INVALID);
}

TEST(what_looks_like_an_option_or_a_command_is_only_text)
{
    struct speech plain, odd;

    start(cx);
    const char *path = arena_fmt(cx->arena, "%s/x", dir);
    NEED_OK(say(cx, &(struct tts_speak){ .text = arena_fmt(cx->arena, "-w %s oui", path), .language = "fr" }, &odd));
    CHECK(access(path, F_OK));
    NEED_OK(say(cx, &(struct tts_speak){ .text = "oui oui oui", .language = "fr" }, &plain));
    NEED_OK(say(cx, &(struct tts_speak){ .text = "oui \x01" "450S oui \x01" "450S oui", .language = "fr" }, &odd));
    CHECK(odd.duration_s > plain.duration_s);       /* the number is read, not obeyed */
}

TEST_WITHIN(a_long_text_is_spoken_in_bounded_memory, 120)
{
    struct text t = text_new(cx->arena, 1 << 16, 1 << 20);
    struct speech s;

    start(cx);
    for (int i = 0; i < 150; i++)
        text_fmt(&t, "Ceci est la phrase numéro %d de ce très long texte, qui parle de tout et de rien.%s", i, i % 5 ? " " : "\n\n");
    size_t before = arena_size(cx->arena);
    NEED_OK(say(cx, &(struct tts_speak){ .text = t.at, .format = "opus" }, &s));
    CHECK(s.duration_s > 300);
    CHECK(arena_size(cx->arena) - before < 4 << 20);
    CHECK(fabs(seconds(probed(cx, &s, "format=duration")) - s.duration_s) < 0.2);
}

TEST(a_cancelled_job_stops_between_sentences)
{
    bool stop = true;
    struct speech s;

    start(cx);
    cx->stop = &stop;
    CHECK_FAILS(say(cx, &(struct tts_speak){ .text = "Bonjour. Bonjour." }, &s), CANCELLED);
}

/* --- the choice --- */

TEST(an_engine_without_its_key_is_disabled_with_a_reason)
{
    struct choice c[ENGINES_MOST];
    size_t n;

    CHECK_HAS(engine_openai.check(cx), "OPENAI_API_KEY");
    NEED_OK(engines_choose(cx, &(struct tts_speak){ .text = "Oui" }, "fr", c, &n));
    CHECK_INT(n, 1);
    CHECK_TEXT(c[0].engine->name, "espeak");
    CHECK_FAILS(engines_choose(cx, &(struct tts_speak){ .text = "Oui", .engine = "openai" }, "fr", c, &n), ENGINE_DISABLED);
    tts_settings.tts_engines = "openai";
    CHECK_FAILS(engines_choose(cx, &(struct tts_speak){ .text = "Oui" }, "fr", c, &n), ENGINE_DISABLED);
    tts_settings.openai_api_key = "";
    CHECK(engine_openai.check(cx) != NULL);
    tts_settings.openai_api_key = "k";
    CHECK(engine_openai.check(cx) == NULL);
    tts_settings.openai_api_key = NULL;
    tts_settings.openai_tts_url = "http://127.0.0.1:27002/v1";
    CHECK(engine_openai.check(cx) == NULL);
}

TEST(the_declared_order_and_the_voice_choose_the_engine)
{
    struct choice c[ENGINES_MOST];
    size_t n;

    tts_settings.openai_api_key = "k";
    NEED_OK(engines_choose(cx, &(struct tts_speak){ .text = "Oui" }, "fr", c, &n));
    CHECK_INT(n, 2);
    CHECK_TEXT(c[0].engine->name, "openai");
    CHECK_TEXT(c[0].voice, "alloy");
    CHECK_TEXT(c[1].voice, "fr");
    NEED_OK(engines_choose(cx, &(struct tts_speak){ .text = "Oui", .voice = "", .engine = "" }, "fr", c, &n));
    CHECK_INT(n, 2);
    CHECK_TEXT(c[0].voice, "alloy");
    tts_settings.tts_engines = " espeak , openai ";
    NEED_OK(engines_choose(cx, &(struct tts_speak){ .text = "Oui" }, "fr", c, &n));
    CHECK_TEXT(c[0].engine->name, "espeak");
    NEED_OK(engines_choose(cx, &(struct tts_speak){ .text = "Oui", .voice = "nova" }, "fr", c, &n));
    CHECK_TEXT(c[0].engine->name, "openai");        /* it has the voice, so it goes first */
    CHECK_TEXT(c[0].voice, "nova");
    CHECK_TEXT(c[1].voice, "fr");
    NEED_OK(engines_choose(cx, &(struct tts_speak){ .text = "Oui", .engine = "espeak" }, "en", c, &n));
    CHECK_INT(n, 1);
    CHECK_FAILS(engines_choose(cx, &(struct tts_speak){ .text = "Oui", .engine = "festival" }, "fr", c, &n), INPUT_INVALID);
}

TEST(a_language_that_no_engine_speaks_is_refused)
{
    struct choice c[ENGINES_MOST];
    size_t n;

    CHECK_FAILS(engines_choose(cx, &(struct tts_speak){ .text = "Oui" }, "tlh", c, &n), LANGUAGE_REFUSED);
    tts_settings.openai_api_key = "k";
    NEED_OK(engines_choose(cx, &(struct tts_speak){ .text = "Oui" }, "tlh", c, &n));
    CHECK_TEXT(c[0].engine->name, "openai");
}

TEST(the_order_of_engines_is_checked_at_the_start)
{
    CHECK(!format_engines.check("openai,espeak", 13));
    CHECK(!format_engines.check("espeak", 6));
    CHECK(format_engines.check("espaek", 6) != NULL);
    CHECK(format_engines.check(" , ", 3) != NULL);
}

/* --- the simulator --- */

static void use_simulator(struct ctx *cx, const char *model)
{
    if (!getenv("SIMULATOR_URL"))
        skip("SIMULATOR_URL is not set");
    start(cx);
    cx->http = http_open(cx->arena, 4);
    tts_settings.openai_api_key = "sk-test";
    tts_settings.openai_tts_url = arena_fmt(cx->arena, "%s/v1/", getenv("SIMULATOR_URL"));
    tts_settings.openai_tts_model = model;
}

/* A model that makes the simulator behave so, with a tag that is this test's alone. */
static const char *model(struct ctx *cx, const char *scenario)
{
    return arena_fmt(cx->arena, "sim-%s;tag=%s", scenario, uuid_make(cx));
}

static fallible ask_openai(struct ctx *cx, struct bytes *file)
{
    return engine_openai.speak(cx, &(struct utterance){ .text = "Bonjour à tous", .language = "fr", .voice = "alloy", .key = uuid_make(cx),
                                                        .speed = 1 }, file);
}

TEST(openai_gives_sound_in_each_format_it_is_asked_for)
{
    static const char *const formats[] = { "wav", "mp3" };
    struct sound sound = { .fd = -1 };
    struct bytes file, pcm;
    int rate_hz;

    for (size_t i = 0; i < COUNT(formats); i++) {
        use_simulator(cx, "tts-1");
        tts_settings.openai_tts_format = formats[i];
        NEED_OK(ask_openai(cx, &file));
        NEED_OK(sound_decode(cx, &sound, file, &pcm, &rate_hz));
        CHECK_INT(rate_hz, 24000);
        CHECK(fabs((double)pcm.n / 2 / rate_hz - 14 * 0.06) < 0.15);      /* the simulator's tone: 60 ms a character */
    }
    use_simulator(cx, model(cx, "bogus-wav"));
    tts_settings.openai_tts_format = "wav";
    NEED_OK(ask_openai(cx, &file));
    NEED_OK(sound_decode(cx, &sound, file, &pcm, &rate_hz));
    CHECK(pcm.n > 14 * 60 * 48);
    sound.rate_hz = 16000;
    NEED_OK(sound_decode(cx, &sound, file, &pcm, &rate_hz));              /* another engine began at 16 kHz */
    CHECK_INT(rate_hz, 16000);
}

TEST(what_the_provider_does_wrong_is_classed)
{
    static const struct { const char *scenario; enum err_code code; } cases[] = {
        { "401", E_ENGINE_DISABLED }, { "400", E_ENGINE_REFUSED }, { "429-quota", E_ENGINE_QUOTA }, { "429-bare", E_ENGINE_BUSY },
        { "503", E_ENGINE_BUSY }, { "500", E_ENGINE_DOWN }, { "html", E_ENGINE_DOWN }, { "hangup", E_ENGINE_DOWN },
        { "cut-rst;after=0", E_ENGINE_DOWN }, { "long-length", E_ENGINE_DOWN }, { "empty-body", E_ENGINE_BROKEN },
        { "error-as", E_ENGINE_BROKEN }, { "huge-body;mib=40", E_ENGINE_BROKEN },
    };
    struct sound sound = { .fd = -1 };
    struct bytes file, pcm;
    int rate_hz;

    for (size_t i = 0; i < COUNT(cases); i++) {
        use_simulator(cx, model(cx, cases[i].scenario));
        err_t e = ask_openai(cx, &file);
        if (!e)
            e = sound_decode(cx, &sound, file, &pcm, &rate_hz);
        if (!e || e->code != cases[i].code)
            SAY("%s gives %s (%s), not %s", cases[i].scenario, e ? err_name(e->code) : "OK", e ? e->text : "", err_name(cases[i].code));
    }
}

/* --- the ledger --- */

static const struct sql again = { "again", "UPDATE jobs SET attempt = attempt + 1 WHERE id = $1::uuid", NULL, 1 };

/* A job that is running, as a worker has it. */
static struct job *claimed(struct ctx *cx)
{
    struct job_new new = { .kind = "tts.speak" };
    struct jobs jobs = { .jobs.n = 0 };
    struct ticket ticket;

    if (!getenv("PG_URL"))
        skip("PG_URL is not set");
    CHECK_OK(job_put(cx, &new, &ticket));
    CHECK_OK(jobs_claim(cx, "tts@test", (const char *const[]){ ticket.job_id }, 1, &jobs));
    if (!jobs.jobs.n)
        skip("the job could not be claimed");
    cx->job = &jobs.jobs.at[0];
    return &jobs.jobs.at[0];
}

static void next_attempt(struct ctx *cx, struct job *job)
{
    CHECK_OK(pg_do(cx, &again, ARGS(job->id)));
    job->attempt++;
}

/* How often the provider did the work, by its own ledger. */
static int performed(struct ctx *cx)
{
    struct http_answer answer = { .status = 0 };
    int n = 0;

    CHECK_OK(http_send(cx, &(struct http_ask){ .verb = "GET", .url = arena_fmt(cx->arena, "%s/_sim/ledger?model=%s", getenv("SIMULATOR_URL"),
                                                                            tts_settings.openai_tts_model) }, &answer));
    for (const char *at = answer.body.at; (at = strstr(at, "\"outcome\":\"performed\"")); at++)
        n++;
    return n;
}

static const char *long_text(struct ctx *cx)
{
    struct text t = text_new(cx->arena, 4096, 1 << 16);

    for (int i = 0; i < 40; i++)
        text_fmt(&t, "Ceci est la phrase numéro %d, qui sera payée une seule fois au fournisseur. ", i);
    return t.at;
}

TEST(a_paid_text_is_spoken_in_groups_and_costs_its_price)
{
    struct speech s;

    use_simulator(cx, model(cx, "ok"));
    tts_settings.openai_tts_price_micro = 15000000;
    claimed(cx);
    const char *text = long_text(cx);
    NEED_OK(say(cx, &(struct tts_speak){ .text = text }, &s));
    CHECK_TEXT(s.engine, "openai");
    CHECK_TEXT(s.voice, "alloy");
    int groups = performed(cx);
    CHECK(groups >= 3 && groups <= 4);
    int64_t chars = (int64_t)text_chars((struct bytes){ text, strlen(text) });
    CHECK(llabs(s.cost_micro - chars * 15) < 100);
    CHECK(level(cx, &s, "max_volume: ") > -20);
    tts_settings.openai_tts_price_micro = -1;
    NEED_OK(say(cx, &(struct tts_speak){ .text = text }, &s));      /* again in this attempt: from the ledger */
    CHECK_INT(performed(cx), groups);
}

TEST(a_second_attempt_pays_only_for_what_is_missing)
{
    struct speech s;

    use_simulator(cx, model(cx, "ok"));
    tts_settings.tts_engines = "openai";
    struct job *job = claimed(cx);
    const char *text = long_text(cx), *good = tts_settings.openai_tts_model;
    NEED_OK(say(cx, &(struct tts_speak){ .text = text }, &s));
    int groups = performed(cx);
    double length = s.duration_s;
    next_attempt(cx, job);
    NEED_OK(say(cx, &(struct tts_speak){ .text = text }, &s));
    CHECK_INT(performed(cx), groups);
    CHECK(fabs(length - s.duration_s) < 0.01);
    CHECK_INT(s.cost_micro, LONG_NONE);                             /* a model without a list price */
    CHECK_OK(blob_drop(cx, job_file(cx, job->root, "tts.speak-openai-1")));
    next_attempt(cx, job);
    NEED_OK(say(cx, &(struct tts_speak){ .text = text }, &s));      /* its sound was lost: the key gives it again, unpaid */
    CHECK_INT(performed(cx), groups);
    CHECK_TEXT(tts_settings.openai_tts_model, good);
}

TEST(an_attempt_that_is_over_speaks_no_more)
{
    struct speech s;

    use_simulator(cx, model(cx, "ok"));
    struct job *job = claimed(cx);
    CHECK_OK(pg_do(cx, &again, ARGS(job->id)));
    CHECK_FAILS(say(cx, &(struct tts_speak){ .text = "Bonjour" }, &s), FENCED_OFF);
    CHECK_INT(performed(cx), 0);
}

TEST(when_the_provider_fails_the_next_engine_speaks)
{
    static const char *const scenarios[] = { "503", "401", "429-quota", "empty-body", "error-as", "cut-rst;after=0" };
    struct speech s;

    for (size_t i = 0; i < COUNT(scenarios); i++) {
        use_simulator(cx, model(cx, scenarios[i]));
        claimed(cx);
        NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour. Ça va ?" }, &s));
        CHECK_TEXT(s.engine, "espeak");
        CHECK_TEXT(s.voice, "fr");
        CHECK(s.duration_s > 0.5);
    }
}

/* How many requests for the model of this test reached the provider. */
static int asked(struct ctx *cx)
{
    struct http_answer answer = { .status = 0 };
    int n = 0;

    CHECK_OK(http_send(cx, &(struct http_ask){ .verb = "GET", .url = arena_fmt(cx->arena, "%s/_sim/requests", getenv("SIMULATOR_URL")) }, &answer));
    for (const char *at = answer.body.at; (at = strstr(at, tts_settings.openai_tts_model)); at++)
        n++;
    return n;
}

TEST(a_provider_that_keeps_failing_is_left_alone_for_a_while)
{
    struct speech s;

    use_simulator(cx, model(cx, "500"));
    claimed(cx);
    for (int i = 0; i < BREAKER_FAILURES; i++)
        NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour" }, &s));
    int before = asked(cx);
    CHECK(before >= BREAKER_FAILURES);
    NEED_OK(say(cx, &(struct tts_speak){ .text = "Bonjour" }, &s));
    CHECK_TEXT(s.engine, "espeak");
    CHECK_INT(asked(cx), before);
}

TEST(when_the_only_engine_is_busy_the_job_is_tried_later)
{
    struct speech s;

    use_simulator(cx, model(cx, "429;retry_after=7"));
    tts_settings.tts_engines = "openai";
    claimed(cx);
    err_t e = say(cx, &(struct tts_speak){ .text = "Bonjour" }, &s);
    CHECK(e && e->code == E_ENGINE_BUSY && err_retry(e->code) == LATER);
    CHECK_INT(e ? e->retry_after_ms : 0, 7000);
}
