#include "prices.h"

#include "data/shape.h"

#include <string.h>

#define DATED_SUFFIX 11         /* "-2024-07-18": a dated model costs what its name costs */

/* Thousandths of a dollar per million tokens, which are billionths per token. -1: nothing off for the cache. */
static const struct price { const char *model; int64_t prompt, cached, completion; } prices[] = {
    { "gpt-4o-mini",          150,  75,  600 },
    { "gpt-4.1-mini",         400, 100, 1600 },
    { "gpt-5-mini",           250,  25, 2000 },
    { "gpt-5-nano",            50,   5,  400 },
    { "gpt-5.6-luna",         200,  20, 1200 },
    { "mistral-small-2506",   100,  -1,  300 },
    { "mistral-small-2603",   150,  -1,  600 },
    { "mistral-small-latest", 150,  -1,  600 },
    { "mistral-medium-2508",  400,  -1, 2000 },
    { "mistral-large-2512",   500,  -1, 1500 },
    { "mistral-large-latest", 500,  -1, 1500 },
    { "ministral-3b-2512",    100,  -1,  100 },
    { "ministral-8b-2512",    150,  -1,  150 },
    { "ministral-14b-2512",   200,  -1,  200 },
};

static bool is_date(const char *at)
{
    static const char form[] = "-dddd-dd-dd";

    for (size_t i = 0; i < DATED_SUFFIX; i++)
        if (form[i] == 'd' ? at[i] < '0' || at[i] > '9' : at[i] != form[i])
            return false;
    return !at[DATED_SUFFIX];
}

static const struct price *price_find(const char *model)
{
    for (size_t i = 0; i < COUNT(prices); i++) {
        size_t len = strlen(prices[i].model);
        if (!strncmp(prices[i].model, model, len) && (!model[len] || is_date(model + len)))
            return &prices[i];
    }
    return NULL;
}

int64_t price_of(const char *model, const struct usage *u)
{
    const struct price *p = model ? price_find(model) : NULL;
    const int64_t most = INT64_C(1) << 40;      /* no call has so many tokens: such a number is not one */

    if (!p || u->prompt < 0 || u->completion < 0 || u->prompt > most || u->completion > most)
        return LONG_NONE;
    int64_t cached = u->cached > 0 ? u->cached < u->prompt ? u->cached : u->prompt : 0;
    int64_t cached_price = p->cached < 0 ? p->prompt : p->cached;
    int64_t nano = (u->prompt - cached) * p->prompt + cached * cached_price + u->completion * p->completion;
    return (nano + 999) / 1000;
}
