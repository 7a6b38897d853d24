/* palabre-notify: what happened, told to those who want to know. */
#include "config.h"
#include "handler.h"
#include "app/worker.h"
#include "net/http.h"

static const struct job_kind kinds[] = {
    { "notify.webhook", &notify_webhook, .deadline_s = 120, .quiet = true },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_plan){
        .daemon = { .service = "notify", .about = "Tells others: webhooks.", .uses = USES_PG | USES_REDIS | USES_AMQP, .http = http_open,
                    .config_shape = &notify_settings_shape, .config = &notify_settings },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 8, .idle = notify_tidy });
}
