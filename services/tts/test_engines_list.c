/* What --engines tells of the engines of TTS_ENGINES. */
#include "config.h"
#include "engine.h"
#include "app/worker.h"
#include "test.h"

TEST(engines_are_told_in_the_configured_order_with_why_they_cannot_work)
{
    struct engines_told told = { .engines = { .n = 0 } };

    tts_settings.tts_engines = "espeak, openai";
    tts_settings.openai_api_key = NULL;
    tts_settings.openai_tts_url = OPENAI_URL;
    engines_tell(cx, &told);
    CHECK_INT(told.engines.n, 2);
    CHECK_TEXT(told.engines.at[0].engine, "espeak");
    CHECK_HAS(told.engines.at[0].languages, "fr, en");
    CHECK_TEXT(told.engines.at[1].engine, "openai");
    CHECK(!told.engines.at[1].able);
    CHECK_HAS(told.engines.at[1].why, "OPENAI_API_KEY");
    tts_settings.openai_api_key = "key";
    engines_tell(cx, &told);
    CHECK(told.engines.at[1].able && !told.engines.at[1].why);
}
