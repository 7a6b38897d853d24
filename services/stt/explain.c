#include "explain.h"

#include "app/worker.h"
#include "base/text.h"

#include <string.h>

void explain(struct ctx *cx, const char *engine, const char *what, const char *why)
{
    struct text line = text_new(cx->arena, 256, 8192);

    if (!cx->job)
        return;
    text_put(&line, "{\"engine\":");
    text_json(&line, engine, strlen(engine));
    text_put(&line, ",\"what\":");
    text_json(&line, what, strlen(what));
    text_put(&line, ",\"why\":");
    text_json(&line, why, strlen(why));
    text_char(&line, '}');
    if (!line.full)
        job_explain(cx, line.at);
}
