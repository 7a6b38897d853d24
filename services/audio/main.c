/* palabre-audio: recordings and videos into sound that the rest of the suite reads. */
#include "config.h"
#include "handler.h"
#include "ytdlp.h"
#include "app/worker.h"
#include "net/http.h"

static const struct job_kind kinds[] = {
    { "audio.extract", &audio_extract, .deadline_s = 3600 },
    { "audio.convert", &audio_convert, .deadline_s = 7200 },
    { "audio.fetch",   &audio_fetch,   .deadline_s = 7200 },
    { "audio.look",    &audio_look,    .deadline_s = 120 },
    { "audio.captions", &audio_captions, .deadline_s = 120 },
    { "audio.playlist", &audio_playlist, .deadline_s = 120 },
    { "audio.capture", &audio_capture, .deadline_s = 7200 },
    { "audio.frames", &audio_frames, .deadline_s = 3600 },
};

/* Files are fetched and converted without it; sites of videos are not. */
static const char *lacks(struct ctx *cx)
{
    return ytdlp_is_there() ? NULL : arena_fmt(cx->arena, "audio.look, audio.captions, audio.playlist, audio.capture, and audio.fetch of what is no plain file: %s is not installed", audio_settings.audio_ytdlp);
}

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_plan){
        .daemon = { .service = "audio", .about = "Fetches recordings and videos, and converts them with ffmpeg.",
                    .uses = USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS, .http = http_open, .lacks = lacks,
                    .config_shape = &audio_settings_shape, .config = &audio_settings },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 2 });
}
