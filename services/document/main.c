/* palabre-document: documents from what was said and answered. */
#include "config.h"
#include "handler.h"
#include "app/worker.h"

static const struct job_kind kinds[] = {
    { "document.report",     &document_report,     .deadline_s = 120 },
    { "document.transcript", &document_transcript, .deadline_s = 120 },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_plan){
        .daemon = { .service = "document", .about = "Typesets reports and transcripts.",
                    .uses = USES_PG | USES_REDIS | USES_AMQP | USES_BLOBS, .heaps = 6,    /* cairo allocates each path: executors do not share */
                    .config_shape = &document_settings_shape, .config = &document_settings },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 4 });
}
