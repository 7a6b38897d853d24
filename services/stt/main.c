/* palabre-stt: recordings into words. */
#include "app/worker.h"
#include "config.h"
#include "engine.h"
#include "handler.h"
#include "net/http.h"
#include "proto/stt.h"

static const struct job_kind kinds[] = {
    { "stt.transcribe", &transcribe, .deadline_s = 4 * 3600 },
};

int main(int argc, char **argv)
{
    const struct worker_plan plan = {
        .daemon = { "stt", "Speech to text: recordings into words with their times.",
                    USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS, http_open,
                    &stt_settings_shape, &stt_settings_default },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 2, .idle = engines_rest, .engines = engines_tell,
    };

    return worker_main(argc, argv, &plan);
}
