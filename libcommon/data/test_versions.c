/* Two versions of a daemon side by side: what either writes into rows, the other reads. */
#include "test.h"

#include "data/json.h"
#include "proto/audio.h"
#include "proto/document.h"
#include "proto/llm.h"
#include "proto/notify.h"
#include "proto/stt.h"
#include "proto/tts.h"

/* Rows as version 0.1 wrote them, with as little in them as it could. A member that becomes needed later breaks them. */
static const struct { const struct shape *shape; const char *json; } of_0_1[] = {
    { &audio_extract_shape,   "{\"file\":\"asks/1/recording\"}" },
    { &audio_convert_shape,   "{\"file\":\"jobs/1/speech.wav\",\"format\":\"mp3\"}" },
    { &audio_made_shape,      "{\"file\":\"jobs/1/audio.wav\",\"type\":\"audio/wav\",\"codec\":\"pcm_s16le\",\"duration_s\":7.1,\"size\":227244,"
                              "\"channels\":1,\"rate_hz\":16000,\"video\":false}" },
    { &stt_transcribe_shape,  "{\"file\":\"jobs/1/audio.wav\"}" },
    { &transcript_shape,      "{\"text\":\"bonjour\",\"engine\":\"openai\",\"duration_s\":1.5,\"confidence\":null,\"cost_micro\":null,\"words\":[],"
                              "\"segments\":[{\"text\":\"bonjour\",\"start\":0,\"end\":1.5}]}" },
    { &llm_answer_shape,      "{\"text\":\"Bonjour ?\"}" },
    { &answer_shape,          "{\"answer\":\"Bonjour.\",\"engine\":\"extract\",\"prompt_tokens\":null,\"completion_tokens\":null,\"cost_micro\":0}" },
    { &tts_speak_shape,       "{\"text\":\"Bonjour.\"}" },
    { &speech_shape,          "{\"file\":\"jobs/1/speech.mp3\",\"type\":\"audio/mpeg\",\"engine\":\"espeak\",\"duration_s\":1,\"size\":8000,\"cost_micro\":0}" },
    { &document_report_shape, "{\"title\":\"Rapport\",\"answer\":\"Bonjour.\"}" },
    { &notify_webhook_shape,  "{\"delivery\":\"0193a6f0-0000-7000-8000-000000000001\"}" },
    { &notify_mail_shape,     "{\"user\":\"0193a6f0-0000-7000-8000-000000000001\",\"purpose\":\"reset\"}" },
    { &document_made_shape,   "{\"file\":\"asks/1/report.pdf\",\"type\":\"application/pdf\",\"pages\":1,\"size\":9000}" },
};

TEST(rows_of_the_version_before_are_read)
{
    for (size_t i = 0; i < COUNT(of_0_1); i++)
        CHECK_OK(json_read_kept(cx, of_0_1[i].json, of_0_1[i].shape, arena_get(cx->arena, of_0_1[i].shape->size)));
}

TEST(members_of_the_version_after_are_passed_over)
{
    for (size_t i = 0; i < COUNT(of_0_1); i++) {
        const char *later = arena_fmt(cx->arena, "{\"later\":{\"a\":[1,null]},%s", of_0_1[i].json + 1);
        CHECK_OK(json_read_kept(cx, later, of_0_1[i].shape, arena_get(cx->arena, of_0_1[i].shape->size)));
        CHECK_FAILS(json_read(cx, later, strlen(later), of_0_1[i].shape, arena_get(cx->arena, of_0_1[i].shape->size)), INPUT_INVALID);
    }
}

TEST(what_is_passed_over_may_lie_deep_and_what_is_known_is_still_judged)
{
    struct transcript t = { 0 };

    CHECK_OK(json_read_kept(cx, "{\"text\":\"a\",\"engine\":\"x\",\"words\":[{\"word\":\"a\",\"start\":0,\"end\":1,\"pitch\":2}]}", &transcript_shape, &t));
    CHECK_INT(t.words.n, 1);
    CHECK_TEXT(t.words.at[0].word, "a");
    CHECK_FAILS(json_read_kept(cx, "{\"text\":1,\"engine\":\"x\",\"later\":1}", &transcript_shape, &t), INPUT_INVALID);
    CHECK_FAILS(json_read_kept(cx, "{\"engine\":\"x\"}", &transcript_shape, &t), INPUT_INVALID);
    CHECK_FAILS(json_read_kept(cx, "{\"text\":\"a\",\"text\":\"b\",\"engine\":\"x\"}", &transcript_shape, &t), INPUT_INVALID);
}
