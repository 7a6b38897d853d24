/* What nobody should send and somebody will: times in another unit, hearings that contradict each other, files cut short. */
#define _GNU_SOURCE
#include "test.h"
#include "test_fixtures.h"

#include "app/daemon.h"
#include "config.h"
#include "echo.h"
#include "engine.h"
#include "engines/assemblyai_reply.h"
#include "engines/deepgram_reply.h"
#include "joined.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- answers --- */

TEST(words_in_another_unit_are_left_out_and_the_stretches_with_true_times_stay)
{
    static const char aai[] = "{\"text\":\"Bonjour. Oui.\",\"words\":[{\"text\":\"Bonjour.\",\"start\":100,\"end\":900},{\"text\":\"Oui.\",\"start\":1000000,\"end\":1500000}],"
                              "\"utterances\":[{\"text\":\"Bonjour.\",\"start\":100,\"end\":900,\"speaker\":\"A\"},{\"text\":\"Oui.\",\"start\":1000000,\"end\":1500000,\"speaker\":\"B\"}]}";
    static const char dg[] = "{\"results\":{\"channels\":[{\"alternatives\":[{\"transcript\":\"Bonjour. Oui.\",\"words\":[{\"word\":\"Bonjour.\",\"start\":0.1,\"end\":0.9},"
                             "{\"word\":\"Oui.\",\"start\":1000,\"end\":1500}]}]}],\"utterances\":[{\"transcript\":\"Bonjour.\",\"start\":0.1,\"end\":0.9,\"speaker\":0},"
                             "{\"transcript\":\"Oui.\",\"start\":1000,\"end\":1500,\"speaker\":1}]}}";
    struct transcript t[2] = { { .text = NULL } };

    CHECK_OK(assemblyai_reply_read(cx, (struct bytes){ aai, strlen(aai) }, 5, "universal-2", &t[0]));
    CHECK_OK(deepgram_reply_read(cx, (struct bytes){ dg, strlen(dg) }, 5, "nova-3", true, &t[1]));
    for (size_t i = 0; i < COUNT(t); i++) {
        CHECK_TEXT(t[i].text, "Bonjour. Oui.");
        CHECK_INT(t[i].words.n, 0);
        CHECK_INT(t[i].segments.n, 1);
        CHECK_TEXT(t[i].segments.at[0].text, "Bonjour.");
        CHECK_TEXT(t[i].segments.at[0].speaker, "A");
        CHECK_INT(t[i].speakers, 1);
    }
}

/* --- pieces that contradict each other --- */

static const struct piece halves[] = { { 0, 20 * RATE_HZ, 0 }, { 17 * RATE_HZ, 40 * RATE_HZ, 18 * RATE_HZ } };

static void join(struct ctx *cx, struct transcript first, struct transcript second, struct transcript *out)
{
    struct joined j = joined_new(cx, true);

    joined_add(&j, &halves[0], &first);
    joined_add(&j, &halves[1], &second);
    joined_finish(cx, &j, out);
}

TEST(where_two_hearings_agree_on_nothing_each_is_believed_on_its_side)
{
    struct word first[] = { { "one", 16, 16.5, 1, NULL }, { "two", 17.2, 17.6, 1, NULL }, { "lost", 18.4, 18.8, 1, NULL } };
    struct word second[] = { { "gone", 0.1, 0.5, 1, NULL }, { "three", 1.2, 1.6, 1, NULL } };
    struct word late[] = { { "held", 0.7, 0.9, 1, NULL }, { "three", 1.2, 1.6, 1, NULL } };
    struct transcript out = { 0 };

    join(cx, (struct transcript){ .text = "one two lost", .words = { first, 3 } }, (struct transcript){ .text = "gone three", .words = { second, 2 } }, &out);
    CHECK_TEXT(out.text, "one two three");
    CHECK(out.words.n == 3 && out.words.at[2].start == 18.2);
    join(cx, (struct transcript){ .text = "one two lost", .words = { first, 3 } }, (struct transcript){ .text = "held three", .words = { late, 2 } }, &out);
    CHECK_TEXT(out.text, "one two held three");     /* the first heard nothing there */
}

TEST(times_never_go_back_whatever_an_engine_says)
{
    struct word words[] = { { "one", 5, 6, 1, NULL }, { "two", 4, 3, 1, NULL }, { "three", 4.5, 7, 1, NULL } };
    struct transcript heard = { .text = "one two three", .words = { words, 3 } }, out = { 0 };
    struct joined j = joined_new(cx, true);

    joined_add(&j, &halves[0], &heard);
    joined_finish(cx, &j, &out);
    CHECK_INT(out.words.n, 3);
    CHECK(out.words.at[1].start == 5 && out.words.at[1].end == 5 && out.words.at[2].start == 5 && out.words.at[2].end == 7);
}

TEST(a_segment_that_only_repeats_what_was_said_is_dropped)
{
    struct segment one = { "The road was closed.", 0, 19, NULL }, two[] = { { "was closed.", 0, 1, NULL }, { "Then it opened.", 2, 9, NULL } };
    struct transcript first = { .text = one.text, .segments = { &one, 1 } }, second = { .text = "was closed. Then it opened.", .segments = { two, 2 } }, out = { 0 };
    struct joined j = joined_new(cx, false);

    joined_add(&j, &halves[0], &first);
    joined_add(&j, &halves[1], &second);
    joined_finish(cx, &j, &out);
    CHECK_TEXT(out.text, "The road was closed. Then it opened.");
    CHECK_INT(out.segments.n, 2);
    CHECK_TEXT(out.segments.at[1].text, "Then it opened.");
}

