/* What is too old goes. */
#include "handler.h"
#include "config.h"
#include "app/daemon.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/pg.h"
#include "sql.h"

#define TIDY_MS   60000
#define TIDY_MOST 500

SHAPE(tidied, "What was too old.",
    FIELD(tidied, gone, "How many messages."));

void notify_tidy(struct daemon *d)
{
    static int64_t next_ms;
    struct tidied done = { 0 };
    bool found;

    if (clock_ms() < next_ms)
        return;
    struct ctx cx = ctx_new(d);
    err_t e = pg_find(&cx, SQL(messages_drop), ARGS(notify_settings.webhooks_keep_days, TIDY_MOST), &tidied_shape, &done, &found);
    if (e)
        log_event(&cx, LOG_WARN, "old webhooks cannot be deleted", LOG_TEXT("error", err_name(e->code)), LOG_TEXT("text", e->text));
    next_ms = clock_ms() + (done.gone == TIDY_MOST ? 0 : TIDY_MS);
    ctx_free(&cx);
}
