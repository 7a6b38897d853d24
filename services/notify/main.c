/* palabre-notify: what happened, told to those who want to know. */
#include "config.h"
#include "handler.h"
#include "app/worker.h"
#include "net/http.h"

static const struct job_kind kinds[] = {
    { "notify.webhook", &notify_webhook, .deadline_s = 120, .quiet = true },
    { "notify.mail",    &notify_mail,    .deadline_s = 120, .quiet = true },
};

static const char *lacks(struct ctx *cx)
{
    err_t e = mail_check(cx, &notify_settings.mail);

    if (!e && !notify_settings.mail_links)
        return "notify.mail: MAIL_LINKS is missing";
    return e ? arena_fmt(cx->arena, "notify.mail: %s", e->text) : NULL;
}

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_plan){
        .daemon = { .service = "notify", .about = "Tells others: webhooks, mail.", .uses = USES_PG | USES_REDIS | USES_AMQP, .http = http_open, .lacks = lacks,
                    .config_shape = &notify_settings_shape, .config = &notify_settings },
        .kinds = kinds, .kinds_n = COUNT(kinds), .executors = 8, .idle = notify_tidy });
}
