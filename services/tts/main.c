/* palabre-tts: texts into speech. */
#include "config.h"
#include "engine.h"
#include "handler.h"
#include "net/http.h"
#include "app/worker.h"

static const struct job_kind kinds[] = {
    { "tts.speak", &tts_speak, .deadline_s = 3600 },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_plan){
        .daemon = { .service = "tts", .about = "Speaks texts with the configured engines.",
                    .uses = USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS, .http = http_open,
                    .config_shape = &tts_settings_shape, .config = &tts_settings },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 2, .engines = engines_tell });
}
