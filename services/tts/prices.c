#include "prices.h"
#include "data/shape.h"

/* List prices per million characters, without tax, read 2026-11-20. gpt-4o-mini-tts is charged by tokens that its
 * answers do not tell: its cost stays unknown. OPENAI_TTS_PRICE_MICRO overrides. */
static const struct { const char *model; int64_t micro; } prices[] = {
    { "tts-1",         15000000 },
    { "tts-1-1106",    15000000 },
    { "tts-1-hd",      30000000 },
    { "tts-1-hd-1106", 30000000 },
};

int64_t price_of_speech(const char *model, size_t chars)
{
    for (size_t i = 0; i < COUNT(prices); i++)
        if (text_is(prices[i].model, model))
            return prices[i].micro * (int64_t)chars / 1000000;
    return LONG_NONE;
}
