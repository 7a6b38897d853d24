/* palabre-llm: answers, streamed, and what pictures show. */
#include "app/worker.h"
#include "config.h"
#include "engine.h"
#include "handler.h"
#include "net/http.h"

static const struct job_kind kinds[] = {
    { "llm.answer",   &answer,   .deadline_s = 600, .first_effect = engines_first_effect },
    { "llm.process",  &text_process, .deadline_s = 600 },
    { "llm.chapters", &chapters, .deadline_s = 600 },
    { "llm.keywords", &keywords, .deadline_s = 60 },
    { "llm.sees",     &sees,     .deadline_s = 60 },
    { "llm.see",      &see,      .deadline_s = 3600 },
};

int main(int argc, char **argv)
{
    const struct worker_plan plan = {
        .daemon = { "llm", "Language models: answers, streamed as they come.",
                    USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS, http_open,
                    &llm_settings_shape, &llm_settings_default },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 32, .engines = engines_tell,
    };

    return worker_main(argc, argv, &plan);
}