TEST(an_echo_is_found_behind_quotation_marks_and_blanks)
{
    bool torn;

    CHECK_INT(echo_words(echo_trim("he said because of the rain"), echo_trim("(\"because of the rain\") and left"), &torn), 4);
    CHECK(!torn);
    CHECK_INT(echo_but_last((struct bytes){ "one two  ", 9 }), 3);
    CHECK_INT(echo_but_last((struct bytes){ "one", 3 }), 0);
    CHECK_INT(echo_but_last((struct bytes){ " ", 1 }), 0);
}

/* --- recordings --- */

TEST(a_wav_may_be_extensible_and_must_have_its_format_before_its_samples)
{
    static const char extensible[] = "RIFF\xff\xff\xff\xffWAVEfmt \x28\0\0\0\xfe\xff\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0\x16\0\x10\0\4\0\0\0\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
                                     "data\x08\0\0\0\1\0\2\0\3\0\4";
    static const char turned[] = "RIFF\xff\xff\xff\xffWAVEdata\x04\0\0\0\1\0\2\0fmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10";
    struct recording r;

    NEED_OK(recording_parse(cx, (struct bytes){ extensible, sizeof(extensible) }, sizeof(extensible), &r));
    CHECK(r.samples == 4 && r.data_at == sizeof(extensible) - 8);
    char *floating = arena_text(cx->arena, extensible, sizeof(extensible));
    floating[44] = 3;
    err_t e = recording_parse(cx, (struct bytes){ floating, sizeof(extensible) }, sizeof(extensible), &r);
    CHECK(e && e->code == E_MEDIA_UNREADABLE && strstr(e->text, "format 3"));
    e = recording_parse(cx, (struct bytes){ turned, sizeof(turned) }, sizeof(turned), &r);
    CHECK(e && e->code == E_MEDIA_UNREADABLE && strstr(e->text, "before its format"));
}

TEST(a_recording_that_is_cut_while_it_is_read_is_the_stores_fault)
{
    struct bytes wav = sound_wav(cx, fixture_noise(cx, 0.1, 5));
    struct recording r;
    int16_t samples[1600];

    NEED_OK(recording_parse(cx, wav, (int64_t)wav.n, &r));
    r.fd = memfd_create("recording", MFD_CLOEXEC);
    CHECK_INT(write(r.fd, wav.at, wav.n), wav.n);
    CHECK_OK(recording_read(cx, &r, 0, COUNT(samples), samples));
    CHECK(!memcmp(samples, wav.at + r.data_at, sizeof(samples)));
    CHECK(!ftruncate(r.fd, 1000));
    CHECK_FAILS(recording_read(cx, &r, 0, COUNT(samples), samples), BLOB_DOWN);
    close(r.fd);
    CHECK_FAILS(recording_read(cx, &r, 0, COUNT(samples), samples), BLOB_DOWN);
}

/* --- a model that cannot be loaded --- */

/* Of the right model all but the named part, which is empty. */
static void model_without(struct ctx *cx, const char *dir, const char *part)
{
    static const char *const parts[] = { "en-us", "en-us.lm.bin", "cmudict-en-us.dict" };

    for (size_t i = 0; i < COUNT(parts); i++) {
        const char *path = arena_fmt(cx->arena, "%s/%s", dir, parts[i]), *from = arena_fmt(cx->arena, "%s/%s", stt_settings_default.stt_sphinx_model, parts[i]);
        unlink(path);
        CHECK(!symlink(text_is(parts[i], part) ? "/dev/null" : from, path));
    }
}

TEST_WITHIN(a_model_that_cannot_be_loaded_takes_no_decoders_place, 120)
{
    char dir[] = "/tmp/palabre-model-XXXXXX";
    struct stt_settings settings = stt_settings_default;
    struct daemon process = { .service = "stt", .config = &settings };
    struct hearing h = { .sound = fixture_raw(cx, TEST_DATA "goforward.raw", 0), .language = "en" };
    struct transcript t;

    CHECK(mkdtemp(dir) != NULL);
    model_without(cx, dir, "en-us.lm.bin");
    cx->daemon = &process;
    settings.stt_sphinx_model = dir;
    CHECK_OK(engine_pocketsphinx.ready(cx));
    for (int i = 0; i < 2; i++) {
        err_t e = engine_pocketsphinx.transcribe(cx, &h, &t);
        CHECK(e && e->code == E_ENGINE_DOWN && strstr(e->text, dir));
    }
    settings.stt_sphinx_model = stt_settings_default.stt_sphinx_model;
    NEED_OK(engine_pocketsphinx.transcribe(cx, &h, &t));
    CHECK_TEXT(t.text, "go forward ten meters");
    settings.stt_sphinx_model = dir;
    model_without(cx, dir, "en-us");
    CHECK_FAILS(engine_pocketsphinx.ready(cx), ENGINE_DISABLED);
    unlink(arena_fmt(cx->arena, "%s/en-us", dir)), unlink(arena_fmt(cx->arena, "%s/en-us.lm.bin", dir)), unlink(arena_fmt(cx->arena, "%s/cmudict-en-us.dict", dir));
    CHECK(!rmdir(dir));
}
