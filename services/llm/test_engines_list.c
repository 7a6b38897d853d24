/* What --engines tells of the engines of LLM_ENGINES. */
#include "config.h"
#include "engine.h"
#include "app/worker.h"
#include "test.h"

TEST(engines_are_told_in_the_configured_order_with_why_they_cannot_work)
{
    struct engines_told told = { .engines = { .n = 0 } };

    llm_settings_default.llm_engines = "nobody, extract,,openai";
    llm_settings_default.openai_api_key = NULL;
    engines_tell(cx, &told);
    CHECK_INT(told.engines.n, 3);
    CHECK_TEXT(told.engines.at[0].engine, "nobody");
    CHECK(!told.engines.at[0].able);
    CHECK_TEXT(told.engines.at[0].why, "there is no such engine");
    CHECK_TEXT(told.engines.at[1].engine, "extract");
    CHECK_TEXT(told.engines.at[2].engine, "openai");
    CHECK(!told.engines.at[2].able);
    CHECK_TEXT(told.engines.at[2].why, "OPENAI_API_KEY is not set");
    llm_settings_default.openai_api_key = "key";
    engines_tell(cx, &told);
    CHECK_INT(told.engines.n, 3);
    CHECK(told.engines.at[2].able && !told.engines.at[2].why);
}

TEST(more_engines_than_there_is_room_for_are_left_out)
{
    struct engines_told told = { .engines = { .n = 0 } };

    llm_settings_default.llm_engines = "a,b,c,d,e,f,g,h,i,j";
    engines_tell(cx, &told);
    CHECK_INT(told.engines.n, ENGINES_MOST);
    llm_settings_default.llm_engines = " ,, ";
    engines_tell(cx, &told);
    CHECK_INT(told.engines.n, 0);
}
