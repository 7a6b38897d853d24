/* Transcripts: what the engine heard, with what people made of it. */
#include "transcription/transcript.h"
#include "transcription/transcription.h"
#include "app/persons.h"
#include "data/json.h"

#include <string.h>

/* What is sealed is the JSON of a string; what is not, the string. */
err_t transcript_text(struct ctx *cx, const char *owner, const char **text)
{
    const char *kept = *text;

    if (!kept || !person_is_sealed(kept))
        return OK;
    TRY(person_open(cx, owner, kept, text));
    if (*text)
        *text = json_text(cx, arena_fmt(cx->arena, "{\"text\":%s}", *text), "text");
    return OK;
}
