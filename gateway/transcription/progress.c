/* How far a transcription is, and how long it will take: from what its workers have told, and nothing else. */
#include "transcription/transcription.h"

/* Of a hundred: fetching takes longer than extracting, listening longer than both. */
#define SHARE_FETCH   30
#define SHARE_EXTRACT 10
#define TOLD_LEAST    2         /* percent, and milliseconds, below which a speed is a guess */
#define RAN_LEAST_MS  1000

int64_t progress_eta_s(int percent, int64_t ran_ms)
{
    if (percent < TOLD_LEAST || percent > 100 || ran_ms < RAN_LEAST_MS)
        return LONG_NONE;
    return (ran_ms * (100 - percent) / percent + 999) / 1000;
}

int progress_percent(const char *source_type, const char *step, int place, int percent)
{
    int first = text_is(source_type, "upload") ? SHARE_EXTRACT : SHARE_FETCH;

    if (!place && text_is(step, "audio"))
        return first * percent / 100;
    return place ? first + (100 - first) * percent / 100 : percent;
}
