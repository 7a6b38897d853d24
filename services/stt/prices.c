#include "prices.h"

#include "base/text.h"
#include "data/shape.h"

#include <math.h>

/* Self-hosted servers cost what STT_OPENAI_MICRO_PER_MINUTE says. Deepgram asks more when it tells speakers apart. */
static const struct { const char *model; int64_t micro_per_minute, speakers; } prices[] = {
    { "universal-3-5-pro",      3500, 0 },
    { "universal-2",            2500, 0 },
    { "nova-3",                 4300, 2000 },
    { "whisper-1",              6000, 0 },
    { "gpt-4o-transcribe",      6000, 0 },
    { "gpt-4o-mini-transcribe", 3000, 0 },
};

int64_t price_at(int64_t micro_per_minute, double seconds)
{
    return llround((double)micro_per_minute * seconds / 60);
}

int64_t price_of(const char *model, double seconds, bool diarize)
{
    for (size_t i = 0; i < COUNT(prices); i++)
        if (text_is(prices[i].model, model))
            return price_at(prices[i].micro_per_minute + (diarize ? prices[i].speakers : 0), seconds);
    return LONG_NONE;
}
