/* palabre-audio: recordings and videos into sound that the rest of the suite reads. */
#include "config.h"
#include "handler.h"
#include "app/worker.h"

static const struct job_kind kinds[] = {
    { "audio.extract", &audio_extract, .deadline_s = 3600 },
    { "audio.convert", &audio_convert, .deadline_s = 7200 },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_plan){
        .daemon = { .service = "audio", .about = "Converts recordings and videos with ffmpeg.",
                    .uses = USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS,
                    .config_shape = &audio_settings_shape, .config = &audio_settings },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 2 });
}
