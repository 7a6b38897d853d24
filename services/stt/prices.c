#include "prices.h"

#include "config.h"

/* Self-hosted servers cost what STT_OPENAI_MICRO_PER_MINUTE says. */
static const struct { const char *model; int64_t micro_per_minute; } prices[] = {
    { "whisper-1",              6000 },
    { "gpt-4o-transcribe",      6000 },
    { "gpt-4o-mini-transcribe", 3000 },
};

int64_t price_of(const struct ctx *cx, const char *model, size_t samples)
{
    int64_t rate = stt_settings(cx)->stt_openai_micro_per_minute;

    for (size_t i = 0; rate < 0 && i < COUNT(prices); i++)
        if (text_is(prices[i].model, model))
            rate = prices[i].micro_per_minute;
    return rate < 0 ? LONG_NONE : (rate * (int64_t)samples + 30 * RATE_HZ) / (60 * RATE_HZ);
}
